/* timer_create and its family, with overruns and clocks of processor time; sleeping on clocks. */
#include "../conform.h"

#ifndef SIGEV_THREAD_ID
#define SIGEV_THREAD_ID 4
#endif

static int create(const char *label, int clock, int notify, int signal) {
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = notify;
  event.sigev_signo = signal;
  event.sigev_value.sival_int = 33;
  int id = -1;
  show_okay("timer_create", label, (errno = 0, RAW(timer_create, clock, &event, &id)));
  return id;
}

static void creating(void) {
  int id;
  for (int clock = 0; clock < 13; clock++) {
    char label[30];
    snprintf(label, sizeof label, "clock %d", clock);
    if (clock == 8 || clock == 9 || clock == 10) continue; /* alarms need a real-time clock device */
    id = create(label, clock, SIGEV_SIGNAL, SIGUSR1);
    if (id >= 0) RAW(timer_delete, id);
  }
  OKAY(timer_create, "no clock", 99, (void *)0, &id);
  OKAY(timer_create, "clock of this process by number", (~getpid() << 3) | 2, (void *)0, &id);
  OKAY(timer_create, "clock of nobody", (~999999 << 3) | 2, (void *)0, &id);
  OKAY(timer_create, "event nowhere", CLOCK_MONOTONIC, LOW, &id);
  OKAY(timer_create, "number to nowhere", CLOCK_MONOTONIC, (void *)0, LOW);
  create("no notification", CLOCK_MONOTONIC, SIGEV_NONE, 0);
  create("signal 0", CLOCK_MONOTONIC, SIGEV_SIGNAL, 0);
  create("signal 65", CLOCK_MONOTONIC, SIGEV_SIGNAL, 65);
  create("signal below zero", CLOCK_MONOTONIC, SIGEV_SIGNAL, -1);
  create("no such notification", CLOCK_MONOTONIC, 77, SIGUSR1);
  create("a thread that is not there", CLOCK_MONOTONIC, SIGEV_SIGNAL | SIGEV_THREAD_ID, SIGUSR1);
  OKAY(timer_delete, "no such timer", 999);
  OKAY(timer_getoverrun, "no such timer", 999);
  struct itimerspec setting = {{0, 0}, {0, 0}};
  OKAY(timer_gettime, "no such timer", 999, &setting);
  OKAY(timer_settime, "no such timer", 999, 0, &setting, (void *)0);
}

static void setting(void) {
  int id = create("for settings", CLOCK_MONOTONIC, SIGEV_NONE, 0);
  struct itimerspec next = {{0, 0}, {100, 0}}, old;
  OKAY(timer_settime, "nothing", id, 0, (void *)0, (void *)0);
  OKAY(timer_settime, "from nowhere", id, 0, LOW, (void *)0);
  OKAY(timer_settime, "a hundred seconds", id, 0, &next, &old);
  SAY("timer_settime", "was off", "%ld %ld", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
  OKAY(timer_gettime, "time left", id, &old);
  SAY("timer_gettime", "time left", "%d", old.it_value.tv_sec >= 90 && old.it_value.tv_sec <= 100);
  OKAY(timer_gettime, "to nowhere", id, LOW);
  next.it_value.tv_nsec = 1000000000;
  OKAY(timer_settime, "too many nanoseconds", id, 0, &next, (void *)0);
  next.it_value.tv_nsec = -1;
  OKAY(timer_settime, "less than no nanoseconds", id, 0, &next, (void *)0);
  next.it_value.tv_nsec = 0;
  next.it_value.tv_sec = -1;
  OKAY(timer_settime, "less than no seconds", id, 0, &next, (void *)0);
  next.it_value.tv_sec = 0;
  OKAY(timer_settime, "off", id, 0, &next, &old);
  SAY("timer_settime", "was on", "%d", old.it_value.tv_sec > 80);
  next = (struct itimerspec){{0, 0}, {0, 1}};
  RAW(timer_settime, id, TIMER_ABSTIME, &next, (void *)0);
  RAW(timer_gettime, id, &old);
  SAY("timer_gettime", "expired without a signal", "%ld %ld", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
  next = (struct itimerspec){{1000, 0}, {0, 1}};
  RAW(timer_settime, id, TIMER_ABSTIME, &next, (void *)0);
  RAW(timer_gettime, id, &old);
  SAY("timer_gettime", "periodic, without a signal", "%d", old.it_value.tv_sec > 0 && old.it_value.tv_sec <= 1000);
  OKAY(timer_delete, "it", id);
  OKAY(timer_delete, "it again", id);
}

static void overruns(int signal, const char *label) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, 0);
  int id = create(label, CLOCK_MONOTONIC, SIGEV_SIGNAL, signal);
  struct itimerspec next = {{0, 1000000}, {0, 1000000}};
  RAW(timer_settime, id, 0, &next, (void *)0);
  sleep_ms(30);
  siginfo_t info;
  int taken = sigwaitinfo(&set, &info);
  SAY("timer_settime", label, "%d %d %d %d", taken == signal, info.si_code, info.si_value.sival_int, info.si_overrun >= 20);
  SAY("timer_getoverrun", "the same", "%d", RAW(timer_getoverrun, id) == info.si_overrun);
  kill(getpid(), signal);
  sleep_ms(5);
  next = (struct itimerspec){{0, 0}, {0, 0}};
  RAW(timer_settime, id, 0, &next, (void *)0);
  RAW(timer_delete, id);
  struct timespec none = {0, 0};
  while (sigtimedwait(&set, 0, &none) > 0) {
  }
  sigprocmask(SIG_UNBLOCK, &set, 0);
}

