/* A file is made, written, looked at, read, and removed. */
#include "rows.h"
static void rounds(long count, const char *argument) {
  (void)argument;
  char name[] = "/tmp/k42-bench-XXXXXX", block[512] = {0};
  close(check(mkstemp(name)));
  for (long i = 0; i < count; i++) {
    unlink(name);
    int file = check(open(name, O_RDWR | O_CREAT, 0600));
    struct stat st;
    check(write(file, block, sizeof block));
    check(fstat(file, &st));
    check(pread(file, block, sizeof block, 0));
    check(close(file));
  }
  unlink(name);
}
