/* Sockets: addresses, messages, options. */
#include "cases.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

CASE(unix_sockets) {
  int pair[2], value;
  char buffer[64];
  socklen_t length;
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  send(pair[0], "hello", 5, MSG_NOSIGNAL);
  recv(pair[1], buffer, 64, MSG_PEEK);
  recv(pair[1], buffer, 64, 0);
  recv(pair[1], buffer, 64, MSG_DONTWAIT);
  struct iovec out[2] = {{"abc", 3}, {"de", 2}}, in = {buffer, 64};
  struct msghdr message = {.msg_iov = out, .msg_iovlen = 2};
  sendmsg(pair[0], &message, 0);
  message.msg_iov = &in;
  message.msg_iovlen = 1;
  recvmsg(pair[1], &message, 0);
  recvmsg(pair[1], &message, MSG_DONTWAIT);
  length = sizeof value;
  getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &length);
  shutdown(pair[0], SHUT_WR);
  recv(pair[1], buffer, 10, 0);
}
CASE(unix_names) {
  struct sockaddr_un name = {AF_UNIX, "sock"};
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(server, (void *)&name, sizeof name);
  listen(server, 5);
  int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect(client, (void *)&name, sizeof name);
  socklen_t length = sizeof name;
  int accepted = accept(server, (void *)&name, &length);
  length = sizeof name;
  getsockname(accepted, (void *)&name, &length);
}
CASE(refused_sockets) {
  int one = 1;
  socket(99, 1, 0);
  connect(99, (void *)8, 10);
  shutdown(99, SHUT_RDWR);
  setsockopt(99, SOL_SOCKET, SO_KEEPALIVE, &one, 4);
  sendto(99, "x", 1, MSG_NOSIGNAL | MSG_MORE, NULL, 0);
  struct sockaddr_in6 six = {AF_INET6, htons(80), 0, IN6ADDR_LOOPBACK_INIT, 0};
  bind(99, (void *)&six, sizeof six);
  struct sockaddr_in four = {AF_INET, htons(443), {htonl(0x7f000001)}};
  connect(99, (void *)&four, sizeof four);
  setsockopt(99, IPPROTO_TCP, TCP_NODELAY, &one, 4);
}