static volatile int ticks;
static void tick(int number) {
  (void)number;
  ticks++;
}

static void processor_time(int clock, const char *label) {
  signal(SIGUSR2, tick);
  ticks = 0;
  int id = create(label, clock, SIGEV_SIGNAL, SIGUSR2);
  struct itimerspec next = {{0, 2000000}, {0, 2000000}};
  struct timespec before;
  clock_gettime(clock, &before);
  RAW(timer_settime, id, 0, &next, (void *)0);
  sleep_ms(20);
  struct timespec used;
  clock_gettime(clock, &used);
  int asleep = ticks, possible = (used.tv_sec - before.tv_sec) * 500 + (used.tv_nsec - before.tv_nsec) / 2000000 + 1;
  do clock_gettime(clock, &used);
  while (ticks < asleep + 3);
  SAY("timer_settime", label, "%s asleep, then goes on", asleep <= possible ? "still" : "runs");
  RAW(timer_delete, id);
}

static void sleeping(void) {
  struct timespec time = {0, 1000};
  for (int clock = 0; clock < 13; clock++) {
    char label[30];
    snprintf(label, sizeof label, "clock %d", clock);
    if (clock == 2 || clock == 8 || clock == 9 || clock == 10) continue;
    OKAY(clock_nanosleep, label, clock, 0, &time, (void *)0);
  }
  OKAY(clock_nanosleep, "no clock", 99, 0, &time, (void *)0);
  OKAY(clock_nanosleep, "nowhere", CLOCK_MONOTONIC, 0, LOW, (void *)0);
  OKAY(clock_nanosleep, "process, long over", CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, &time, (void *)0);
  time.tv_nsec = 1000000000;
  OKAY(clock_nanosleep, "process, no time", CLOCK_PROCESS_CPUTIME_ID, 0, &time, (void *)0);
  time.tv_nsec = 0;
  OKAY(clock_nanosleep, "process, not at all", CLOCK_PROCESS_CPUTIME_ID, 0, &time, (void *)0);
  OKAY(clock_nanosleep, "the caller's own thread", (~gettid() << 3) | 4 | 2, 0, &time, (void *)0);
  OKAY(clock_nanosleep, "nobody's", (~999999 << 3) | 2, 0, &time, (void *)0);
}

static void inheritance(void) {
  int id = create("before fork", CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1);
  CHILD("timer_create", "in a child", {
    struct itimerspec setting;
    OKAY(timer_gettime, "not the child's", id, &setting);
  });
  RAW(timer_delete, id);
}

int main(void) {
  creating();
  setting();
  overruns(SIGUSR1, "a signal that does not queue");
  overruns(SIGRTMIN + 1, "a real-time signal");
  processor_time(CLOCK_PROCESS_CPUTIME_ID, "processor time of the process");
  processor_time(CLOCK_THREAD_CPUTIME_ID, "processor time of the thread");
  sleeping();
  inheritance();
  return 0;
}
