/* One byte into /dev/null, and one out of /dev/zero. */
#include "rows.h"
static void rounds(long count, const char *argument) {
  (void)argument;
  int sink = check(open("/dev/null", O_WRONLY)), source = check(open("/dev/zero", O_RDONLY));
  char byte = 0;
  for (long i = 0; i < count; i++) {
    check(write(sink, &byte, 1));
    check(read(source, &byte, 1));
  }
}
