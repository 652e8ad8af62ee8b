/* Questions about interfaces: netlink by hand, getifaddrs. */
#include "check.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

static char b[65536];

static struct {
  struct nlmsghdr h;
  union {
    struct ifinfomsg link;
    struct ifaddrmsg address;
  };
} q;

static void ask(int s, int type, int flags) {
  q.h.nlmsg_len = sizeof q;
  q.h.nlmsg_type = type;
  q.h.nlmsg_flags = NLM_F_REQUEST | flags;
  q.h.nlmsg_seq = 7;
  CHECK(send(s, &q, sizeof q, 0) == sizeof q);
}

/* The messages about the loopback, and how it ends. */
static void show(int s) {
  for (;;) {
    struct sockaddr_nl from;
    socklen_t length = sizeof from;
    int n = recvfrom(s, b, sizeof b, MSG_DONTWAIT, (void *)&from, &length);
    if (n < 0) {
      printf("nothing more: %s\n", strerrorname_np(errno));
      return;
    }
    for (struct nlmsghdr *h = (void *)b; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type == RTM_NEWLINK) {
        struct ifinfomsg *i = NLMSG_DATA(h);
        if (i->ifi_index != 1) continue;
        printf("link: seq %u multi %d type %d flags %x\n", h->nlmsg_seq, (h->nlmsg_flags & NLM_F_MULTI) != 0, i->ifi_type,
               i->ifi_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING));
        int rest = IFLA_PAYLOAD(h);
        for (struct rtattr *a = IFLA_RTA(i); RTA_OK(a, rest); a = RTA_NEXT(a, rest)) {
          if (a->rta_type == IFLA_IFNAME) printf("name %s\n", (char *)RTA_DATA(a));
          if (a->rta_type == IFLA_MTU) printf("mtu %d\n", *(int *)RTA_DATA(a));
          if (a->rta_type == IFLA_ADDRESS) printf("hardware address of %d bytes\n", (int)RTA_PAYLOAD(a));
        }
      } else if (h->nlmsg_type == RTM_NEWADDR) {
        struct ifaddrmsg *i = NLMSG_DATA(h);
        if (i->ifa_index != 1) continue;
        printf("address: family %d prefix %d scope %d\n", i->ifa_family, i->ifa_prefixlen, i->ifa_scope);
      } else if (h->nlmsg_type == NLMSG_ERROR) {
        struct nlmsgerr *e = NLMSG_DATA(h);
        printf("error %s of %d\n", e->error == 0 ? "none" : strerrorname_np(-e->error), e->msg.nlmsg_type);
      } else if (h->nlmsg_type == NLMSG_DONE) printf("done\n");
    }
  }
}

int main(void) {
  CHECK(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
  int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), t = socket(AF_NETLINK, SOCK_DGRAM, 0);
  struct sockaddr_nl name = {AF_NETLINK, 0, 0, 0}, wrong = {AF_INET, 0, 0, 0};
  socklen_t length = sizeof name;
  CHECK(bind(s, (void *)&name, 4));
  CHECK(bind(s, (void *)&wrong, sizeof wrong));
  CHECK(bind(s, (void *)&name, sizeof name));
  CHECK(bind(t, (void *)&name, sizeof name));
  CHECK(getsockname(s, (void *)&name, &length));
  printf("own %d length %d\n", name.nl_pid == (unsigned)getpid(), length);
  CHECK(bind(t, (void *)&name, sizeof name));
  getsockname(t, (void *)&name, &length);
  printf("another %d\n", name.nl_pid != 0 && name.nl_pid != (unsigned)getpid());
  CHECK(listen(s, 1));
  CHECK(accept(s, 0, 0));
  CHECK(recv(s, b, 10, MSG_DONTWAIT));
  ask(s, RTM_GETLINK, NLM_F_DUMP);
  struct pollfd p = {s, POLLIN, 0};
  CHECK(poll(&p, 1, 1000));
  show(s);
  q.link.ifi_index = 1;
  ask(s, RTM_GETLINK, 0);
  show(s);
  q.link.ifi_index = 999999;
  ask(s, RTM_GETLINK, 0);
  show(s);
  memset(&q, 0, sizeof q);
  q.address.ifa_family = AF_INET;
  ask(s, RTM_GETADDR, NLM_F_DUMP);
  show(s);
  struct ifaddrs *all;
  CHECK(getifaddrs(&all));
  for (struct ifaddrs *i = all; i != 0; i = i->ifa_next) {
    if (strcmp(i->ifa_name, "lo") != 0 || i->ifa_addr == 0 || i->ifa_addr->sa_family == AF_INET6) continue;
    printf("lo: family %d", i->ifa_addr->sa_family);
    if (i->ifa_addr->sa_family == AF_INET) {
      printf(" %s", inet_ntoa(((struct sockaddr_in *)i->ifa_addr)->sin_addr));
      printf(" %s", inet_ntoa(((struct sockaddr_in *)i->ifa_netmask)->sin_addr));
    }
    printf("\n");
  }
  freeifaddrs(all);
  return 0;
}
