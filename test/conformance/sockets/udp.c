/* UDP on the loopback. */
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in in = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}};
  return in;
}

static void show_polled(int fd, const char *what) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  int n = poll(&p, 1, 20);
  printf("poll %s: %d %x\n", what, n, p.revents);
}

static struct sockaddr_in name_of(int fd, const char *what) {
  struct sockaddr_in in;
  socklen_t length = sizeof in;
  getsockname(fd, (void *)&in, &length);
  printf("%s: %s port %d\n", what, inet_ntoa(in.sin_addr), in.sin_port != 0);
  return in;
}

int main(void) {
  enter_scratch();
  char b[64];
  int s = socket(AF_INET, SOCK_DGRAM, 0), c = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP), one = 1, count;
  struct sockaddr_in in = loopback(0), from;
  socklen_t length = sizeof from;
  show_polled(s, "new");
  CHECK(send(s, "x", 1, 0));
  CHECK(recv(s, b, 1, MSG_DONTWAIT));
  CHECK(sendto(c, "x", 1, 0, (void *)&in, sizeof in));
  CHECK(bind(s, (void *)&in, sizeof in));
  in = name_of(s, "bound");
  CHECK(sendto(c, "hello", 5, 0, (void *)&in, sizeof in));
  name_of(c, "bound by sending");
  CHECK(sendto(c, "", 0, 0, (void *)&in, sizeof in));
  CHECK(sendto(c, "third one", 9, 0, (void *)&in, 8));
  CHECK(sendto(c, "third one", 9, 0, (void *)&in, sizeof in));
  show_polled(s, "with datagrams");
  CHECK(ioctl(s, FIONREAD, &count));
  printf("first %d\n", count);
  CHECK(recvfrom(s, b, 3, MSG_PEEK, (void *)&from, &length));
  printf("from %s length %d\n", inet_ntoa(from.sin_addr), length);
  CHECK(recvfrom(s, b, 3, MSG_TRUNC, (void *)&from, &length));
  CHECK(recv(s, b, 64, 0));
  struct iovec iov = {b, 4};
  struct msghdr m = {&from, sizeof from, &iov, 1, 0, 0, 0};
  CHECK(recvmsg(s, &m, 0));
  printf("flags %x name %d\n", m.msg_flags, m.msg_namelen);
  CHECK(recv(s, b, 64, MSG_DONTWAIT));
  CHECK(send(s, b, 1, MSG_OOB));
  CHECK(listen(s, 1));
  CHECK(accept(s, 0, 0));
  CHECK(shutdown(s, SHUT_RD));
  CHECK(sendto(c, calloc(1, 70000), 70000, 0, (void *)&in, sizeof in));
  CHECK(sendto(c, calloc(1, 65507), 65507, 0, (void *)&in, sizeof in));
  CHECK(recv(s, b, 64, MSG_TRUNC));
  /* Connected: only the peer is heard, and refusals are told. */
  CHECK(connect(c, (void *)&in, sizeof in));
  name_of(c, "connected");
  CHECK(getpeername(c, (void *)&from, &length));
  printf("same port %d\n", from.sin_port == in.sin_port);
  CHECK(send(c, "direct", 6, 0));
  length = sizeof from;
  CHECK(recvfrom(s, b, 64, 0, (void *)&from, &length));
  int t = socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(sendto(t, "stranger", 8, 0, (void *)&from, sizeof from));
  CHECK(recv(c, b, 64, MSG_DONTWAIT));
  CHECK(sendto(s, "friend", 6, 0, (void *)&from, sizeof from));
  CHECK(recv(c, b, 64, 0));
  close(s);
  CHECK(send(c, "to nobody", 9, 0));
  show_polled(c, "refused");
  CHECK(send(c, "to nobody", 9, 0));
  CHECK(send(c, "to nobody", 9, 0));
  CHECK(recv(c, b, 64, 0));
  CHECK(recv(c, b, 64, MSG_DONTWAIT));
  CHECK(sendto(t, "unconnected", 11, 0, (void *)&in, sizeof in));
  CHECK(sendto(t, "unconnected", 11, 0, (void *)&in, sizeof in));
  in.sin_family = AF_UNSPEC;
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(getpeername(c, (void *)&from, &length));
  CHECK(send(c, "x", 1, 0));
  name_of(c, "disconnected");
  in.sin_family = AF_INET;
  CHECK(connect(c, (void *)&in, sizeof in));
  CHECK(shutdown(c, SHUT_RD));
  show_polled(c, "read side shut");
  CHECK(recv(c, b, 1, 0));
  CHECK(shutdown(c, SHUT_RDWR));
  show_polled(c, "shut");
  /* Ports */
  s = socket(AF_INET, SOCK_DGRAM, 0);
  int u = socket(AF_INET, SOCK_DGRAM, 0);
  in = loopback(0);
  bind(s, (void *)&in, sizeof in);
  in = name_of(s, "first");
  CHECK(bind(u, (void *)&in, sizeof in));
  setsockopt(u, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  CHECK(bind(u, (void *)&in, sizeof in));
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  CHECK(bind(u, (void *)&in, sizeof in));
  /* The address in the control data */
  CHECK(setsockopt(s, IPPROTO_IP, IP_PKTINFO, &one, sizeof one));
  close(u);
  char control[64];
  m = (struct msghdr){&from, sizeof from, &iov, 1, control, sizeof control, 0};
  CHECK(sendto(t, "info", 4, 0, (void *)&in, sizeof in));
  CHECK(recvmsg(s, &m, 0));
  struct cmsghdr *h = CMSG_FIRSTHDR(&m);
  struct in_pktinfo *info = (void *)CMSG_DATA(h);
  printf("control %d %d, interface %d, to %s\n", h->cmsg_level, h->cmsg_type, info->ipi_ifindex, inet_ntoa(info->ipi_addr));
  /* Groups and everyone */
  struct ip_mreq group = {{htonl(0xe0000005)}, {0}};
  in = loopback(9);
  in.sin_addr.s_addr = INADDR_BROADCAST;
  CHECK(sendto(t, "x", 1, 0, (void *)&in, sizeof in) < 0);
  CHECK(setsockopt(t, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, 4));
  /* The sixth version */
  int six = socket(AF_INET6, SOCK_DGRAM, 0), any = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in6 in6 = {AF_INET6, 0, 0, IN6ADDR_ANY_INIT, 0}, from6;
  if (six >= 0 && bind(any, (void *)&in6, sizeof in6) == 0) {
    length = sizeof in6;
    getsockname(any, (void *)&in6, &length);
    in = loopback(ntohs(in6.sin6_port));
    CHECK(sendto(t, "mapped", 6, 0, (void *)&in, sizeof in));
    length = sizeof from6;
    CHECK(recvfrom(any, b, 64, 0, (void *)&from6, &length));
    char text[64];
    printf("from %s length %d\n", inet_ntop(AF_INET6, &from6.sin6_addr, text, 64), length);
    in6.sin6_addr = in6addr_loopback;
    CHECK(sendto(six, "six", 3, 0, (void *)&in6, sizeof in6));
    length = sizeof from6;
    CHECK(recvfrom(any, b, 64, 0, (void *)&from6, &length));
    printf("from %s length %d\n", inet_ntop(AF_INET6, &from6.sin6_addr, text, 64), length);
    CHECK(sendto(any, "back", 4, 0, (void *)&from6, sizeof from6));
    CHECK(recv(six, b, 64, 0));
  }
  /* The queue has an end: what does not fit is lost. */
  in = name_of(s, "first again");
  int lost = 0;
  for (int i = 0; i < 2000; i++)
    if (sendto(t, calloc(1, 1000), 1000, 0, (void *)&in, sizeof in) != 1000) lost++;
  int received = 0;
  while (recv(s, b, 64, MSG_DONTWAIT) > 0) received++;
  printf("send errors %d, all received %d, some received %d\n", lost, received == 2000, received > 20);
  leave_scratch();
  return 0;
}
