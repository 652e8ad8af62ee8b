/* adjtimex and clock_adjtime: reading the clock's state, and what is refused. */
#include "../conform.h"
#include <sys/timex.h>

int main(void) {
  struct timex state;
  memset(&state, 0, sizeof state);
  long answer = RAW(adjtimex, &state);
  SAY("adjtimex", "answers a state of the clock", "%d", answer >= TIME_OK && answer <= TIME_ERROR);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  SAY("adjtimex", "tells the time", "%d", now.tv_sec - state.time.tv_sec <= 5 && now.tv_sec >= state.time.tv_sec);
  SAY("adjtimex", "a tick is about 10 ms", "%d", state.tick >= 9000 && state.tick <= 11000);
  SAY("adjtimex", "tolerance", "%ld", state.tolerance);
  SAY("adjtimex", "precision", "%ld", state.precision);
  OKAY(adjtimex, "null", (void *)0);
  OKAY(adjtimex, "end of memory", edge(100));
  memset(&state, 0, sizeof state);
  state.modes = ADJ_OFFSET_SS_READ;
  answer = RAW(adjtimex, &state);
  SAY("adjtimex", "reading the slew", "%d", answer >= TIME_OK && answer <= TIME_ERROR);
  state.modes = 0x8000;
  OKAY(adjtimex, "a slew that is none", &state);

  memset(&state, 0, sizeof state);
  answer = RAW(clock_adjtime, CLOCK_REALTIME, &state);
  SAY("clock_adjtime", "real time", "%d", answer >= TIME_OK && answer <= TIME_ERROR);
  OKAY(clock_adjtime, "monotonic", CLOCK_MONOTONIC, &state);
  OKAY(clock_adjtime, "boot time", CLOCK_BOOTTIME, &state);
  OKAY(clock_adjtime, "processor time", CLOCK_PROCESS_CPUTIME_ID, &state);
  OKAY(clock_adjtime, "no clock", 99, &state);
  OKAY(clock_adjtime, "null", CLOCK_REALTIME, (void *)0);
  OKAY(clock_adjtime, "null and no clock", 99, (void *)0);
  CHILD("adjtimex", "a plain user", {
    become_user(1234);
    memset(&state, 0, sizeof state);
    state.modes = ADJ_TICK;
    state.tick = 10000;
    OKAY(adjtimex, "a plain user sets", &state);
    state.modes = ADJ_OFFSET_SINGLESHOT;
    OKAY(adjtimex, "a plain user slews", &state);
    state.modes = ADJ_STATUS;
    OKAY(clock_adjtime, "a plain user sets", CLOCK_REALTIME, &state);
    state.modes = 0;
    answer = RAW(adjtimex, &state);
    SAY("adjtimex", "a plain user reads", "%d", answer >= TIME_OK && answer <= TIME_ERROR);
  });
  return 0;
}
