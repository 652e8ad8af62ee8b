/* What /proc/PID/fdinfo tells of descriptors without a file. Source: proc_pid_fdinfo(5). */
#include "conform.h"
#include <sys/epoll.h>
#include <sys/timerfd.h>

/* Lines from the first that begins with `from`, without the numbers of the host. */
static void show(const char *label, int fd, const char *from) {
  char path[64], line[200];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *info = fopen(path, "r");
  int begun = 0;
  while (info != 0 && fgets(line, sizeof line, info) != 0) {
    begun = begun || strncmp(line, from, strlen(from)) == 0;
    line[strcspn(line, "\n")] = 0;
    char *inode = strstr(line, " ino:");
    if (inode != 0) *inode = 0;
    if (begun) SAY("read", label, "%s", line);
  }
  if (info != 0) fclose(info);
}

int main(void) {
  int pipes[2];
  if (pipe(pipes) != 0 || dup2(pipes[0], 40) != 40) return 1;
  int epoll = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 0x123456789abcdefUL}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, 40, &event);
  show("epoll", epoll, "tfd:");
  int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  show("timer", timer, "clockid:");
  struct itimerspec setting = {.it_interval = {3, 4}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, 0);
  show("timer with an interval only", timer, "clockid:");
  pid_t child = fork();
  if (child == 0) _exit(0);
  int pidfd = RAW(pidfd_open, child, 0);
  waitpid(child, 0, 0);
  show("pidfd of one who is gone", pidfd, "Pid:");
}
