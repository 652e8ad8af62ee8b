/* TCP on the loopback: connections, their ends, ports, options, urgent data. */
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in in = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}};
  return in;
}

static int port_of(int fd) {
  struct sockaddr_storage s;
  socklen_t length = sizeof s;
  getsockname(fd, (void *)&s, &length);
  return ntohs(s.ss_family == AF_INET ? ((struct sockaddr_in *)&s)->sin_port : ((struct sockaddr_in6 *)&s)->sin6_port);
}

static void show_polled(int fd, const char *what) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  int n = poll(&p, 1, 20);
  printf("poll %s: %d %x\n", what, n, p.revents);
}

static void show_name(int fd, int peer, int expected_port) {
  struct sockaddr_storage s;
  char text[64] = "";
  socklen_t length = sizeof s;
  int r = peer ? getpeername(fd, (void *)&s, &length) : getsockname(fd, (void *)&s, &length);
  if (r < 0) {
    printf("%s: %s\n", peer ? "peer" : "name", strerrorname_np(errno));
    return;
  }
  int port;
  if (s.ss_family == AF_INET) {
    inet_ntop(AF_INET, &((struct sockaddr_in *)&s)->sin_addr, text, 64);
    port = ntohs(((struct sockaddr_in *)&s)->sin_port);
  } else {
    inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&s)->sin6_addr, text, 64);
    port = ntohs(((struct sockaddr_in6 *)&s)->sin6_port);
  }
  printf("%s: family %d length %d %s port %s\n", peer ? "peer" : "name", s.ss_family, length, text,
         port == 0 ? "0" : port == expected_port ? "as expected" : "of its own");
}

static int state_of(int fd) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) return -1;
  /* Whether the other end has acknowledged our FIN yet is a matter of moments. */
  return info.tcpi_state == TCP_FIN_WAIT1 ? TCP_FIN_WAIT2 : info.tcpi_state;
}

static int error_of(int fd) {
  int error = -1;
  socklen_t length = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

static int listener(int backlog) {
  int l = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in in = loopback(0);
  bind(l, (void *)&in, sizeof in);
  listen(l, backlog);
  return l;
}

/* A connected pair: c connected, a accepted. */
static void make_pair(int l, int *c, int *a) {
  struct sockaddr_in in = loopback(port_of(l));
  *c = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(*c, (void *)&in, sizeof in) < 0) perror("connect");
  *a = accept(l, 0, 0);
}

