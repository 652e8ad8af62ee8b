/* Calls that wait: readiness, time, futexes. */
#include "cases.h"
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

CASE(poll) {
  int fds[2];
  pipe(fds);
  struct pollfd set[3] = {{fds[0], POLLIN | POLLPRI, 0}, {fds[1], POLLOUT, 0}, {-1, POLLIN, 0}};
  poll(set, 3, 0);
  poll(set, 1, 10);
  write(fds[1], "x", 1);
  poll(set, 2, -1);
  close(fds[1]);
  poll(set, 2, -1);
  poll(NULL, 0, 1);
  poll((void *)8, 1, 1);
}
CASE(ppoll) {
  int fds[2];
  pipe(fds);
  struct pollfd set = {fds[0], POLLIN | POLLRDHUP, 0};
  struct timespec wait = {0, 1000000};
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGINT);
  ppoll(&set, 1, &wait, &mask);
  set.fd = fds[1];
  set.events = POLLOUT;
  ppoll(&set, 1, NULL, NULL);
}
CASE(select) {
  int fds[2];
  fd_set in, out;
  pipe(fds);
  FD_ZERO(&in);
  FD_SET(fds[0], &in);
  FD_ZERO(&out);
  FD_SET(fds[1], &out);
  struct timeval wait = {0, 1000};
  syscall(SYS_select, fds[0] + 1, &in, NULL, NULL, &wait);
  FD_SET(fds[0], &in);
  wait.tv_sec = 5;
  syscall(SYS_select, fds[1] + 1, &in, &out, NULL, NULL);
  syscall(SYS_select, -1, NULL, NULL, NULL, NULL);
  wait.tv_sec = 0;
  wait.tv_usec = 0;
  syscall(SYS_select, 0, NULL, NULL, NULL, &wait);
  FD_SET(40, &in);
  syscall(SYS_select, 41, &in, NULL, NULL, NULL);
}
CASE(pselect) {
  int fds[2];
  fd_set out;
  pipe(fds);
  FD_ZERO(&out);
  FD_SET(fds[1], &out);
  sigset_t mask;
  sigfillset(&mask);
  struct timespec wait = {1, 0};
  pselect(fds[1] + 1, NULL, &out, NULL, &wait, &mask);
  pselect(fds[1] + 1, NULL, &out, NULL, NULL, NULL);
}
CASE(epoll) {
  int fds[2];
  pipe(fds);
  int ep = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {EPOLLIN | EPOLLET, {.u32 = 7}}, got[4];
  epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &event);
  event.events = EPOLLOUT | EPOLLONESHOT;
  event.data.u64 = 0x1234567890;
  epoll_ctl(ep, EPOLL_CTL_ADD, fds[1], &event);
  epoll_wait(ep, got, 4, 0);
  epoll_wait(ep, got, 4, 0);
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLPRI;
  epoll_ctl(ep, EPOLL_CTL_MOD, fds[0], &event);
  write(fds[1], "x", 1);
  sigset_t mask;
  sigemptyset(&mask);
  epoll_pwait(ep, got, 4, -1, &mask);
  epoll_ctl(ep, EPOLL_CTL_DEL, fds[0], NULL);
  epoll_ctl(ep, EPOLL_CTL_DEL, fds[0], NULL);
  epoll_create(1);
  epoll_wait(99, got, 4, 0);
}
CASE(eventfd) {
  uint64_t value = 3;
  int fd = eventfd(5, EFD_NONBLOCK | EFD_CLOEXEC);
  read(fd, &value, 8);
  read(fd, &value, 8);
  write(fd, &value, 8);
  eventfd(0, EFD_SEMAPHORE);
}
CASE(timerfd) {
  uint64_t count;
  struct itimerspec spec = {{0, 0}, {0, 1000000}}, old;
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  timerfd_settime(fd, 0, &spec, &old);
  read(fd, &count, 8);
  timerfd_gettime(fd, &old);
  timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL);
  timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
}
CASE(sleeps) {
  struct timespec wait = {0, 1000000}, left;
  syscall(SYS_nanosleep, &wait, &left);
  syscall(SYS_nanosleep, &wait, NULL);
  clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, &left);
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wait, NULL);
  wait.tv_nsec = 2000000000;
  clock_nanosleep(CLOCK_REALTIME, 0, &wait, &left);
}
CASE(clocks) {
  struct timespec t;
  struct timeval tv = {1, 2};
  clock_getres(CLOCK_MONOTONIC, &t);
  clock_getres(CLOCK_PROCESS_CPUTIME_ID, &t);
  syscall(SYS_clock_gettime, 99, &t);
  clock_settime(CLOCK_MONOTONIC, &(struct timespec){5, 6});
}
static void on_alarm(int signal) { (void)signal; }
CASE(interval_timers) {
  struct itimerval value = {{0, 0}, {0, 5000}}, old;
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  getitimer(ITIMER_VIRTUAL, &old);
  setitimer(ITIMER_REAL, &value, NULL);
  pause();
  setitimer(ITIMER_PROF, &(struct itimerval){{0}}, &old);
  alarm(100);
  alarm(0);
}
CASE(interrupted_sleep) {
  struct itimerval value = {{0, 0}, {0, 5000}};
  struct timespec wait = {5, 0}, left;
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &value, NULL);
  syscall(SYS_nanosleep, &wait, NULL);
}
CASE(restarted_read) {
  int fds[2];
  char byte;
  pipe(fds);
  struct itimerval value = {{0, 0}, {0, 5000}};
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &value, NULL);
  read(fds[0], &byte, 1);
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  write(fds[1], "y", 1);
  read(fds[0], &byte, 1);
}
CASE(posix_timers) {
  int id;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  event.sigev_value.sival_int = 5;
  struct itimerspec spec = {{0, 0}, {100, 0}}, old;
  syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id);
  syscall(SYS_timer_settime, id, 0, &spec, &old);
  syscall(SYS_timer_getoverrun, id);
  syscall(SYS_timer_delete, id);
  syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &id);
  event.sigev_notify = SIGEV_NONE;
  syscall(SYS_timer_create, CLOCK_REALTIME, &event, &id);
}
CASE(futex) {
  uint32_t word = 1;
  struct timespec wait = {0, 1000000};
  syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL);
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &wait);
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1);
  syscall(SYS_futex, &word, FUTEX_WAKE, 0x7fffffff);
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &(struct timespec){1, 0}, NULL, -1);
  syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 5);
  syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 1, 2, &word);
  syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 2, &word, 9);
  syscall(SYS_futex, &word, FUTEX_WAKE_OP, 1, 1, &word, FUTEX_OP(FUTEX_OP_SET, 2, FUTEX_OP_CMP_EQ, 1));
}
static void *idle(void *argument) { return argument; }
CASE(thread) {
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
  struct timespec wait = {0, 20000000};
  syscall(SYS_nanosleep, &wait, NULL);
  pthread_join(thread, NULL);
}
CASE(signalfd) {
  struct signalfd_siginfo info;
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  sigprocmask(SIG_BLOCK, &mask, NULL);
  int fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return;
  read(fd, &info, sizeof info);
}
