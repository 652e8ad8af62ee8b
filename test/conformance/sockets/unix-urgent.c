/* Urgent data on Unix streams (MSG_OOB), with its mark. Source: unix(7), recv(2), sockatmark(3). */
#include "conform.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int fds[2];
static volatile int urgent_signals;

static void count_signal(int number) {
  urgent_signals++;
}

static void fresh(const char *what) {
  close(fds[0]);
  close(fds[1]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
  SAY("send", "case", "%s", what);
}

static void put(const char *bytes, int flags) {
  if (send(fds[0], bytes, strlen(bytes), flags) < 0) SAY("send", "failed", "%s", errno_name(errno));
}

static void get(const char *label, size_t size, int flags) {
  char text[64] = "";
  long count = recv(fds[1], text, size, flags | MSG_DONTWAIT);
  int saved = errno, mark = -1;
  ioctl(fds[1], 0x8905, &mark);
  struct pollfd poll_fd = {fds[1], POLLPRI | POLLIN, 0};
  poll(&poll_fd, 1, 0);
  const char *in = poll_fd.revents & POLLIN ? " in" : "", *pri = poll_fd.revents & POLLPRI ? " pri" : "";
  if (count < 0) SAY("recv", label, "%s; mark %d%s%s", errno_name(saved), mark, in, pri);
  else SAY("recv", label, "%ld \"%s\"; mark %d%s%s", count, text, mark, in, pri);
}

static void inline_on(void) {
  int one = 1;
  setsockopt(fds[1], SOL_SOCKET, SO_OOBINLINE, &one, sizeof one);
}

int main(void) {
  fresh("nothing");
  get("the urgent byte", 9, MSG_OOB);
  CASE("send", "no bytes", send(fds[0], "", 0, MSG_OOB));

  fresh("hello");
  put("hello", MSG_OOB);
  int waiting = 0;
  CASE("ioctl", "FIONREAD counts the urgent byte", ioctl(fds[1], FIONREAD, &waiting));
  SAY("ioctl", "bytes", "%d", waiting);
  get("up to the mark", 9, 0);
  get("the urgent byte", 9, MSG_OOB);
  get("once only", 9, MSG_OOB);
  get("then nothing", 9, 0);

  fresh("hello, the urgent byte first");
  put("hello", MSG_OOB);
  get("a look at it", 9, MSG_OOB | MSG_PEEK);
  get("the urgent byte", 9, MSG_OOB);
  get("the rest", 9, 0);
  get("then nothing", 9, 0);

  fresh("passed over");
  put("ab", MSG_OOB);
  put("cd", 0);
  get("before it", 9, 0);
  get("behind it", 9, 0);
  get("it is gone", 9, MSG_OOB);

  fresh("taken from between");
  put("ab", MSG_OOB);
  put("cd", 0);
  get("the urgent byte", 9, MSG_OOB);
  get("stops where it was", 9, 0);
  get("behind it", 9, 0);

  fresh("looks");
  put("ab", MSG_OOB);
  put("cd", 0);
  get("up to the mark", 9, MSG_PEEK);
  get("a read of it", 1, 0);
  get("a look over the mark", 9, MSG_PEEK);
  get("a read over the mark", 9, 0);

  fresh("two");
  put("ab", MSG_OOB);
  put("cd", MSG_OOB);
  get("the first is a byte like others", 9, 0);
  get("the second is urgent", 9, MSG_OOB);
  get("then nothing", 9, 0);

  fresh("two, each taken at once");
  put("ab", MSG_OOB);
  get("the first", 9, MSG_OOB);
  put("cd", MSG_OOB);
  get("the second", 9, MSG_OOB);
  get("up to the first", 9, 0);
  get("up to the second", 9, 0);
  get("then nothing", 9, 0);

  fresh("two alone, each taken at once");
  put("a", MSG_OOB);
  get("the first", 9, MSG_OOB);
  put("b", MSG_OOB);
  get("the second", 9, MSG_OOB);
  put("c", 0);
  get("behind them", 9, 0);

  fresh("in line");
  inline_on();
  put("ab", MSG_OOB);
  put("cd", 0);
  get("not with MSG_OOB", 9, MSG_OOB);
  get("up to the mark", 9, 0);
  get("from the mark on", 1, 0);
  get("behind it", 9, 0);

  fresh("in line, looks");
  inline_on();
  put("ab", MSG_OOB);
  put("cd", 0);
  get("up to the mark", 9, MSG_PEEK);
  get("a read of it", 1, 0);
  get("a look from the mark", 9, MSG_PEEK);
  get("a read from the mark", 9, 0);

  fresh("to the end");
  put("ab", MSG_OOB);
  shutdown(fds[0], SHUT_WR);
  get("before it", 9, 0);
  get("the urgent byte", 9, MSG_OOB);
  get("the end", 9, 0);

  fresh("all of it is waited for");
  put("ab", MSG_OOB);
  put("cd", 0);
  get("the mark ends the wait", 4, MSG_WAITALL);

  fresh("a signal");
  signal(SIGURG, count_signal);
  fcntl(fds[1], F_SETOWN, getpid());
  put("a", MSG_OOB);
  put("b", 0);
  put("c", MSG_OOB);
  SAY("fcntl", "SIGURG for the owner, for urgent bytes only", "%d", urgent_signals);

  int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
  for (int i = 0; i < 2; i++) {
    int pair[2], mark = -1;
    socketpair(AF_UNIX, types[i], 0, pair);
    CASE("send", i ? "seqpacket" : "datagram", send(pair[0], "a", 1, MSG_OOB));
    CASE("recv", i ? "seqpacket" : "datagram", recv(pair[1], &mark, 1, MSG_OOB | MSG_DONTWAIT));
    CASE("ioctl", i ? "SIOCATMARK of a seqpacket" : "SIOCATMARK of a datagram", ioctl(pair[1], 0x8905, &mark));
    SAY("ioctl", "mark", "%d", mark);
  }
  int alone = socket(AF_UNIX, SOCK_STREAM, 0);
  CASE("send", "not connected", send(alone, "a", 1, MSG_OOB));
  CASE("recv", "not connected", recv(alone, fds, 1, MSG_OOB));
  close(fds[1]);
  signal(SIGPIPE, SIG_IGN);
  CASE("send", "to one who closed", send(fds[0], "a", 1, MSG_OOB));
}
