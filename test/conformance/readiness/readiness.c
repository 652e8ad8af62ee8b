/* epoll, eventfd, select. */
#include "check.h"
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/wait.h>

int main(void) {
  enter_scratch();
  int f = open("f", O_RDWR | O_CREAT, 0666);
  int p[2], fr;
  pipe(p);
  close(p[0]);
  mkfifo("ff", 0600);
  fr = open("ff", O_RDONLY | O_NONBLOCK);
  int ep = epoll_create1(0), ev = eventfd(3, EFD_NONBLOCK);
  struct epoll_event ee={EPOLLIN, {.u64 = 0x1122334455667788}};
  CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, f, &ee));
  CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, ev, &ee));
  CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, ev, &ee));
  CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &ee));
  CHECK(epoll_ctl(ep, EPOLL_CTL_DEL, fr, &ee));
  CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ee));
  memset(&ee, 0, sizeof ee);
  CHECK(epoll_wait(ep, &ee, 1, 0));
  printf("%x %lx\n", ee.events, (long)ee.data.u64);
  CHECK(epoll_wait(ep, &ee, 0, 0));
  CHECK(epoll_wait(f, &ee, 1, 0));
  unsigned long c;
  CHECK(read(ev, &c, 8));
  CHECK(c);
  CHECK(read(ev, &c, 8));
  CHECK(read(ev, &c, 4));
  CHECK(epoll_wait(ep, &ee, 1, 10));
  ee.events=EPOLLIN|EPOLLET;
  CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, ev, &ee));
  c=1;
  CHECK(write(ev, &c, 8));
  CHECK(epoll_wait(ep, &ee, 1, 0));
  CHECK(epoll_wait(ep, &ee, 1, 0));
  CHECK(write(ev, &c, 8));
  CHECK(epoll_wait(ep, &ee, 1, 0));
  fd_set rs;
  FD_ZERO(&rs);
  FD_SET(ev, &rs);
  struct timeval tv={0, 0};
  CHECK(select(ev+1, &rs, 0, 0, &tv));
  FD_ZERO(&rs);
  FD_SET(50, &rs);
  CHECK(select(51, &rs, 0, 0, &tv));
  fflush(stdout);
  for (int fd = 20; fd < 1024; fd++) close(fd); /* The parent's, of which a test runner has many. */
  /* How many descriptors the table has room for depends on the parent's; a child's copy starts anew at 64. */
  if (fork() == 0) {
    FD_ZERO(&rs);
    FD_SET(99, &rs);
    CHECK(select(100, &rs, 0, 0, &tv));
    CHECK(FD_ISSET(99, &rs) != 0);
    dup2(ev, 120);
    close(120);
    FD_ZERO(&rs);
    FD_SET(99, &rs);
    CHECK(select(100, &rs, 0, 0, &tv));
    FD_SET(130, &rs);
    FD_CLR(99, &rs);
    CHECK(select(131, &rs, 0, 0, &tv));
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  CHECK(select(-1, 0, 0, 0, &tv));
  leave_scratch();
  return 0;
}
