/* rt_sigtimedwait, rt_sigsuspend, pause, signalfd, and what signals do to calls that wait. */
#include "conform.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <linux/futex.h>

static volatile int count;
static void handler(int number) { count++; }
static unsigned long mask_of(int number) { return 1UL << (number - 1); }

/* Sends the signal to this process in a moment. */
static pid_t soon(int number) {
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) { sleep_ms(15); kill(parent, number); _exit(0); }
  return pid;
}

static void interrupted(int flags, const char *how) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(SIGUSR1, &action, 0);
  int ends[2], word = 0, status;
  pipe(ends);
  char c, label[80];
  struct pollfd p = {ends[0], POLLIN, 0};
  struct epoll_event event;
  int set = epoll_create1(0);
  fd_set reads;
  struct timeval longer = {2, 0};
  struct timespec two_seconds = {2, 0}, rest;
  unsigned long none = 0;
  FD_ZERO(&reads);
  FD_SET(ends[0], &reads);
#define TRY(call, what, expression) \
  do { \
    pid_t sender = soon(SIGUSR1); \
    snprintf(label, sizeof label, "%s, %s", what, how); \
    CASE(call, label, expression); \
    waitpid(sender, 0, 0); \
  } while (0)
  TRY("poll", "2 s", RAW(poll, &p, 1, 2000));
  TRY("ppoll", "2 s", RAW(ppoll, &p, 1, (&(struct timespec){2, 0}), 0, 8));
  TRY("select", "2 s", RAW(select, ends[0] + 1, &reads, 0, 0, &longer));
  TRY("epoll_wait", "2 s", RAW(epoll_wait, set, &event, 1, 2000));
  TRY("nanosleep", "2 s", RAW(nanosleep, &two_seconds, &rest));
  TRY("clock_nanosleep", "2 s", RAW(clock_nanosleep, CLOCK_MONOTONIC, 0, &two_seconds, &rest));
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  at.tv_sec += 2;
  if (!(flags & SA_RESTART)) TRY("clock_nanosleep", "absolute", RAW(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &at, 0));
  TRY("futex", "wait 2 s", RAW(futex, &word, FUTEX_WAIT, 0, &two_seconds, 0, 0));
  TRY("pause", "pause", RAW(pause));
  TRY("rt_sigsuspend", "suspend", RAW(rt_sigsuspend, &none, 8));
  unsigned long other = mask_of(SIGUSR2);
  TRY("rt_sigtimedwait", "another signal", RAW(rt_sigtimedwait, &other, 0, &two_seconds, 8));
  if (!(flags & SA_RESTART)) {
    TRY("read", "empty pipe", read(ends[0], &c, 1));
    pid_t child = fork();
    if (child == 0) { sleep_ms(150); _exit(0); }
    pid_t sender = soon(SIGUSR1);
    snprintf(label, sizeof label, "running child, %s", how);
    CASE("wait4", label, waitpid(child, &status, 0));
    waitpid(sender, 0, 0);
    waitpid(child, 0, 0);
    TRY("futex", "wait", RAW(futex, &word, FUTEX_WAIT, 0, 0, 0, 0));
  } else {
    pid_t writer = fork();
    if (writer == 0) { sleep_ms(50); write(ends[1], "x", 1); _exit(0); }
    TRY("read", "empty pipe", read(ends[0], &c, 1));
    waitpid(writer, 0, 0);
    pid_t child = fork();
    if (child == 0) { sleep_ms(50); _exit(3); }
    pid_t sender = soon(SIGUSR1);
    snprintf(label, sizeof label, "running child, %s", how);
    CASE("wait4", label, waitpid(child, &status, 0) == child);
    waitpid(sender, 0, 0);
  }
  close(set);
  close(ends[0]);
  close(ends[1]);
}

