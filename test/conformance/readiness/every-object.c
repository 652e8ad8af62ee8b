/* What poll says of every kind of object, which objects pass over a seek, and rules of epoll_ctl. */
#include "conform.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static char bytes[8192];

static int polled(int fd) {
  struct pollfd one = {fd, 0xffff, 0};
  poll(&one, 1, 0);
  return one.revents;
}

#define POLLED(label, fd) SAY("poll", label, "%x", polled(fd))

static void pipes(void) {
  int ends[2];
  pipe(ends);
  POLLED("reading end", ends[0]);
  POLLED("writing end", ends[1]);
  write(ends[1], "x", 1);
  POLLED("with a byte", ends[0]);
  close(ends[1]);
  POLLED("with a byte and no writer", ends[0]);
  read(ends[0], bytes, 1);
  POLLED("no writer", ends[0]);
  pipe(ends);
  close(ends[0]);
  POLLED("no reader", ends[1]);
  pipe(ends);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  while (write(ends[1], bytes, 4096) > 0) continue;
  POLLED("full, writing end", ends[1]);
  read(ends[0], bytes, 100);
  POLLED("a hundred bytes free", ends[1]);
  read(ends[0], bytes, 3996);
  POLLED("a page free", ends[1]);
  mkfifo("both", 0600);
  POLLED("FIFO, read and written", open("both", O_RDWR));
  mkfifo("fifo", 0600);
  int reader = open("fifo", O_RDONLY | O_NONBLOCK);
  POLLED("FIFO that had no writer yet", reader);
  close(open("fifo", O_WRONLY));
  POLLED("FIFO whose writer has gone", reader);
}

static void files(void) {
  POLLED("file", open("f", O_RDWR | O_CREAT, 0644));
  POLLED("directory", open(".", O_RDONLY));
  POLLED("O_PATH", open(".", O_PATH));
  POLLED("not open", 9999);
  POLLED("negative", -1);
  POLLED("memfd", memfd_create("m", 0));
  POLLED("/dev/null", open("/dev/null", O_RDWR));
  POLLED("/dev/zero", open("/dev/zero", O_RDWR));
  POLLED("/dev/full", open("/dev/full", O_RDWR));
  POLLED("a file of /proc", open("/proc/self/stat", O_RDONLY));
}

static void objects(void) {
  uint64_t count = 1;
  int event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0), watcher = inotify_init();
  POLLED("eventfd of 0", event);
  write(event, &count, 8);
  POLLED("eventfd of 1", event);
  count = 0xfffffffffffffffdUL;
  write(event, &count, 8);
  POLLED("eventfd, full", event);
  POLLED("timerfd", timer);
  struct itimerspec soon = {{0, 0}, {0, 1}};
  timerfd_settime(timer, 0, &soon, 0);
  struct pollfd waiting = {timer, POLLIN, 0};
  poll(&waiting, 1, 10000);
  POLLED("timerfd, expired", timer);
  sigset_t user;
  sigemptyset(&user);
  sigaddset(&user, SIGUSR1);
  sigprocmask(SIG_BLOCK, &user, 0);
  int signals = signalfd(-1, &user, 0);
  POLLED("signalfd", signals);
  kill(getpid(), SIGUSR1);
  POLLED("signalfd with a signal", signals);
  POLLED("inotify", watcher);
  inotify_add_watch(watcher, ".", IN_CREATE);
  close(open("new", O_CREAT | O_WRONLY, 0644));
  POLLED("inotify with an event", watcher);
  int epoll = epoll_create1(0), pidfd = syscall(SYS_pidfd_open, getpid(), 0);
  POLLED("epoll", epoll);
  epoll_ctl(epoll, EPOLL_CTL_ADD, watcher, &(struct epoll_event){EPOLLIN});
  POLLED("epoll with an event", epoll);
  POLLED("pidfd of one who runs", pidfd);
  CALL(lseek, "eventfd", event, 5L, SEEK_SET);
  CALL(lseek, "timerfd", timer, 5L, SEEK_CUR);
  CALL(lseek, "signalfd", signals, 5L, SEEK_SET);
  CALL(lseek, "inotify", watcher, 0L, SEEK_END);
  CALL(lseek, "epoll", epoll, 0L, SEEK_SET);
  CALL(pread64, "eventfd", event, bytes, 8L, 0L);
  CALL(pread64, "timerfd", timer, bytes, 8L, 0L);
}

static void sockets(void) {
  POLLED("AF_UNIX stream", socket(AF_UNIX, SOCK_STREAM, 0));
  POLLED("AF_UNIX datagrams", socket(AF_UNIX, SOCK_DGRAM, 0));
  POLLED("AF_UNIX packets", socket(AF_UNIX, SOCK_SEQPACKET, 0));
  POLLED("UDP", socket(AF_INET, SOCK_DGRAM, 0));
  POLLED("TCP", socket(AF_INET, SOCK_STREAM, 0));
  POLLED("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
}

static void terminals(void) {
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlocked = 0, number;
  ioctl(master, TIOCSPTLCK, &unlocked);
  ioctl(master, TIOCGPTN, &number);
  POLLED("a master whose terminal was never open", master);
  sprintf(bytes, "/dev/pts/%d", number);
  int slave = open(bytes, O_RDWR | O_NOCTTY);
  POLLED("its terminal", slave);
  write(master, "abc", 3);
  POLLED("part of a line", slave);
  write(master, "\n", 1);
  POLLED("a line", slave);
  POLLED("its echo", master);
}

static void exclusive(void) {
  int epoll = epoll_create1(0), event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0),
      inner = epoll_create1(0);
  struct epoll_event plain = {EPOLLIN}, alone = {EPOLLIN | EPOLLEXCLUSIVE};
  CALL(epoll_ctl, "add", epoll, EPOLL_CTL_ADD, event, &plain);
  CALL(epoll_ctl, "change to exclusive", epoll, EPOLL_CTL_MOD, event, &alone);
  CALL(epoll_ctl, "add exclusively", epoll, EPOLL_CTL_ADD, timer, &alone);
  CALL(epoll_ctl, "change what is exclusive", epoll, EPOLL_CTL_MOD, timer, &plain);
  CALL(epoll_ctl, "remove what is exclusive", epoll, EPOLL_CTL_DEL, timer, &alone);
  CALL(epoll_ctl, "an epoll exclusively", epoll, EPOLL_CTL_ADD, inner, &alone);
  alone.events |= EPOLLONESHOT;
  CALL(epoll_ctl, "exclusively and once", epoll, EPOLL_CTL_ADD, timer, &alone);
  alone.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLET | EPOLLWAKEUP;
  CALL(epoll_ctl, "exclusively, edge-triggered", epoll, EPOLL_CTL_ADD, timer, &alone);
  CALL(epoll_ctl, "an epoll", epoll, EPOLL_CTL_ADD, inner, &plain);
  CALL(epoll_ctl, "round", inner, EPOLL_CTL_ADD, epoll, &plain);
  int below = epoll_create1(0);
  for (int depth = 1; depth < 7; depth++) {
    int next = epoll_create1(0);
    CALL(epoll_ctl, "one below the other, and so on", next, EPOLL_CTL_ADD, below, &plain);
    below = next;
  }
}

int main(void) {
  pipes();
  files();
  objects();
  sockets();
  terminals();
  exclusive();
  return 0;
}
