/*
 * Random orders to traced children, and random filters: watch-fuzz SEED ROUNDS. Registers, memory, signals and the ways to go on are all
 * drawn at random; whatever becomes of a child is fine, and another takes its place. The status is 0 when all rounds were played.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 4

static uint64_t random_state;
static pid_t children[CHILDREN];
static char *page;

static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}
static uint64_t below(uint64_t limit) { return next_random() % limit; }

static uint64_t value(void) {
  switch (below(10)) {
  case 0: return 0;
  case 1: return below(70);
  case 2: return next_random();
  case 3: return 1ull << below(64);
  case 4: return ~0ull - below(600);
  case 5: return (uint64_t)page + 4096 - below(64);
  case 6: return 0x800000000000u + below(64) * 8 - 256;
  case 7: return (uint64_t)next_random; /* code */
  default: return (uint64_t)page + below(512) * 8;
  }
}

static void handle(int number) {
  (void)number;
}

static void set_random_filter(void) {
  static const uint16_t codes[] = {0x20, 0x00, 0x01, 0x60, 0x61, 0x02, 0x03, 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x44,
                                   0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c, 0x84, 0xa4, 0xac, 0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35,
                                   0x3d, 0x45, 0x4d, 0x06, 0x16, 0x07, 0x87, 0x80, 0x81};
  static const uint32_t answers[] = {0, 0x30007, 0x50001, 0x7fc00000, 0x7ff00005, 0x7ffc0000, 0x7fff0000, 0x7fff0000, 0x7fff0000};
  struct sock_filter code[64];
  int length = 1 + below(40);
  for (int i = 0; i < length; i++) {
    uint16_t op = below(40) == 0 ? next_random() : codes[below(sizeof codes / sizeof *codes)];
    code[i] = (struct sock_filter){op, below(4), below(4), (op & 7) == 6 ? answers[below(9)] : below(3) ? below(64) & ~3 : value()};
  }
  if (below(8)) code[length - 1] = (struct sock_filter){0x06, 0, 0, answers[below(9)]};
  struct sock_fprog program = {length, code};
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, below(6) ? 0 : below(32), &program);
}

/* Calls, signals, children and loops, for as long as it is let. */
static void live(uint64_t seed) {
  random_state = seed | 1;
  struct rlimit tasks = {100, 100};
  setrlimit(RLIMIT_NPROC, &tasks);
  alarm(5);
  signal(SIGUSR1, handle);
  signal(SIGTRAP, handle);
  signal(SIGSYS, handle);
  if (below(2)) syscall(SYS_ptrace, 0, 0, 0, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  for (int i = 0; i < 2000; i++) {
    switch (below(12)) {
    case 0: raise(below(2) ? SIGUSR1 : SIGSTOP); break;
    case 1: set_random_filter(); break;
    case 2: if (fork() == 0) _exit(0); break;
    case 3: while (waitpid(-1, 0, WNOHANG) > 0) {} break;
    case 4: __asm__ volatile("int3"); break;
    case 5: for (volatile int k = 0; k < 3000; k++) {} break;
    case 6: usleep(200); break;
    case 7: if (below(50) == 0) execl("/proc/self/exe", "watch-fuzz", "end", (char *)0); break;
    default: syscall(below(335), value(), value(), value(), 0, 0, 0); break;
    }
  }
  _exit(0);
}

/* What would keep the run from ending: a child that is a tracer itself, or one told to signal everyone. */
static void start(int index) {
  pid_t pid = fork();
  if (pid == 0) {
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    setpgid(0, 0);
    setresuid(1000 + index, 1000 + index, 1000 + index);
    live(next_random());
  }
  children[index] = pid;
  if (below(2)) syscall(SYS_ptrace, 0x4206, pid, 0, below(2) ? (value() & 0xff) | 0x100000 : 0x1000ff);
  else syscall(SYS_ptrace, 16, pid, 0, 0);
}

static void give_order(pid_t pid) {
  static const int requests[] = {1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 9, 9, 12, 13, 14, 15, 16, 17, 21, 24, 24, 24, 25, 30, 31, 32, 33,
                                 0x4200, 0x4201, 0x4202, 0x4203, 0x4204, 0x4205, 0x4206, 0x4207, 0x4207, 0x4208, 0x4209, 0x420a,
                                 0x420b, 0x420c, 0x420d, 0x420e, 0x420f, 0x4210};
  int request = below(60) ? requests[below(sizeof requests / sizeof *requests)] : (int)(1 + below(0x4300));
  uint64_t address = value(), data = value();
  if (request == 3 || request == 6) address = below(4) ? below(116) * 8 : address;
  if (request == 0x4204 || request == 0x4205) address = below(3) == 0 ? 1 : below(2) ? 2 : 0x202;
  if ((request >= 7 && request <= 9) || request == 24 || request == 17) data = below(3) ? 0 : below(66);
  if (below(2) && request != 6 && request != 4 && request != 5) data = (uint64_t)page + below(256) * 8;
  if (below(16) == 0)
    for (int i = 0; i < 512; i++) ((uint64_t *)page)[i] = value();
  if (request == 0x4204 || request == 0x4205) *(struct iovec *)page = (struct iovec){page + 64, below(200) * 8}, data = (uint64_t)page;
  if (request == 0x4200 || request == 21) data = (data & 0xff) | 0x100000; /* its children end with the tracer */
  syscall(SYS_ptrace, request, pid, address, data);
}

static void play(long rounds) {
  page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page + 4096, 4096, PROT_NONE);
  signal(SIGCHLD, handle);
  for (long round = 0; round < rounds; round++) {
    int index = below(CHILDREN), status;
    if (children[index] <= 0) start(index);
    else if (below(400) == 0) kill(children[index], SIGKILL);
    else give_order(children[index]);
    if (below(3) == 0) {
      pid_t pid;
      while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
        int known = 0;
        for (int i = 0; i < CHILDREN; i++)
          if (children[i] == pid) {
            known = 1;
            if (WIFEXITED(status) || WIFSIGNALED(status)) children[i] = 0;
          }
        if (!known && WIFSTOPPED(status)) kill(pid, SIGKILL); /* a child's child that follows */
      }
    }
    if (below(20) == 0) usleep(100);
  }
  for (int i = 0; i < CHILDREN; i++)
    if (children[i] > 0) kill(-children[i], SIGKILL), kill(children[i], SIGKILL);
  _exit(0);
}

/* Whoever is left when the player has ended comes here to end. */
int main(int argc, char **argv) {
  int status, result = 1;
  if (argc < 3) return 0;
  random_state = strtoull(argv[1], 0, 0) * 0x9e3779b97f4a7c15ull | 1;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_t player = fork(), pid;
  if (player == 0) play(atol(argv[2]));
  while ((pid = waitpid(-1, &status, WUNTRACED | __WALL)) > 0 || errno == EINTR) {
    if (pid == player && !WIFSTOPPED(status)) result = status != 0;
    if (pid > 0 && WIFSTOPPED(status)) kill(pid, SIGKILL);
  }
  return result;
}
