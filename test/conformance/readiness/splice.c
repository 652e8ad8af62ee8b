/* splice, tee, vmsplice. */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char b[200000];

static int room_fd;
static void *drain(void *unused) {
  (void)unused;
  char c[4096];
  usleep(20000);
  long total = 0, n;
  while (total < 65536 && (n = read(room_fd, c, sizeof c)) > 0) total += n;
  return 0;
}

int main(void) {
  enter_scratch();
  signal(SIGPIPE, SIG_IGN);
  int p[2], q[2], s[2];
  pipe(p), pipe(q);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  int f = open("file", O_RDWR | O_CREAT, 0600), a = open("file", O_WRONLY | O_APPEND);
  loff_t at = 3, to = 100;
  CHECK(splice(99, 0, 99, 0, 0, 0));
  CHECK(splice(99, 0, p[1], 0, 1, 0));
  CHECK(splice(p[0], 0, 99, 0, 1, 0));
  CHECK(splice(p[0], 0, q[1], 0, 1, 16));
  CHECK(splice(p[1], 0, q[1], 0, 1, 0));
  CHECK(splice(p[0], 0, q[0], 0, 1, 0));
  CHECK(splice(p[0], &at, q[1], 0, 1, 0));
  CHECK(splice(p[0], 0, q[1], &at, 1, 0));
  CHECK(splice(p[0], 0, p[1], 0, 1, 0));
  CHECK(splice(f, 0, f, 0, 1, 0));
  CHECK(splice(p[0], 0, a, 0, 1, 0));
  CHECK(splice(p[0], 0, q[1], 0, 1, SPLICE_F_NONBLOCK));
  /* A pipe into a pipe, a file, a socket, and back. */
  write(p[1], "0123456789", 10);
  CHECK(splice(p[0], 0, q[1], 0, 4, 0));
  CHECK(read(q[0], b, 64));
  CHECK(splice(p[0], 0, f, 0, 64, 0));
  CHECK(lseek(f, 0, SEEK_CUR));
  write(p[1], "at 100", 6);
  CHECK(splice(p[0], 0, f, &to, 64, 0));
  printf("offset %lld\n", (long long)to);
  CHECK(lseek(f, 0, SEEK_CUR));
  CHECK(splice(f, &at, p[1], 0, 3, 0));
  printf("offset %lld\n", (long long)at);
  CHECK(read(p[0], b, 64));
  printf("%.3s\n", b);
  at = 1000;
  CHECK(splice(f, &at, p[1], 0, 3, 0));
  write(p[1], "to the socket", 13);
  CHECK(splice(p[0], 0, s[0], 0, 64, 0));
  CHECK(read(s[1], b, 64));
  write(s[1], "from the socket", 15);
  CHECK(splice(s[0], 0, p[1], 0, 64, 0));
  CHECK(read(p[0], b, 64));
  CHECK(splice(s[0], 0, p[1], 0, 64, SPLICE_F_NONBLOCK));
  CHECK(splice(s[0], &at, p[1], 0, 64, 0));
  /* tee leaves the bytes. */
  CHECK(tee(p[0], q[1], 0, 0));
  CHECK(tee(p[0], p[1], 1, 0));
  CHECK(tee(f, q[1], 1, 0));
  CHECK(tee(p[0], q[1], 1, SPLICE_F_NONBLOCK));
  write(p[1], "twice", 5);
  CHECK(tee(p[0], q[1], 64, 0));
  CHECK(read(p[0], b, 64));
  CHECK(read(q[0], b + 64, 64));
  printf("%.5s %.5s\n", b, b + 64);
  /* vmsplice. */
  struct iovec v[2] = {{"some ", 5}, {"bytes", 5}}, into[2] = {{b, 3}, {b + 3, 60}};
  CHECK(vmsplice(f, v, 2, 0));
  CHECK(vmsplice(p[1], v, 2, 16));
  CHECK(vmsplice(p[1], v, 2, 0));
  CHECK(vmsplice(p[0], into, 2, 0));
  printf("%.10s\n", b);
  CHECK(vmsplice(p[0], into, 2, SPLICE_F_NONBLOCK));
  /* Full, and waiting for room. */
  CHECK(write(q[1], b, 65536));
  write(p[1], "wait", 4);
  CHECK(splice(p[0], 0, q[1], 0, 4, SPLICE_F_NONBLOCK));
  room_fd = q[0];
  pthread_t t;
  pthread_create(&t, 0, drain, 0);
  CHECK(splice(p[0], 0, q[1], 0, 4, 0));
  pthread_join(t, 0);
  CHECK(read(q[0], b, 64));
  /* Ends that are gone. */
  close(q[0]);
  write(p[1], "x", 1);
  CHECK(splice(p[0], 0, q[1], 0, 4, 0));
  CHECK(tee(p[0], q[1], 4, 0));
  close(p[1]);
  CHECK(splice(p[0], 0, f, 0, 4, 0));
  CHECK(splice(p[0], 0, f, 0, 4, 0));
  leave_scratch();
  return 0;
}
