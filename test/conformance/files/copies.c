/* Copies inside the kernel and vectors of buffers. */
#include "check.h"
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/xattr.h>

int main(void) {
  enter_scratch();
  char b[256];
  int p[2];
  pipe(p);
  int f = open("f", O_RDWR | O_CREAT, 0666);
  int wo = open("f", O_WRONLY), dd = open(".", O_RDONLY);
  write(f, "hello world\n", 12);
  lseek(f, 0, SEEK_SET);
  /* Into a pipe that is read at once: Linux passes the pages on, and later writes to the file would show in them. */
  CHECK(sendfile(p[1], f, 0, 5));
  CHECK(read(p[0], b, sizeof b));
  printf("%.5s\n", b);
  CHECK(sendfile(p[1], dd, 0, 5));
  CHECK(copy_file_range(f, 0, dd, 0, 5, 0));
  CHECK(copy_file_range(f, 0, wo, 0, 5, 0)>=0?0:-1);
  CHECK(fgetxattr(f, "user.x", b, 1));
  CHECK(memfd_create("m", 0)>0);
  struct iovec iv[2]={{b, 3}, {b+10, -1}};
  CHECK(readv(f, iv, 2));
  CHECK(readv(f, iv, 2000));
  CHECK(writev(f, iv, -1));
  leave_scratch();
  return 0;
}
