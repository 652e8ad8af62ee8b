/* Options of the socket level: what a new socket tells, what it takes, and what it makes of numbers that are too small
 * or too large. */
#include "conform.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

static int fd;

static void told(const char *label, int option) {
  int value[8] = {-99};
  socklen_t length = sizeof value;
  long result = RAW(getsockopt, fd, SOL_SOCKET, option, value, &length);
  if (result != 0) SAY("getsockopt", label, "%s", errno_name(errno));
  else if (length == 0) SAY("getsockopt", label, "nothing");
  else SAY("getsockopt", label, "%d in %d", value[0], length);
}

static void give(const char *label, int option, int value, int length) {
  int given[2] = {value, 0};
  CALL(setsockopt, label, fd, SOL_SOCKET, option, given, length);
}

#define TOLD(option) told(#option, option)
#define GIVE(option, value) give(#option " " #value, option, value, 4)

static void fresh(void) {
  TOLD(SO_TYPE);
  TOLD(SO_DOMAIN);
  TOLD(SO_PROTOCOL);
  TOLD(SO_ERROR);
  TOLD(SO_DEBUG);
  TOLD(SO_REUSEADDR);
  TOLD(SO_REUSEPORT);
  TOLD(SO_KEEPALIVE);
  TOLD(SO_BROADCAST);
  TOLD(SO_DONTROUTE);
  TOLD(SO_OOBINLINE);
  TOLD(SO_LINGER);
  TOLD(SO_RCVLOWAT);
  TOLD(SO_SNDLOWAT);
  TOLD(SO_PRIORITY);
  TOLD(SO_MARK);
  TOLD(SO_ACCEPTCONN);
  TOLD(SO_INCOMING_CPU);
  TOLD(SO_BUSY_POLL);
  TOLD(SO_RXQ_OVFL);
  TOLD(SO_NOFCS);
  TOLD(SO_LOCK_FILTER);
  TOLD(SO_SELECT_ERR_QUEUE);
  TOLD(SO_ZEROCOPY);
  TOLD(SO_MAX_PACING_RATE);
  TOLD(SO_GET_FILTER);
  TOLD(SO_DETACH_FILTER);
  TOLD(SO_BINDTODEVICE);
  told("no such option", 9999);
}

static void numbers(void) {
  GIVE(SO_RCVBUF, 1);
  TOLD(SO_RCVBUF);
  GIVE(SO_SNDBUF, 1);
  TOLD(SO_SNDBUF);
  GIVE(SO_SNDBUF, 10000);
  TOLD(SO_SNDBUF);
  GIVE(SO_RCVLOWAT, 0);
  TOLD(SO_RCVLOWAT);
  GIVE(SO_TYPE, 1);
  GIVE(SO_ERROR, 1);
  GIVE(SO_ACCEPTCONN, 1);
  GIVE(SO_PRIORITY, 6);
  TOLD(SO_PRIORITY);
  GIVE(SO_KEEPALIVE, 5);
  TOLD(SO_KEEPALIVE);
  GIVE(SO_LINGER, 1);
  GIVE(SO_RCVTIMEO, 1);
  give("no such option", 9999, 1, 4);
  give("too short", SO_KEEPALIVE, 1, 3);
  give("negative length", SO_KEEPALIVE, 1, -1);
  CALL(setsockopt, "bad address", fd, SOL_SOCKET, SO_KEEPALIVE, LOW, 4);
  GIVE(SO_TIMESTAMPNS, 1);
  TOLD(SO_TIMESTAMP);
  TOLD(SO_TIMESTAMPNS);
  GIVE(SO_TIMESTAMP, 1);
  TOLD(SO_TIMESTAMP);
  TOLD(SO_TIMESTAMPNS);
  GIVE(SO_TIMESTAMP, 0);
  TOLD(SO_TIMESTAMP);
}

static void times(void) {
  struct timeval time = {0, 1000000};
  CALL(setsockopt, "a million microseconds", fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  time = (struct timeval){-1, 0};
  CALL(setsockopt, "negative seconds", fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  time = (struct timeval){5, 500000};
  CALL(setsockopt, "five and a half", fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  socklen_t length = sizeof time;
  getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, &length);
  SAY("getsockopt", "SO_SNDTIMEO", "%ld.%06ld", time.tv_sec, time.tv_usec);
}

static void lengths(void) {
  int value = 0x11223344;
  socklen_t length = 2;
  CALL(getsockopt, "two bytes", fd, SOL_SOCKET, SO_TYPE, &value, &length);
  SAY("getsockopt", "two bytes", "%x %d", value, length);
  length = -1;
  CALL(getsockopt, "negative length", fd, SOL_SOCKET, SO_TYPE, &value, &length);
  length = 4;
  CALL(getsockopt, "bad address", fd, SOL_SOCKET, SO_TYPE, LOW, &length);
  CALL(getsockopt, "bad address of the length", fd, SOL_SOCKET, SO_TYPE, &value, LOW);
  CALL(getsockopt, "not a socket", open(".", O_RDONLY), SOL_SOCKET, SO_TYPE, &value, &length);
  CALL(getsockopt, "not open", 9999, SOL_SOCKET, SO_TYPE, &value, &length);
}

int main(void) {
  int kinds[][2] = {{AF_UNIX, SOCK_DGRAM}, {AF_UNIX, SOCK_STREAM}, {AF_INET, SOCK_DGRAM}, {AF_INET, SOCK_STREAM}};
  for (int i = 0; i < 4; i++) {
    fd = socket(kinds[i][0], kinds[i][1], 0);
    SAY("socket", "kind", "%s %s", kinds[i][0] == AF_UNIX ? "AF_UNIX" : "AF_INET",
        kinds[i][1] == SOCK_DGRAM ? "SOCK_DGRAM" : "SOCK_STREAM");
    fresh();
    numbers();
    times();
    lengths();
    close(fd);
  }
  return 0;
}
