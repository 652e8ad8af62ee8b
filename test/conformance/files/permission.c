/* What a plain user may not do in a directory of root. */
#include "check.h"
#include <sys/syscall.h>

int main(void) {
  enter_scratch();
  int f = open("f", O_RDWR | O_CREAT, 0666);
  int ro = open("f", O_RDONLY);
  setuid(1000);
  CHECK(open("/etc/shadow_", O_RDONLY));
  CHECK(mkdir("/x1", 0700));
  CHECK(unlink("f"));
  CHECK(chmod("f", 0600));
  CHECK(chown("f", 1, 1));
  CHECK(rename("f", "fz"));
  CHECK(open("f", O_RDWR));
  CHECK(mknod("dev", S_IFCHR, 0));
  CHECK(access("f", W_OK));
  CHECK(access("f", R_OK));
  CHECK(utimensat(AT_FDCWD, "f", 0, 0));
  CHECK(link("f", "lf"));
  CHECK(chroot("/"));
  CHECK(fcntl(ro, F_SETPIPE_SZ, 1));
  CHECK(syscall(SYS_close_range, 10, 5, 0));
  CHECK(syscall(SYS_close_range, 3, ~0U, 0));
  CHECK(close(f));
  leave_scratch();
  return 0;
}
