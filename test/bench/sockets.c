/* Round trips and throughput between two processes over each kind of local socket. Prints "NAME NANOSECONDS" per round trip or per KiB. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 16];
static int counts;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

static void tcp_pair(int ends[2]) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof place;
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  bind(listener, (void *)&place, length);
  listen(listener, 1);
  getsockname(listener, (void *)&place, &length);
  ends[0] = socket(AF_INET, SOCK_STREAM, 0);
  connect(ends[0], (void *)&place, length);
  ends[1] = accept(listener, 0, 0);
  for (int i = 0; i < 2; i++) setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  close(listener);
}

static void pair(const char *kind, int ends[2]) {
  if (strcmp(kind, "tcp") == 0) tcp_pair(ends);
  else socketpair(AF_UNIX, strcmp(kind, "stream") == 0 ? SOCK_STREAM : strcmp(kind, "dgram") == 0 ? SOCK_DGRAM : SOCK_SEQPACKET, 0, ends);
}

static void read_whole(int fd, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t got = read(fd, buffer, size - done);
    if (got <= 0) exit(1);
    done += got;
  }
}

static void round_trips(const char *kind, long count) {
  int ends[2];
  pair(kind, ends);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    for (long i = 0; i < count + 100; i++) {
      read_whole(ends[1], 1);
      write(ends[1], buffer, 1);
    }
    _exit(0);
  }
  close(ends[1]);
  double start = 0;
  for (long i = 0; i < count + 100; i++) {
    if (i == 100) start = now();
    write(ends[0], buffer, 1);
    read_whole(ends[0], 1);
  }
  if (counts) printf("%s-round-trip %.0f\n", kind, (now() - start) / count);
  close(ends[0]);
  waitpid(child, 0, 0);
}

static void throughput(const char *kind, size_t piece, long pieces) {
  int ends[2];
  pair(kind, ends);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    for (long total = piece * (pieces + 16); total > 0;) {
      ssize_t got = read(ends[1], buffer, sizeof buffer);
      if (got <= 0) _exit(1);
      total -= got;
    }
    write(ends[1], buffer, 1);
    _exit(0);
  }
  close(ends[1]);
  double start = 0;
  for (long i = 0; i < pieces + 16; i++) {
    if (i == 16) start = now();
    for (size_t done = 0; done < piece;) {
      ssize_t put = write(ends[0], buffer, piece - done);
      if (put <= 0) exit(1);
      done += put;
    }
  }
  read_whole(ends[0], 1);
  if (counts) printf("%s-%zu-per-KiB %.0f\n", kind, piece, (now() - start) / (piece * pieces / 1024.0));
  close(ends[0]);
  waitpid(child, 0, 0);
}

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 10000;
  static const char *const kinds[] = {"stream", "dgram", "seqpacket", "tcp"};
  setvbuf(stdout, 0, _IOLBF, 0);
  /* A first round, which does not count, gets translators and caches going. */
  for (int i = -4; i < 4; i++) {
    counts = i >= 0;
    const char *kind = kinds[i & 3];
    round_trips(kind, count);
    throughput(kind, 1024, count * 4);
    throughput(kind, 65536, count / 4);
  }
  return 0;
}
