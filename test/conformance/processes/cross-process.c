/* process_vm_readv, process_vm_writev, kcmp. */
#include "conform.h"
#include <sys/uio.h>

static char here[64] = "in this process", there[64] = "in the other process";
#define IO(call, label, ...) CALL(call, label, __VA_ARGS__)

int main(void) {
  int ready[2];
  pipe(ready);
  char *pages = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(pages, 'p', 8192);
  pid_t pid = fork();
  if (pid == 0) {
    strcpy(there, "changed by the child");
    munmap(pages + 4096, 4096);
    write(ready[1], "x", 1);
    read(ready[0] == 0 ? 0 : ready[0], here, 0);
    for (;;) pause();
  }
  read(ready[0], here + 60, 1);
  char text[64] = "";
  struct iovec local = {text, 20}, remote = {there, 20};
  IO(process_vm_readv, "child", pid, &local, 1, &remote, 1, 0);
  SAY("process_vm_readv", "contents", "%s", text);
  struct iovec halves[2] = {{text, 8}, {text + 10, 12}}, thirds[3] = {{there, 3}, {there + 3, 0}, {there + 3, 17}};
  memset(text, '.', 30);
  IO(process_vm_readv, "scattered", pid, halves, 2, thirds, 3, 0);
  SAY("process_vm_readv", "scattered contents", "%.22s", text);
  struct iovec across = {pages + 4090, 20};
  IO(process_vm_readv, "into a hole", pid, &local, 1, &across, 1, 0);
  struct iovec hole = {pages + 4096, 20};
  IO(process_vm_readv, "a hole", pid, &local, 1, &hole, 1, 0);
  struct iovec nowhere = {LOW, 20};
  IO(process_vm_readv, "to nowhere", pid, &nowhere, 1, &remote, 1, 0);
  IO(process_vm_readv, "bad flags", pid, &local, 1, &remote, 1, 1);
  IO(process_vm_readv, "nobody", 999999, &local, 1, &remote, 1, 0);
  IO(process_vm_readv, "no local", pid, &local, 0, &remote, 1, 0);
  IO(process_vm_readv, "no remote", pid, &local, 1, &remote, 0, 0);
  IO(process_vm_readv, "bad local vector", pid, LOW, 1, &remote, 1, 0);
  IO(process_vm_readv, "bad remote vector", pid, &local, 1, LOW, 1, 0);
  IO(process_vm_readv, "too many", pid, &local, 1025, &remote, 1, 0);
  struct iovec huge = {text, -1};
  IO(process_vm_readv, "negative length", pid, &huge, 1, &remote, 1, 0);
  strcpy(text, "written from outside");
  IO(process_vm_writev, "child", pid, &local, 1, &remote, 1, 0);
  memset(text, 0, 30);
  IO(process_vm_readv, "child again", pid, &local, 1, &remote, 1, 0);
  SAY("process_vm_writev", "contents", "%s", text);
  struct iovec code = {(void *)main, 4};
  IO(process_vm_writev, "read-only pages", pid, &local, 1, &code, 1, 0);
  IO(process_vm_readv, "self", getpid(), &local, 1, &(struct iovec){here, 15}, 1, 0);
  SAY("process_vm_readv", "self contents", "%.15s", text);
  CHILD("process_vm_readv", "user", become_user(1000); IO(process_vm_readv, "user: root's", pid, &local, 1, &remote, 1, 0));

  int copy = dup(1), other = open("/", 0);
  pid_t self = getpid();
  CALL(kcmp, "VM, self", self, self, 1, 0, 0);
  SAY("kcmp", "VM, child", "%d", RAW(kcmp, self, pid, 1, 0, 0) > 0);
  SAY("kcmp", "VM, antisymmetric", "%ld", RAW(kcmp, self, pid, 1, 0, 0) + RAW(kcmp, pid, self, 1, 0, 0));
  CALL(kcmp, "FILE, duplicate", self, self, 0, 1, copy);
  CALL(kcmp, "FILE, child's", self, pid, 0, 1, 1);
  SAY("kcmp", "FILE, another", "%d", RAW(kcmp, self, self, 0, 1, other) > 0);
  CALL(kcmp, "FILE, bad", self, self, 0, 1, 99);
  SAY("kcmp", "FILES, child", "%d", RAW(kcmp, self, pid, 2, 0, 0) > 0);
  CALL(kcmp, "FS, self", self, self, 3, 0, 0);
  SAY("kcmp", "SIGHAND, child", "%d", RAW(kcmp, self, pid, 4, 0, 0) > 0);
  CALL(kcmp, "IO, child", self, pid, 5, 0, 0);
  CALL(kcmp, "SYSVSEM, child", self, pid, 6, 0, 0);
  CALL(kcmp, "bad type", self, self, 99, 0, 0);
  CALL(kcmp, "nobody", self, 999999, 1, 0, 0);
  CHILD("kcmp", "user", become_user(1000); CALL(kcmp, "user: root's", pid, pid, 1, 0, 0));
  kill(pid, SIGKILL);
  waitpid(pid, 0, 0);
  return 0;
}
