/* Unix stream sockets: pairs, names, the life of a connection, its errors. */
#include "check.h"
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static int pipe_signals;
static void on_pipe(int signal) { pipe_signals++; }

static socklen_t make_name(struct sockaddr_un *un, const char *path, int length) {
  memset(un, 0, sizeof *un);
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, path, length);
  return offsetof(struct sockaddr_un, sun_path) + length;
}

static int show_polled(int fd, const char *what) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLWRBAND, 0};
  int n = poll(&p, 1, 0);
  printf("poll %s: %d %x\n", what, n, p.revents);
  return 0;
}

static void show_name(int fd, int peer) {
  struct sockaddr_un un;
  memset(&un, 0x55, sizeof un);
  socklen_t length = sizeof un;
  int r = peer ? getpeername(fd, (void *)&un, &length) : getsockname(fd, (void *)&un, &length);
  if (r < 0) {
    printf("%s: %s\n", peer ? "peer" : "name", strerrorname_np(errno));
    return;
  }
  printf("%s: length %d family %d path", peer ? "peer" : "name", length, un.sun_family);
  for (int i = 0; i < (int)length - 2; i++) printf(" %02x", (unsigned char)un.sun_path[i]);
  printf("\n");
}

static void pairs(void) {
  int s[2], count;
  char b[64];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  show_polled(s[0], "new pair");
  show_name(s[0], 0);
  show_name(s[0], 1);
  CHECK(write(s[0], "hello", 5));
  CHECK(write(s[0], "world", 5));
  CHECK(ioctl(s[1], FIONREAD, &count));
  printf("readable %d\n", count);
  show_polled(s[1], "with data");
  CHECK(recv(s[1], b, 3, MSG_PEEK));
  CHECK(recv(s[1], b, 64, 0));
  printf("%.10s\n", b);
  CHECK(recv(s[1], b, 64, MSG_DONTWAIT));
  CHECK(read(s[1], b, 0));
  CHECK(recv(s[1], b, 0, MSG_DONTWAIT));
  CHECK(write(s[0], "", 0));
  CHECK(recv(s[1], b, 1, MSG_DONTWAIT));
  CHECK(send(s[0], "abc", 3, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE));
  CHECK(recv(s[1], b, 3, MSG_WAITALL));
  struct sockaddr_un un;
  socklen_t length = make_name(&un, "nowhere", 8);
  CHECK(sendto(s[0], "x", 1, 0, (void *)&un, length));
  CHECK(sendto(s[0], "x", 1, 0, (void *)&un, 0));
  CHECK(recvfrom(s[1], b, 1, 0, (void *)&un, &length));
  printf("from length %d\n", length);
  CHECK(connect(s[0], (void *)&un, make_name(&un, "nowhere", 8)));
  CHECK(lseek(s[0], 0, SEEK_SET));
  CHECK(pread(s[0], b, 1, 0));
  CHECK(ftruncate(s[0], 0));
  CHECK(fsync(s[0]));
  struct stat st;
  CHECK(fstat(s[0], &st));
  printf("mode %o links %d size %d\n", st.st_mode, (int)st.st_nlink, (int)st.st_size);
  CHECK(fcntl(s[0], F_GETFL));
  CHECK(listen(s[0], 1));
  CHECK(accept(s[0], 0, 0));
  CHECK(bind(s[0], (void *)&un, 2));
  close(s[0]);
  close(s[1]);
}

static void ends(void) {
  int s[2];
  char b[64];
  signal(SIGPIPE, on_pipe);
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s);
  CHECK(fcntl(s[0], F_GETFL));
  CHECK(fcntl(s[0], F_GETFD));
  CHECK(shutdown(s[0], 3));
  CHECK(shutdown(s[0], -1));
  write(s[0], "last", 4);
  CHECK(shutdown(s[0], SHUT_WR));
  show_polled(s[0], "write side shut");
  show_polled(s[1], "peer of it");
  CHECK(write(s[0], "x", 1));
  CHECK(send(s[0], "x", 1, MSG_NOSIGNAL));
  printf("signals %d\n", pipe_signals);
  CHECK(read(s[1], b, 64));
  CHECK(read(s[1], b, 64));
  CHECK(write(s[1], "back", 4));
  CHECK(read(s[0], b, 64));
  CHECK(shutdown(s[0], SHUT_RD));
  CHECK(read(s[0], b, 64));
  CHECK(write(s[1], "x", 1));
  show_polled(s[0], "both shut");
  show_polled(s[1], "peer of both shut");
  printf("signals %d\n", pipe_signals);
  close(s[0]);
  close(s[1]);

  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  write(s[0], "unread", 6);
  write(s[1], "unread", 6);
  CHECK(close(s[0]));
  show_polled(s[1], "peer closed with data unread");
  CHECK(read(s[1], b, 3));
  CHECK(read(s[1], b, 64));
  CHECK(read(s[1], b, 64));
  CHECK(read(s[1], b, 64));
  CHECK(write(s[1], "x", 1));
  show_name(s[1], 1);
  close(s[1]);

  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  close(s[0]);
  int error = -1;
  socklen_t length = sizeof error;
  CHECK(getsockopt(s[1], SOL_SOCKET, SO_ERROR, &error, &length));
  printf("error %d length %d\n", error, length);
  CHECK(read(s[1], b, 1));
  CHECK(write(s[1], "x", 1));
  show_polled(s[1], "peer closed");
  printf("signals %d\n", pipe_signals);
  close(s[1]);
}

