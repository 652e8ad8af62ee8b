/* Reading without ICANON: every kind of VMIN and VTIME, with and without waiting, poll, and what signals leave. */
#include "pty.h"
#include <sys/epoll.h>

static void raw(int minimum, int tenths) {
  termios_t now = modes();
  now.c_lflag &= ~(ICANON | ECHO | ISIG);
  now.c_iflag &= ~(ICRNL | IXON);
  now.c_cc[VMIN] = minimum;
  now.c_cc[VTIME] = tenths;
  set_modes(now);
}

static void may_wait(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

static void may_not_wait(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static const char *ready(int fd) {
  struct pollfd look = {fd, POLLIN | POLLOUT | POLLPRI, 0};
  static char text[2][60];
  static int turn;
  char *words = text[turn++ & 1];
  *words = 0;
  poll(&look, 1, 0);
  if (look.revents & POLLIN) strcat(words, "in ");
  if (look.revents & POLLPRI) strcat(words, "pri ");
  if (look.revents & POLLOUT) strcat(words, "out ");
  if (look.revents & POLLERR) strcat(words, "err ");
  if (look.revents & POLLHUP) strcat(words, "hup ");
  return words;
}

/* A time that no answer waits for in vain, in tenths of a second: what should come at once does, however busy the machine is. */
#define LONG 100

/* Milliseconds since an earlier time, as a word: at once, or after the time that VTIME says. */
static const char *since(struct timespec start, int tenths) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long ms = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
  return tenths > 0 && ms >= tenths * 100 - 10 ? "after the time" : "at once";
}

static void one(int minimum, int tenths, const char *before, int wanted) {
  char label[100], bytes[64];
  struct timespec start;
  raw(minimum, tenths);
  type(before);
  snprintf(label, sizeof label, "MIN %d TIME %d, %zu there, %d wanted", minimum, tenths, strlen(before), wanted);
  SAY("poll", label, "%s", ready(slave));
  clock_gettime(CLOCK_MONOTONIC, &start);
  long count = read(slave, bytes, wanted);
  SAY("read", label, "%ld %s %s", count, count < 0 ? errno_name(errno) : escaped((unsigned char *)bytes, count), since(start, tenths));
  ioctl(slave, TCFLSH, TCIFLUSH);
}

static void matrix(void) {
  const char *texts[] = {"", "ab", "abcde"};
  open_pair();
  for (int i = 0; i < 3; i++)
    for (int minimum = 0; minimum <= 4; minimum += 2)
      for (int wanted = 1; wanted <= 4; wanted += 3) one(minimum, 0, texts[i], wanted);
  one(0, LONG, "", 4);
  one(0, LONG, "ab", 4);
  one(3, LONG, "", 4);
  one(3, LONG, "ab", 4);
  one(3, LONG, "abcd", 4);
  may_wait(slave);
  one(0, 0, "", 4);
  one(0, 0, "ab", 4);
  one(0, 1, "", 4);
  one(0, LONG, "ab", 4);
  one(2, 0, "ab", 4);
  one(5, 0, "abc", 3);
  one(5, 0, "abcde", 8);
  one(4, 1, "a", 4);
  one(4, 1, "abc", 4);
  one(4, LONG, "abcd", 4);
  one(255, 1, "abc", 4);
  close_pair();
}

static void interrupt(int signal) {
  (void)signal;
}

static void signals(void) {
  char bytes[16];
  struct sigaction action = {.sa_handler = interrupt};
  struct timespec start;
  open_pair();
  may_wait(slave);
  sigaction(SIGUSR1, &action, 0);
  raw(4, 0);
  type("ab");
  pid_t self = getpid();
  pid_t child = fork();
  if (child == 0) {
    asleep(self);
    kill(self, SIGUSR1);
    _exit(0);
  }
  long count = read(slave, bytes, 8);
  SAY("read", "MIN 4, two there, a signal", "%ld %s", count, count < 0 ? errno_name(errno) : "");
  waitpid(child, 0, 0);
  child = fork();
  if (child == 0) {
    asleep(self);
    kill(self, SIGUSR1);
    _exit(0);
  }
  count = read(slave, bytes, 8);
  SAY("read", "MIN 4, none there, a signal", "%ld %s", count, count < 0 ? errno_name(errno) : "");
  waitpid(child, 0, 0);
  child = fork();
  if (child == 0) {
    type("a");
    sleep_ms(20);
    type("b");
    sleep_ms(20);
    type("cd");
    _exit(0);
  }
  count = read(slave, bytes, 8);
  SAY("read", "MIN 4, letters that come one by one", "%ld %s", count, escaped((unsigned char *)bytes, count));
  waitpid(child, 0, 0);
  raw(0, LONG);
  child = fork();
  if (child == 0) {
    asleep(self);
    type("a");
    _exit(0);
  }
  clock_gettime(CLOCK_MONOTONIC, &start);
  count = read(slave, bytes, 8);
  SAY("read", "MIN 0 TIME 100, a letter after a while", "%ld %s", count, since(start, LONG));
  waitpid(child, 0, 0);
  close_pair();
}

static void events(void) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLET};
  char byte;
  open_pair();
  raw(1, 0);
  int set = epoll_create1(0);
  CASE("epoll_ctl", "a terminal", epoll_ctl(set, EPOLL_CTL_ADD, slave, &event));
  CASE("epoll_wait", "nothing typed", epoll_wait(set, &event, 1, 0));
  type("ab");
  CASE("epoll_wait", "typed", epoll_wait(set, &event, 1, 20000));
  CASE("epoll_wait", "the same edge", epoll_wait(set, &event, 1, 0));
  CASE("read", "one of two", read(slave, &byte, 1));
  CASE("epoll_wait", "no new edge", epoll_wait(set, &event, 1, 0));
  type("c");
  CASE("epoll_wait", "a new edge", epoll_wait(set, &event, 1, 20000));
  SAY("poll", "master with nothing shown", "%s", ready(master));
  CASE("write", "slave", write(slave, "x", 1));
  SAY("poll", "master with something shown", "%s", ready(master));
  raw(5, 0);
  SAY("poll", "two of five", "%s", ready(slave));
  SAY("read", "they are there", "%s", got_raw());
  raw(1, 0);
  termios_t now = modes();
  now.c_lflag |= ICANON;
  set_modes(now);
  type("half");
  SAY("poll", "half a line", "%s", ready(slave));
  type("\n");
  SAY("poll", "a line", "%s", ready(slave));
  close_pair();
}

static void exact_reads(void) {
  char bytes[16];
  open_pair();
  type("ab\x04");
  CASE("read", "a flushed line whole", read(slave, bytes, 2));
  CASE("read", "nothing is left of its end", read(slave, bytes, 2));
  type("abc\x04" "d\n");
  CASE("read", "two of three", read(slave, bytes, 2));
  CASE("read", "the third", read(slave, bytes, 2));
  CASE("read", "the next line", read(slave, bytes, 16));
  type("ab\n");
  CASE("read", "a line without its end", read(slave, bytes, 2));
  CASE("read", "its end", read(slave, bytes, 2));
  type("\x04\x04x\n");
  CASE("read", "an end of file", read(slave, bytes, 2));
  CASE("read", "another", read(slave, bytes, 2));
  CASE("read", "a line behind", read(slave, bytes, 2));
  may_not_wait(master);
  close_pair();
}

int main(void) {
  matrix();
  signals();
  events();
  exact_reads();
}
