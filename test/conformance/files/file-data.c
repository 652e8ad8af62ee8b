/* Reading, writing, seeking and truncating; what the open mode and the kind of file refuse. */
#include "check.h"

int main(void) {
  enter_scratch();
  char b[256];
  struct stat st;
  int f = open("f", O_RDWR | O_CREAT, 0666);
  mkdir("d", 0777);
  mkdir("e", 0777);
  CHECK(write(f, "hello world", 11));
  CHECK(pwrite(f, "X", 1, -1));
  CHECK(lseek(f, -1, SEEK_SET));
  CHECK(lseek(f, 0, 9));
  CHECK(lseek(f, -3, SEEK_END));
  CHECK(read(f, b, 10));
  CHECK(lseek(f, 100, SEEK_DATA));
  CHECK(lseek(f, 0, SEEK_HOLE));
  CHECK(pread(f, b, 5, 6));
  CHECK(ftruncate(f, -1));
  CHECK(ftruncate(f, 5));
  CHECK(truncate("d", 1));
  CHECK(truncate("e", 1));
  CHECK(lseek(f, 0, SEEK_END));
  CHECK(read(f, (void*)8, 4));
  CHECK(lseek(f, 0, SEEK_SET));
  CHECK(read(f, (void*)8, 4));
  CHECK(write(f, (void*)8, 4));
  CHECK(write(99, b, 1));
  CHECK(read(99, b, 1));
  int ro = open("f", O_RDONLY), wo = open("f", O_WRONLY), dd = open(".", O_RDONLY);
  CHECK(write(ro, b, 1));
  CHECK(read(wo, b, 1));
  CHECK(read(dd, b, 1));
  CHECK(write(dd, b, 1));
  CHECK(ftruncate(ro, 1));
  CHECK(ftruncate(dd, 1));
  CHECK(fchdir(ro));
  CHECK(fchdir(99));
  CHECK(openat(ro, "x", O_RDONLY));
  CHECK(openat(99, "x", O_RDONLY));
  CHECK(openat(99, "/", O_RDONLY));
  CHECK(fsync(ro));
  CHECK(fallocate(ro, 0, 0, 1));
  CHECK(fallocate(wo, 0, 0, 0));
  CHECK(fallocate(wo, 0, 0, 77));
  CHECK(fstat(wo, &st));
  printf("size %ld\n", (long)st.st_size);
  leave_scratch();
  return 0;
}