static void connecting(void) {
  struct sockaddr_in in, other;
  socklen_t length = sizeof other;
  char b[64];
  int l = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), c = socket(AF_INET, SOCK_STREAM, 0);
  show_polled(l, "new");
  show_name(l, 0, 0);
  show_name(l, 1, 0);
  CHECK(state_of(l));
  CHECK(read(l, b, 1));
  signal(SIGPIPE, SIG_IGN);
  CHECK(write(l, b, 1));
  CHECK(accept(l, 0, 0));
  int unconnected = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(shutdown(unconnected, SHUT_WR));
  close(unconnected);
  in = loopback(0);
  CHECK(bind(l, (void *)&in, 8));
  in.sin_family = AF_UNIX;
  CHECK(bind(l, (void *)&in, sizeof in));
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(0x08080808);
  CHECK(bind(l, (void *)&in, sizeof in));
  in = loopback(0);
  CHECK(bind(l, (void *)&in, sizeof in));
  CHECK(bind(l, (void *)&in, sizeof in));
  in = loopback(port_of(l));
  CHECK(bind(c, (void *)&in, sizeof in));
  CHECK(connect(c, (void *)&in, sizeof in));
  show_name(c, 0, 0);
  CHECK(error_of(c));
  CHECK(listen(l, 2));
  CHECK(state_of(l));
  show_polled(l, "listening");
  CHECK(connect(l, (void *)&in, sizeof in));
  CHECK(connect(c, (void *)&in, 8));
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(state_of(c));
  show_name(c, 0, 0);
  show_name(c, 1, port_of(l));
  show_polled(l, "with one to accept");
  show_polled(c, "connected");
  CHECK(write(c, "early", 5));
  int a;
  CHECK((a = accept(l, (void *)&other, &length)) >= 0);
  printf("from own port %d length %d\n", ntohs(other.sin_port) == port_of(c), length);
  show_name(a, 0, port_of(l));
  show_name(a, 1, port_of(c));
  CHECK(read(a, b, 64));
  int count;
  CHECK(write(a, "answer", 6));
  CHECK(ioctl(c, FIONREAD, &count));
  printf("readable %d\n", count);
  CHECK(recv(c, b, 3, MSG_PEEK));
  CHECK(recv(c, b, 64, MSG_TRUNC));
  CHECK(recv(c, b, 64, MSG_DONTWAIT));
  length = sizeof other;
  CHECK(send(a, "x", 1, 0));
  CHECK(recvfrom(c, b, 1, 0, (void *)&other, &length));
  printf("from length %d\n", length);
  CHECK(sendto(c, "y", 1, 0, (void *)&in, sizeof in));
  CHECK(read(a, b, 64));
  CHECK(fcntl(a, F_GETFL));
  CHECK(getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &count, (length = 4, &length)));
  printf("accepts %d\n", count);
  close(a);
  close(c);
  /* Any address is the machine itself. */
  c = socket(AF_INET, SOCK_STREAM, 0);
  in.sin_addr.s_addr = INADDR_ANY;
  CHECK(connect(c, (void *)&in, sizeof in));
  show_name(c, 1, port_of(l));
  close(c);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 4);
  c = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(close(l));
  in = loopback(1);
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(connect(c, (void *)&in, sizeof in));
  close(c);
}

static void without_waiting(void) {
  int l = listener(5), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in in = loopback(port_of(l));
  fcntl(l, F_SETFL, O_NONBLOCK);
  CHECK(accept(l, 0, 0));
  CHECK(connect(c, (void *)&in, sizeof in));
  show_polled(c, "under way");
  CHECK(error_of(c));
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(connect(c, (void *)&in, sizeof in));
  int port = port_of(l);
  close(l);
  close(c);
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  in = loopback(port);
  CHECK(connect(c, (void *)&in, sizeof in));
  show_polled(c, "refused");
  CHECK(error_of(c));
  CHECK(error_of(c));
  show_polled(c, "refused and told");
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(connect(c, (void *)&in, sizeof in));
  close(c);
}

