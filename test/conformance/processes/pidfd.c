/* pidfd_open, pidfd_send_signal, pidfd_getfd, waitid on a pidfd, poll; process_madvise, process_mrelease. */
#include "conform.h"
#include <poll.h>
#include <pthread.h>
#include <sys/uio.h>

static volatile int got, from_user;
static void handler(int number, siginfo_t *info, void *context) { got = number, from_user = info->si_code; }
static pid_t sleeper(void) { pid_t pid = fork(); if (pid == 0) { pause(); _exit(0); } return pid; }
static int events(int fd) { struct pollfd p = {fd, POLLIN, 0}; poll(&p, 1, 0); return p.revents; }
static pid_t other_tid;
static void *other(void *ready) { other_tid = RAW(gettid); *(volatile int *)ready = 1; pause(); return 0; }

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, 0);
  sigaction(SIGRTMIN, &action, 0);
  CALL(pidfd_open, "pid 0", 0, 0);
  CALL(pidfd_open, "negative", -1, 0);
  CALL(pidfd_open, "nobody", 999999, 0);
  CALL(pidfd_open, "bad flags", getpid(), 1);
  OKAY(pidfd_open, "self", getpid(), 0);
  int self = RAW(pidfd_open, getpid(), 0);
  SAY("pidfd_open", "closed on exec", "%d", fcntl(self, F_GETFD));
  SAY("pidfd_open", "flags", "%x", fcntl(self, F_GETFL) & ~O_LARGEFILE);
  int nonblocking = RAW(pidfd_open, getpid(), O_NONBLOCK);
  SAY("pidfd_open", "non-blocking", "%d", (fcntl(nonblocking, F_GETFL) & O_NONBLOCK) != 0);
  char c;
  CALL(read, "pidfd", self, &c, 1);
  CALL(write, "pidfd", self, &c, 1);
  CALL(lseek, "pidfd", self, 0, 0);
  SAY("poll", "running", "%x", events(self));

  CALL(pidfd_send_signal, "self, none", self, 0, 0, 0);
  CALL(pidfd_send_signal, "self, SIGUSR1", self, SIGUSR1, 0, 0);
  SAY("pidfd_send_signal", "taken", "%d code %d", got, from_user);
  CALL(pidfd_send_signal, "bad signal", self, 65, 0, 0);
  CALL(pidfd_send_signal, "negative signal", self, -1, 0, 0);
  CALL(pidfd_send_signal, "bad flags", self, 0, 0, 0x10);
  CALL(pidfd_send_signal, "two scopes", self, 0, 0, 3);
  CALL(pidfd_send_signal, "thread", self, 0, 0, 1);
  CALL(pidfd_send_signal, "thread group", self, 0, 0, 2);
  CHILD("pidfd_send_signal", "groups", int f = RAW(pidfd_open, getpid(), 0); CALL(pidfd_send_signal, "no group leader", f, 0, 0, 4); setpgid(0, 0); CALL(pidfd_send_signal, "process group", f, 0, 0, 4));
  CALL(pidfd_send_signal, "bad descriptor", 99, 0, 0, 0);
  CALL(pidfd_send_signal, "no pidfd", 0, 0, 0, 0);
  siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE};
  info.si_value.sival_int = 5;
  CALL(pidfd_send_signal, "own siginfo", self, SIGRTMIN, &info, 0);
  SAY("pidfd_send_signal", "own siginfo taken", "%d code %d", got - SIGRTMIN, from_user);
  CALL(pidfd_send_signal, "siginfo of another signal", self, SIGUSR1, &info, 0);
  info.si_code = SI_USER;
  CALL(pidfd_send_signal, "self may forge", self, SIGRTMIN, &info, 0);
  CALL(pidfd_send_signal, "bad siginfo", self, SIGRTMIN, LOW, 0);

  pid_t child = sleeper();
  int fd = RAW(pidfd_open, child, 0);
  info.si_code = SI_USER;
  CALL(pidfd_send_signal, "forged to another", fd, SIGRTMIN, &info, 0);
  siginfo_t end = {0};
  CALL(waitid, "P_PIDFD, not yet", P_PIDFD, fd, &end, WEXITED | WNOHANG, 0);
  SAY("waitid", "P_PIDFD, nothing told", "%d %d", end.si_pid, end.si_signo);
  int nb = RAW(pidfd_open, child, O_NONBLOCK);
  CALL(waitid, "P_PIDFD, non-blocking", P_PIDFD, nb, &end, WEXITED, 0);
  CALL(waitid, "P_PIDFD, non-blocking with WNOHANG", P_PIDFD, nb, &end, WEXITED | WNOHANG, 0);
  CALL(waitid, "P_PIDFD, bad descriptor", P_PIDFD, 99, &end, WEXITED, 0);
  CALL(waitid, "P_PIDFD, negative", P_PIDFD, -1, &end, WEXITED, 0);
  CALL(waitid, "P_PIDFD, no pidfd", P_PIDFD, 0, &end, WEXITED, 0);
  CALL(waitid, "P_PIDFD, no child", P_PIDFD, self, &end, WEXITED, 0);
  CALL(process_mrelease, "alive", fd, 0);
  CALL(process_mrelease, "bad flags", fd, 1);
  CALL(process_mrelease, "bad descriptor", 99, 0);
  CALL(pidfd_send_signal, "SIGKILL", fd, SIGKILL, 0, 0);
  struct pollfd p = {fd, POLLIN, 0};
  SAY("poll", "child ended", "%d %x", poll(&p, 1, 5000), p.revents);
  CALL(pidfd_send_signal, "zombie", fd, 0, 0, 0);
  CALL(pidfd_getfd, "zombie", fd, 0, 0);
  CALL(waitid, "P_PIDFD, keeping", P_PIDFD, fd, &end, WEXITED | WNOWAIT, 0);
  CALL(waitid, "P_PIDFD", P_PIDFD, fd, &end, WEXITED, 0);
  SAY("waitid", "P_PIDFD, told", "%d signal %d code %d status %d", end.si_pid == child, end.si_signo, end.si_code, end.si_status);
  CALL(waitid, "P_PIDFD, reaped", P_PIDFD, fd, &end, WEXITED, 0);
  CALL(pidfd_send_signal, "reaped", fd, 0, 0, 0);
  CALL(pidfd_getfd, "reaped", fd, 0, 0);
  SAY("poll", "reaped", "%x", events(fd));

  int ends[2];
  child = fork();
  if (child == 0) { pipe(ends); dup2(ends[0], 50); write(ends[1], "shared", 6); pause(); }
  fd = RAW(pidfd_open, child, 0);
  char text[8] = "";
  int taken;
  while ((taken = RAW(pidfd_getfd, fd, 50, 0)) < 0 && errno == EBADF) sleep_ms(1);
  SAY("pidfd_getfd", "of a child", "%s", taken >= 0 ? "ok" : errno_name(errno));
  SAY("pidfd_getfd", "closed on exec", "%d", fcntl(taken, F_GETFD));
  read(taken, text, 6);
  SAY("pidfd_getfd", "reads the child's pipe", "%s", text);
  CALL(pidfd_getfd, "bad target", fd, 77, 0);
  CALL(pidfd_getfd, "bad flags", fd, 50, 1);
  CALL(pidfd_getfd, "no pidfd", 0, 50, 0);
  CALL(pidfd_getfd, "bad descriptor", 99, 50, 0);
  OKAY(pidfd_getfd, "own", self, 0, 0);
  CHILD("pidfd_getfd", "user", become_user(1000); CALL(pidfd_getfd, "user: root's", fd, 50, 0); CALL(pidfd_send_signal, "user: root's", fd, 0, 0, 0); OKAY(pidfd_open, "user: root's", child, 0));
  struct iovec range = {mmap(0, 8192, 3, 0x22, -1, 0), 8192};
  CALL(process_madvise, "own, cold", self, &range, 1, MADV_COLD, 0);
  CALL(process_madvise, "own, willneed", self, &range, 1, MADV_WILLNEED, 0);
  CALL(process_madvise, "bad flags", self, &range, 1, MADV_COLD, 1);
  CALL(process_madvise, "child, dontneed", fd, &range, 1, MADV_DONTNEED, 0);
  CALL(process_madvise, "child, cold", fd, &range, 1, MADV_COLD, 0);
  CALL(process_madvise, "bad descriptor", 99, &range, 1, MADV_COLD, 0);
  CALL(process_madvise, "bad vector", self, LOW, 1, MADV_COLD, 0);
  CALL(process_madvise, "too many", self, &range, 2000, MADV_COLD, 0);
  CALL(process_madvise, "none", self, &range, 0, MADV_COLD, 0);
  char path[40];
  snprintf(path, sizeof path, "/proc/%d", child);
  int directory = open(path, O_RDONLY | O_DIRECTORY), place = open(path, O_PATH | O_DIRECTORY);
  CALL(pidfd_send_signal, "a directory of /proc", directory, 0, 0, 0);
  CALL(pidfd_send_signal, "one opened with O_PATH", place, 0, 0, 0);
  CALL(pidfd_send_signal, "/proc itself", open("/proc", O_RDONLY), 0, 0, 0);
  CALL(pidfd_send_signal, "a directory in it", openat(directory, "fd", O_RDONLY), 0, 0, 0);
  kill(child, 9);
  waitpid(child, 0, 0);
  CALL(pidfd_send_signal, "a directory of one that has gone", directory, 0, 0, 0);

  volatile int ready = 0;
  pthread_t thread;
  pthread_create(&thread, 0, other, (void *)&ready);
  while (!ready) sleep_ms(1);
  CALL(pidfd_open, "a thread without PIDFD_THREAD", other_tid, 0);
  OKAY(pidfd_open, "a thread", other_tid, O_EXCL);
  CHILD("waitid", "somebody else's child", { siginfo_t i; int f = RAW(pidfd_open, getppid(), 0); CALL(waitid, "P_PIDFD, the parent", P_PIDFD, f, &i, WEXITED, 0); });
  return 0;
}