int main(void) {
  siginfo_t info;
  unsigned long set = mask_of(SIGUSR1) | mask_of(SIGRTMIN), none = 0, all = ~0UL;
  struct timespec no_time = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0}, little = {0, 5000000};
  RAW(rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  CALL(rt_sigtimedwait, "nothing, no time", &set, &info, &no_time, 8);
  CALL(rt_sigtimedwait, "nothing, 5 ms", &set, &info, &little, 8);
  CALL(rt_sigtimedwait, "bad time", &set, &info, &bad, 8);
  CALL(rt_sigtimedwait, "negative time", &set, &info, &negative, 8);
  CALL(rt_sigtimedwait, "size 4", &set, &info, &no_time, 4);
  CALL(rt_sigtimedwait, "bad set", LOW, &info, &no_time, 8);
  CALL(rt_sigtimedwait, "bad timeout", &set, &info, LOW, 8);
  kill(getpid(), SIGUSR1);
  CALL(rt_sigtimedwait, "pending", &set, &info, &no_time, 8);
  SAY("rt_sigtimedwait", "told", "%d code %d", info.si_signo, info.si_code);
  kill(getpid(), SIGUSR1);
  CALL(rt_sigtimedwait, "no info wanted", &set, 0, &no_time, 8);
  kill(getpid(), SIGUSR1);
  CALL(rt_sigtimedwait, "bad info", &set, LOW, &no_time, 8);
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 5});
  kill(getpid(), SIGUSR1);
  CALL(rt_sigtimedwait, "two: the lower", &set, &info, 0, 8);
  SAY("rt_sigtimedwait", "two: then the queued one", "%d value %d", (int)RAW(rt_sigtimedwait, &set, &info, 0, 8) - SIGRTMIN, info.si_value.sival_int);
  unsigned long unwanted = mask_of(SIGKILL) | mask_of(SIGSTOP);
  CALL(rt_sigtimedwait, "KILL and STOP never come", &unwanted, &info, &little, 8);
  CALL(rt_sigsuspend, "size 4", &none, 4);
  CALL(rt_sigsuspend, "bad pointer", LOW, 8);

  int fd = RAW(signalfd4, -1, &set, 8, SFD_NONBLOCK | SFD_CLOEXEC);
  struct signalfd_siginfo told[2];
  OKAY(signalfd4, "new", -1, &set, 8, 0);
  OKAY(signalfd, "new", -1, &set, 8);
  CALL(signalfd4, "bad flags", -1, &set, 8, 1);
  CALL(signalfd4, "size 4", -1, &set, 4, 0);
  CALL(signalfd4, "bad set", -1, LOW, 8, 0);
  CALL(signalfd4, "bad descriptor", 99, &set, 8, 0);
  CALL(signalfd4, "no signalfd", 0, &set, 8, 0);
  SAY("signalfd4", "flags", "%x %d", fcntl(fd, F_GETFL) & ~O_LARGEFILE, fcntl(fd, F_GETFD));
  CALL(read, "signalfd, nothing", fd, told, sizeof told);
  CALL(read, "signalfd, too small", fd, told, 127);
  CALL(write, "signalfd", fd, told, 128);
  struct pollfd p = {fd, POLLIN | POLLOUT, 0};
  SAY("poll", "signalfd, nothing", "%d", poll(&p, 1, 0));
  kill(getpid(), SIGUSR1);
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 77});
  SAY("poll", "signalfd, two", "%d %x", poll(&p, 1, 0), p.revents);
  CALL(read, "signalfd, two", fd, told, sizeof told);
  SAY("read", "signalfd, first", "%u code %d pid %d", told[0].ssi_signo, told[0].ssi_code, told[0].ssi_pid == getpid());
  SAY("read", "signalfd, second", "%u code %d value %d", told[1].ssi_signo - SIGRTMIN, told[1].ssi_code, told[1].ssi_int);
  kill(getpid(), SIGUSR2);
  CALL(read, "signalfd, not in its set", fd, told, sizeof told);
  unsigned long wider = mask_of(SIGUSR2);
  CASE("signalfd4", "another set", RAW(signalfd4, fd, &wider, 8, 0) == fd);
  CALL(read, "signalfd, another set", fd, told, sizeof told);
  pid_t sender = soon(SIGUSR2);
  fcntl(fd, F_SETFL, 0);
  CALL(read, "signalfd, waiting", fd, told, sizeof told);
  waitpid(sender, 0, 0);

  RAW(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
  interrupted(0, "no restart");
  interrupted(SA_RESTART, "SA_RESTART");
  signal(SIGUSR1, SIG_IGN);
  sender = soon(SIGUSR1);
  CALL(nanosleep, "an ignored signal does not end it", (&(struct timespec){0, 30000000}), 0);
  waitpid(sender, 0, 0);
  CHILD("nanosleep", "a stop does not end it", {
    setpgid(0, 0);
    pid_t child = fork();
    if (child == 0) _exit(RAW(nanosleep, (&(struct timespec){0, 40000000}), 0) == 0 ? 0 : errno);
    setpgid(child, child);
    sleep_ms(5);
    kill(child, SIGSTOP);
    waitpid(child, 0, WUNTRACED);
    kill(child, SIGCONT);
    show_end("nanosleep", "stopped and continued", child);
  });
  return 0;
}
