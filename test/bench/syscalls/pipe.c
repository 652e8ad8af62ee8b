/* A byte to another process and back. */
#include "rows.h"
static void rounds(long count, const char *argument) {
  (void)argument;
  int there[2], back[2];
  check(pipe(there));
  check(pipe(back));
  char byte = 0;
  pid_t child = check(fork());
  if (child == 0) {
    for (long i = 0; i < count; i++) {
      check(read(there[0], &byte, 1));
      check(write(back[1], &byte, 1));
    }
    _exit(0);
  }
  for (long i = 0; i < count; i++) {
    check(write(there[1], &byte, 1));
    check(read(back[0], &byte, 1));
  }
  check(waitpid(child, 0, 0));
}