static void listening(void) {
  struct sockaddr_un un, other;
  char b[64];
  int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
  show_polled(l, "unbound");
  CHECK(listen(l, 5));
  CHECK(accept(l, 0, 0));
  CHECK(read(l, b, 1));
  CHECK(write(l, b, 1));
  CHECK(bind(l, (void *)&un, make_name(&un, "sock", 4)));
  CHECK(bind(l, (void *)&un, make_name(&un, "sock2", 5)));
  CHECK(bind(c, (void *)&un, make_name(&un, "sock", 4)));
  CHECK(bind(c, (void *)&un, make_name(&un, "none/sock", 9)));
  CHECK(bind(c, (void *)&un, 1));
  CHECK(bind(c, (void *)&un, sizeof un + 1));
  un.sun_family = AF_INET;
  CHECK(bind(c, (void *)&un, sizeof un));
  show_name(l, 0);
  struct stat st;
  CHECK(stat("sock", &st));
  printf("mode %o\n", st.st_mode);
  CHECK(open("sock", O_RDWR));
  CHECK(connect(c, (void *)&un, make_name(&un, "sock", 5)));
  CHECK(connect(c, (void *)&un, make_name(&un, "missing", 8)));
  close(open("plain", O_CREAT | O_RDWR, 0600));
  CHECK(connect(c, (void *)&un, make_name(&un, "plain", 6)));
  CHECK(listen(l, 1));
  show_polled(l, "listening");
  int flags = fcntl(c, F_GETFL);
  fcntl(c, F_SETFL, flags | O_NONBLOCK);
  fcntl(l, F_SETFL, O_NONBLOCK);
  CHECK(accept(l, 0, 0));
  CHECK(connect(c, (void *)&un, make_name(&un, "sock", 5)));
  CHECK(connect(c, (void *)&un, make_name(&un, "sock", 5)));
  show_polled(l, "with one waiting");
  CHECK(write(c, "early", 5));
  int more[3];
  for (int i = 0; i < 3; i++) {
    more[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int r = connect(more[i], (void *)&un, make_name(&un, "sock", 5));
    printf("connect %d: %s\n", i, r < 0 ? strerrorname_np(errno) : "ok");
  }
  socklen_t length = sizeof other;
  int a;
  CHECK((a = accept4(l, (void *)&other, &length, SOCK_CLOEXEC)) >= 0);
  printf("accepted from length %d\n", length);
  CHECK(fcntl(a, F_GETFD));
  CHECK(fcntl(a, F_GETFL));
  show_name(a, 0);
  show_name(a, 1);
  show_name(c, 0);
  show_name(c, 1);
  CHECK(read(a, b, 64));
  CHECK(accept4(l, 0, 0, 0x100));
  CHECK(connect(l, (void *)&un, make_name(&un, "sock", 5)));
  CHECK(close(l));
  show_polled(more[0], "listener closed before accept");
  CHECK(read(more[0], b, 1));
  CHECK(read(more[0], b, 1));
  CHECK(connect(more[2], (void *)&un, make_name(&un, "sock", 5)));
  CHECK(unlink("sock"));
  CHECK(connect(more[2], (void *)&un, make_name(&un, "sock", 5)));
  CHECK(write(c, "still", 5));
  CHECK(read(a, b, 64));
  for (int i = 0; i < 3; i++) close(more[i]);
  close(a);
  close(c);
}

static void abstract(void) {
  struct sockaddr_un un;
  char name[32];
  int n = snprintf(name, sizeof name, "%ck42-test-%d", 0, getpid());
  int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(l, (void *)&un, make_name(&un, name, n)));
  CHECK(bind(c, (void *)&un, make_name(&un, name, n)));
  CHECK(connect(c, (void *)&un, make_name(&un, name, n)));
  CHECK(listen(l, 5));
  CHECK(connect(c, (void *)&un, make_name(&un, name, n + 1)));
  CHECK(connect(c, (void *)&un, make_name(&un, name, n)));
  struct sockaddr_un other;
  socklen_t length = sizeof other;
  CHECK(getpeername(c, (void *)&other, &length));
  printf("length %d same %d\n", length - n, memcmp(other.sun_path, name, n));
  close(l);
  l = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(l, (void *)&un, make_name(&un, name, n)));
  int d = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(connect(d, (void *)&un, make_name(&un, name, n)));
  CHECK(bind(d, (void *)&un, 2));
  length = sizeof other;
  CHECK(getsockname(d, (void *)&other, &length));
  printf("automatic: length %d first %d\n", length, other.sun_path[0]);
  CHECK(bind(d, (void *)&un, 2));
  length = 4;
  memset(&other, 0x55, sizeof other);
  CHECK(getsockname(d, (void *)&other, &length));
  printf("cut: length %d, then %x\n", length, (unsigned char)other.sun_path[2]);
  length = -1;
  CHECK(getsockname(d, (void *)&other, &length));
  CHECK(getsockname(d, (void *)8, &length));
  close(l);
  close(c);
  close(d);
}

int main(void) {
  enter_scratch();
  pairs();
  ends();
  listening();
  abstract();
  CHECK(socket(AF_UNIX, SOCK_STREAM, 1) > 0);
  CHECK(socket(AF_UNIX, SOCK_STREAM, 2));
  CHECK(socket(AF_UNIX, SOCK_RDM, 0));
  CHECK(socket(AF_UNIX, 11, 0));
  CHECK(socket(AF_UNIX, SOCK_STREAM | 0x100, 0));
  CHECK(socket(46, SOCK_STREAM, 0));
  CHECK(socket(-1, SOCK_STREAM, 0));
  CHECK(bind(99, 0, 0));
  int plain = open("plain", O_CREAT | O_RDWR, 0600);
  CHECK(bind(plain, 0, 0));
  CHECK(recv(99, 0, 0, 0));
  CHECK(shutdown(plain, 0));
  leave_scratch();
  return 0;
}
