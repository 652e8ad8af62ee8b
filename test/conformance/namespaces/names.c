/* UTS namespaces: names of the system that only those in them see. Source: uts_namespaces(7), unshare(2), setns(2). */
#include "conform.h"
#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

static char before[65];

static void set(const char *name) {
  OKAY(sethostname, name, name, strlen(name));
}

static void show(const char *label) {
  struct utsname names;
  uname(&names);
  SAY("uname", label, "%s", strcmp(names.nodename, before) == 0 ? "the first name" : names.nodename);
}

static void link_of(const char *who, char *target) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/ns/uts", who);
  long length = readlink(path, target, 63);
  target[length < 0 ? 0 : length] = 0;
}

int main(void) {
  struct utsname names;
  uname(&names);
  strcpy(before, names.nodename);
  char first[64], other[64], proc[80] = "";
  link_of("self", first);
  int home = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

  if (OKAY(unshare, "CLONE_NEWUTS", CLONE_NEWUTS) != 0) return 1;
  show("the names come along");
  link_of("self", other);
  SAY("readlink", "/proc/self/ns/uts", "%s", strcmp(first, other) == 0 ? "the same" : strncmp(other, "uts:[", 5) == 0 ? "another" : other);
  set("inside");
  show("changed inside");
  OKAY(setdomainname, "a domain", "domain", 6);
  int file = open("/proc/sys/kernel/hostname", O_RDWR);
  if (read(file, proc, sizeof proc - 1) < 0) proc[0] = 0;
  SAY("read", "/proc/sys/kernel/hostname", "%s", strtok(proc, "\n"));
  close(file);
  int inside = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

  CHILD("fork", "a child is in it", { show("in a child"); });
  OKAY(setns, "back", home, CLONE_NEWUTS);
  show("outside");
  link_of("self", other);
  SAY("readlink", "/proc/self/ns/uts", "%s", strcmp(first, other) == 0 ? "the first" : "another");
  OKAY(setns, "into it, of whatever kind it is", inside, 0);
  show("inside again");
  OKAY(setns, "back once more", home, 0);

  /* A child made in one of its own. */
  int pipes[2], back[2];
  char byte;
  if (pipe(pipes) != 0 || pipe(back) != 0) return 1;
  pid_t child = RAW(clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    set("of-the-child");
    if (write(pipes[1], "x", 1) != 1 || read(back[0], &byte, 1) != 1) _exit(1);
    show("in the child");
    _exit(0);
  }
  if (read(pipes[0], &byte, 1) != 1) return 1;
  show("its parent");
  int pidfd = RAW(pidfd_open, child, 0);
  CALL(setns, "pidfd, no kind", pidfd, 0);
  CALL(setns, "pidfd, what is no namespace", pidfd, CLONE_FS);
  CALL(setns, "pidfd, the user namespace that it is in", pidfd, CLONE_NEWUSER);
  CHILD("setns", "pidfd, without rights", {
    become_user(1000);
    CALL(setns, "pidfd", pidfd, CLONE_NEWUTS);
    CALL(setns, "file", inside, CLONE_NEWUTS);
    CALL(unshare, "CLONE_NEWUTS", CLONE_NEWUTS);
  });
  CALL(setns, "other kind of file", inside, CLONE_NEWNS);
  OKAY(setns, "pidfd, with a kind that both are in", pidfd, CLONE_NEWUTS | CLONE_NEWIPC);
  show("with the child");
  set("of-both");
  if (write(back[1], "x", 1) != 1) return 1;
  show_end("clone", "the child", child);
  CALL(setns, "pidfd of one who is gone", pidfd, CLONE_NEWUTS);
  show("it stays");
  OKAY(setns, "home", home, 0);
  show("home");
  int pipe_end = pipes[0];
  CALL(setns, "a pipe", pipe_end, 0);
}
