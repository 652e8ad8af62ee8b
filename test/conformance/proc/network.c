/* /proc/net: sockets of the program's own, found by their inode numbers. */
#include "../conform.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static unsigned long inode_of(int fd) {
  struct stat status;
  fstat(fd, &status);
  return status.st_ino;
}

/* "LOCAL REMOTE state, queues": ports as words, so that the line does not depend on them. */
static void show_inet(const char *file, const char *label, int fd, unsigned mine, unsigned other) {
  char path[60], line[300];
  snprintf(path, sizeof path, "/proc/self/net/%s", file);
  FILE *table = fopen(path, "r");
  int found = 0;
  while (table != 0 && fgets(line, sizeof line, table)) {
    char local[40], remote[40];
    unsigned local_port, remote_port, state, uid;
    unsigned long send, receive, inode;
    if (sscanf(line, " %*d: %39[^:]:%x %39[^:]:%x %x %lx:%lx %*x:%*x %*x %u %*u %lu", local, &local_port, remote, &remote_port, &state, &send, &receive, &uid, &inode) != 9) continue;
    if (inode != inode_of(fd)) continue;
    found++;
    SAY(file, label, "%s %s, %s %s, state %x, queues %lu %lu, uid %u", local, local_port == mine ? "its port" : "another port", remote, remote_port == 0 ? "none" : remote_port == other ? "its peer's" : "another", state, send, receive, uid);
  }
  if (table != 0) fclose(table);
  if (found != 1) SAY(file, label, "%d rows", found);
}

static unsigned port_of(int fd) {
  struct sockaddr_in6 address;
  socklen_t length = sizeof address;
  getsockname(fd, (struct sockaddr *)&address, &length);
  return ntohs(address.sin6_port);
}

static void tcp(void) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  show_inet("tcp", "new", listener, 0, 0);
  bind(listener, (struct sockaddr *)&here, sizeof here);
  show_inet("tcp", "bound", listener, 0, 0);
  listen(listener, 5);
  unsigned port = port_of(listener);
  show_inet("tcp", "listening", listener, port, 0);
  here.sin_port = htons(port);
  connect(client, (struct sockaddr *)&here, sizeof here);
  show_inet("tcp", "listening, one waits", listener, port, 0);
  show_inet("tcp", "connected", client, port_of(client), port);
  int server = accept(listener, 0, 0);
  if (write(client, "hello", 5) != 5) return;
  sleep_ms(20);
  show_inet("tcp", "accepted, five bytes wait", server, port, port_of(client));
  close(server), close(client), close(listener);
}

static void udp(void) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
  show_inet("udp", "new", one, 0, 0);
  bind(one, (struct sockaddr *)&here, sizeof here);
  show_inet("udp", "bound", one, port_of(one), 0);
  here.sin_port = htons(port_of(one));
  connect(other, (struct sockaddr *)&here, sizeof here);
  show_inet("udp", "connected", other, port_of(other), port_of(one));
  close(one), close(other);
}

static void show_unix(const char *label, int fd) {
  char line[300];
  FILE *table = fopen("/proc/self/net/unix", "r");
  while (table != 0 && fgets(line, sizeof line, table)) {
    unsigned references, protocol, flags, type, state;
    unsigned long inode;
    int end = 0;
    if (sscanf(line, "%*x: %x %x %x %x %x %lu%n", &references, &protocol, &flags, &type, &state, &inode, &end) != 6) continue;
    if (inode != inode_of(fd)) continue;
    char *name = strstr(line + end, "k42");
    SAY("unix", label, "references %u, flags %x, type %u, state %u, name %.8s", references, flags, type, state, name == 0 ? "none" : name - 1);
  }
  if (table != 0) fclose(table);
}

static void local(void) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  int pair[2], listener = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
  int length = snprintf(name.sun_path + 1, 80, "k42test-%d", getpid()) + 3;
  show_unix("new", listener);
  bind(listener, (struct sockaddr *)&name, length);
  show_unix("bound", listener);
  listen(listener, 3);
  show_unix("listening", listener);
  show_unix("datagrams", datagrams);
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
  show_unix("a pair", pair[0]);
  close(listener), close(datagrams), close(pair[0]), close(pair[1]);
}

static void interfaces(void) {
  char line[300];
  int loopback = 0;
  FILE *table = fopen("/proc/self/net/dev", "r");
  while (table != 0 && fgets(line, sizeof line, table)) loopback += strstr(line, " lo:") != 0;
  if (table != 0) fclose(table);
  SAY("dev", "loopback", "%d", loopback);
}

int main(void) {
  tcp();
  udp();
  local();
  interfaces();
  return 0;
}
