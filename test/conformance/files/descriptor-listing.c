/* Listing /proc/self/fd with a small buffer while the listed descriptors are closed, as posix_spawn helpers do. */
#include "conform.h"
#include <dirent.h>

struct entry {
  uint64_t ino;
  int64_t off;
  unsigned short reclen;
  unsigned char type;
  char name[];
};

int main(void) {
  RAW(close_range, 3, ~0U, 0);
  for (int i = 0; i < 40; i++) open("/dev/null", O_RDONLY);
  int dir = RAW(open, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
  char buffer[96] __attribute__((aligned(8)));
  int closed = 0, seen = 0;
  for (;;) {
    long count = RAW(getdents64, dir, buffer, sizeof buffer);
    if (count <= 0) break;
    for (long at = 0; at < count;) {
      struct entry *entry = (struct entry *)(buffer + at);
      int fd = atoi(entry->name);
      at += entry->reclen;
      if (entry->name[0] == '.') continue;
      seen++;
      if (fd > 2 && fd != dir && close(fd) == 0) closed++;
    }
  }
  SAY("getdents64", "descriptors seen", "%d", seen);
  SAY("getdents64", "closed while listing", "%d", closed);
  return 0;
}
