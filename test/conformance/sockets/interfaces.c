/* ioctl requests about network interfaces: what every Linux says of its loopback. */
#include "check.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int s;
static struct ifreq r;

static void name(const char *n) {
  memset(&r, 0, sizeof r);
  strcpy(r.ifr_name, n);
}

static const char *address(void) {
  return inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr);
}

int main(void) {
  s = socket(AF_INET, SOCK_DGRAM, 0);
  name("lo");
  CHECK(ioctl(s, SIOCGIFFLAGS, &r));
  printf("flags %x\n", r.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_BROADCAST));
  CHECK(ioctl(s, SIOCGIFADDR, &r));
  printf("address %d %s\n", r.ifr_addr.sa_family, address());
  CHECK(ioctl(s, SIOCGIFNETMASK, &r));
  printf("mask %d %s\n", r.ifr_addr.sa_family, address());
  CHECK(ioctl(s, SIOCGIFBRDADDR, &r));
  printf("broadcast %s\n", address());
  CHECK(ioctl(s, SIOCGIFMTU, &r));
  printf("mtu %d\n", r.ifr_mtu);
  CHECK(ioctl(s, SIOCGIFINDEX, &r));
  printf("index %d\n", r.ifr_ifindex);
  CHECK(ioctl(s, SIOCGIFHWADDR, &r));
  printf("hardware %d %02x\n", r.ifr_hwaddr.sa_family, r.ifr_hwaddr.sa_data[0]);
  CHECK(ioctl(s, SIOCGIFMETRIC, &r));
  printf("metric %d\n", r.ifr_metric);
  CHECK(ioctl(s, SIOCGIFTXQLEN, &r));
  printf("queue %d\n", r.ifr_qlen);
  name("");
  r.ifr_ifindex = 1;
  CHECK(ioctl(s, SIOCGIFNAME, &r));
  printf("name %s\n", r.ifr_name);
  r.ifr_ifindex = 999999;
  CHECK(ioctl(s, SIOCGIFNAME, &r));
  name("nonesuch0");
  CHECK(ioctl(s, SIOCGIFFLAGS, &r));
  CHECK(ioctl(s, SIOCGIFADDR, &r));
  CHECK(ioctl(s, SIOCGIFADDR, (void *)8));
  struct ifreq all[64];
  struct ifconf c = {sizeof all, {(char *)all}};
  CHECK(ioctl(s, SIOCGIFCONF, &c));
  printf("first %s %s, whole entries %d\n", all[0].ifr_name, inet_ntoa(((struct sockaddr_in *)&all[0].ifr_addr)->sin_addr),
         c.ifc_len % (int)sizeof all[0] == 0);
  c.ifc_len = 10;
  CHECK(ioctl(s, SIOCGIFCONF, &c));
  printf("none %d\n", c.ifc_len);
  c = (struct ifconf){0, {0}};
  CHECK(ioctl(s, SIOCGIFCONF, &c));
  printf("size %d\n", c.ifc_len >= (int)sizeof all[0]);
  int u = socket(AF_UNIX, SOCK_STREAM, 0);
  name("lo");
  CHECK(ioctl(u, SIOCGIFINDEX, &r));
  printf("if_nametoindex %u\n", if_nametoindex("lo"));
  return 0;
}
