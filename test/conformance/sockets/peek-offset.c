/* Looking at a queue from an offset (SO_PEEK_OFF). Source: socket(7). */
#include "conform.h"
#include <netinet/in.h>
#include <sys/socket.h>

static char text[64];

static void look(const char *label, int fd, size_t size, int flags) {
  memset(text, 0, sizeof text);
  long count = recv(fd, text, size, flags | MSG_DONTWAIT);
  int saved = errno, offset = 99;
  socklen_t length = sizeof offset;
  getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &length);
  if (count < 0) SAY("recv", label, "%s, offset %d", errno_name(saved), offset);
  else SAY("recv", label, "%ld \"%s\", offset %d", count, text, offset);
}

static int set(int fd, int value) {
  return setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &value, sizeof value);
}

static void stream(const char *kind, int from, int to) {
  SAY("socket", "kind", "%s", kind);
  if (send(from, "abcdef", 6, 0) != 6) return;
  look("a look without an offset", to, 2, MSG_PEEK);
  look("another sees the same", to, 2, MSG_PEEK);
  CASE("setsockopt", "from 0", set(to, 0));
  look("a look moves it", to, 2, MSG_PEEK);
  look("the next goes on", to, 2, MSG_PEEK);
  if (send(from, "ghi", 3, 0) != 3) return;
  look("over the bounds of what was sent", to, 4, MSG_PEEK);
  look("a read moves it back", to, 3, 0);
  look("what is left", to, 40, MSG_PEEK);
  look("nothing further on", to, 4, MSG_PEEK);
  CASE("setsockopt", "back to 1", set(to, 1));
  look("from there", to, 2, MSG_PEEK);
  look("a read of all", to, 40, 0);
  look("an empty queue", to, 4, MSG_PEEK);
  CASE("setsockopt", "off", set(to, -1));
  CASE("setsockopt", "any negative number is off", set(to, -7));
  look("off it stays", to, 4, MSG_PEEK);
}

static void packets(const char *kind, int from, int to) {
  SAY("socket", "kind", "%s", kind);
  if (send(from, "abcd", 4, 0) != 4 || send(from, "efgh", 4, 0) != 4) return;
  CASE("setsockopt", "from 0", set(to, 0));
  look("part of a packet", to, 2, MSG_PEEK);
  look("the rest of it", to, 40, MSG_PEEK);
  look("with the length of the rest", to, 1, MSG_PEEK | MSG_TRUNC);
  look("the rest of the next", to, 40, MSG_PEEK);
  look("nothing further on", to, 4, MSG_PEEK);
  look("a read moves it back by the packet", to, 2, 0);
  look("into the next", to, 40, MSG_PEEK);
  look("the last", to, 40, 0);
  CASE("setsockopt", "far on", set(to, 100));
  if (send(from, "ij", 2, 0) != 2) return;
  look("behind all there is", to, 40, MSG_PEEK);
  look("a read does not care", to, 40, 0);
}

static void pair(int type, int fds[2]) {
  if (type != 0) {
    socketpair(AF_UNIX, type, 0, fds);
    return;
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
  fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
  bind(fds[1], (struct sockaddr *)&address, sizeof address);
  getsockname(fds[1], (struct sockaddr *)&address, &length);
  connect(fds[0], (struct sockaddr *)&address, sizeof address);
}

int main(void) {
  int fds[2];
  pair(SOCK_STREAM, fds);
  stream("stream", fds[0], fds[1]);
  pair(SOCK_SEQPACKET, fds);
  packets("seqpacket", fds[0], fds[1]);
  pair(SOCK_DGRAM, fds);
  packets("datagram", fds[0], fds[1]);
  pair(0, fds);
  packets("UDP", fds[0], fds[1]);
  int netlink = socket(AF_NETLINK, SOCK_RAW, 0);
  CASE("setsockopt", "netlink has none", set(netlink, 0));
}
