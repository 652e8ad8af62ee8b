/* Calls that a filter leaves to a supervisor. Source: seccomp_unotify(2). */
#include "conform.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static int listener = -1;
/* What the child says, to be printed when it has ended. */
static int report[2];

/* Leaves getppid, uname and dup3 to the supervisor. */
static struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_dup3, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
};
static struct sock_fprog program = {sizeof code / sizeof *code, code};

static void look(const char *label) {
  struct pollfd entry = {listener, POLLIN | POLLOUT, 0};
  int count = poll(&entry, 1, 0);
  SAY("poll", label, "%d:%s%s%s", count, entry.revents & POLLIN ? " in" : "", entry.revents & POLLOUT ? " out" : "",
      entry.revents & POLLHUP ? " hup" : "");
}

static unsigned long long receive(const char *label) {
  struct seccomp_notif notification = {0};
  CASE("ioctl", label, ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification));
  SAY("ioctl", "the call", "%d(%d, %d, %d), flags %d", notification.data.nr == SYS_getppid ? 110 : notification.data.nr,
      notification.data.nr == SYS_dup3 ? (int)notification.data.args[0] : 0,
      notification.data.nr == SYS_dup3 ? (int)notification.data.args[1] : 0,
      notification.data.nr == SYS_dup3 ? (int)notification.data.args[2] : 0, notification.flags);
  return notification.id;
}

static void answer(const char *label, unsigned long long id, long value, int error, unsigned flags) {
  struct seccomp_notif_resp response = {id, value, error, flags};
  CASE("ioctl", label, ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response));
}

/* In a child: the words are those of its calls. The descriptor of its listener comes to the parent by number, with pidfd_getfd. */
static pid_t supervised(int gate[2], void (*calls)(void)) {
  int ready[2];
  char byte;
  if (pipe(ready) != 0 || pipe(report) != 0) exit(1);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    dup2(report[1], 1);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int own = RAW(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    int number = own;
    if (write(ready[1], &number, sizeof number) != sizeof number || read(gate[0], &byte, 1) != 1) _exit(1);
    close(own);
    calls();
    _exit(0);
  }
  int number = -1, pidfd = RAW(pidfd_open, child, 0);
  if (read(ready[0], &number, sizeof number) != sizeof number || number < 0) exit(1);
  listener = RAW(pidfd_getfd, pidfd, number, 0);
  close(pidfd);
  close(report[1]);
  close(ready[0]);
  close(ready[1]);
  look("nothing yet");
  if (write(gate[1], "x", 1) != 1) exit(1);
  return child;
}

static void ended(pid_t child) {
  char text[2000];
  show_end("fork", "child", child);
  long count = read(report[0], text, sizeof text);
  if (count > 0 && write(1, text, count) != count) exit(1);
  close(report[0]);
}

static void three_calls(void) {
  SAY("getppid", "answered", "%ld", (long)RAW(getppid));
  CALL(getppid, "refused");
  SAY("getppid", "carried out", "%s", RAW(getppid) > 0 ? "a number" : "none");
}

static void descriptors(void) {
  CALL(dup3, "answered with a descriptor", 7, 8, 9);
  CALL(fcntl, "it is there", 40, F_GETFD);
  CALL(dup3, "answered with another", 1, 2, 3);
  CALL(fcntl, "it is closed by exec", 41, F_GETFD);
}

static volatile int caught;
static void on_signal(int number) {
  caught++;
}

static void interrupted(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, 0);
  CALL(getppid, "ended by a signal");
  SAY("getppid", "signals", "%d", caught);
}

static void unanswered(void) {
  CALL(getppid, "the supervisor has gone");
  CALL(getppid, "and is not there");
}

int main(void) {
  int gate[2];
  if (pipe(gate) != 0) return 1;
  unsigned action = SECCOMP_RET_USER_NOTIF;
  CALL(seccomp, "SECCOMP_GET_ACTION_AVAIL", SECCOMP_GET_ACTION_AVAIL, 0, &action);
  CHILD("seccomp", "flags", {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    CALL(seccomp, "two kinds of answers", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC, &program);
    CALL(seccomp, "WAIT_KILLABLE_RECV alone", SECCOMP_SET_MODE_FILTER, 32, &program);
    int own = OKAY(seccomp, "NEW_LISTENER", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    CALL(fcntl, "closed by exec", own, F_GETFD);
    CALL(seccomp, "a second one", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    close(own);
    CALL(getppid, "no supervisor");
    OKAY(seccomp, "another after it was closed", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  });

  pid_t child = supervised(gate, three_calls);
  unsigned long long id = receive("SECCOMP_IOCTL_NOTIF_RECV");
  look("received");
  CASE("ioctl", "SECCOMP_IOCTL_NOTIF_ID_VALID", ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id));
  unsigned long long wrong = id + 7;
  CASE("ioctl", "no such id", ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &wrong));
  answer("no such id", wrong, 1, 0, 0);
  answer("unknown flags", id, 1, 0, 2);
  answer("carried out, with a value", id, 1, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
  answer("a value", id, 4711, 0, 0);
  id = receive("the next");
  answer("an error", id, 0, -EXDEV, 0);
  id = receive("the last");
  answer("carried out", id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
  ended(child);
  look("nobody is left");
  struct seccomp_notif dirty = {.pid = 1};
  CASE("ioctl", "room that is not zero", ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &dirty));
  CASE("ioctl", "unknown request", ioctl(listener, 0x2199, &dirty));
  close(listener);

  child = supervised(gate, descriptors);
  id = receive("SECCOMP_IOCTL_NOTIF_RECV");
  struct seccomp_notif_addfd add = {.id = id, .srcfd = gate[0], .newfd = 40};
  CASE("ioctl", "ADDFD: a number, but no flag", ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
  add.flags = SECCOMP_ADDFD_FLAG_SETFD;
  add.srcfd = 99;
  CASE("ioctl", "ADDFD: no such descriptor", ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
  add.srcfd = gate[0];
  CASE("ioctl", "ADDFD", ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
  answer("with it", id, 40, 0, 0);
  id = receive("the next");
  add = (struct seccomp_notif_addfd){.id = id, .srcfd = gate[0], .newfd = 41, .newfd_flags = O_CLOEXEC, .flags = 3};
  CASE("ioctl", "ADDFD with the answer", ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
  ended(child);
  close(listener);

  child = supervised(gate, interrupted);
  id = receive("SECCOMP_IOCTL_NOTIF_RECV");
  kill(child, SIGUSR1);
  ended(child);
  CASE("ioctl", "its id", ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id));
  close(listener);

  child = supervised(gate, unanswered);
  id = receive("SECCOMP_IOCTL_NOTIF_RECV");
  close(listener);
  ended(child);
}
