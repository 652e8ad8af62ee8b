/* Pipes with O_DIRECT: packets among plain bytes, the mode changed while in use; a FIFO forgets what nobody read. */
#include "check.h"
#include <sys/stat.h>

static void show(int fd, int size) {
  char b[8192];
  long n = read(fd, b, size);
  printf("%ld %.4s\n", n < 0 ? -errno : n, n > 0 ? b : "-");
}

int main(void) {
  enter_scratch();
  char big[5000];
  int p[2];
  memset(big, 'x', sizeof big);
  CHECK(pipe2(p, O_DIRECT | O_NONBLOCK));
  CHECK(write(p[1], "one ", 4));
  CHECK(write(p[1], "two and more", 12));
  CHECK(write(p[1], big, 5000));
  CHECK(fcntl(p[1], F_SETFL, O_NONBLOCK));
  CHECK(write(p[1], "byte", 4));
  CHECK(write(p[1], "s   ", 4));
  CHECK(fcntl(p[1], F_SETFL, O_NONBLOCK | O_DIRECT));
  CHECK(write(p[1], "join", 4));
  CHECK(write(p[1], big, 4090));
  for (int i = 0; i < 8; i++) show(p[0], i == 1 ? 4 : 6000);
  CHECK(close(p[0]));
  CHECK(close(p[1]));

  CHECK(mkfifo("f", 0600));
  int both = open("f", O_RDWR | O_NONBLOCK);
  CHECK(write(both, "lost", 4));
  CHECK(close(both));
  both = open("f", O_RDWR | O_NONBLOCK);
  show(both, 4);
  CHECK(write(both, "kept", 4));
  int other = open("f", O_RDONLY | O_NONBLOCK);
  CHECK(close(both));
  show(other, 10);
  show(other, 10);
  leave_scratch();
  return 0;
}
