/* Hop limit, traffic class and destination of datagrams as control messages, sent and received. */
#include "conform.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

static int from, to;
static struct sockaddr_storage place;
static socklen_t place_size;
static union { char bytes[256]; struct cmsghdr align; } sent, got;

static void set(int level, int option, int value) {
  setsockopt(to, level, option, &value, sizeof value);
  setsockopt(from, level, option, &value, sizeof value);
}

static void ends(int family) {
  close(from), close(to);
  memset(&place, 0, sizeof place);
  place.ss_family = family;
  if (family == AF_INET) ((struct sockaddr_in *)&place)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else ((struct sockaddr_in6 *)&place)->sin6_addr = in6addr_loopback;
  place_size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
  from = socket(family, SOCK_DGRAM, 0), to = socket(family, SOCK_DGRAM, 0);
  bind(to, (struct sockaddr *)&place, place_size);
  getsockname(to, (struct sockaddr *)&place, &place_size);
}

/* One datagram with one control message (type 0: none); what the receiver hears beside it. */
static void datagram(const char *label, int level, int type, int value, int size) {
  char byte = 'x';
  struct iovec part = {&byte, 1};
  struct msghdr m = {.msg_name = &place, .msg_namelen = place_size, .msg_iov = &part, .msg_iovlen = 1};
  if (type != 0) {
    memset(&sent, 0, sizeof sent);
    m.msg_control = &sent, m.msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = level, c->cmsg_type = type, c->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(c), &value, size < 4 ? size : 4);
  }
  long count;
  CASE("sendmsg", label, count = sendmsg(from, &m, 0));
  if (count < 0) return;
  struct msghdr r = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &got, .msg_controllen = sizeof got};
  CASE("recvmsg", label, recvmsg(to, &r, 0));
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&r); c; c = CMSG_NXTHDR(&r, c)) {
    size_t length = c->cmsg_len - CMSG_LEN(0);
    if (length <= 4) {
      int field = 0;
      memcpy(&field, CMSG_DATA(c), length);
      SAY("recvmsg", label, "level %d type %d length %zu: %d", c->cmsg_level, c->cmsg_type, length, field);
    } else SAY("recvmsg", label, "level %d type %d length %zu", c->cmsg_level, c->cmsg_type, length);
  }
}

/* UDP-Lite: datagrams with ports of their own, and the coverage of their checksums. */
static void lite(void) {
  int values[] = {20, 3, 0, 70000, -1}, value;
  socklen_t size = sizeof value;
  char label[60];
  int l = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE), u = socket(AF_INET, SOCK_DGRAM, 0);
  if (l < 0) return;
  CASE("socket", "UDP-Lite as a stream", socket(AF_INET, SOCK_STREAM, IPPROTO_UDPLITE));
  for (int option = 10; option <= 11; option++)
    for (int i = 0; i < 5; i++) {
      snprintf(label, sizeof label, "UDP-Lite, option %d, %d", option, values[i]);
      CASE("setsockopt", label, setsockopt(l, IPPROTO_UDPLITE, option, &values[i], sizeof(int)));
      getsockopt(l, IPPROTO_UDPLITE, option, &value, &size);
      SAY("getsockopt", label, "%d", value);
    }
  CASE("setsockopt", "UDP-Lite's option on UDP", setsockopt(u, IPPROTO_UDPLITE, 10, values, sizeof(int)));
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t at_size = sizeof at;
  bind(l, (struct sockaddr *)&at, sizeof at);
  getsockname(l, (struct sockaddr *)&at, &at_size);
  CASE("bind", "UDP at UDP-Lite's port", bind(u, (struct sockaddr *)&at, sizeof at));
  int other = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
  CASE("sendto", "UDP-Lite", sendto(other, "lite", 4, 0, (struct sockaddr *)&at, sizeof at));
  char bytes[8];
  CASE("recvfrom", "UDP-Lite", recv(l, bytes, sizeof bytes, 0));
  CASE("recvfrom", "UDP heard nothing", recv(u, bytes, sizeof bytes, MSG_DONTWAIT));
}

int main(void) {
  ends(AF_INET6);
  datagram("IPv6, nothing asked", 0, 0, 0, 0);
  set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  set(IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  datagram("IPv6", 0, 0, 0, 0);
  datagram("IPv6, IPV6_HOPLIMIT 7", IPPROTO_IPV6, IPV6_HOPLIMIT, 7, 4);
  datagram("IPv6, IPV6_HOPLIMIT -1", IPPROTO_IPV6, IPV6_HOPLIMIT, -1, 4);
  datagram("IPv6, IPV6_HOPLIMIT 256", IPPROTO_IPV6, IPV6_HOPLIMIT, 256, 4);
  datagram("IPv6, IPV6_HOPLIMIT of 2 bytes", IPPROTO_IPV6, IPV6_HOPLIMIT, 7, 2);
  datagram("IPv6, IPV6_TCLASS 9", IPPROTO_IPV6, IPV6_TCLASS, 9, 4);
  datagram("IPv6, IPV6_TCLASS -2", IPPROTO_IPV6, IPV6_TCLASS, -2, 4);
  datagram("IPv6, an unknown one", IPPROTO_IPV6, 99, 9, 4);
  datagram("IPv6, one of IPv4", IPPROTO_IP, IP_TTL, 9, 4);
  set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33);
  set(IPPROTO_IPV6, IPV6_TCLASS, 0x20);
  set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  datagram("IPv6, options of the socket", 0, 0, 0, 0);
  ends(AF_INET);
  datagram("IPv4, nothing asked", 0, 0, 0, 0);
  set(IPPROTO_IP, IP_RECVTTL, 1);
  set(IPPROTO_IP, IP_RECVTOS, 1);
  datagram("IPv4, IP_TTL 7", IPPROTO_IP, IP_TTL, 7, 4);
  datagram("IPv4, IP_TTL 0", IPPROTO_IP, IP_TTL, 0, 4);
  datagram("IPv4, IP_TTL 256", IPPROTO_IP, IP_TTL, 256, 4);
  datagram("IPv4, IP_TOS of 1 byte", IPPROTO_IP, IP_TOS, 0x10, 1);
  datagram("IPv4, IP_TOS of 4 bytes", IPPROTO_IP, IP_TOS, 0x10, 4);
  datagram("IPv4, IP_TOS of 2 bytes", IPPROTO_IP, IP_TOS, 0x10, 2);
  datagram("IPv4, an unknown one", IPPROTO_IP, 99, 9, 4);
  set(IPPROTO_IP, IP_TTL, 33);
  set(IPPROTO_IP, IP_PKTINFO, 1);
  datagram("IPv4, options of the socket", 0, 0, 0, 0);
  lite();
  return 0;
}
