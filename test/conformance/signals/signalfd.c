/* signalfd: signals read from a descriptor. */
#include "check.h"
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct signalfd_siginfo got[4];

static void show(int i) {
  printf("signal %u code %d pid %d uid %u value %d %llx status %d\n", got[i].ssi_signo, got[i].ssi_code, got[i].ssi_pid == (unsigned)getpid(),
         got[i].ssi_uid == getuid(), got[i].ssi_int, (unsigned long long)got[i].ssi_ptr, got[i].ssi_status);
}

static int polled(int fd) {
  struct pollfd p = {fd, POLLIN | POLLOUT, 0};
  return poll(&p, 1, 0) * 100 + p.revents;
}

int main(void) {
  sigset_t set, other;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGKILL);
  CHECK(sigprocmask(SIG_BLOCK, &set, 0));
  CHECK(syscall(SYS_signalfd4, -1, &set, 4, 0));
  CHECK(syscall(SYS_signalfd4, -1, (void *)8, 8, 0));
  CHECK(syscall(SYS_signalfd4, -1, &set, 8, 1));
  CHECK(syscall(SYS_signalfd4, 99, &set, 8, 0));
  CHECK(syscall(SYS_signalfd4, 0, &set, 8, 0) < 0);
  int s = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  printf("flags %x %x\n", fcntl(s, F_GETFL), fcntl(s, F_GETFD));
  CHECK(read(s, got, 127));
  CHECK(read(s, got, sizeof got));
  CHECK(write(s, got, 128));
  CHECK(lseek(s, 0, SEEK_SET));
  CHECK(polled(s));
  raise(SIGUSR1);
  CHECK(polled(s));
  union sigval value = {.sival_int = 7};
  sigqueue(getpid(), SIGRTMIN, value);
  value.sival_ptr = (void *)0x1234567890;
  sigqueue(getpid(), SIGRTMIN, value);
  kill(getpid(), SIGUSR1);
  CHECK(read(s, got, 128));
  show(0);
  CHECK(read(s, got, sizeof got));
  for (int i = 0; i < 3; i++) show(i);
  CHECK(read(s, got, sizeof got));
  /* The mask changes; what is pending shows. */
  sigemptyset(&other);
  kill(getpid(), SIGUSR1);
  CHECK(signalfd(s, &other, 0) == s);
  CHECK(polled(s));
  CHECK(read(s, got, sizeof got));
  CHECK(signalfd(s, &set, 0) == s);
  CHECK(polled(s));
  CHECK(read(s, (void *)8, 128));
  CHECK(read(s, got, sizeof got));
  /* epoll, and a wait for a child. */
  int e = epoll_create1(0);
  struct epoll_event event = {EPOLLIN, {.u32 = 5}};
  CHECK(epoll_ctl(e, EPOLL_CTL_ADD, s, &event));
  CHECK(epoll_wait(e, &event, 1, 0));
  if (fork() == 0) _exit(3);
  CHECK(epoll_wait(e, &event, 1, 10000));
  CHECK(read(s, got, sizeof got));
  printf("child: signal %u code %d status %d\n", got[0].ssi_signo, got[0].ssi_code, got[0].ssi_status);
  wait(0);
  CHECK(epoll_wait(e, &event, 1, 0));
  /* A read that waits. */
  fcntl(s, F_SETFL, 0);
  if (fork() == 0) {
    usleep(20000);
    kill(getppid(), SIGUSR1);
    _exit(4);
  }
  CHECK(read(s, got, 128));
  printf("from the child: signal %u\n", got[0].ssi_signo);
  wait(0);
  CHECK(read(s, got, 128));
  printf("then: signal %u status %d\n", got[0].ssi_signo, got[0].ssi_status);
  return 0;
}
