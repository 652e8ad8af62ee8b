/* An epoll of many: who is reported, in which turn, and how epolls may watch epolls. */
#include "conform.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

enum { MANY = 200 };

static int watch(int epoll, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int change(int epoll, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) < 0 ? -errno : 0;
}

/* How many are ready, without waiting; the first one's descriptor in *first. */
static int ready(int epoll, int limit, int *first) {
  struct epoll_event events[MANY];
  int count = epoll_wait(epoll, events, limit, 0);
  if (first != NULL) *first = count > 0 ? events[0].data.fd : -1;
  return count;
}

static void post(int fd) {
  uint64_t one = 1;
  write(fd, &one, 8);
}

static void drain(int fd) {
  uint64_t sum;
  read(fd, &sum, 8);
}

static void many(void) {
  int epoll = epoll_create1(0), fds[MANY], first;
  for (int i = 0; i < MANY; i++) {
    fds[i] = eventfd(0, EFD_NONBLOCK);
    watch(epoll, fds[i], i % 2 ? EPOLLIN | EPOLLET : EPOLLIN);
  }
  SAY("epoll_wait", "none of many", "%d", ready(epoll, MANY, NULL));
  for (int i = 10; i < 16; i++) post(fds[i]);
  SAY("epoll_wait", "six of many", "%d", ready(epoll, MANY, NULL));
  SAY("epoll_wait", "level again, edges not", "%d", ready(epoll, MANY, NULL));
  post(fds[11]);
  SAY("epoll_wait", "an edge again", "%d", ready(epoll, MANY, NULL));
  drain(fds[10]);
  SAY("epoll_wait", "one was read", "%d", ready(epoll, MANY, NULL));
  for (int turn = 0; turn < 4; turn++) {
    ready(epoll, 1, &first);
    SAY("epoll_wait", "one at a time: in turn", "%d", first == fds[12 + turn % 2 * 2]);
  }
  for (int i = 0; i < MANY; i++) change(epoll, fds[i], EPOLLIN | EPOLLONESHOT);
  SAY("epoll_wait", "changed to one shot", "%d", ready(epoll, MANY, NULL));
  SAY("epoll_wait", "shot", "%d", ready(epoll, MANY, NULL));
  change(epoll, fds[12], EPOLLIN);
  SAY("epoll_wait", "armed again", "%d", ready(epoll, MANY, NULL));
  change(epoll, fds[12], 0);
  SAY("epoll_wait", "of no interest", "%d", ready(epoll, MANY, NULL));
  change(epoll, fds[20], EPOLLOUT | EPOLLET);
  SAY("epoll_wait", "writable", "%d", ready(epoll, MANY, &first));
  SAY("epoll_wait", "the right one", "%d", first == fds[20]);
  close(fds[20]);
  for (int i = 0; i < MANY; i++) epoll_ctl(epoll, EPOLL_CTL_DEL, fds[i], NULL);
  SAY("epoll_wait", "all removed", "%d", ready(epoll, MANY, NULL));
}

static void signals(void) {
  sigset_t none, usr1;
  sigemptyset(&none);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  int epoll = epoll_create1(0), fd = signalfd(-1, &none, SFD_NONBLOCK);
  watch(epoll, fd, EPOLLIN);
  raise(SIGUSR1);
  SAY("signalfd", "pending, not asked for", "%d", ready(epoll, MANY, NULL));
  signalfd(fd, &usr1, 0);
  SAY("signalfd", "asked for now", "%d", ready(epoll, MANY, NULL));
  struct signalfd_siginfo info;
  read(fd, &info, sizeof info);
  SAY("signalfd", "taken", "%d", ready(epoll, MANY, NULL));
  close(epoll);
  close(fd);
}

static void nests(void) {
  enum { DEEP = 8 };
  int chain[DEEP], event = eventfd(0, 0);
  for (int i = 0; i < DEEP; i++) chain[i] = epoll_create1(0);
  for (int i = 0; i + 1 < DEEP; i++) CASE("epoll_ctl", "from the top", watch(chain[i], chain[i + 1], EPOLLIN));
  CASE("epoll_ctl", "a circle", watch(chain[1], chain[0], EPOLLIN));
  CASE("epoll_ctl", "a file in the deepest", watch(chain[4], event, EPOLLIN));
  post(event);
  SAY("epoll_wait", "through all", "%d", ready(chain[0], MANY, NULL));
  SAY("epoll_wait", "through some", "%d", ready(chain[2], MANY, NULL));
  drain(event);
  SAY("epoll_wait", "empty again", "%d", ready(chain[0], MANY, NULL));
  close(chain[2]);
  post(event);
  SAY("epoll_wait", "the way is cut", "%d", ready(chain[0], MANY, NULL));
  SAY("epoll_wait", "below the cut", "%d", ready(chain[3], MANY, NULL));
}

/* A wake goes every way: from one file through 30 epolls to 30 others. */
static void ways(void) {
  enum { WIDE = 30 };
  int lower[WIDE], refused = 0, event = eventfd(0, 0);
  for (int i = 0; i < WIDE; i++) watch(lower[i] = epoll_create1(0), event, EPOLLIN);
  for (int i = 0; i < WIDE; i++) {
    int upper = epoll_create1(0);
    for (int j = 0; j < WIDE; j++) refused += watch(upper, lower[j], EPOLLIN) == -EINVAL;
  }
  SAY("epoll_ctl", "more than 500 ways", "%d", refused);
}

int main(void) {
  many();
  signals();
  nests();
  ways();
  return 0;
}
