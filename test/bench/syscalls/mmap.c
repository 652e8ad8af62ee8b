/* 16 pages are mapped, touched, and given back. */
#include "rows.h"
static void rounds(long count, const char *argument) {
  (void)argument;
  for (long i = 0; i < count; i++) {
    char *area = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int at = 0; at < 65536; at += 4096) area[at] = 1;
    check(munmap(area, 65536));
  }
}
