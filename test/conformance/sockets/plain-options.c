/* Every option of the socket level on every kind of socket: what it is at first, and after it was set to 1. Source: socket(7). */
#include "conform.h"
#include <sys/socket.h>

/* Told elsewhere, or not the same on two hosts: buffers, cookies, prioritised polls, what the newest kernels added. */
static const int left_out[] = {7, 8, 18, 45, 46, 57, 69, 70, 71, 80, 84};

static int is_left_out(int option) {
  for (unsigned i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
    if (left_out[i] == option) return 1;
  return option == 47 || option == 55;
}

static void show(const char *call, const char *kind, int option, int fd, int result) {
  char label[60];
  snprintf(label, sizeof label, "%s option %d", kind, option);
  if (result < 0) {
    SAY(call, label, "%s", errno_name(errno));
    return;
  }
  int value[16] = {0};
  socklen_t length = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, option, value, &length) < 0) SAY(call, label, "set, can't be asked for");
  else SAY(call, label, "%d bytes: %d", length, value[0]);
}

int main(void) {
  static const struct {
    const char *name;
    int family, type;
  } kinds[] = {
      {"unix-stream", AF_UNIX, SOCK_STREAM},
      {"unix-datagram", AF_UNIX, SOCK_DGRAM},
      {"TCP", AF_INET, SOCK_STREAM},
      {"UDP", AF_INET, SOCK_DGRAM},
      {"TCP6", AF_INET6, SOCK_STREAM},
      {"netlink", AF_NETLINK, SOCK_RAW},
  };
  for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    for (int option = 1; option <= 85; option++) {
      if (is_left_out(option)) continue;
      int fd = socket(kinds[i].family, kinds[i].type, 0), value[16], one = 1;
      socklen_t length = sizeof value;
      show("getsockopt", kinds[i].name, option, fd, getsockopt(fd, SOL_SOCKET, option, value, &length));
      show("setsockopt", kinds[i].name, option, fd, setsockopt(fd, SOL_SOCKET, option, &one, sizeof one));
      close(fd);
    }
  }
  int fd = socket(AF_INET, SOCK_DGRAM, 0), zero = 0, one = 1;
  char name[16] = "";
  socklen_t length = sizeof name;
  CASE("setsockopt", "SO_LOCK_FILTER", setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof one));
  CASE("setsockopt", "SO_LOCK_FILTER stays", setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &zero, sizeof zero));
  CASE("setsockopt", "SO_BINDTODEVICE lo", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  CASE("getsockopt", "SO_BINDTODEVICE", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &length));
  SAY("getsockopt", "bound to", "%s, length %d", name, length);
  CASE("setsockopt", "SO_BINDTODEVICE of no such", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "none", 5));
  CASE("setsockopt", "SO_BINDTODEVICE of none", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
  length = sizeof name;
  CASE("getsockopt", "SO_BINDTODEVICE", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &length));
  SAY("getsockopt", "length", "%d", length);
  CASE("setsockopt", "SO_TIMESTAMP", setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one));
  CASE("setsockopt", "SO_TIMESTAMPNS", setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one));
  length = sizeof one;
  CASE("getsockopt", "SO_TIMESTAMP", getsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &one, &length));
  SAY("getsockopt", "one form only", "%d", one);
  CHILD("setsockopt", "as a plain user", {
    become_user(1000);
    int own = socket(AF_INET, SOCK_DGRAM, 0), seven = 7;
    one = 1;
    CASE("setsockopt", "SO_MARK", setsockopt(own, SOL_SOCKET, SO_MARK, &one, sizeof one));
    CASE("setsockopt", "SO_PRIORITY 7", setsockopt(own, SOL_SOCKET, SO_PRIORITY, &seven, sizeof seven));
    CASE("setsockopt", "SO_SNDBUFFORCE", setsockopt(own, SOL_SOCKET, SO_SNDBUFFORCE, &seven, sizeof seven));
    CASE("setsockopt", "SO_BINDTODEVICE", setsockopt(own, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
    CASE("setsockopt", "SO_BINDTODEVICE once more", setsockopt(own, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
  });
}
