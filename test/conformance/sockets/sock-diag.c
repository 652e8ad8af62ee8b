/* Sockets as sock_diag tells of them: of the internet protocols, of Unix, of netlink; only those made here are shown. */
#include "check.h"
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static char answers[65536];
static struct {
  struct nlmsghdr h;
  char body[256];
} q;
static int asker;
static struct {
  const char *name;
  unsigned inode;
} mine[16];
static int count, server_port;

static int made(const char *name, int fd) {
  struct stat st;
  fstat(fd, &st);
  mine[count].name = name;
  mine[count++].inode = st.st_ino;
  return fd;
}

static const char *name_of(unsigned inode) {
  for (int i = 0; i < count; i++)
    if (mine[i].inode == inode) return mine[i].name;
  return 0;
}

static void ask(const void *request, int length, int flags) {
  q.h.nlmsg_len = NLMSG_HDRLEN + length;
  q.h.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  q.h.nlmsg_flags = NLM_F_REQUEST | flags;
  q.h.nlmsg_seq = 9;
  memcpy(q.body, request, length);
  if (send(asker, &q, q.h.nlmsg_len, 0) < 0) perror("send");
}

static void show_inet(struct inet_diag_msg *m, int rest) {
  printf("%s: family %d state %d from %s port to %s, queues %u %u, own uid %d", name_of(m->idiag_inode), m->idiag_family,
         m->idiag_state, m->idiag_state == 7 ? "its" : ntohs(m->id.idiag_sport) == server_port ? "the server's" : "another",
         m->id.idiag_dport == 0 ? "none" : ntohs(m->id.idiag_dport) == server_port ? "it" : "another", m->idiag_rqueue, m->idiag_wqueue, m->idiag_uid == getuid());
  for (struct nlattr *a = (void *)(m + 1); rest >= (int)sizeof *a && rest >= a->nla_len;
       rest -= NLA_ALIGN(a->nla_len), a = (void *)((char *)a + NLA_ALIGN(a->nla_len))) {
    unsigned char *value = (void *)(a + 1);
    if (a->nla_type == INET_DIAG_SHUTDOWN) printf(" shutdown %d", *value);
    if (a->nla_type == INET_DIAG_SKV6ONLY) printf(" v6only %d", *value);
    if (a->nla_type == INET_DIAG_TOS) printf(" tos %d", *value);
    if (a->nla_type == INET_DIAG_INFO) printf(" info of state %d", *value);
    if (a->nla_type == INET_DIAG_CONG) printf(" congestion control %d", strlen((char *)value) + 1 == a->nla_len - sizeof *a);
    if (a->nla_type == INET_DIAG_SKMEMINFO) printf(" %d memory facts", (int)((a->nla_len - sizeof *a) / 4));
  }
  printf("\n");
}

static void show_unix(struct unix_diag_msg *m, int rest) {
  printf("%s: type %d state %d", name_of(m->udiag_ino), m->udiag_type, m->udiag_state);
  for (struct nlattr *a = (void *)(m + 1); rest >= (int)sizeof *a && rest >= a->nla_len;
       rest -= NLA_ALIGN(a->nla_len), a = (void *)((char *)a + NLA_ALIGN(a->nla_len))) {
    unsigned *value = (void *)(a + 1);
    int length = a->nla_len - sizeof *a;
    if (a->nla_type == UNIX_DIAG_NAME) printf(" name of %d bytes, first %d", length, *(char *)value);
    if (a->nla_type == UNIX_DIAG_VFS) {
      struct stat st;
      stat("named", &st);
      printf(" file %d", value[0] == st.st_ino);
    }
    if (a->nla_type == UNIX_DIAG_PEER) printf(" peer %s", *value == 0 ? "to be accepted" : name_of(*value));
    if (a->nla_type == UNIX_DIAG_ICONS) printf(" %d waiting: %s", length / 4, name_of(*value));
    if (a->nla_type == UNIX_DIAG_RQLEN) printf(" queues %u %d", value[0], value[1] == 0 ? 0 : m->udiag_state == 10 ? (int)value[1] : -1);
    if (a->nla_type == UNIX_DIAG_SHUTDOWN) printf(" shutdown %d", *(char *)value);
    if (a->nla_type == UNIX_DIAG_UID) printf(" own uid %d", *value == getuid());
  }
  printf("\n");
}

static int by_line(const void *a, const void *b) { return strcmp(a, b); }

/* Everything of an answer, in the order of the names. */
static void show(void) {
  static char lines[16][300];
  int found = 0;
  for (int end = 0; !end;) {
    int n = recv(asker, answers, sizeof answers, 0);
    if (n < 0) {
      perror("recv");
      return;
    }
    for (struct nlmsghdr *h = (void *)answers; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
        int error = *(int *)NLMSG_DATA(h);
        end = 1;
        qsort(lines, found, sizeof *lines, by_line);
        for (int i = 0; i < found; i++) printf("%s", lines[i]);
        printf("%s, %s\n", h->nlmsg_type == NLMSG_DONE ? "done" : "refused", error == 0 ? "no error" : strerrorname_np(-error));
        continue;
      }
      struct inet_diag_msg *i = NLMSG_DATA(h);
      struct unix_diag_msg *u = NLMSG_DATA(h);
      int is_unix = i->idiag_family == AF_UNIX;
      if (name_of(is_unix ? u->udiag_ino : i->idiag_inode) == 0 || found == 16) continue;
      FILE *out = stdout;
      stdout = fmemopen(lines[found++], sizeof *lines, "w");
      if (is_unix) show_unix(u, NLMSG_PAYLOAD(h, sizeof *u));
      else show_inet(i, NLMSG_PAYLOAD(h, sizeof *i));
      fclose(stdout);
      stdout = out;
      if (!(h->nlmsg_flags & NLM_F_MULTI)) {
        printf("one: %s", lines[0]);
        end = 1;
      }
    }
  }
}