static void endings(void) {
  int l = listener(5), c, a;
  char b[64];
  make_pair(l, &c, &a);
  write(c, "last words", 10);
  CHECK(shutdown(c, SHUT_WR));
  CHECK(state_of(c));
  CHECK(state_of(a));
  show_polled(c, "write side shut");
  show_polled(a, "peer has finished");
  CHECK(write(c, "x", 1));
  CHECK(read(a, b, 64));
  CHECK(read(a, b, 64));
  CHECK(write(a, "still", 5));
  CHECK(read(c, b, 64));
  CHECK(shutdown(a, SHUT_WR));
  show_polled(a, "both have finished");
  show_polled(c, "both have finished, first");
  CHECK(read(c, b, 64));
  CHECK(state_of(a));
  CHECK(state_of(c));
  show_name(a, 1, 0);
  CHECK(shutdown(a, SHUT_RD));
  close(a);
  close(c);

  make_pair(l, &c, &a);
  CHECK(close(c));
  show_polled(a, "peer closed");
  CHECK(write(a, "to nobody", 9));
  show_polled(a, "answered by a reset");
  CHECK(write(a, "to nobody", 9));
  CHECK(write(a, "to nobody", 9));
  CHECK(read(a, b, 64));
  close(a);

  make_pair(l, &c, &a);
  write(a, "unread", 6);
  CHECK(close(c));
  show_polled(a, "peer closed with data unread");
  CHECK(error_of(a));
  CHECK(read(a, b, 64));
  CHECK(write(a, "x", 1));
  close(a);

  make_pair(l, &c, &a);
  write(c, "data", 4);
  write(a, "unread", 6);
  close(c);
  CHECK(read(a, b, 64));
  CHECK(read(a, b, 64));
  CHECK(read(a, b, 64));
  close(a);

  make_pair(l, &c, &a);
  struct linger now = {1, 0};
  CHECK(setsockopt(c, SOL_SOCKET, SO_LINGER, &now, sizeof now));
  CHECK(close(c));
  CHECK(read(a, b, 64));
  CHECK(read(a, b, 64));
  show_polled(a, "aborted");
  close(a);

  make_pair(l, &c, &a);
  CHECK(shutdown(a, SHUT_RD));
  show_polled(a, "read side shut");
  CHECK(read(a, b, 64));
  CHECK(write(c, "x", 1));
  close(a);
  close(c);

  /* A connection that nobody accepted. */
  struct sockaddr_in in = loopback(port_of(l));
  c = socket(AF_INET, SOCK_STREAM, 0);
  connect(c, (void *)&in, sizeof in);
  close(l);
  show_polled(c, "listener closed");
  CHECK(read(c, b, 1));
  /* Back to the start. */
  in.sin_family = AF_UNSPEC;
  CHECK(connect(c, (void *)&in, sizeof in));
  show_name(c, 0, 0);
  show_polled(c, "disconnected");
  l = listener(1);
  in = loopback(port_of(l));
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(shutdown(l, SHUT_RD));
  CHECK(accept(l, 0, 0));
  show_polled(l, "listener shut down");
  CHECK(listen(l, 1));
  close(l);
  close(c);
}

static void ports(void) {
  int l = listener(5), c, a, s = socket(AF_INET, SOCK_STREAM, 0), one = 1, port = port_of(l);
  struct sockaddr_in in = loopback(port), any = {AF_INET, htons(port), {INADDR_ANY}};
  CHECK(bind(s, (void *)&in, sizeof in));
  CHECK(bind(s, (void *)&any, sizeof any));
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  CHECK(bind(s, (void *)&in, sizeof in));
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  CHECK(bind(s, (void *)&in, sizeof in));
  close(s);
  make_pair(l, &c, &a);
  close(a); /* the side of the listener ends first: its port waits */
  close(c);
  close(l);
  in = loopback(port);
  s = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(s, (void *)&in, sizeof in));
  CHECK(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
  CHECK(bind(s, (void *)&in, sizeof in));
  CHECK(listen(s, 1));
  close(s);
  int t = socket(AF_INET, SOCK_STREAM, 0);
  s = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  in = loopback(0);
  bind(s, (void *)&in, sizeof in);
  in = loopback(port_of(s));
  CHECK(bind(t, (void *)&in, sizeof in));
  setsockopt(t, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  CHECK(bind(t, (void *)&in, sizeof in));
  CHECK(listen(s, 1));
  CHECK(listen(t, 1));
  close(s);
  close(t);
  /* listen without bind */
  s = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(listen(s, 1));
  show_name(s, 0, 0);
  close(s);
  if (geteuid() != 0) return;
  pid_t child = fork();
  if (child == 0) {
    setuid(65534);
    s = socket(AF_INET, SOCK_STREAM, 0);
    in = loopback(80);
    CHECK(bind(s, (void *)&in, sizeof in));
    _exit(0);
  }
  waitpid(child, 0, 0);
}

static void version6(void) {
  struct sockaddr_in6 in6 = {AF_INET6, 0, 0, IN6ADDR_ANY_INIT, 0};
  int l = socket(AF_INET6, SOCK_STREAM, 0), c, a, one = 1, zero = 0;
  if (l < 0 || bind(l, (void *)&(struct sockaddr_in6){AF_INET6, 0, 0, IN6ADDR_LOOPBACK_INIT, 0}, sizeof in6) < 0) {
    printf("no IPv6\n");
    return;
  }
  show_name(l, 0, 0);
  listen(l, 5);
  struct sockaddr_in6 to = {AF_INET6, htons(port_of(l)), 0, IN6ADDR_LOOPBACK_INIT, 0};
  c = socket(AF_INET6, SOCK_STREAM, 0);
  CHECK(connect(c, (void *)&to, 20));
  CHECK(connect(c, (void *)&to, sizeof to));
  show_name(c, 0, 0);
  show_name(c, 1, port_of(l));
  close(c);
  close(l);
  l = socket(AF_INET6, SOCK_STREAM, 0);
  int value;
  socklen_t length = sizeof value;
  CHECK(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero));
  CHECK(bind(l, (void *)&in6, sizeof in6));
  listen(l, 5);
  struct sockaddr_in in = loopback(port_of(l));
  c = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK((a = accept(l, 0, 0)) >= 0);
  show_name(a, 0, port_of(l));
  show_name(a, 1, port_of(c));
  CHECK(write(c, "mapped", 6));
  char b[16];
  CHECK(read(a, b, 16));
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in any = {AF_INET, htons(port_of(l)), {INADDR_ANY}};
  CHECK(bind(s, (void *)&any, sizeof any));
  close(a);
  close(c);
  close(l);
  l = socket(AF_INET6, SOCK_STREAM, 0);
  CHECK(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one));
  CHECK(getsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length));
  printf("only v6 %d\n", value);
  CHECK(bind(l, (void *)&in6, sizeof in6));
  any.sin_port = htons(port_of(l));
  CHECK(bind(s, (void *)&any, sizeof any));
  CHECK(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero));
  struct sockaddr_in6 mapped = {AF_INET6, htons(1), 0, {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1}}}, 0};
  c = socket(AF_INET6, SOCK_STREAM, 0);
  CHECK(connect(c, (void *)&mapped, sizeof mapped));
  setsockopt(c, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  CHECK(connect(c, (void *)&mapped, sizeof mapped));
  close(c);
  close(s);
  close(l);
}

