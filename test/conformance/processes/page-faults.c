/* Minor faults: pages touched for the first time, and copied after a fork, as getrusage, wait4 and /proc tell. */
#include "conform.h"
#include <sys/resource.h>

enum { PAGES = 200, PAGE = 4096 };

static long faults(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return usage.ru_minflt;
}

static long from_stat(void) {
  char text[500] = "";
  int fd = open("/proc/self/stat", O_RDONLY);
  if (fd < 0 || read(fd, text, sizeof text - 1) < 0) return -1;
  close(fd);
  long minor = -1;
  sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %ld", &minor);
  return minor;
}

static void touch(char *pages, int count) {
  for (int i = 0; i < count; i++) *(volatile char *)(pages + i * PAGE) = 1;
}

/* As many as there are pages, and not many more. */
static const char *about(long count) {
  return count < PAGES ? "fewer" : count > PAGES + 50 ? "more" : "one a page";
}

int main(void) {
  char *pages = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(pages, PAGES * PAGE, MADV_NOHUGEPAGE);
  long before = faults(RUSAGE_SELF), other = from_stat();
  touch(pages, PAGES);
  SAY("getrusage", "first touch", "%s", about(faults(RUSAGE_SELF) - before));
  SAY("getrusage", "of the thread", "%s", faults(RUSAGE_THREAD) >= PAGES ? "as well" : "not");
  SAY("getrusage", "in stat", "%s", about(from_stat() - other));
  before = faults(RUSAGE_SELF);
  touch(pages, PAGES);
  SAY("getrusage", "again", "%s", faults(RUSAGE_SELF) - before < 50 ? "none" : "some");
  long children = faults(RUSAGE_CHILDREN);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    touch(pages, PAGES);
    _exit(0);
  }
  struct rusage usage;
  wait4(child, 0, 0, &usage);
  SAY("wait4", "copied by the child", "%s", usage.ru_minflt >= PAGES ? "one a page or more" : "fewer");
  SAY("wait4", "of children", "%s", faults(RUSAGE_CHILDREN) - children == usage.ru_minflt ? "the same" : "another");
  before = faults(RUSAGE_SELF);
  munmap(pages, PAGES * PAGE);
  pages = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  SAY("mmap", "populated", "%s", about(faults(RUSAGE_SELF) - before));
  before = faults(RUSAGE_SELF);
  touch(pages, PAGES);
  SAY("mmap", "then touched", "%s", faults(RUSAGE_SELF) - before < 50 ? "none" : "some");
}
