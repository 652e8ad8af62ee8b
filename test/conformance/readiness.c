/* epoll, eventfd, select. */
#include "check.h"
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>

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
  FD_SET(99, &rs);
  CHECK(select(100, &rs, 0, 0, &tv));
  CHECK(select(-1, 0, 0, 0, &tv));
  leave_scratch();
  return 0;
}