static void urgent(void) {
  int l = listener(5), c, a, mark;
  char b[64];
  make_pair(l, &c, &a);
  CHECK(recv(a, b, 1, MSG_OOB));
  write(c, "abc", 3);
  CHECK(send(c, "def", 3, MSG_OOB));
  write(c, "ghi", 3);
  usleep(1000);
  show_polled(a, "urgent data");
  CHECK(ioctl(a, SIOCATMARK, &mark));
  printf("at mark %d\n", mark);
  CHECK(ioctl(a, FIONREAD, &mark));
  printf("readable %d\n", mark);
  CHECK(read(a, b, 64));
  CHECK(ioctl(a, SIOCATMARK, &mark));
  printf("at mark %d\n", mark);
  CHECK(recv(a, b, 1, MSG_OOB | MSG_PEEK));
  CHECK(recv(a, b, 4, MSG_OOB));
  printf("urgent byte %c\n", b[0]);
  CHECK(recv(a, b, 1, MSG_OOB));
  CHECK(read(a, b, 64));
  printf("rest %.3s\n", b);
  int one = 1;
  setsockopt(a, SOL_SOCKET, SO_OOBINLINE, &one, sizeof one);
  send(c, "xyz", 3, MSG_OOB);
  usleep(1000);
  CHECK(read(a, b, 64));
  CHECK(read(a, b, 64));
  printf("inline %c\n", b[0]);
  CHECK(recv(a, b, 1, MSG_OOB));
  close(a);
  close(c);
  close(l);
}

