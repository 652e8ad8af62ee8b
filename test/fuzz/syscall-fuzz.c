/*
 * Random system calls from several processes: syscall-fuzz SEED CALLS PROCESSES.
 * Numbers, arguments and pointers are random, with a taste for values near the edges. Left out is only what would end the
 * run without telling anything: vfork (the child would run on the parent's stack), signals to groups or to everyone, and what a
 * worker with all privileges may do to the process that looks after it. The status is 0 when all calls were made.
 * Whatever a worker does to itself is fine; the parent starts another in its place until all calls are made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGHEST_NUMBER 470
#define MAX_WORKERS 64
#define LOOK_US 5000
#define IDLE_LOOKS 10

static uint64_t random_state;
static volatile long *progress; /* of each worker; shared, as is: */
static volatile long *calls_left;
static char *page;       /* one good page, then one without access */

static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static uint64_t below(uint64_t limit) { return next_random() % limit; }

static const char *const paths[] = {
  "/", ".", "..", "", "/tmp", "/tmp/f", "/tmp/d", "/tmp/d/f", "/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx",
  "/dev/pts/0", "/tmp/f/", "/tmp//../tmp/./f", "/nothing", "/tmp/l", "/proc/self/exe", "/proc/self/fd/3",
  "/proc/self/mem", "/proc/1/status", "/proc/self/task", "/sys", "/dev/shm/s", "/dev/random",
};

static uint64_t pointer(void) {
  uint64_t offset = below(64) * 8;
  switch (below(12)) {
  case 0: return 0;
  case 1: return (uint64_t)page + 4096 - below(40);
  case 2: return (uint64_t)page + 4096 + offset;
  case 3: return 0xffffffffffffff00u + below(256);
  case 4: return 0x7fffffffe000u + offset;
  case 5: return 0x800000000000u + offset;
  case 6: return (uint64_t)paths[below(sizeof paths / sizeof *paths)];
  case 7: return next_random();
  case 8: return 0x10000 + below(0x400000 - 0x10000); /* where the engine lives */
  default: return (uint64_t)page + offset;
  }
}

static uint64_t argument(void) {
  static const uint64_t edges[] = {0, 1, 2, 3, 7, 8, 255, 4095, 4096, 4097, 65535, 1 << 20, 0x7fffffff, 0x80000000, 0xffffffff,
                                   0x100000000, 0x7fffffffffffffff, 0x8000000000000000, ~0ull, ~0ull - 99, ~0ull - 4095};
  switch (below(8)) {
  case 0: return edges[below(sizeof edges / sizeof *edges)];
  case 1: return 1ull << below(64);
  case 2: return next_random() >> below(64);
  case 3: return below(12);
  case 4: return below(4) << 12;
  default: return pointer();
  }
}

/* Calls that end the run without telling anything. */
static int is_excluded(long number, uint64_t *a) {
  int pid = (int)a[0], keeper = getppid();
  switch (number) {
  case SYS_vfork: return 1;
  case SYS_kill: case SYS_tkill: case SYS_rt_sigqueueinfo: return pid <= 1 || pid == keeper;
  case SYS_tgkill: case SYS_rt_tgsigqueueinfo: return pid <= 1 || pid == keeper;
  case SYS_process_vm_writev: case SYS_pidfd_open: case SYS_prlimit64: return pid == keeper;
  case SYS_ptrace: return (int)a[1] == keeper;
  case SYS_clone: return (a[0] & CLONE_VM) != 0 || (a[0] & CLONE_VFORK) != 0;
  case SYS_clone3: return 1;
  case SYS_reboot: return 1;
  default: return 0;
  }
}

static void fill_page(void) {
  uint64_t *words = (uint64_t *)page;
  for (int i = 0; i < 512; i++) words[i] = argument();
  if (below(2)) strcpy(page + below(64) * 8, paths[below(sizeof paths / sizeof *paths)]);
}

static void worker(uint64_t seed, long budget, volatile long *mine) {
  random_state = seed * 0x9e3779b97f4a7c15ull + 1;
  for (int i = 0; i < 8; i++) next_random();
  struct rlimit memory = {256 << 20, 256 << 20}, files = {64, 64}, tasks = {200, 200};
  struct rlimit size = {1 << 20, 1 << 20};
  setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_NOFILE, &files);
  setrlimit(RLIMIT_NPROC, &tasks);
  setrlimit(RLIMIT_FSIZE, &size);
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page + 4096, 4096, PROT_NONE);
  pid_t self = getpid();
  for (long i = 0; i < budget; i++) {
    if (__atomic_sub_fetch(calls_left, 1, __ATOMIC_RELAXED) < 0) break;
    ++*mine;
    if ((i & 15) == 0) fill_page();
    long number = below(50) == 0 ? (long)argument() : (long)below(HIGHEST_NUMBER);
    uint64_t a[6];
    for (int k = 0; k < 6; k++) a[k] = argument();
    if (is_excluded(number, a)) continue;
    syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (getpid() != self) _exit(0); /* a fork's child has nothing to do */
  }
  _exit(0);
}

static struct worker_slot {
  pid_t pid;
  long seen; /* value of its progress at the last look */
  int idle;  /* looks without progress */
} slots[MAX_WORKERS];

/* Ends workers that stand still: stopped, or waiting with the alarm blocked. Answers how many are alive. */
static int look_after_workers(int workers) {
  int alive = 0, status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) /* others are what workers made with CLONE_PARENT */
    for (int i = 0; i < workers; i++)
      if (slots[i].pid == pid) slots[i].pid = 0;
  for (int i = 0; i < workers; i++) {
    if (slots[i].pid == 0) continue;
    alive++;
    if (progress[i] != slots[i].seen) slots[i].idle = 0;
    else if (++slots[i].idle > IDLE_LOOKS) kill(slots[i].pid, SIGKILL);
    slots[i].seen = progress[i];
  }
  return alive;
}

int main(int argc, char **argv) {
  uint64_t seed = strtoull(argv[1], 0, 0), round = 0;
  int workers = atoi(argv[3]);
  progress = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  calls_left = progress + MAX_WORKERS;
  *calls_left = atol(argv[2]);
  mkdir("/tmp/d", 0777);
  symlink("l", "/tmp/l");
  while (look_after_workers(workers) > 0 || *calls_left > 0) {
    for (int i = 0; i < workers && *calls_left > 0; i++) {
      if (slots[i].pid != 0) continue;
      pid_t pid = fork();
      if (pid == 0) worker(seed * 1000003 + round, 2000, progress + i);
      if (pid < 0) break;
      slots[i].pid = pid;
      slots[i].idle = 0;
      round++;
    }
    usleep(LOOK_US);
  }
  printf("calls made: %d\n", *calls_left <= 0);
  return *calls_left > 0;
}
