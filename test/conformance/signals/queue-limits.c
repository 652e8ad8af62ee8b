/* RLIMIT_SIGPENDING: signals that wait and timers together, of all processes of a user. */
#include "conform.h"
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { LIMIT = 5, USER = 54321 };

static const char *waiting(void) {
  static char line[64];
  FILE *status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status) != NULL && strncmp(line, "SigQ:", 5) != 0) continue;
  fclose(status);
  line[strcspn(line, "\n")] = 0;
  return line + strlen("SigQ:\t");
}

static int queue(int signal, int value) {
  union sigval with = {.sival_int = value};
  return sigqueue(getpid(), signal, with) < 0 ? -errno : 0;
}

static timer_t timers[LIMIT + 1];

static int make_timer(int i) {
  struct sigevent silent = {.sigev_notify = SIGEV_NONE};
  return timer_create(CLOCK_MONOTONIC, &silent, &timers[i]) < 0 ? -errno : 0;
}

static void take(const char *label, int signal) {
  siginfo_t info = {0};
  sigset_t one;
  struct timespec now = {0};
  sigemptyset(&one);
  sigaddset(&one, signal);
  int taken = sigtimedwait(&one, &info, &now);
  SAY("sigtimedwait", label, "%d code %d value %d from %s", taken == signal, info.si_code, info.si_int,
      info.si_pid == getpid() ? "us" : "nobody");
}

static void fill(void) {
  for (int i = 0; i < LIMIT + 1; i++) CASE("sigqueue", "real-time", queue(40, i));
  SAY("sigqueue", "waiting", "%s", waiting());
  CASE("sigqueue", "standard, with a value", queue(SIGUSR1, 7));
  CASE("kill", "standard", kill(getpid(), SIGUSR2));
  CASE("kill", "real-time", kill(getpid(), 41));
  CASE("kill", "real-time again", kill(getpid(), 41));
  SAY("sigqueue", "waiting", "%s", waiting());
  CASE("timer_create", "no room", make_timer(0));
  take("had no room for its value", SIGUSR1);
  take("from kill", SIGUSR2);
  take("real-time from kill", 41);
  take("is there once", 41);
  for (int i = 0; i < LIMIT + 1; i++) take("in order", 40);
  SAY("sigqueue", "all taken", "%s", waiting());
}

static void share(void) {
  for (int i = 0; i < 3; i++) CASE("timer_create", "room", make_timer(i));
  SAY("sigqueue", "timers wait too", "%s", waiting());
  CHILD("fork", "another process of the user", {
    for (int i = 0; i < 3; i++) CASE("sigqueue", "beside timers", queue(40, i));
    SAY("sigqueue", "of both", "%s", waiting());
  });
  SAY("sigqueue", "after its end", "%s", waiting());
  timer_delete(timers[1]);
  SAY("timer_delete", "one less", "%s", waiting());
}

int main(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  struct rlimit limit = {LIMIT, LIMIT};
  CASE("setrlimit", "SIGPENDING", setrlimit(RLIMIT_SIGPENDING, &limit));
  CASE("setuid", "a user of our own", setuid(USER));
  fill();
  share();
  return 0;
}
