/* Timers as descriptors: clocks of alarms, expirations put there (TFD_IOC_SET_TICKS), wrong settings. Source: timerfd_create(2). */
#include "conform.h"
#include <sys/timerfd.h>

#define SET_TICKS 0x40085400

static void alarms(void) {
  static const int clocks[] = {CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM};
  for (int i = 0; i < 2; i++) {
    int timer = RAW(timerfd_create, clocks[i], 0);
    SAY("timerfd_create", i == 0 ? "CLOCK_REALTIME_ALARM" : "CLOCK_BOOTTIME_ALARM", "%s", timer < 0 ? errno_name(errno) : "ok");
    if (timer < 0) continue;
    struct itimerspec setting = {.it_value = {0, 1000000}};
    unsigned long long count;
    CASE("timerfd_settime", "an alarm", timerfd_settime(timer, 0, &setting, 0));
    CALL(read, "its expiration", timer, &count, 8);
    close(timer);
  }
}

int main(void) {
  CHILD("timerfd_create", "as root", alarms());
  CHILD("timerfd_create", "as a plain user", {
    become_user(1000);
    alarms();
  });
  CALL(timerfd_create, "CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID, 0);
  CALL(timerfd_create, "unknown clock", 12, 0);

  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  unsigned long long ticks = 0, count = 0;
  CALL(ioctl, "TFD_IOC_SET_TICKS: none", timer, SET_TICKS, &ticks);
  ticks = 3;
  CALL(ioctl, "TFD_IOC_SET_TICKS: 3", timer, SET_TICKS, &ticks);
  CALL(read, "what was put there", timer, &count, 8);
  SAY("read", "expirations", "%llu", count);
  CALL(ioctl, "TFD_IOC_SET_TICKS: bad pointer", timer, SET_TICKS, 0);
  CALL(ioctl, "unknown request", timer, SET_TICKS + 1, &ticks);
  CALL(read, "too little room", timer, &count, 7);
  CALL(read, "nothing", timer, &count, 8);
  struct itimerspec setting = {.it_value = {1000, 0}};
  CASE("timerfd_settime", "unknown flag", timerfd_settime(timer, 4, &setting, 0));
  CASE("timerfd_settime", "TFD_TIMER_CANCEL_ON_SET of a monotonic clock", timerfd_settime(timer, 3, &setting, 0));
  CALL(ioctl, "TFD_IOC_SET_TICKS of one that runs", timer, SET_TICKS, &ticks);
  CALL(read, "what was put there", timer, &count, 8);
  setting.it_value.tv_sec = -1;
  CASE("timerfd_settime", "negative", timerfd_settime(timer, 0, &setting, 0));
  setting = (struct itimerspec){.it_interval = {0, 1000000000}};
  CASE("timerfd_settime", "wrong interval of one that stands", timerfd_settime(timer, 0, &setting, 0));
  CALL(timerfd_settime, "no setting", timer, 0, 0, 0);
  CALL(timerfd_gettime, "no place", timer, 0);
  CALL(timerfd_gettime, "no descriptor", -1, &setting);
  CALL(timerfd_gettime, "no timer", 1, &setting);
}
