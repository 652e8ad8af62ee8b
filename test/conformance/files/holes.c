/* SEEK_DATA and SEEK_HOLE, fallocate in its modes, and the storage that stat shows. */
#include "conform.h"
#include <linux/falloc.h>

static int fd;
static void blocks(const char *label) {
  struct stat st;
  fstat(fd, &st);
  SAY("fstat", label, "size %ld, %ld blocks", (long)st.st_size, (long)st.st_blocks);
}

static void byte(const char *label, long position) {
  char c = '?';
  long count = pread(fd, &c, 1, position);
  SAY("pread64", label, "%ld %d", count, c);
}

#define M 1048576
static char data[M];

int main(void) {
  fd = open("f", O_CREAT | O_RDWR | O_TRUNC, 0644);
  CALL(lseek, "SEEK_DATA of an empty file", fd, 0, SEEK_DATA);
  CALL(lseek, "SEEK_HOLE of an empty file", fd, 0, SEEK_HOLE);
  memset(data, 'd', sizeof data);
  RAW(pwrite64, fd, data, M, 0);
  RAW(pwrite64, fd, data, M, 3 * M);
  RAW(ftruncate, fd, 6L * M);
  CALL(lseek, "data at 0", fd, 0, SEEK_DATA);
  CALL(lseek, "hole from 0", fd, 0, SEEK_HOLE);
  CALL(lseek, "data from inside the hole", fd, M + 5, SEEK_DATA);
  CALL(lseek, "hole inside the hole", fd, M + 5, SEEK_HOLE);
  CALL(lseek, "hole from the second data", fd, 3 * M, SEEK_HOLE);
  CALL(lseek, "data behind the last", fd, 5 * M, SEEK_DATA);
  CALL(lseek, "hole behind the last", fd, 5 * M, SEEK_HOLE);
  CALL(lseek, "data at the end", fd, 6L * M, SEEK_DATA);
  CALL(lseek, "hole at the end", fd, 6L * M, SEEK_HOLE);
  CALL(lseek, "data beyond", fd, 7L * M, SEEK_DATA);
  CALL(lseek, "negative data", fd, -1L, SEEK_DATA);
  CALL(lseek, "negative hole", fd, -1L, SEEK_HOLE);
  CALL(lseek, "cursor after failures", fd, 0, SEEK_CUR);
  CALL(lseek, "unknown whence", fd, 0, 5);
  blocks("two pieces of data");
  CALL(fallocate, "no mode, beyond the end", fd, 0, 6L * M, M);
  blocks("after allocation");
  CALL(fallocate, "keep size", fd, FALLOC_FL_KEEP_SIZE, 7L * M, M);
  blocks("after allocation beyond the end");
  CALL(ftruncate, "cuts that off", fd, 6L * M);
  blocks("after truncation");
  CALL(fallocate, "punch without keep", fd, FALLOC_FL_PUNCH_HOLE, 0, 4096);
  CALL(fallocate, "punch", fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, M / 2);
  byte("punched", 100);
  byte("not punched", M / 2);
  CALL(lseek, "data behind the punched hole", fd, 0, SEEK_DATA);
  blocks("after punching");
  CALL(fallocate, "punch parts of pages", fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, M - 10, 5);
  byte("before it", M - 11);
  byte("inside it", M - 10);
  byte("inside it, last", M - 6);
  byte("behind it", M - 5);
  CALL(fallocate, "punch beyond the end", fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 20L * M, M);
  CALL(fallocate, "punch across the end", fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 5L * M, 20L * M);
  blocks("still the same");
  CALL(fallocate, "negative offset", fd, 0, -1L, 4096);
  CALL(fallocate, "zero length", fd, 0, 0, 0);
  CALL(fallocate, "negative length", fd, 0, 0, -1L);
  CALL(fallocate, "too large", fd, 0, 0x7fffffffffffff00L, 0x100L);
  CALL(fallocate, "wraps", fd, 0, 0x7fffffffffffffffL, 10L);
  CALL(fallocate, "unknown mode", fd, 0x400, 0, 4096);
  CALL(fallocate, "bad descriptor", 999, 0, 0, 4096);
  int ro = open("f", O_RDONLY);
  CALL(fallocate, "read-only descriptor", ro, 0, 0, 4096);
  int pipes[2];
  RAW(pipe2, pipes, 0);
  CALL(fallocate, "pipe", pipes[1], 0, 0, 4096);
  int dir = open(".", O_RDONLY);
  CALL(fallocate, "directory", dir, 0, 0, 4096);
  int null = open("/dev/null", O_RDWR);
  CALL(fallocate, "device", null, 0, 0, 4096);
  CALL(lseek, "SEEK_DATA of a pipe", pipes[0], 0, SEEK_DATA);
  CALL(lseek, "SEEK_HOLE of a read-only file", ro, 0, SEEK_HOLE);
  RAW(fallocate, fd, 0, 0, 3L * M);
  blocks("holes filled");
  byte("zero where allocated", 100);
  int append = open("f", O_WRONLY | O_APPEND);
  CALL(fallocate, "append-only descriptor", append, 0, 0, 4096);
  int zeros = open("z", O_CREAT | O_RDWR, 0644);
  RAW(write, zeros, data, 100);
  CALL(lseek, "hole of a small file", zeros, 0, SEEK_HOLE);
  CALL(lseek, "data inside a small file", zeros, 50, SEEK_DATA);
  RAW(ftruncate, zeros, 5);
  RAW(ftruncate, zeros, 100);
  char c = '?';
  RAW(pread64, zeros, &c, 1, 50);
  SAY("ftruncate", "zeros after shrinking and growing", "%d", c);
  return 0;
}
