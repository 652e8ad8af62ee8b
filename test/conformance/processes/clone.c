/* clone, clone3, unshare, setns: flags that exclude each other, structure sizes, and what children share. */
#include "conform.h"
#include <sched.h>
#include <linux/sched.h>

static char stacks[4][65536] __attribute__((aligned(16)));
static int shared_word;

static long clone3(struct clone_args *args, size_t size) { return RAW(clone3, args, size); }
static void ends(const char *call, const char *label, long pid) {
  if (pid == 0) _exit(7);
  if (pid < 0) SAY(call, label, "%s", errno_name(errno));
  else show_end(call, label, pid);
}
#define CLONE3(label, ...) \
  do { \
    struct clone_args args = {.exit_signal = SIGCHLD, ##__VA_ARGS__}; \
    ends("clone3", label, clone3(&args, sizeof args)); \
  } while (0)
static long refused(struct clone_args *args) {
  long pid = clone3(args, sizeof *args);
  if (pid == 0) _exit(1);
  return pid;
}
#define BAD3(label, ...) \
  do { \
    struct clone_args args = {__VA_ARGS__}; \
    CASE("clone3", label, refused(&args)); \
  } while (0)

static int in_child(void *what) { shared_word = 42; if (what) { umask(0123); chdir("/proc"); } return 5; }
static void run(const char *label, int flags) {
  int status;
  shared_word = 0;
  umask(022);
  chdir("/");
  int pid = clone(in_child, stacks[0] + 65536, flags | SIGCHLD, (void *)1);
  if (pid < 0) { SAY("clone", label, "%s", errno_name(errno)); return; }
  waitpid(pid, &status, __WALL);
  char where[64];
  getcwd(where, 64);
  SAY("clone", label, "exit %d, memory %d, umask %o, in %s", WEXITSTATUS(status), shared_word, umask(022), where);
  chdir("/");
}

int main(void) {
  run("nothing shared", 0);
  run("CLONE_VM", CLONE_VM);
  run("CLONE_VM | CLONE_VFORK", CLONE_VM | CLONE_VFORK);
  run("CLONE_FS", CLONE_FS);
  run("CLONE_FS | CLONE_VM", CLONE_FS | CLONE_VM);
  run("CLONE_SIGHAND", CLONE_SIGHAND);
  run("CLONE_SIGHAND | CLONE_VM", CLONE_SIGHAND | CLONE_VM);
  run("CLONE_THREAD", CLONE_THREAD);
  run("CLONE_THREAD | CLONE_SIGHAND", CLONE_THREAD | CLONE_SIGHAND);
  CALL(clone, "CLONE_FS | CLONE_NEWNS", CLONE_FS | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
  CALL(clone, "CLONE_PIDFD | CLONE_PARENT_SETTID", CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &shared_word, 0, 0);
  CALL(clone, "CLONE_PIDFD | CLONE_DETACHED", CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0, &shared_word, 0, 0);
  CALL(clone, "CLONE_PIDFD, bad pointer", CLONE_PIDFD | SIGCHLD, 0, LOW, 0, 0);
  int pidfd = -1, tid = 0;
  long pid = RAW(clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
  if (pid == 0) _exit(3);
  SAY("clone", "CLONE_PIDFD", "%d %d", pidfd > 2, fcntl(pidfd, F_GETFD));
  siginfo_t info;
  CALL(waitid, "P_PIDFD of clone", P_PIDFD, pidfd, &info, WEXITED, 0);
  SAY("waitid", "status", "%d", info.si_status);
  pid = RAW(clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &tid, &shared_word, 0);
  if (pid == 0) _exit(shared_word == getpid() ? 1 : 2);
  SAY("clone", "parent tid", "%d", tid == pid);
  show_end("clone", "child tid", pid);
  /* Another exit signal: only __WALL or __WCLONE see the child. */
  pid = RAW(clone, 0, 0, 0, 0, 0);
  if (pid == 0) _exit(4);
  CALL(wait4, "child without a signal", pid, 0, 0, 0);
  CASE("wait4", "child without a signal, __WCLONE", waitpid(pid, &tid, __WCLONE) == pid);
  pid = RAW(clone, SIGURG, 0, 0, 0, 0);
  if (pid == 0) _exit(4);
  CASE("wait4", "exit signal SIGURG, __WALL", waitpid(pid, &tid, __WALL) == pid);

  CLONE3("plain");
  CLONE3("SIGUSR1 ignored by wait", .flags = 0);
  CLONE3("CLONE_FS", .flags = CLONE_FS);
  CLONE3("CLONE_FILES", .flags = CLONE_FILES);
  CLONE3("CLONE_CLEAR_SIGHAND", .flags = CLONE_CLEAR_SIGHAND);
  CLONE3("pidfd", .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd);
  CLONE3("parent tid", .flags = CLONE_PARENT_SETTID, .parent_tid = (uintptr_t)&tid);
  BAD3("exit signal 65", .exit_signal = 65);
  BAD3("exit signal 256", .exit_signal = 256);
  BAD3("CSIGNAL in flags", .flags = SIGCHLD);
  BAD3("CLONE_DETACHED", .flags = CLONE_DETACHED);
  BAD3("unknown flag", .flags = 1ULL << 40);
  BAD3("CLONE_SIGHAND | CLONE_CLEAR_SIGHAND", .flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND);
  BAD3("CLONE_SIGHAND alone", .flags = CLONE_SIGHAND);
  BAD3("CLONE_THREAD alone", .flags = CLONE_THREAD);
  BAD3("CLONE_THREAD with signal", .flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD);
  BAD3("CLONE_PARENT with signal", .flags = CLONE_PARENT, .exit_signal = SIGCHLD);
  BAD3("stack without size", .stack = (uintptr_t)stacks[0]);
  BAD3("size without stack", .stack_size = 4096);
  BAD3("stack above user space", .stack = 0xffff800000000000UL, .stack_size = 4096);
  BAD3("set_tid without size", .set_tid = (uintptr_t)&tid);
  BAD3("set_tid size without array", .set_tid_size = 1);
  BAD3("set_tid size 33", .set_tid = (uintptr_t)&tid, .set_tid_size = 33);
  tid = 1;
  BAD3("set_tid taken", .set_tid = (uintptr_t)&tid, .set_tid_size = 1);
  tid = 0;
  BAD3("set_tid 0", .set_tid = (uintptr_t)&tid, .set_tid_size = 1);
  tid = 31234;
  struct clone_args chosen = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&tid, .set_tid_size = 1};
  pid = clone3(&chosen, sizeof chosen);
  if (pid == 0) _exit(getpid() == 31234 ? 1 : 2);
  SAY("clone3", "chosen number", "%d", pid == 31234);
  show_end("clone3", "chosen number inside", pid);
  CHILD("clone3", "user", become_user(1000); BAD3("set_tid as user", .set_tid = (uintptr_t)&tid, .set_tid_size = 1));
  BAD3("pidfd nowhere", .flags = CLONE_PIDFD, .pidfd = 8);
  BAD3("pidfd and number in one place", .flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .pidfd = (uintptr_t)&shared_word, .parent_tid = (uintptr_t)&shared_word);
  BAD3("cgroup not a descriptor", .flags = CLONE_INTO_CGROUP, .cgroup = 99);
  struct clone_args args = {.exit_signal = SIGCHLD};
  CASE("clone3", "size 0", clone3(&args, 0));
  CASE("clone3", "size 63", clone3(&args, 63));
  CASE("clone3", "size 5000", clone3(&args, 5000));
  ends("clone3", "size 64", clone3(&args, 64));
  CASE("clone3", "null", clone3(0, 88));
  CASE("clone3", "bad pointer", clone3((void *)8, 88));
  struct { struct clone_args args; long more; } longer = {{.exit_signal = SIGCHLD}, 0};
  ends("clone3", "longer, zero", clone3(&longer.args, sizeof longer));
  longer.more = 1;
  CASE("clone3", "longer, not zero", clone3(&longer.args, sizeof longer));
  signal(SIGUSR1, signal_name);
  signal(SIGUSR2, SIG_IGN);
  struct clone_args clear = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
  pid = clone3(&clear, sizeof clear);
  if (pid == 0) {
    struct sigaction one, two;
    sigaction(SIGUSR1, 0, &one);
    sigaction(SIGUSR2, 0, &two);
    _exit((one.sa_handler == SIG_DFL) * 2 + (two.sa_handler == SIG_IGN));
  }
  show_end("clone3", "handlers cleared, ignored kept", pid);

  CALL(unshare, "nothing", 0);
  CALL(unshare, "CLONE_FS", CLONE_FS);
  CALL(unshare, "CLONE_FILES", CLONE_FILES);
  CALL(unshare, "CLONE_SYSVSEM", CLONE_SYSVSEM);
  CALL(unshare, "CLONE_THREAD", CLONE_THREAD);
  CALL(unshare, "CLONE_SIGHAND", CLONE_SIGHAND);
  CALL(unshare, "CLONE_VM", CLONE_VM);
  CALL(unshare, "CLONE_PARENT", CLONE_PARENT);
  CALL(unshare, "unknown", 1);
  CHILD("unshare", "user", become_user(1000); CALL(unshare, "user: CLONE_NEWUTS", CLONE_NEWUTS); CALL(unshare, "user: CLONE_NEWNS", CLONE_NEWNS));
  CHILD("clone", "user", become_user(1000); CALL(clone, "user: CLONE_NEWIPC", CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0));
  CALL(setns, "bad descriptor", 99, 0);
  CALL(setns, "no namespace", pidfd < 0 ? 1 : 1, CLONE_NEWNS);
  pid = RAW(vfork);
  if (pid == 0) _exit(9);
  show_end("vfork", "child", pid);
  return 0;
}
