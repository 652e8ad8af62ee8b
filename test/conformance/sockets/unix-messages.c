/* Datagrams and packets, descriptors and credentials in messages, several messages in one call. */
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

static socklen_t make_name(struct sockaddr_un *un, const char *path, int length) {
  memset(un, 0, sizeof *un);
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, path, length);
  return offsetof(struct sockaddr_un, sun_path) + length;
}

static int show_polled(int fd, const char *what) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  int n = poll(&p, 1, 0);
  printf("poll %s: %d %x\n", what, n, p.revents);
  return 0;
}

/* One recvmsg, and all it brings. */
static void show_received(int fd, int length, int control_length, int flags) {
  char data[256], control[256];
  struct sockaddr_un from;
  struct iovec iov = {data, length};
  struct msghdr m = {&from, sizeof from, &iov, 1, control, control_length, 0x77};
  memset(data, 0, sizeof data);
  memset(control, 0, sizeof control);
  int n = recvmsg(fd, &m, flags);
  if (n < 0) {
    printf("received: %s\n", strerrorname_np(errno));
    return;
  }
  printf("received %d '%.*s' flags %x name %d control %d\n", n, n > length ? length : n, data, m.msg_flags, m.msg_namelen, (int)m.msg_controllen);
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != 0; c = CMSG_NXTHDR(&m, c)) {
    printf("  level %d type %d length %d", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
    int words = (c->cmsg_len - CMSG_LEN(0)) / 4;
    int *data = (int *)CMSG_DATA(c);
    if (c->cmsg_type == SCM_CREDENTIALS) printf(" own pid %d uid %d gid %d", data[0] == getpid(), data[1], data[2]);
    if (c->cmsg_type == SCM_RIGHTS)
      for (int i = 0; i < words; i++) {
        printf(" fd flags %d", fcntl(data[i], F_GETFD));
        close(data[i]);
      }
    printf("\n");
  }
}

static int send_control(int fd, const char *text, int type, const void *data, int size) {
  char control[2048];
  memset(control, 0, sizeof control);
  struct iovec iov = {(void *)text, strlen(text)};
  struct msghdr m = {0, 0, &iov, 1, control, CMSG_SPACE(size), 0};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(c), data, size);
  return sendmsg(fd, &m, 0);
}

