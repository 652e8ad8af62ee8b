/* Setting timers and clocks with what is no time, and where the answer can't be told. */
#include "conform.h"
#include <sys/epoll.h>
#include <sys/time.h>

static void intervals(void) {
  struct itimerval setting = {{0, 0}, {0, 1000000}}, now;
  CALL(setitimer, "a million microseconds", ITIMER_REAL, &setting, 0);
  setting.it_value.tv_usec = -1;
  CALL(setitimer, "negative microseconds", ITIMER_REAL, &setting, 0);
  setting.it_value = (struct timeval){-1, 0};
  CALL(setitimer, "negative seconds", ITIMER_REAL, &setting, 0);
  setting = (struct itimerval){{0, 2000000}, {100, 0}};
  CALL(setitimer, "two million microseconds between", ITIMER_REAL, &setting, 0);
  setting.it_interval.tv_usec = 0;
  CALL(setitimer, "no such timer", 3, &setting, 0);
  CALL(setitimer, "bad address", ITIMER_REAL, LOW, 0);
  CALL(setitimer, "bad address for the old setting", ITIMER_REAL, &setting, LOW);
  CALL(getitimer, "", ITIMER_REAL, &now);
  SAY("setitimer", "is set all the same", "%d", now.it_value.tv_sec > 50);
  CALL(setitimer, "nothing", ITIMER_REAL, 0, 0);
  CALL(getitimer, "", ITIMER_REAL, &now);
  SAY("setitimer", "nothing means off", "%ld", now.it_value.tv_sec);
  CALL(getitimer, "no such timer", 3, &now);
  CALL(getitimer, "no address", ITIMER_REAL, 0);
  CALL(alarm, "longest", 0xffffffffu);
  SAY("alarm", "is kept", "%d", alarm(0) > 1000000);
}

static void sleeps(void) {
  struct timespec time = {0, 0};
  CALL(clock_nanosleep, "until long ago", CLOCK_MONOTONIC, TIMER_ABSTIME, &time, 0);
  CALL(clock_nanosleep, "of a thread's time", CLOCK_THREAD_CPUTIME_ID, 0, &time, 0);
  CALL(clock_nanosleep, "no such clock", 99, 0, &time, 0);
  CALL(clock_nanosleep, "coarse", CLOCK_REALTIME_COARSE, 0, &time, 0);
  CALL(clock_nanosleep, "raw", CLOCK_MONOTONIC_RAW, 0, &time, 0);
  CALL(clock_nanosleep, "since boot", CLOCK_BOOTTIME, 0, &time, 0);
  CALL(clock_nanosleep, "atomic", CLOCK_TAI, 0, &time, 0);
  time.tv_nsec = 1000000000;
  CALL(clock_nanosleep, "a billion nanoseconds", CLOCK_MONOTONIC, 0, &time, 0);
  CALL(nanosleep, "a billion nanoseconds", &time, 0);
  time.tv_nsec = -1;
  CALL(clock_nanosleep, "negative nanoseconds", CLOCK_MONOTONIC, 0, &time, 0);
  time = (struct timespec){-1, 0};
  CALL(clock_nanosleep, "negative seconds", CLOCK_MONOTONIC, 0, &time, 0);
  CALL(clock_nanosleep, "until before the start", CLOCK_MONOTONIC, TIMER_ABSTIME, &time, 0);
  CALL(clock_nanosleep, "bad address", CLOCK_MONOTONIC, 0, LOW, 0);
}

static void clocks(void) {
  struct timespec time = {0, -5};
  CALL(clock_settime, "negative nanoseconds", CLOCK_REALTIME, &time);
  time = (struct timespec){-1, 0};
  CALL(clock_settime, "negative seconds", CLOCK_REALTIME, &time);
  CALL(clock_settime, "bad address", CLOCK_REALTIME, LOW);
  CALL(clock_settime, "monotonic", CLOCK_MONOTONIC, &time);
  CALL(clock_settime, "no such clock", 99, &time);
  CALL(settimeofday, "a million microseconds", &((struct timeval){0, 1000000}), 0);
  CALL(settimeofday, "bad address", LOW, 0);
  CALL(clock_gettime, "no address", CLOCK_REALTIME, 0);
  CALL(clock_getres, "no address", CLOCK_REALTIME, 0);
  CALL(time, "bad address", LOW);
  CALL(gettimeofday, "no address", 0, 0);
}

static void waiting(void) {
  int epoll = epoll_create1(0);
  // Not on the stack, whose place is random: the largest number of events reaches beyond the addresses of programs from there.
  static struct epoll_event event;
  struct timespec time = {0, 1};
  CALL(epoll_pwait2, "for a nanosecond", epoll, &event, 1, &time, 0, 0);
  CALL(epoll_pwait2, "too many events", epoll, &event, 0x7fffffff / 12 + 1, &time, 0, 0);
  CALL(epoll_pwait2, "most events", epoll, &event, 0x7fffffff / 12, &time, 0, 0);
  CALL(epoll_pwait2, "no events", epoll, &event, 0, &time, 0, 0);
  CALL(epoll_pwait2, "a mask of no size", epoll, &event, 1, &time, &event, 4);
  CALL(epoll_pwait2, "no mask, of no size", epoll, &event, 1, &time, 0, 4);
  CALL(epoll_pwait2, "events in the kernel's half", epoll, HIGH, 1, &time, 0, 0);
  time.tv_nsec = 1000000000;
  CALL(epoll_pwait2, "a billion nanoseconds", epoll, &event, 1, &time, 0, 0);
  time = (struct timespec){-1, 0};
  CALL(epoll_pwait2, "negative seconds", epoll, &event, 1, &time, 0, 0);
  CALL(epoll_pwait2, "bad address", epoll, &event, 1, LOW, 0, 0);
}

int main(void) {
  intervals();
  sleeps();
  clocks();
  waiting();
  return 0;
}
