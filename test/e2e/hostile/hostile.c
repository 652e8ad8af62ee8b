/* Programs that try what no honest one does. Each says what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int send_one(int through, int fd) {
  char byte = 'x', control[CMSG_SPACE(sizeof fd)] = {0};
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return sendmsg(through, &message, 0);
}

/* Each socket lies in the queue of the next one: the end of the last is the end of all. */
static int nested(int count) {
  int previous = -1;
  for (int i = 0; i < count; i++) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0) return perror("socketpair"), 1;
    if (previous >= 0 && send_one(pair[1], previous) < 0) return perror("sendmsg"), 1;
    if (previous >= 0) close(previous);
    close(pair[1]);
    previous = pair[0];
  }
  close(previous);
  puts("nested: done");
  return 0;
}

static int long_path(int bytes) {
  char *path = malloc(bytes + 1);
  memset(path, 'a', bytes);
  path[bytes] = 0;
  struct stat facts;
  printf("open: %s\n", open(path, O_RDONLY) < 0 ? strerrorname_np(errno) : "?");
  printf("stat: %s\n", stat(path, &facts) < 0 ? strerrorname_np(errno) : "?");
  printf("symlink: %s\n", symlink(path, "/tmp/link") < 0 ? strerrorname_np(errno) : "?");
  for (int i = 1; i < bytes; i += 2) path[i] = '/';
  printf("mkdir: %s\n", mkdir(path, 0700) < 0 ? strerrorname_np(errno) : "?");
  return 0;
}

/* Folder in folder, moved as a whole, and away again. */
static int deep(int levels) {
  if (chdir("/tmp") < 0 || mkdir("deep", 0700) < 0 || chdir("deep") < 0) return perror("deep"), 1;
  for (int i = 0; i < levels; i++)
    if (mkdir("d", 0700) < 0 || chdir("d") < 0) return printf("%s at %d\n", strerrorname_np(errno), i), 1;
  char path[4096];
  printf("getcwd: %s\n", getcwd(path, sizeof path) == NULL ? strerrorname_np(errno) : "?");
  if (rename("/tmp/deep", "/tmp/moved") < 0) return perror("rename"), 1;
  printf("rename: %s\n", rename("/tmp/moved", "x") < 0 ? strerrorname_np(errno) : "?");
  for (int i = 0; i < levels; i++)
    if (chdir("..") < 0 || rmdir("d") < 0) return perror("rmdir"), 1;
  printf("deep: %d\n", rmdir("/tmp/moved"));
  return 0;
}

/* Opens, reads and writes; the host's own devices, pipes and sockets must not notice. */
static int touch(const char *path) {
  int fd = open(path, O_RDWR | O_NONBLOCK);
  if (fd < 0) return printf("%s\n", strerrorname_np(errno)), 0;
  char byte = 0;
  printf("read %zd, write %zd\n", read(fd, &byte, 1), write(fd, "x", 1));
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  if (strcmp(argv[1], "nested") == 0) return nested(atoi(argv[2]));
  if (strcmp(argv[1], "path") == 0) return long_path(atoi(argv[2]));
  if (strcmp(argv[1], "deep") == 0) return deep(atoi(argv[2]));
  if (strcmp(argv[1], "touch") == 0) return touch(argv[2]);
  return 2;
}