static void datagrams(void) {
  struct sockaddr_un un, from;
  socklen_t length;
  char b[64];
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), s = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(send(s, "x", 1, 0));
  CHECK(recv(a, b, 1, MSG_DONTWAIT));
  CHECK(bind(a, (void *)&un, make_name(&un, "a", 1)));
  CHECK(sendto(s, "one", 3, 0, (void *)&un, make_name(&un, "a", 2)));
  CHECK(sendto(s, "", 0, 0, (void *)&un, make_name(&un, "a", 2)));
  CHECK(bind(s, (void *)&un, make_name(&un, "s", 1)));
  CHECK(sendto(s, "three", 5, 0, (void *)&un, make_name(&un, "a", 2)));
  int count;
  CHECK(ioctl(a, FIONREAD, &count));
  printf("first %d\n", count);
  length = sizeof from;
  CHECK(recvfrom(a, b, 2, MSG_TRUNC, (void *)&from, &length));
  printf("from %d\n", length);
  CHECK(recv(a, b, 64, 0));
  length = sizeof from;
  CHECK(recvfrom(a, b, 64, MSG_PEEK, (void *)&from, &length));
  printf("from %d %s\n", length, from.sun_path);
  show_received(a, 3, 0, 0);
  CHECK(recv(a, b, 64, MSG_DONTWAIT));
  CHECK(listen(a, 1));
  CHECK(accept(a, 0, 0));
  CHECK(connect(s, (void *)&un, make_name(&un, "a", 2)));
  CHECK(send(s, "x", 1, 0));
  CHECK(sendto(s, "x", 1, 0, (void *)&un, make_name(&un, "gone", 5)));
  CHECK(connect(a, (void *)&un, make_name(&un, "s", 2)));
  int t = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(sendto(t, "x", 1, 0, (void *)&un, make_name(&un, "a", 2)));
  CHECK(connect(t, (void *)&un, make_name(&un, "a", 2)));
  un.sun_family = AF_UNSPEC;
  CHECK(connect(a, (void *)&un, sizeof un));
  CHECK(getpeername(a, (void *)&un, &length));
  /* The queue of one who is not connected to the sender has a limit. */
  fcntl(t, F_SETFL, O_NONBLOCK);
  CHECK(connect(t, (void *)&un, make_name(&un, "a", 2)));
  while (recv(a, b, 64, MSG_DONTWAIT) >= 0);
  int sent = 0;
  while (send(t, "y", 1, 0) == 1 && sent < 2000) sent++;
  printf("limited %d %s\n", sent < 2000, strerrorname_np(errno));
  show_polled(t, "sender to a full queue");
  CHECK(recv(a, b, 64, 0));
  show_polled(t, "sender with room");
  CHECK(shutdown(a, SHUT_RD));
  CHECK(send(t, "y", 1, 0));
  CHECK(close(a));
  CHECK(send(t, "y", 1, 0));
  CHECK(send(t, "y", 1, 0));
  CHECK(send(s, calloc(1, 1 << 20), 1 << 20, 0));
  close(t);
  close(s);
  int p[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, p);
  CHECK(send(p[0], calloc(1, 1 << 24), 1 << 24, 0));
  CHECK(shutdown(p[0], SHUT_RD));
  CHECK(recv(p[0], b, 1, MSG_DONTWAIT));
  CHECK(recv(p[0], b, 1, 0));
  CHECK(send(p[1], "x", 1, 0));
  show_polled(p[0], "shut datagram socket");
  close(p[0]);
  CHECK(send(p[1], "x", 1, 0));
  show_polled(p[1], "peer closed");
  close(p[1]);
}

static void packets(void) {
  int p[2];
  char b[64];
  signal(SIGPIPE, SIG_IGN);
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p));
  CHECK(write(p[0], "first packet", 12));
  CHECK(write(p[0], "", 0));
  CHECK(send(p[0], "", 0, 0));
  CHECK(write(p[0], "second", 6));
  show_received(p[1], 5, 0, 0);
  CHECK(read(p[1], b, 64));
  CHECK(recv(p[1], b, 1, MSG_TRUNC));
  struct iovec two[2] = {{"ab", 2}, {"cd", 2}};
  CHECK(writev(p[0], two, 2));
  CHECK(read(p[1], b, 64));
  CHECK(shutdown(p[0], SHUT_WR));
  CHECK(read(p[1], b, 64));
  CHECK(recv(p[1], b, 64, MSG_DONTWAIT));
  CHECK(write(p[0], "x", 1));
  close(p[1]);
  CHECK(read(p[0], b, 64));
  CHECK(write(p[0], "x", 1));
  show_polled(p[0], "packet peer closed");
  close(p[0]);
  int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  CHECK(recv(s, b, 1, 0));
  CHECK(send(s, b, 1, 0));
  show_polled(s, "unconnected packet socket");
  close(s);
}

