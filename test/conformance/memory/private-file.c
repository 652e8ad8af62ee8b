/* A file mapped privately: pages that nobody has written show what is written to the file later. Source: mmap(2) leaves
 * it open; Linux does so. */
#include "conform.h"

static char page[4096];

int main(void) {
  int file = open("f", O_RDWR | O_CREAT, 0644);
  memset(page, 'a', sizeof page);
  write(file, page, sizeof page);
  write(file, page, sizeof page);
  char *mapped = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  SAY("mmap", "at first", "%c", mapped[0]);
  pwrite(file, "b", 1, 0);
  SAY("mmap", "after a write to the file", "%c", mapped[0]);
  mapped[1] = 'x';
  pwrite(file, "c", 1, 0);
  SAY("mmap", "after a write to a page that has been written here", "%c", mapped[0]);
  pwrite(file, "d", 1, 4096);
  SAY("mmap", "the page after it", "%c", mapped[4096]);
  struct {
    char *at;
    size_t length;
  } both[] = {{"e", 1}, {"f", 1}};
  CALL(pwritev, "", file, both, 2, 4095L, 0L);
  SAY("pwritev", "seen by the page not written", "%c", mapped[4096]);
  char *reader = mmap(0, 8192, PROT_READ, MAP_PRIVATE, file, 0);
  SAY("mmap", "another mapping", "%c%c", reader[0], reader[4096]);
  CHILD("fork", "a child's page follows too", {
    pwrite(file, "g", 1, 4096);
    SAY("mmap", "in the child", "%c%c", mapped[4096], reader[4096]);
    mapped[4097] = 'y';
    pwrite(file, "h", 1, 4096);
    SAY("mmap", "written in the child", "%c%c", mapped[4096], reader[4096]);
  });
  SAY("mmap", "in the parent", "%c%c%c", mapped[4096], mapped[4097], reader[4096]);
  ftruncate(file, 4096 + 100);
  SAY("ftruncate", "zeros behind the end", "%d", mapped[4096 + 100]);
  CHILD("mmap", "beyond the end", {
    ftruncate(file, 4096);
    volatile char c = reader[4096];
  });
  ftruncate(file, 8192);
  SAY("ftruncate", "grown again", "%d", reader[4097]);
  lseek(file, 0, SEEK_SET);
  int copy = open("g", O_RDWR | O_CREAT, 0644);
  write(copy, "0123456789", 10);
  loff_t from = 0, to = 0;
  CALL(copy_file_range, "", copy, &from, file, &to, 10, 0);
  SAY("copy_file_range", "seen", "%.10s", reader);
  CALL(fallocate, "punch", file, 3, 0L, 4L);
  SAY("fallocate", "seen", "%d%c", reader[0], reader[4]);
  return 0;
}
