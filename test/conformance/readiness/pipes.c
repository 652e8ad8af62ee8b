/* Pipes: seeking, sizes, flags, non-blocking ends, a closed reader. */
#include "check.h"
#include <poll.h>
#include <signal.h>

int main(void) {
  enter_scratch();
  char b[256];
  int p[2];
  int f = open("f", O_RDWR | O_CREAT, 0666);
  signal(SIGPIPE, SIG_IGN);
  CHECK(pipe(p));
  CHECK(lseek(p[0], 0, 0));
  CHECK(pread(p[0], b, 1, 0));
  CHECK(write(p[0], b, 1));
  CHECK(read(p[1], b, 1));
  CHECK(fcntl(p[0], F_GETPIPE_SZ));
  CHECK(fcntl(p[0], F_SETPIPE_SZ, 5000));
  CHECK(fcntl(f, F_GETPIPE_SZ));
  CHECK(fcntl(p[0], F_GETFL));
  CHECK(fcntl(p[1], F_GETFL));
  CHECK(fcntl(f, F_GETFL)&~0100000);
  CHECK(fcntl(p[0], F_SETFL, O_NONBLOCK));
  CHECK(read(p[0], b, 1));
  CHECK(ftruncate(p[1], 1));
  CHECK(fsync(p[1]));
  CHECK(fcntl(p[1], F_SETFL, O_NONBLOCK));
  CHECK(write(p[1], calloc(1, 100000), 100000));
  CHECK(write(p[1], b, 1));
  struct pollfd pf[3]={{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}, {77, POLLIN, 0}};
  CHECK(poll(pf, 3, 0));
  printf("%x %x %x\n", pf[0].revents, pf[1].revents, pf[2].revents);
  CHECK(close(p[0]));
  CHECK(write(p[1], b, 1));
  CHECK(poll(pf+1, 1, 0));
  printf("%x\n", pf[1].revents);
  close(p[1]);
  leave_scratch();
  return 0;
}
