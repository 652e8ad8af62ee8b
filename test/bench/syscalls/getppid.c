#include "rows.h"
static void rounds(long count, const char *argument) {
  (void)argument;
  for (long i = 0; i < count; i++) syscall(SYS_getppid);
}