static void options(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0), value, one = 1;
  socklen_t length;
  static const struct { int level, option; const char *name; } rows[] = {
    {IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY"}, {IPPROTO_TCP, TCP_CORK, "TCP_CORK"}, {IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE"},
    {IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL"}, {IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT"}, {IPPROTO_TCP, TCP_SYNCNT, "TCP_SYNCNT"},
    {IPPROTO_TCP, TCP_LINGER2, "TCP_LINGER2"}, {IPPROTO_TCP, TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT"}, {IPPROTO_TCP, TCP_QUICKACK, "TCP_QUICKACK"},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT"}, {IPPROTO_TCP, TCP_MAXSEG, "TCP_MAXSEG"}, {IPPROTO_TCP, 200, "200"}, {IPPROTO_IP, IP_TOS, "IP_TOS"},
    {IPPROTO_IP, IP_TTL, "IP_TTL"}, {IPPROTO_IP, IP_RECVERR, "IP_RECVERR"}, {SOL_SOCKET, SO_TYPE, "SO_TYPE"},
    {SOL_SOCKET, SO_PROTOCOL, "SO_PROTOCOL"}, {SOL_SOCKET, SO_DOMAIN, "SO_DOMAIN"}, {SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT"},
    {SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST"}, };
  for (int i = 0; i < sizeof rows / sizeof *rows; i++) {
    value = -7;
    length = sizeof value;
    int r = getsockopt(s, rows[i].level, rows[i].option, &value, &length);
    printf("%s: %s %d %d\n", rows[i].name, r < 0 ? strerrorname_np(errno) : "ok", value, length);
  }
  value = 42;
  CHECK(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value));
  CHECK(getsockopt(s, IPPROTO_TCP, TCP_NODELAY, &value, (length = 4, &length)));
  printf("%d\n", value);
  CHECK(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &value, 2));
  value = 0;
  CHECK(setsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof value));
  value = 10;
  CHECK(setsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof value));
  CHECK(setsockopt(s, IPPROTO_IP, IP_TTL, &value, sizeof value));
  value = 256;
  CHECK(setsockopt(s, IPPROTO_IP, IP_TTL, &value, sizeof value));
  CHECK(setsockopt(s, IPPROTO_TCP, 200, &value, sizeof value));
  CHECK(ioctl(s, 0x12345, &value));
  char name[16] = "";
  length = sizeof name;
  CHECK(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "nonesuch", 8));
  close(s);
  CHECK(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
  CHECK(socket(AF_INET, SOCK_SEQPACKET, 0));
  CHECK(socket(AF_INET, SOCK_STREAM, 300));
  int p[2];
  CHECK(socketpair(AF_INET, SOCK_STREAM, 0, p));
}

static long received_total;
static void *receive_all(void *fd) {
  char b[10000];
  for (long n; (n = read(*(int *)fd, b, sizeof b)) > 0;) received_total += n;
  return 0;
}

static void much(void) {
  int l = listener(5), c, a;
  pthread_t thread;
  make_pair(l, &c, &a);
  pthread_create(&thread, 0, receive_all, &a);
  char *block = calloc(1, 3000000);
  CHECK(write(c, block, 3000000));
  int f = open("file", O_CREAT | O_RDWR, 0600);
  CHECK(write(f, block, 500000));
  off_t at = 0;
  CHECK(sendfile(c, f, &at, 500000));
  close(f);
  close(c);
  pthread_join(thread, 0);
  printf("received %ld\n", received_total);
  close(a);
  /* Without waiting the buffers fill at some point, and room is told. */
  make_pair(l, &c, &a);
  fcntl(c, F_SETFL, O_NONBLOCK);
  int e = epoll_create1(0);
  struct epoll_event event = {EPOLLOUT | EPOLLET, {.u32 = 7}};
  epoll_ctl(e, EPOLL_CTL_ADD, c, &event);
  CHECK(epoll_wait(e, &event, 1, 0));
  long total = 0, n;
  while ((n = write(c, block, 100000)) > 0) total += n;
  printf("full %d %s\n", total > 50000, strerrorname_np(errno));
  CHECK(epoll_wait(e, &event, 1, 0));
  long left = total;
  while (left > 0 && (n = read(a, block, 100000)) > 0) left -= n;
  CHECK(epoll_wait(e, &event, 1, 1000));
  printf("left %ld\n", left);
  close(e);
  close(a);
  close(c);
  close(l);
  free(block);
}

int main(void) {
  enter_scratch();
  connecting();
  without_waiting();
  endings();
  ports();
  version6();
  urgent();
  options();
  much();
  leave_scratch();
  return 0;
}
