/* Sockets that are shut down, closed with unread data, reset, or never connected. */
#include "conform.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static char bytes[100];

static void polled(int fd, const char *label) {
  struct pollfd one = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  poll(&one, 1, 0);
  SAY("poll", label, "%x", one.revents);
}

/* Until something of `events` is there. */
static void await(int fd, int events) {
  struct pollfd one = {fd, events, 0};
  poll(&one, 1, 10000);
}

static struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){AF_INET, port, {htonl(INADDR_LOOPBACK)}};
}

static int listener(struct sockaddr_in *name) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  socklen_t length = sizeof *name;
  *name = loopback(0);
  bind(fd, (void *)name, length);
  listen(fd, 5);
  getsockname(fd, (void *)name, &length);
  return fd;
}

static void connected(int ends[2]) {
  struct sockaddr_in name;
  int waiting = listener(&name);
  ends[0] = socket(AF_INET, SOCK_STREAM, 0);
  connect(ends[0], (void *)&name, sizeof name);
  ends[1] = accept(waiting, 0, 0);
  close(waiting);
}

static void error_of(int fd, const char *label) {
  int error = -1;
  socklen_t length = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  SAY("getsockopt", label, "%s", error == 0 ? "none" : errno_name(error));
}

static void fresh(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  polled(fd, "new TCP");
  CALL(recvfrom, "new TCP", fd, bytes, 1, 0, 0, 0);
  CALL(sendto, "new TCP", fd, bytes, 1, MSG_NOSIGNAL, 0, 0);
  CALL(accept, "new TCP", fd, 0, 0);
  CALL(shutdown, "new TCP", fd, SHUT_RDWR);
  polled(fd, "shut down before it was connected");
  CALL(recvfrom, "shut down before it was connected", fd, bytes, 1, 0, 0, 0);
  CALL(sendto, "shut down before it was connected", fd, bytes, 1, MSG_NOSIGNAL, 0, 0);
  CALL(shutdown, "no such direction", fd, 3);
}

static void half_closed(void) {
  int ends[2];
  connected(ends);
  CALL(shutdown, "sending", ends[0], SHUT_WR);
  await(ends[1], POLLRDHUP);
  polled(ends[1], "the other has finished");
  polled(ends[0], "having finished");
  CALL(sendto, "against the direction that is finished", ends[1], "xy", 2, 0, 0, 0);
  CALL(recvfrom, "", ends[0], bytes, 10, 0, 0, 0);
  CALL(sendto, "after finishing", ends[0], "x", 1, MSG_NOSIGNAL, 0, 0);
  CALL(shutdown, "sending again", ends[0], SHUT_WR);
  close(ends[1]);
  await(ends[0], POLLHUP);
  polled(ends[0], "both have finished");
  CALL(recvfrom, "both have finished", ends[0], bytes, 10, 0, 0, 0);
  CALL(getpeername, "both have finished", ends[0], bytes, &(socklen_t){16});
}

static void reset(const char *label, int unread, int lingers) {
  int ends[2];
  connected(ends);
  if (unread) {
    send(ends[0], "abc", 3, 0);
    await(ends[1], POLLIN);
  }
  if (lingers) setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
  close(ends[1]);
  await(ends[0], POLLHUP);
  polled(ends[0], label);
  if (unread) error_of(ends[0], label);
  CALL(recvfrom, label, ends[0], bytes, 1, 0, 0, 0);
  CALL(recvfrom, label, ends[0], bytes, 1, 0, 0, 0);
  CALL(sendto, label, ends[0], bytes, 1, MSG_NOSIGNAL, 0, 0);
}

static void refused(void) {
  struct sockaddr_in name;
  close(listener(&name));
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  long result = RAW(connect, fd, &name, sizeof name);
  SAY("connect", "refused, not waiting", "%d", result == -1 && (errno == EINPROGRESS || errno == ECONNREFUSED));
  await(fd, POLLOUT);
  error_of(fd, "refused, not waiting");
  CALL(recvfrom, "refused, not waiting", fd, bytes, 1, 0, 0, 0);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  CALL(connect, "refused", fd, &name, sizeof name);
  error_of(fd, "refused");
  CALL(recvfrom, "refused", fd, bytes, 1, 0, 0, 0);
}

static void datagrams(void) {
  struct sockaddr_in name = loopback(0);
  socklen_t length = sizeof name;
  int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM, 0);
  bind(two, (void *)&name, length);
  getsockname(two, (void *)&name, &length);
  connect(one, (void *)&name, length);
  CALL(recvfrom, "urgent data of datagrams", two, bytes, 1, MSG_OOB | MSG_DONTWAIT, 0, 0);
  CALL(sendto, "urgent data of datagrams", one, bytes, 1, MSG_OOB, 0, 0);
  CALL(shutdown, "sending datagrams", one, SHUT_WR);
  CALL(sendto, "after finishing", one, "x", 1, 0, 0, 0);
  polled(one, "having finished, datagrams");
  CALL(shutdown, "not connected", two, SHUT_RDWR);
  CALL(sendto, "after that", two, "x", 1, 0, &name, length);
  polled(two, "after that");
  CALL(recvfrom, "after that", two, bytes, 1, MSG_DONTWAIT, 0, 0);
}

static void local(void) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
  send(ends[0], "abc", 3, 0);
  close(ends[1]);
  CALL(sendto, "packets, closed with unread ones", ends[0], "x", 1, MSG_NOSIGNAL, 0, 0);
  CALL(sendto, "packets, told", ends[0], "x", 1, MSG_NOSIGNAL, 0, 0);
  CALL(recvfrom, "packets, told", ends[0], bytes, 1, 0, 0, 0);
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  send(ends[0], "abc", 3, 0);
  close(ends[1]);
  CALL(sendto, "a stream, closed with unread bytes", ends[0], "x", 1, MSG_NOSIGNAL, 0, 0);
  CALL(recvfrom, "a stream, closed with unread bytes", ends[0], bytes, 1, 0, 0, 0);
  CALL(recvfrom, "a stream, told", ends[0], bytes, 1, 0, 0, 0);
}

int main(void) {
  fresh();
  half_closed();
  reset("closed with unread bytes", 1, 0);
  reset("lingering for no time", 0, 1);
  refused();
  datagrams();
  local();
  return 0;
}
