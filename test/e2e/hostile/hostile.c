/* Programs that try what no honest one does. Each says what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static unsigned seed = 1;

static unsigned next_random(unsigned below) {
  seed = seed * 1664525 + 1013904223;
  return (seed >> 8) % below;
}

/* Programs with headers that make no sense: each is refused, dies, or ends. */
static int elf(int count) {
  static char image[1 << 20];
  int self = open("/proc/self/exe", O_RDONLY);
  ssize_t length = read(self, image, sizeof image);
  close(self);
  for (int i = 0; i < count; i++) {
    char copy[1024];
    memcpy(copy, image, sizeof copy);
    for (unsigned left = 1 + next_random(6); left > 0; left--) {
      /* The file's header, or that of a segment: one byte, or a whole word of ones. */
      unsigned at = 4 + next_random(64 + 56 * 8 - 12);
      if (next_random(3) == 0) memset(copy + (at & ~7u), next_random(2) ? 0xff : 0, 8);
      else copy[at] = next_random(256);
    }
    int fd = open("/tmp/program", O_WRONLY | O_CREAT | O_TRUNC, 0700);
    if (write(fd, copy, sizeof copy) != sizeof copy || write(fd, image + sizeof copy, length - sizeof copy) < 0) return perror("write"), 1;
    close(fd);
    pid_t child = fork();
    if (child == 0) {
      alarm(2);
      char *words[] = {"program", NULL};
      execv("/tmp/program", words);
      _exit(3);
    }
    waitpid(child, NULL, 0);
  }
  puts("elf: done");
  return 0;
}

/* Each request of the kinds there are, and random ones, with a pointer to rubbish, on whatever can be opened. */
static int requests(int count) {
  int pair[2], ends[2], fds[10] = {
    open("/dev/ptmx", O_RDWR), open("/dev/null", O_RDWR), open("/tmp", O_RDONLY), open("/proc/self/maps", O_RDONLY),
    socket(AF_INET, SOCK_STREAM, 0), socket(AF_NETLINK, SOCK_RAW, 0),
  };
  if (pipe(ends) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) return perror("pipe"), 1;
  fds[6] = ends[0], fds[7] = ends[1], fds[8] = pair[0], fds[9] = epoll_create1(0);
  static unsigned char rubbish[4096];
  static const unsigned bases[] = {0x5400, 0x8900, 0x8910, 0x6600, 0x8000, 0x80045430, 0x40045430, 0xc0000000, 0xb700};
  for (int i = 0; i < count; i++) {
    for (unsigned j = 0; j < 64; j++) rubbish[next_random(sizeof rubbish)] = next_random(256);
    unsigned long request = bases[next_random(9)] + next_random(0x80);
    void *at = next_random(8) == 0 ? rubbish + sizeof rubbish - next_random(16) : rubbish;
    /* What would make this process wait, or send it signals, is left out: TCSBRK, TCSBRKP, TIOCSPGRP, FIOASYNC. */
    if (request == 0x5409 || request == 0x5425 || request == 0x5410 || request == 0x5452 || request == 0x8901) continue;
    ioctl(fds[next_random(10)], request, next_random(4) == 0 ? (void *)(long)next_random(100) : at);
  }
  puts("requests: done");
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
  if (strcmp(argv[1], "elf") == 0) return elf(atoi(argv[2]));
  if (strcmp(argv[1], "requests") == 0) return requests(atoi(argv[2]));
  if (strcmp(argv[1], "touch") == 0) return touch(argv[2]);
  return 2;
}
