/* Round trips between two processes by each kind of IPC, and reads of /proc: nanoseconds each, "NAME NS" a line. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int id, pipes[2][2];
static volatile int *word;
static char buffer[65536];

static void change(int number, int by) {
  struct sembuf operation = {number, by, 0};
  if (semop(id, &operation, 1) != 0) _exit(1);
}
static void sem_ping(void) { change(0, 1), change(1, -1); }
static void sem_pong(void) { change(0, -1), change(1, 1); }

struct message {
  long type;
  char text[32];
};
static void pass(long type) {
  struct message message = {type, "ping"};
  if (msgsnd(id, &message, sizeof message.text, 0) != 0) _exit(1);
}
static void take(long type) {
  struct message message;
  if (msgrcv(id, &message, sizeof message.text, type, 0) < 0) _exit(1);
}
static void msg_ping(void) { pass(1), take(2); }
static void msg_pong(void) { take(1), pass(2); }

static void await(int value) {
  while (*word != value) syscall(SYS_futex, word, FUTEX_WAIT, !value, 0);
}
static void tell(int value) {
  *word = value;
  syscall(SYS_futex, word, FUTEX_WAKE, 1);
}
static void futex_ping(void) { tell(1), await(0); }
static void futex_pong(void) { await(1), tell(0); }

static void spin(int value) {
  while (*word != value) sched_yield();
}
static void yield_ping(void) { *word = 1, spin(0); }
static void yield_pong(void) { spin(1), *word = 0; }

static void pipe_ping(void) {
  if (write(pipes[0][1], "x", 1) != 1 || read(pipes[1][0], buffer, 1) != 1) _exit(1);
}
static void pipe_pong(void) {
  if (read(pipes[0][0], buffer, 1) != 1 || write(pipes[1][1], "x", 1) != 1) _exit(1);
}

static int queues[2];
static void mq_put(int queue) {
  if (syscall(SYS_mq_timedsend, queue, "ping", 4, 0, 0) != 0) _exit(1);
}
static void mq_get(int queue) {
  if (syscall(SYS_mq_timedreceive, queue, buffer, sizeof buffer, 0, 0) < 0) _exit(1);
}
static void mq_ping(void) { mq_put(queues[0]), mq_get(queues[1]); }
static void mq_pong(void) { mq_get(queues[0]), mq_put(queues[1]); }

static void slurp(const char *path) {
  int fd = open(path, O_RDONLY);
  while (read(fd, buffer, sizeof buffer) > 0) {
  }
  close(fd);
}
static void read_stat(void) { slurp("/proc/self/stat"); }
static void read_status(void) { slurp("/proc/self/status"); }
static void read_maps(void) { slurp("/proc/self/maps"); }
static void read_meminfo(void) { slurp("/proc/meminfo"); }
static void up_and_down(void) { change(0, 1), change(0, -1); }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

static void measure(const char *name, void (*ping)(void), void (*pong)(void), int count) {
  pid_t child = pong == 0 ? 0 : fork();
  if (pong != 0 && child == 0)
    for (;;) pong();
  for (int i = 0; i < count / 4; i++) ping();
  double start = now();
  for (int i = 0; i < count; i++) ping();
  printf("%s %.0f\n", name, (now() - start) / count);
  fflush(stdout);
  if (pong == 0) return;
  kill(child, SIGKILL);
  waitpid(child, 0, 0);
}

static int queue(const char *name) {
  struct mq_attr size = {.mq_maxmsg = 4, .mq_msgsize = 64};
  int made = syscall(SYS_mq_open, name, O_RDWR | O_CREAT, 0600, &size);
  syscall(SYS_mq_unlink, name);
  return made;
}

/* Both on one processor, as in k42: waking another costs more and varies. */
static void pin(void) {
  cpu_set_t allowed, one;
  sched_getaffinity(0, sizeof allowed, &allowed);
  int first = 0;
  while (!CPU_ISSET(first, &allowed)) first++;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  sched_setaffinity(0, sizeof one, &one);
}

int main(int argc, char **argv) {
  pin();
  int count = argc > 1 ? atoi(argv[1]) : 20000;
  id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  word = shmat(id, 0, 0);
  shmctl(id, IPC_RMID, 0);
  measure("shm-futex", futex_ping, futex_pong, count);
  measure("shm-yield", yield_ping, yield_pong, count);
  id = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
  measure("semop", sem_ping, sem_pong, count);
  measure("semop-alone", up_and_down, 0, count);
  semctl(id, 0, IPC_RMID);
  id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  measure("msg", msg_ping, msg_pong, count);
  msgctl(id, IPC_RMID, 0);
  queues[0] = queue("k42-bench-a");
  queues[1] = queue("k42-bench-b");
  if (queues[0] >= 0 && queues[1] >= 0) measure("mq", mq_ping, mq_pong, count);
  if (pipe(pipes[0]) != 0 || pipe(pipes[1]) != 0) return 1;
  measure("pipe", pipe_ping, pipe_pong, count);
  measure("/proc/self/stat", read_stat, 0, count / 4);
  measure("/proc/self/status", read_status, 0, count / 4);
  measure("/proc/self/maps", read_maps, 0, count / 4);
  measure("/proc/meminfo", read_meminfo, 0, count / 4);
  return 0;
}
