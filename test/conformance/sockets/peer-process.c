/* Who is at the other end: groups and a pidfd of the peer, a pidfd with each message. Source: unix(7), pidfd_open(2). */
#include "conform.h"
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#define SO_PEERPIDFD 77
#endif
#define SCM_PIDFD_TYPE 4

static pid_t pid_of(int pidfd) {
  char path[64], line[200];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
  FILE *info = fopen(path, "r");
  int pid = -99;
  while (info != 0 && fgets(line, sizeof line, info) != 0) sscanf(line, "Pid: %d", &pid);
  if (info != 0) fclose(info);
  return pid;
}

static void groups(const char *label, int fd, unsigned count) {
  gid_t list[8] = {0};
  socklen_t length = count * sizeof list[0];
  int result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &length);
  int saved = errno;
  if (result < 0) SAY("getsockopt", label, "%s, length %d", errno_name(saved), length);
  else SAY("getsockopt", label, "length %d: %d %d", length, list[0], list[1]);
}

static void receive(const char *label, int fd, size_t room) {
  char byte, control[128] = "";
  struct iovec vector = {&byte, 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
  long count = recvmsg(fd, &message, MSG_DONTWAIT);
  if (count < 0) {
    SAY("recvmsg", label, "%s", errno_name(errno));
    return;
  }
  SAY("recvmsg", label, "%ld%s", count, message.msg_flags & MSG_CTRUNC ? ", MSG_CTRUNC" : "");
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each != 0; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_type == SCM_CREDENTIALS) {
      SAY("recvmsg", "credentials", "%s", ((int *)CMSG_DATA(each))[0] == getpid() ? "mine" : "another's");
    } else if (each->cmsg_type == SCM_PIDFD_TYPE) {
      int pidfd = *(int *)CMSG_DATA(each);
      pid_t pid = pid_of(pidfd);
      SAY("recvmsg", "pidfd", "of %s, %s", pid == getpid() ? "me" : pid == -1 ? "one who is gone" : "another",
          fcntl(pidfd, F_GETFD) == FD_CLOEXEC ? "closed by exec" : "kept by exec");
      close(pidfd);
    } else SAY("recvmsg", "control", "%d", each->cmsg_type);
  }
}

int main(void) {
  int fds[2], pidfd = -1, one = 1;
  socklen_t length = sizeof pidfd;
  gid_t two[] = {7, 5};
  RAW(setgroups, 2, two);
  socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
  RAW(setgroups, 0, 0);

  groups("the peer's groups as they were", fds[0], 8);
  groups("just enough room", fds[0], 2);
  groups("too little room", fds[0], 1);
  CASE("getsockopt", "SO_PEERPIDFD", getsockopt(fds[0], SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) < 0 ? -1 : 0);
  SAY("getsockopt", "whose it is", "%s", pid_of(pidfd) == getpid() ? "mine" : "another's");
  int alone = socket(AF_UNIX, SOCK_STREAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
  groups("not connected", alone, 8);
  groups("TCP", tcp, 8);
  CASE("getsockopt", "SO_PEERPIDFD, not connected", getsockopt(alone, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length));
  CASE("getsockopt", "SO_PEERPIDFD, TCP", getsockopt(tcp, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length));
  CASE("setsockopt", "SO_PASSPIDFD, TCP", setsockopt(tcp, SOL_SOCKET, SO_PASSPIDFD, &one, sizeof one));
  CASE("setsockopt", "SO_PEERPIDFD can't be set", setsockopt(fds[0], SOL_SOCKET, SO_PEERPIDFD, &one, sizeof one));

  CASE("setsockopt", "SO_PASSPIDFD", setsockopt(fds[1], SOL_SOCKET, SO_PASSPIDFD, &one, sizeof one));
  if (send(fds[0], "a", 1, 0) != 1) return 1;
  receive("from myself", fds[1], 128);
  CHILD("send", "by a child", if (send(fds[0], "b", 1, 0) != 1) _exit(1));
  if (send(fds[0], "c", 1, 0) != 1) return 1;
  receive("no room for it", fds[1], 0);
  receive("from myself again", fds[1], 128);
  CASE("setsockopt", "SO_PASSCRED too", setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
  if (send(fds[0], "d", 1, 0) != 1) return 1;
  receive("credentials come first", fds[1], 128);
  if (send(fds[0], "d", 1, 0) != 1) return 1;
  receive("room for credentials alone", fds[1], CMSG_SPACE(12));
}
