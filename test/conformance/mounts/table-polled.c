/* Waiting for changes of the mounts: POLLPRI and POLLERR of /proc/PID/mountinfo, told once to each description. Source: proc_pid_mounts(5). */
#include "conform.h"
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mount.h>

static void look(const char *label, int fd) {
  struct pollfd entry = {fd, POLLIN | POLLPRI | POLLOUT, 0};
  int count = poll(&entry, 1, 0);
  SAY("poll", label, "%d:%s%s%s%s", count, entry.revents & POLLIN ? " in" : "", entry.revents & POLLOUT ? " out" : "",
      entry.revents & POLLPRI ? " pri" : "", entry.revents & POLLERR ? " err" : "");
}

int main(void) {
  if (unshare(CLONE_NEWNS) != 0 || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) != 0) return 1;
  mkdir("place", 0755);
  int info = open("/proc/self/mountinfo", O_RDONLY), mounts = open("/proc/self/mounts", O_RDONLY);
  look("nothing new", info);
  mount("tmpfs", "place", "tmpfs", 0, 0);
  look("a mount", info);
  look("told once", info);
  look("told to each description", mounts);
  mount(0, "place", 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0);
  look("a remount is none", info);
  mount(0, "place", 0, MS_SHARED, 0);
  look("nor is another propagation", info);
  umount("place");
  look("an unmount", info);

  int epoll = epoll_create1(0), pipes[2];
  char byte;
  struct epoll_event event = {EPOLLPRI | EPOLLET, {0}};
  CALL(epoll_ctl, "EPOLL_CTL_ADD", epoll, EPOLL_CTL_ADD, info, &event);
  CASE("epoll_wait", "nothing new", epoll_wait(epoll, &event, 1, 0));
  if (pipe(pipes) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    if (read(pipes[0], &byte, 1) != 1) _exit(1);
    mount("tmpfs", "place", "tmpfs", 0, 0);
    _exit(0);
  }
  if (write(pipes[1], "x", 1) != 1) return 1;
  CASE("epoll_wait", "until another mounts", epoll_wait(epoll, &event, 1, 20000));
  SAY("epoll_wait", "events", "%s%s", event.events & EPOLLPRI ? "pri " : "", event.events & EPOLLERR ? "err" : "");
  show_end("fork", "child", child);
  umount("place");
}
