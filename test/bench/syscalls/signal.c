/* A signal to oneself, and its handler. */
#include "rows.h"
static volatile long handled;
static void handle(int number) {
  handled += number;
}
static void rounds(long count, const char *argument) {
  (void)argument;
  struct sigaction action = {.sa_handler = handle};
  check(sigaction(SIGUSR1, &action, 0));
  pid_t self = getpid();
  for (long i = 0; i < count; i++) kill(self, SIGUSR1);
  if (handled != count * SIGUSR1) exit(4);
}