static void rights(void) {
  int p[2], pipes[2];
  char b[64];
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  pipe(pipes);
  int both[2] = {pipes[0], pipes[1]}, bad[2] = {pipes[0], 99};
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, both, 8));
  CHECK(write(p[0], "cd", 2));
  show_received(p[1], 64, 256, 0);
  show_received(p[1], 64, 256, MSG_DONTWAIT);
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, both, 4));
  show_received(p[1], 1, 256, MSG_CMSG_CLOEXEC);
  show_received(p[1], 64, 256, 0);
  CHECK(write(p[0], "cd", 2));
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, both, 8));
  show_received(p[1], 64, CMSG_SPACE(4), 0);
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, both, 8));
  show_received(p[1], 64, CMSG_LEN(4), 0);
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, both, 8));
  show_received(p[1], 64, 0, 0);
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, both, 8));
  show_received(p[1], 64, 256, MSG_PEEK);
  CHECK(read(p[1], b, 64));
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, bad, 8));
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, both, 0));
  CHECK(send_control(p[0], "ab", 77, both, 8));
  show_received(p[1], 64, 256, MSG_DONTWAIT);
  int many[254];
  for (int i = 0; i < 254; i++) many[i] = pipes[0];
  CHECK(send_control(p[0], "ab", SCM_RIGHTS, many, sizeof many));
  /* A pipe's last writer lies in a queue: the reader sees the end when the queue goes. */
  send_control(p[0], "w", SCM_RIGHTS, pipes + 1, 4);
  close(pipes[1]);
  fcntl(pipes[0], F_SETFL, O_NONBLOCK);
  CHECK(read(pipes[0], b, 1));
  close(p[1]);
  CHECK(read(pipes[0], b, 1));
  close(p[0]);
  /* Sockets that only hold each other go too. */
  int q[2];
  pipe(pipes);
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, q);
  int circle[3] = {p[0], q[0], pipes[1]};
  CHECK(send_control(p[1], "c", SCM_RIGHTS, circle, 12));
  CHECK(send_control(q[1], "c", SCM_RIGHTS, circle, 8));
  close(pipes[1]);
  close(p[0]);
  close(q[0]);
  close(q[1]);
  close(p[1]);
  struct pollfd end = {pipes[0], POLLIN, 0}; /* Linux collects a little later */
  CHECK(poll(&end, 1, 10000));
  CHECK(read(pipes[0], b, 1));
  close(pipes[0]);
}

static void credentials(void) {
  int p[2], one = 1;
  struct ucred own = {getpid(), getuid(), getgid()}, other = {1, 5, 5}, peer;
  socklen_t length = sizeof peer;
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  CHECK(getsockopt(p[0], SOL_SOCKET, SO_PEERCRED, &peer, &length));
  printf("peer own pid %d uid %d gid %d length %d\n", peer.pid == getpid(), peer.uid, peer.gid, length);
  write(p[0], "before", 6);
  CHECK(setsockopt(p[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
  write(p[0], "after", 5);
  show_received(p[1], 64, 256, 0);
  show_received(p[1], 64, 256, MSG_DONTWAIT);
  CHECK(send_control(p[0], "claim", SCM_CREDENTIALS, &own, sizeof own));
  show_received(p[1], 64, 256, 0);
  CHECK(send_control(p[0], "short", SCM_CREDENTIALS, &own, 8));
  own.pid = 0x3fffffff;
  CHECK(send_control(p[0], "nobody", SCM_CREDENTIALS, &own, sizeof own) < 0);
  CHECK(send_control(p[0], "text", SCM_CREDENTIALS, &own, sizeof own) < 0);
  write(p[0], "cut", 3);
  show_received(p[1], 64, 20, 0);
  write(p[0], "none", 4);
  show_received(p[1], 64, 0, 0);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &peer, &length));
  printf("peer pid %d uid %d gid %d\n", peer.pid, peer.uid, peer.gid);
  close(s);
  close(p[0]);
  close(p[1]);
}

static void several(void) {
  int p[2];
  char text[4][16];
  struct iovec iov[4];
  struct mmsghdr m[4];
  memset(m, 0, sizeof m);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, p);
  for (int i = 0; i < 4; i++) {
    sprintf(text[i], "message %d", i);
    iov[i] = (struct iovec){text[i], 9};
    m[i].msg_hdr.msg_iov = iov + i;
    m[i].msg_hdr.msg_iovlen = 1;
  }
  CHECK(sendmmsg(p[0], m, 3, 0));
  printf("%d %d %d %d\n", m[0].msg_len, m[1].msg_len, m[2].msg_len, m[3].msg_len);
  memset(text, 0, sizeof text);
  for (int i = 0; i < 4; i++) iov[i].iov_len = 5 + i, m[i].msg_len = 77;
  CHECK(recvmmsg(p[1], m, 4, MSG_DONTWAIT, 0));
  for (int i = 0; i < 4; i++) printf("%d '%.9s' %x\n", m[i].msg_len, text[i], i < 3 ? m[i].msg_hdr.msg_flags : 0);
  CHECK(recvmmsg(p[1], m, 4, MSG_DONTWAIT, 0));
  send(p[0], "one", 3, 0);
  CHECK(recvmmsg(p[1], m, 4, MSG_WAITFORONE, 0));
  struct timespec t = {0, 1000}, wrong = {0, 1000000000};
  send(p[0], "one", 3, 0);
  send(p[0], "two", 3, 0);
  usleep(1000);
  CHECK(recvmmsg(p[1], m, 2, 0, &wrong));
  CHECK(recvmmsg(p[1], m, 0, 0, &t));
  CHECK(sendmmsg(p[0], m, 0, 0));
  CHECK(sendmmsg(99, m, 1, 0));
  CHECK(sendmmsg(p[0], (void *)8, 1, 0));
  struct msghdr bad = {0, 0, iov, 1025, 0, 0, 0};
  CHECK(sendmsg(p[0], &bad, 0));
  CHECK(recvmsg(p[0], &bad, 0));
  CHECK(sendmsg(p[0], (void *)8, 0));
  close(p[0]);
  close(p[1]);
}

