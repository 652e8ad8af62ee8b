/* Descriptor numbers: duplicates, flags, locks. */
#include "check.h"
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

int main(void) {
  enter_scratch();
  int f = open("f", O_RDWR | O_CREAT, 0666);
  int ro = open("f", O_RDONLY), wo = open("f", O_WRONLY);
  CHECK(fcntl(f, F_DUPFD, -1));
  CHECK(fcntl(f, F_DUPFD, 1<<30));
  CHECK(fcntl(f, F_DUPFD, 50));
  CHECK(fcntl(50, F_GETFD));
  CHECK(fcntl(f, F_DUPFD_CLOEXEC, 50));
  CHECK(fcntl(51, F_GETFD));
  CHECK(dup2(f, f));
  CHECK(dup2(99, 5));
  CHECK(dup2(f, -1));
  CHECK(dup3(f, f, 0));
  CHECK(dup3(f, 60, 1));
  CHECK(fcntl(f, 9999));
  CHECK(fcntl(99, F_GETFD));
  CHECK(dup(99));
  CHECK(close(99));
  CHECK(flock(f, LOCK_EX|LOCK_NB));
  CHECK(flock(ro, LOCK_SH|LOCK_NB));
  CHECK(flock(f, 77));
  struct flock l={.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10};
  CHECK(fcntl(f, F_SETLK, &l));
  if(!fork()){ CHECK(fcntl(f, F_SETLK, &l)); CHECK(fcntl(f, F_GETLK, &l)); printf("%d %d\n", l.l_type, l.l_pid==getppid()); _exit(0);}
  wait(0);
  l.l_type=F_RDLCK;
  CHECK(fcntl(wo, F_SETLK, &l));
  l.l_whence=9;
  CHECK(fcntl(f, F_SETLK, &l));
  leave_scratch();
  return 0;
}
