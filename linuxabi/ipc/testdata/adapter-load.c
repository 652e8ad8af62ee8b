/*
 * Load as of a database server's processes: rows in shared memory below a semaphore (SEM_UNDO), a log over a message queue, a POSIX queue, /proc.
 * A call that fails with EIO or ENOMEM has changed nothing: it is made again. Prints what must be so at the end, and nothing else.
 * Arguments: workers, rounds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACCOUNTS 64
#define START 1000
#define WORKERS 16

struct bank {
  long accounts[ACCOUNTS];
  long transfers;
  int busy;
  int overlaps;
  int faults;
};
struct entry {
  long type;
  int number;
};

static int shm, sem, log_queue, mq, workers, rounds;
static struct bank *bank;

static void fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  fflush(stdout);
  kill(0, SIGKILL);
}

/* Made again when the adapter failed; 0 for any other failure. */
static int again(void) {
  if (errno == EINTR) return 1;
  if (errno != EIO && errno != ENOMEM) return 0;
  if (bank != 0) __atomic_add_fetch(&bank->faults, 1, __ATOMIC_RELAXED);
  return 1;
}

#define PERSIST(result, call, what)                                                                                    \
  while ((result = (call)) < 0)                                                                                        \
    if (!again()) fail(what)

static void change(int index, int by, int flags) {
  struct sembuf operation = {index, by, flags};
  int result;
  PERSIST(result, semop(sem, &operation, 1), "semop");
}

static void transfer(unsigned *seed) {
  int from = rand_r(seed) % ACCOUNTS, to = rand_r(seed) % ACCOUNTS;
  change(0, -1, SEM_UNDO);
  if (bank->busy++ != 0) bank->overlaps++;
  bank->accounts[from]--;
  if (rand_r(seed) % 4 == 0) syscall(SYS_sched_yield);
  bank->accounts[to]++;
  bank->transfers++;
  bank->busy--;
  change(0, 1, SEM_UNDO);
}

/* Tries again where the file, or opening it, failed. The path is right when the text begins as it should. */
static void look(const char *path, const char *start) {
  char text[4096];
  int fd, count;
  for (;;) {
    PERSIST(fd, open(path, O_RDONLY), path);
    count = read(fd, text, sizeof text - 1);
    close(fd);
    if (count >= 0) break;
    if (!again()) fail(path);
  }
  text[count] = 0;
  if (strncmp(text, start, strlen(start)) != 0) printf("%s begins with %.20s\n", path, text);
}

static void attach_again(void) {
  struct bank *second;
  while ((second = shmat(shm, 0, 0)) == (void *)-1)
    if (!again()) fail("shmat");
  change(0, -1, SEM_UNDO);
  second->accounts[1]++, bank->accounts[1]--;
  change(0, 1, SEM_UNDO);
  while (shmdt(second) < 0)
    if (!again()) fail("shmdt");
}