static void on_alarm(int signal) {}

static void *write_later(void *fd) {
  usleep(20000);
  write(*(int *)fd, "late", 4);
  usleep(20000);
  write(*(int *)fd, "r!", 2);
  return 0;
}

static void waiting(void) {
  int p[2];
  char b[64];
  pthread_t thread;
  struct timeval t = {0, 20000}, got;
  socklen_t length = sizeof got;
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  pthread_create(&thread, 0, write_later, p);
  CHECK(recv(p[1], b, 6, MSG_WAITALL));
  pthread_join(thread, 0);
  CHECK(setsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
  CHECK(getsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &got, &length));
  printf("%ld %ld\n", (long)got.tv_sec, (long)got.tv_usec / 10000);
  CHECK(read(p[1], b, 1));
  t.tv_usec = 1000000;
  CHECK(setsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
  CHECK(setsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &t, 8));
  t.tv_sec = t.tv_usec = 0;
  CHECK(setsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
  struct sigaction action = {.sa_handler = on_alarm};
  struct itimerval timer = {{0, 0}, {0, 20000}};
  sigaction(SIGALRM, &action, 0);
  setitimer(ITIMER_REAL, &timer, 0);
  CHECK(read(p[1], b, 1));
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, 0);
  pthread_create(&thread, 0, write_later, p);
  timer.it_value.tv_usec = 5000;
  setitimer(ITIMER_REAL, &timer, 0);
  CHECK(read(p[1], b, 64));
  pthread_join(thread, 0);
  CHECK(read(p[1], b, 64));
  /* With a time limit there is no restart. */
  t.tv_sec = 10;
  setsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
  setitimer(ITIMER_REAL, &timer, 0);
  CHECK(read(p[1], b, 1));
  /* A writer waits until there is room. */
  int size = 4096;
  setsockopt(p[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  pid_t child = fork();
  if (child == 0) {
    close(p[0]);
    long total = 0;
    for (int n; (n = read(p[1], b, 64)) > 0;) total += n;
    _exit(total == 200000 ? 0 : 1);
  }
  CHECK(write(p[0], calloc(1, 200000), 200000));
  close(p[0]);
  close(p[1]);
  int status;
  waitpid(child, &status, 0);
  printf("child %d\n", status);
  /* Descriptors sent to a child, and an accept that is waited for. */
  struct sockaddr_un un;
  int l = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(l, (void *)&un, make_name(&un, "wait", 4));
  listen(l, 0);
  child = fork();
  if (child == 0) {
    usleep(20000);
    for (int i = 0; i < 4; i++) {
      int c = socket(AF_UNIX, SOCK_STREAM, 0);
      if (connect(c, (void *)&un, make_name(&un, "wait", 4)) < 0) _exit(2);
      write(c, "hi", 2);
      close(c);
    }
    _exit(0);
  }
  for (int i = 0; i < 4; i++) {
    int c = accept(l, 0, 0);
    usleep(5000);
    CHECK(read(c, b, 64));
    struct ucred peer;
    length = sizeof peer;
    getsockopt(c, SOL_SOCKET, SO_PEERCRED, &peer, &length);
    printf("peer is child %d\n", peer.pid == child);
    close(c);
  }
  waitpid(child, &status, 0);
  printf("child %d\n", status);
  close(l);
}

static void options(void) {
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  static const int names[] = {SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ERROR, SO_ACCEPTCONN, SO_REUSEADDR, SO_KEEPALIVE, SO_BROADCAST,
                              SO_OOBINLINE, SO_RCVLOWAT, SO_SNDLOWAT, SO_PRIORITY, SO_PASSCRED, SO_DONTROUTE, SO_TIMESTAMP, 999};
  for (int i = 0; i < sizeof names / sizeof *names; i++) {
    int value = -7;
    socklen_t length = sizeof value;
    int r = getsockopt(s, SOL_SOCKET, names[i], &value, &length);
    printf("option %d: %s %d %d\n", names[i], r < 0 ? strerrorname_np(errno) : "ok", value, length);
  }
  int value = 5000, got;
  socklen_t length = sizeof got;
  CHECK(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &value, 4));
  CHECK(getsockopt(s, SOL_SOCKET, SO_SNDBUF, &got, &length));
  printf("%d\n", got);
  value = 1;
  CHECK(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &value, 4));
  CHECK(getsockopt(s, SOL_SOCKET, SO_SNDBUF, &got, &length));
  printf("%d\n", got);
  CHECK(setsockopt(s, SOL_SOCKET, SO_RCVBUF, &value, 4));
  CHECK(getsockopt(s, SOL_SOCKET, SO_RCVBUF, &got, &length));
  printf("%d\n", got);
  value = 42;
  CHECK(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &value, 4));
  CHECK(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &got, &length));
  printf("%d\n", got);
  CHECK(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &value, 3));
  CHECK(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, (void *)8, 4));
  CHECK(setsockopt(s, SOL_SOCKET, 999, &value, 4));
  CHECK(setsockopt(s, SOL_SOCKET, SO_TYPE, &value, 4));
  CHECK(setsockopt(s, 6, 1, &value, 4));
  CHECK(getsockopt(s, 6, 1, &value, &length));
  CHECK(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &value, -1));
  struct linger l = {1, 5};
  length = sizeof l;
  CHECK(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
  CHECK(getsockopt(s, SOL_SOCKET, SO_LINGER, &l, &length));
  printf("%d %d %d\n", l.l_onoff, l.l_linger, length);
  length = 2;
  got = -1;
  CHECK(getsockopt(s, SOL_SOCKET, SO_TYPE, &got, &length));
  printf("%x %d\n", got, length);
  length = -1;
  CHECK(getsockopt(s, SOL_SOCKET, SO_TYPE, &got, &length));
  length = 4;
  int plain = open("plain", O_CREAT | O_RDWR, 0600);
  CHECK(getsockopt(plain, SOL_SOCKET, SO_TYPE, &got, &length));
  close(plain);
  CHECK(ioctl(s, 0x12345, &got));
  CHECK(ioctl(s, 0x5401 /* TCGETS */, &got));
  close(s);
}

int main(void) {
  enter_scratch();
  datagrams();
  packets();
  rights();
  credentials();
  several();
  waiting();
  options();
  leave_scratch();
  return 0;
}
