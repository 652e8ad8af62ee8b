/* Programs that take all they can get of one thing. Each says how far it came, and what the kernel answered then. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static int count = 1 << 30;

static int done(const char *what, int made) {
  printf("%s: %s after %d\n", what, strerrorname_np(errno), made);
  fflush(stdout);
  return 0;
}

static void dirty(volatile char *at, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 4096) at[i] = 1;
}

static int forks(void) {
  for (int made = 0; made < count; made++) {
    pid_t child = fork();
    if (child < 0) return done("fork", made);
    if (child == 0) pause();
  }
  return 0;
}

static void *sleeper(void *unused) {
  pause();
  return unused;
}

static int threads(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  for (int made = 0; made < count; made++) {
    pthread_t thread;
    errno = pthread_create(&thread, &attributes, sleeper, NULL);
    if (errno != 0) return done("thread", made);
  }
  return 0;
}

static int memory(void) {
  for (int made = 0; made < count; made++) {
    char *at = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return done("mmap", made);
    dirty(at, MIB);
  }
  printf("had %d MiB\n", count);
  return 0;
}

/* The child changes what its parent lent it: no page fault of its own stands before each copy. */
static int copies(void) {
  size_t bytes = 40 * MIB;
  char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  dirty(at, bytes);
  for (int made = 0; made < 8; made++) {
    pid_t child = fork();
    if (child < 0) return done("fork", made);
    if (child > 0) continue;
    dirty(at, bytes);
    pause();
  }
  for (;;) pause();
}

/* One after the other, each with much of the memory. */
static int churn(void) {
  int ended = 0;
  for (int i = 0; i < count; i++) {
    pid_t child = fork();
    if (child == 0) {
      size_t bytes = 60 * MIB;
      dirty(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), bytes);
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) ended++;
  }
  printf("%d of %d ended well\n", ended, count);
  return 0;
}

static int shared(void) {
  for (int made = 0; made < count; made++) {
    char *at = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return done("mmap", made);
    dirty(at, MIB);
  }
  return 0;
}

/* A call that fills memory: it must not get further than the programs themselves. */
static int reading(void) {
  size_t bytes = count * MIB;
  char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return done("mmap", 0);
  ssize_t got = read(open("/dev/zero", O_RDONLY), at, bytes);
  printf("read %zd\n", got);
  return 0;
}

static int regions(void) {
  for (int made = 0; made < count; made++) {
    if (mmap(NULL, 4096, made % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
      return done("mmap", made);
  }
  return 0;
}

/* Every process as many as it may have. */
static int files(void) {
  for (int made = 0;;) {
    if (open("/dev/null", O_RDONLY) >= 0) {
      made++;
      continue;
    }
    if (errno != EMFILE) return done("open", made);
    pid_t child = fork();
    if (child < 0) return done("fork", made);
    if (child > 0) {
      int status;
      waitpid(child, &status, 0);
      return 0;
    }
    for (int fd = 3; fd < 1 << 20 && close(fd) == 0; fd++) continue;
    /* The parent holds them all the same. */
    made = 0;
  }
}

static int pipes(void) {
  static char bytes[65536];
  for (int made = 0; made < count; made++) {
    int ends[2];
    if (pipe(ends) < 0) return done("pipe", made);
    if (write(ends[1], bytes, sizeof bytes) < 0) return done("write", made);
  }
  return 0;
}

static int sockets(void) {
  static char bytes[65536];
  for (int made = 0; made < count; made++) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0) return done("socketpair", made);
    ssize_t sent;
    while ((sent = write(ends[1], bytes, sizeof bytes)) > 0) continue;
    if (errno != EAGAIN) return done("send", made);
  }
  return 0;
}

static int disk(const char *path) {
  static char bytes[1 << 20];
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  for (int made = 0; made < count; made++) {
    ssize_t written = write(fd, bytes, sizeof bytes);
    if (written < 0) return done("write", made);
  }
  return 0;
}

static int inodes(const char *folder) {
  for (int made = 0; made < count; made++) {
    char name[256];
    snprintf(name, sizeof name, "%s/%d", folder, made);
    if (mkdir(name, 0700) < 0) return done("mkdir", made);
  }
  return 0;
}

static int locks(void) {
  int fd = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
  for (int made = 0; made < count; made++) {
    struct flock lock = {.l_type = F_WRLCK, .l_start = 2 * made, .l_len = 1};
    if (fcntl(fd, F_SETLK, &lock) < 0) return done("lock", made);
  }
  return 0;
}

static int mounts(void) {
  char place[32];
  for (int made = 0; made < count; made++) {
    snprintf(place, sizeof place, "/mnt/%d", made % 64);
    if (made < 64) mkdir(place, 0700);
    if (mount(place, place, NULL, MS_BIND, NULL) < 0) return done("mount", made);
  }
  return 0;
}

/* Many descriptors of one file, watched by many epolls. */
static int watched(void) {
  int file = eventfd(0, 0), fds[1000];
  for (int i = 0; i < 1000; i++) fds[i] = dup(file);
  for (int made = 0; made < count;) {
    int epoll = epoll_create1(0);
    if (epoll < 0) return done("epoll_create", made);
    for (int i = 0; i < 1000; i++, made++) {
      struct epoll_event event = {.events = EPOLLIN};
      if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) < 0) return done("epoll_ctl", made);
    }
  }
  return 0;
}

static int queued(void) {
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_SIGPENDING, &unlimited);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  for (int made = 0; made < count; made++)
    if (sigqueue(getpid(), SIGRTMIN, (union sigval){0}) < 0) return done("sigqueue", made);
  return 0;
}

static const struct {
  const char *name;
  int (*run)(void);
  int (*at)(const char *);
} bombs[] = {
    {"forks", forks},     {"threads", threads}, {"memory", memory},   {"copies", copies},
    {"churn", churn},     {"shared", shared},   {"reading", reading}, {"regions", regions},
    {"files", files},     {"pipes", pipes},     {"sockets", sockets}, {"disk", NULL, disk},
    {"inodes", NULL, inodes}, {"locks", locks}, {"mounts", mounts},   {"watched", watched},
    {"queued", queued},
};

/* bombs NAME [COUNT [PLACE]] */
int main(int argc, char **argv) {
  if (argc > 2) count = atoi(argv[2]);
  for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
    if (strcmp(argv[1], bombs[i].name) != 0) continue;
    return bombs[i].run != NULL ? bombs[i].run() : bombs[i].at(argv[3]);
  }
  return 2;
}
