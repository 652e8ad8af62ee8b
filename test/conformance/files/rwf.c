/* preadv2 and pwritev2: the flags of one call, positions, the cursor. */
#include "conform.h"
#include <sys/uio.h>
#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20
#endif

static char buffer[16] = "abcdefgh";
static struct iovec part = {buffer, 4};

static long size_of(int fd) {
  struct stat now;
  fstat(fd, &now);
  return now.st_size;
}

int main(void) {
  int file = open("f", O_CREAT | O_RDWR, 0644);
  CALL(pwritev2, "at a position", file, &part, 1, 10L, 0, 0);
  CALL(pwritev2, "at the cursor", file, &part, 1, -1L, 0, 0);
  SAY("lseek", "cursor moved", "%ld", (long)lseek(file, 0, SEEK_CUR));
  CALL(pwritev2, "other negative position", file, &part, 1, -2L, 0, 0);
  CALL(preadv2, "other negative position", file, &part, 1, -2L, 0, 0);
  CALL(pwritev2, "append", file, &part, 1, 0L, 0, RWF_APPEND);
  SAY("pwritev2", "size after append", "%ld", size_of(file));
  CALL(pwritev2, "append at the cursor", file, &part, 1, -1L, 0, RWF_APPEND);
  SAY("lseek", "cursor after append", "%ld", (long)lseek(file, 0, SEEK_CUR));
  CALL(pwritev2, "data sync", file, &part, 1, 0L, 0, RWF_DSYNC);
  CALL(pwritev2, "sync", file, &part, 1, 0L, 0, RWF_SYNC);
  CALL(pwritev2, "high priority", file, &part, 1, 0L, 0, RWF_HIPRI);
  CALL(preadv2, "data sync", file, &part, 1, 0L, 0, RWF_DSYNC);
  CALL(preadv2, "append", file, &part, 1, 0L, 0, RWF_APPEND);
  CALL(preadv2, "unknown flag", file, &part, 1, 0L, 0, 0x40000000);
  CALL(pwritev2, "unknown flag", file, &part, 1, 0L, 0, 0x40000000);
  CALL(preadv2, "unknown flag, bad descriptor", 999, &part, 1, 0L, 0, 0x40000000);
  CALL(preadv2, "unknown flag, nothing to do", file, &part, 0, 0L, 0, 0x40000000);
  CALL(pwritev2, "append and not", file, &part, 1, 0L, 0, RWF_APPEND | RWF_NOAPPEND);
  int appending = open("f", O_RDWR | O_APPEND);
  long before = size_of(file);
  CALL(pwritev2, "not appending", appending, &part, 1, 0L, 0, RWF_NOAPPEND);
  SAY("pwritev2", "size after that", "%ld", size_of(file) - before);
  CALL(pwritev2, "appending by its flag", appending, &part, 1, 0L, 0, 0);
  SAY("pwritev2", "size then", "%ld", size_of(file) - before);
  int ends[2];
  pipe(ends);
  CALL(preadv2, "empty pipe, do not wait", ends[0], &part, 1, -1L, 0, RWF_NOWAIT);
  CALL(pwritev2, "pipe at a position", ends[1], &part, 1, 0L, 0, 0);
  CALL(pwritev2, "pipe", ends[1], &part, 1, -1L, 0, RWF_NOWAIT);
  CALL(preadv2, "pipe, do not wait", ends[0], &part, 1, -1L, 0, RWF_NOWAIT);
  CALL(preadv2, "wrong end", ends[1], &part, 1, -1L, 0, 0);
  return 0;
}