/* Ends with the semaphore taken: the end gives it back. */
static void die_holding(void) {
  pid_t child;
  PERSIST(child, fork(), "fork");
  if (child == 0) {
    change(0, -1, SEM_UNDO);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
}

static void work(int number) {
  unsigned seed = number + 1;
  char self[64], start[64];
  snprintf(self, sizeof self, "/proc/%d/stat", getpid());
  snprintf(start, sizeof start, "%d (", getpid());
  for (int round = 0; round < rounds; round++) {
    int result;
    transfer(&seed);
    struct entry entry = {number + 1, round};
    PERSIST(result, msgsnd(log_queue, &entry, sizeof entry.number, 0), "msgsnd");
    PERSIST(result, syscall(SYS_mq_timedsend, mq, (char *)&entry, sizeof entry, 0, 0), "mq_send");
    look(self, start);
    if (round % 8 == number % 8) attach_again();
    if (round % 32 == number % 32) die_holding();
    if (round % 16 == number) look("/proc/sysvipc/sem", "       key");
  }
}

/* Each worker's entries must come once, in order. */
static void drain_log(void) {
  int next[WORKERS] = {0}, wrong = 0;
  for (int left = workers * rounds; left > 0; left--) {
    struct entry entry;
    int result;
    PERSIST(result, msgrcv(log_queue, &entry, sizeof entry.number, 0, 0), "msgrcv");
    if (entry.number != next[entry.type - 1]++) wrong++;
  }
  printf("log: %d out of order\n", wrong);
  fflush(stdout);
  _exit(0);
}

static void drain_mq(void) {
  int next[WORKERS] = {0}, wrong = 0;
  for (int left = workers * rounds; left > 0; left--) {
    struct entry entry;
    int result;
    PERSIST(result, syscall(SYS_mq_timedreceive, mq, (char *)&entry, sizeof entry, 0, 0), "mq_receive");
    if (entry.number != next[entry.type - 1]++) wrong++;
  }
  printf("mq: %d out of order\n", wrong);
  fflush(stdout);
  _exit(0);
}

static void sum_up(void) {
  long sum = 0;
  for (int i = 0; i < ACCOUNTS; i++) sum += bank->accounts[i];
  struct shmid_ds segment;
  struct msqid_ds queue;
  int value, result;
  PERSIST(result, shmctl(shm, IPC_STAT, &segment), "shmctl");
  PERSIST(result, msgctl(log_queue, IPC_STAT, &queue), "msgctl");
  PERSIST(value, semctl(sem, 0, GETVAL), "semctl");
  printf("accounts %ld, transfers %ld, overlaps %d\n", sum - ACCOUNTS * START, bank->transfers - (long)workers * rounds,
    bank->overlaps);
  printf("semaphore %d, attached %lu, messages %lu\n", value, (long)segment.shm_nattch, (long)queue.msg_qnum);
}

int main(int argc, char **argv) {
  workers = atoi(argv[1]), rounds = atoi(argv[2]);
  int result;
  PERSIST(shm, shmget(IPC_PRIVATE, sizeof *bank, IPC_CREAT | 0600), "shmget");
  while ((bank = shmat(shm, 0, 0)) == (void *)-1)
    if (bank = 0, !again()) fail("shmat");
  for (int i = 0; i < ACCOUNTS; i++) bank->accounts[i] = START;
  PERSIST(sem, semget(IPC_PRIVATE, 2, IPC_CREAT | 0600), "semget");
  PERSIST(result, semctl(sem, 0, SETVAL, 1), "SETVAL");
  PERSIST(log_queue, msgget(IPC_PRIVATE, IPC_CREAT | 0600), "msgget");
  struct msqid_ds queue;
  PERSIST(result, msgctl(log_queue, IPC_STAT, &queue), "IPC_STAT");
  queue.msg_qbytes = 64;
  PERSIST(result, msgctl(log_queue, IPC_SET, &queue), "IPC_SET");
  struct mq_attr size = {.mq_maxmsg = 4, .mq_msgsize = sizeof(struct entry)};
  PERSIST(mq, syscall(SYS_mq_open, "k42-adapter-load", O_RDWR | O_CREAT, 0600, &size), "mq_open");
  syscall(SYS_mq_unlink, "k42-adapter-load");
  for (int i = 0; i < workers + 2; i++) {
    fflush(stdout);
    if (fork() != 0) continue;
    if (i == workers) drain_log();
    if (i == workers + 1) drain_mq();
    work(i);
    _exit(0);
  }
  int status, ended = 0;
  while (wait(&status) > 0) ended += status == 0;
  printf("ended well: %d\n", ended - workers - 2);
  sum_up();
  PERSIST(result, shmctl(shm, IPC_RMID, 0), "IPC_RMID");
  PERSIST(result, semctl(sem, 0, IPC_RMID), "IPC_RMID");
  PERSIST(result, msgctl(log_queue, IPC_RMID, 0), "IPC_RMID");
  return 0;
}