static void inet(void) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof six;
  int listener = made("listener", socket(AF_INET6, SOCK_STREAM, 0)), client = made("client", socket(AF_INET6, SOCK_STREAM, 0));
  bind(listener, (void *)&six, sizeof six);
  listen(listener, 7);
  getsockname(listener, (void *)&six, &length);
  server_port = ntohs(six.sin6_port);
  connect(client, (void *)&six, sizeof six);
  int accepted = made("accepted", accept(listener, 0, 0));
  write(client, "hello", 5);
  int datagrams = made("datagrams", socket(AF_INET, SOCK_DGRAM, 0));
  bind(datagrams, (void *)&four, sizeof four);
  struct {
    struct inet_diag_req_v2 r;
    struct nlattr a;
    struct inet_diag_bc_op program[2];
  } r = {{AF_INET6, IPPROTO_TCP, 0xff, 0, -1, {}}, {sizeof r - sizeof r.r, INET_DIAG_REQ_BYTECODE}, {{INET_DIAG_BC_S_EQ, 8, 12}, {0, 0, server_port}}};
  printf("of the server's port\n");
  ask(&r, sizeof r, NLM_F_DUMP);
  show();
  printf("to it, without what else there may be to say\n");
  r.program[0].code = INET_DIAG_BC_D_EQ;
  r.r.idiag_ext = 0;
  ask(&r, sizeof r, NLM_F_DUMP);
  show();
  printf("datagrams\n");
  r.r.sdiag_family = AF_INET;
  r.r.sdiag_protocol = IPPROTO_UDP;
  ask(&r.r, sizeof r.r, NLM_F_DUMP);
  show();
  printf("what can't be answered\n");
  r.r.sdiag_family = AF_INET6;
  r.r.sdiag_protocol = IPPROTO_TCP;
  r.program[0].no = 5;
  ask(&r, sizeof r, NLM_F_DUMP);
  show();
  r.program[0].no = 12;
  r.program[0].code = 99;
  ask(&r, sizeof r, NLM_F_DUMP);
  show();
  r.r.sdiag_protocol = 99;
  ask(&r.r, sizeof r.r, NLM_F_DUMP);
  show();
  r.r.sdiag_protocol = IPPROTO_TCP;
  ask(&r.r, sizeof r.r, 0);
  show();
  ask(&r.r, 20, NLM_F_DUMP);
  show();
  r.r.sdiag_family = AF_MAX + 1;
  ask(&r.r, sizeof r.r, NLM_F_DUMP);
  show();
  CHECK(close(accepted));
}

static void unix_sockets(void) {
  struct sockaddr_un named = {AF_UNIX, "named"}, abstract = {AF_UNIX, "\0k42-sock-diag"};
  int pair[2], unused = made("unused", socket(AF_UNIX, SOCK_SEQPACKET, 0));
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  made("left", pair[0]), made("right", pair[1]);
  write(pair[0], "abc", 3);
  shutdown(pair[1], SHUT_WR);
  int listener = made("stream server", socket(AF_UNIX, SOCK_STREAM, 0)), waiting = made("waiting", socket(AF_UNIX, SOCK_STREAM, 0));
  bind(listener, (void *)&named, sizeof named);
  listen(listener, 4);
  connect(waiting, (void *)&named, sizeof named);
  int server = made("datagram server", socket(AF_UNIX, SOCK_DGRAM, 0)), client = made("datagram client", socket(AF_UNIX, SOCK_DGRAM, 0));
  bind(server, (void *)&abstract, 2 + 14);
  connect(client, (void *)&abstract, 2 + 14);
  struct unix_diag_req r = {AF_UNIX, 0, 0, -1, 0, UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID};
  ask(&r, sizeof r, NLM_F_DUMP);
  show();
  printf("those that listen\n");
  r.udiag_states = 1 << 10;
  r.udiag_show = 0;
  ask(&r, sizeof r, NLM_F_DUMP);
  show();
  for (int i = 0; i < count; i++)
    if (strcmp(mine[i].name, "unused") == 0) r.udiag_ino = mine[i].inode;
  r.udiag_cookie[0] = r.udiag_cookie[1] = INET_DIAG_NOCOOKIE;
  ask(&r, sizeof r, 0);
  show();
  r.udiag_ino = 0;
  ask(&r, sizeof r, 0);
  show();
  close(unused);
}

static void overrun(void) {
  int small = 0;
  setsockopt(asker, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  struct unix_diag_req r = {AF_UNIX, 0, 0, -1, 0, 0};
  for (int i = 0; i < 200; i++) ask(&r, sizeof r, 0);
  int n = 0, told = 0;
  while ((n = recv(asker, answers, sizeof answers, MSG_DONTWAIT)) >= 0 || errno == ENOBUFS) told |= n < 0;
  printf("too many answers that nobody reads: told %d, then %s\n", told, strerrorname_np(errno));
}

int main(void) {
  enter_scratch();
  asker = made("asker", socket(AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG));
  struct timeval patience = {20, 0};
  setsockopt(asker, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  inet();
  unix_sockets();
  overrun();
  leave_scratch();
  return 0;
}
