/* Reading directories, the working directory, and one that is gone. */
#include "check.h"
#include <dirent.h>
#include <sys/syscall.h>

int main(void) {
  enter_scratch();
  char b[256];
  int f = open("f", O_RDWR | O_CREAT, 0666);
  int ro = open("f", O_RDONLY), dd = open(".", O_RDONLY);
  mkdir("d", 0777);
  mkdir("e", 0777);
  DIR*dp=opendir(".");
  int n = 0;
  struct dirent*de;
  while((de=readdir(dp))) n++;
  CHECK(n);
  rewinddir(dp);
  n=0;
  while((de=readdir(dp))) n++;
  CHECK(n);
  CHECK(syscall(SYS_getdents64, ro, b, 200));
  CHECK(syscall(SYS_getdents64, dd, b, 10));
  CHECK(getcwd(b, 3)!=0?0:-1);
  CHECK((long)strlen(getcwd(b, 200)));
  mkdir("gone", 0700);
  chdir("gone");
  rmdir("../gone");
  CHECK(getcwd(b, 200)?0:-1);
  CHECK(mkdir("x", 0700));
  CHECK(open("y", O_CREAT|O_RDWR, 0600));
  CHECK(chdir(".."));
  leave_scratch();
  return 0;
}
