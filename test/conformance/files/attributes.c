/* FIFOs, special files, modes, owners and times. */
#include "check.h"

int main(void) {
  enter_scratch();
  struct stat st;
  int f = open("f", O_RDWR | O_CREAT, 0666);
  symlink("f", "s");
  CHECK(mkfifo("ff", 0600));
  CHECK(mkfifo("ff", 0600));
  CHECK(open("ff", O_WRONLY|O_NONBLOCK));
  int fr;
  CHECK((fr=open("ff", O_RDONLY|O_NONBLOCK))>0);
  CHECK(open("ff", O_WRONLY|O_NONBLOCK)>0);
  CHECK(mknod("nd", S_IFDIR, 0));
  CHECK(mknod("nd", 0170000, 0));
  CHECK(mknod("nr", S_IFREG|0600, 0));
  CHECK(chmod("zz", 0));
  CHECK(fchmodat(AT_FDCWD, "s", 0600, AT_SYMLINK_NOFOLLOW));
  CHECK(chown("zz", 0, 0));
  CHECK(chdir("f"));
  CHECK(chdir("zz"));
  CHECK(chdir(""));
  CHECK(stat("", &st));
  CHECK(fstatat(f, "", &st, AT_EMPTY_PATH));
  CHECK(fstatat(AT_FDCWD, "s", &st, 0x8000));
  CHECK(access("f", 8));
  CHECK(utimensat(AT_FDCWD, "zz", 0, 0));
  struct timespec ts[2]={{1, 2}, {3, 1000000000}};
  CHECK(utimensat(AT_FDCWD, "f", ts, 0));
  ts[1].tv_nsec=UTIME_OMIT;
  CHECK(utimensat(AT_FDCWD, "f", ts, 0));
  stat("f", &st);
  printf("%ld.%ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec);
  leave_scratch();
  return 0;
}
