/* Positions and buffers at the limits of what a call can name. Source: fs/read_write.c, rw_verify_area,
 * generic_copy_file_checks. */
#include "conform.h"
#include <sys/uio.h>

#define LAST 0x7fffffffffffffffL

static char bytes[64];

static void buffers(int file) {
  CALL(read, "nothing, from the kernel's half", file, HIGH, 0L);
  CALL(write, "nothing, to the kernel's half", file, HIGH, 0L);
  CALL(write, "nothing, below all pages", file, LOW, 0L);
  CALL(write, "from the kernel's half", file, HIGH, 5L);
  CALL(read, "of negative length", file, bytes, -1L);
  CALL(write, "of negative length", file, bytes, -1L);
  CALL(pread64, "of negative length", file, bytes, -1L, 0L);
  CALL(pwrite64, "nothing, to the kernel's half", file, HIGH, 0L, 0L);
  CALL(read, "bad buffer at the end", file, LOW, 10L);
  struct iovec vector[] = {{bytes, 1}, {HIGH, 1}};
  CALL(readv, "part in the kernel's half", file, vector, 2);
  CALL(writev, "part in the kernel's half", file, vector, 2);
  struct iovec empty[] = {{bytes, 1}, {HIGH, 0}};
  CALL(writev, "empty part in the kernel's half", file, empty, 2);
}

static void positions(int file) {
  CALL(pwrite64, "at the last position", file, bytes, 1L, LAST);
  CALL(pread64, "at the last position", file, bytes, 1L, LAST);
  CALL(pread64, "nothing at the last position", file, bytes, 0L, LAST);
  CALL(pread64, "just below the last position", file, bytes, 1L, LAST - 4096);
  CALL(pread64, "negative", file, bytes, 1L, -1L);
  struct iovec one = {bytes, 1};
  CALL(preadv, "at the last position", file, &one, 1, LAST, 0L);
  CALL(preadv2, "negative", file, &one, 1, -2L, 0L, 0);
  CALL(lseek, "beyond what a file may have", file, -100L, SEEK_CUR);
  CALL(lseek, "no such origin", file, 0L, 9);
}

static void copies(int file) {
  int other = open("other", O_RDWR | O_CREAT, 0644), appender = open("other", O_WRONLY | O_APPEND);
  write(file, "0123456789", 10);
  loff_t from = 0, to = 5;
  CALL(copy_file_range, "onto itself", file, &from, file, &to, 6L, 0);
  from = 0, to = 5;
  CALL(copy_file_range, "right behind itself", file, &from, file, &to, 5L, 0);
  from = 8, to = 0;
  CALL(copy_file_range, "cut at the end, clear of itself", file, &from, file, &to, 100L, 0);
  from = 100, to = 0;
  CALL(copy_file_range, "from beyond the end", file, &from, other, &to, 5L, 0);
  from = -1, to = 0;
  CALL(copy_file_range, "from before the start", file, &from, other, &to, 5L, 0);
  from = 0, to = 0;
  CALL(copy_file_range, "more than there are positions", file, 0, other, 0, -1L, 0);
  CALL(copy_file_range, "to an appender", file, &from, appender, 0, 5L, 0);
  CALL(copy_file_range, "nothing", file, 0, other, 0, 0L, 0);
  CALL(copy_file_range, "bad offset", file, LOW, other, 0, 1L, 0);
  int pipes[2];
  pipe(pipes);
  off_t zero = 0;
  CALL(sendfile, "a pipe at an offset", other, pipes[0], &zero, 1L);
  CALL(sendfile, "a pipe at no offset", other, pipes[0], 0, 1L);
  off_t negative = -1;
  CALL(sendfile, "before the start", other, file, &negative, 1L);
  CALL(sendfile, "to an appender", appender, file, &zero, 1L);
  struct stat now;
  fstat(file, &now);
  SAY("copy_file_range", "the file's size", "%ld", (long)now.st_size);
}

int main(void) {
  int file = open("f", O_RDWR | O_CREAT, 0644);
  buffers(file);
  positions(file);
  copies(file);
  return 0;
}
