/* System V semaphores: semget, semop, semtimedop, semctl, SEM_UNDO on every kind of exit, order of waking. */
#include "../conform.h"
#include <pthread.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

union argument {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
  struct seminfo *info;
  void *any;
};

static key_t key(int number) {
  return (key_t)(0x6b350000 ^ (getpid() << 6) ^ number);
}

static int set_of(int count) {
  return RAW(semget, IPC_PRIVATE, count, IPC_CREAT | 0600);
}

static void drop(int id) {
  RAW(semctl, id, 0, IPC_RMID, 0);
}

static int op(int id, int number, int change, int flags) {
  struct sembuf operation = {number, change, flags};
  return RAW(semop, id, &operation, 1);
}

static int value(int id, int number) {
  return RAW(semctl, id, number, GETVAL, 0);
}

static void set(int id, int number, int to) {
  RAW(semctl, id, number, SETVAL, to);
}

/* Until so many wait for the semaphore to grow (GETNCNT) or to be zero (GETZCNT). */
static void await(int id, int number, int command, int count) {
  for (int i = 0; i < 1000 && RAW(semctl, id, number, command, 0) != count; i++) sleep_ms(1);
}

static struct semid_ds stat_of(int id) {
  struct semid_ds data;
  memset(&data, 0, sizeof data);
  RAW(semctl, id, 0, IPC_STAT, &data);
  return data;
}

static void getting(void) {
  int mine = key(1);
  CALL(semget, "no such key", mine, 1, 0600);
  CALL(semget, "none in the set", mine, 0, IPC_CREAT | 0600);
  CALL(semget, "negative count", mine, -1, IPC_CREAT | 0600);
  CALL(semget, "too many", mine, 10000000, IPC_CREAT | 0600);
  int id = OKAY(semget, "created", mine, 3, IPC_CREAT | IPC_EXCL | 0640);
  CASE("semget", "found", RAW(semget, mine, 3, 0) == id);
  CASE("semget", "found, count 0", RAW(semget, mine, 0, 0) == id);
  CASE("semget", "found, fewer", RAW(semget, mine, 2, 0) == id);
  CALL(semget, "more than there are", mine, 4, 0);
  CALL(semget, "exclusively", mine, 3, IPC_CREAT | IPC_EXCL);
  struct semid_ds data = stat_of(id);
  SAY("semctl", "stat of a new one", "%lu %o %ld %d", data.sem_nsems, data.sem_perm.mode, (long)data.sem_otime, data.sem_ctime > 1000000000);
  SAY("semctl", "key, owner, creator", "%d %d %d", data.sem_perm.__key == mine, data.sem_perm.uid == geteuid(), data.sem_perm.cgid == getegid());
  SAY("semctl", "values are zero", "%d %d %d", value(id, 0), value(id, 1), value(id, 2));
  CALL(semctl, "last process of an unused one", id, 0, GETPID, 0);
  CALL(semctl, "removed", id, 0, IPC_RMID, 0);
  CALL(semctl, "removed twice", id, 0, IPC_RMID, 0);
  CALL(semget, "by the key of a removed one", mine, 0, 0);
}

static void operations(void) {
  int id = set_of(3);
  struct sembuf list[1000];
  CASE("semop", "up", op(id, 0, 2, 0));
  CASE("semop", "down", op(id, 0, -1, 0));
  CASE("semop", "down too far", op(id, 0, -2, IPC_NOWAIT));
  CASE("semop", "zero wanted", op(id, 0, 0, IPC_NOWAIT));
  CASE("semop", "zero of another", op(id, 1, 0, IPC_NOWAIT));
  SAY("semop", "value", "%d", value(id, 0));
  CASE("semctl", "last process", RAW(semctl, id, 0, GETPID, 0) == getpid());
  CASE("semctl", "a test for zero counts as well", RAW(semctl, id, 1, GETPID, 0) == getpid());
  CASE("semctl", "not of the untouched", RAW(semctl, id, 2, GETPID, 0));
  CASE("semop", "no such semaphore", op(id, 3, 1, 0));
  CASE("semop", "no such set", op(0x7ffffff0, 0, 1, 0));
  CASE("semop", "negative set", op(-1, 0, 1, 0));
  CALL(semop, "no operations", id, list, 0);
  CALL(semop, "too many operations", id, list, 1000000);
  CALL(semop, "operations nowhere", id, LOW, 1);
  struct sembuf *last = (struct sembuf *)edge(sizeof(struct sembuf));
  *last = (struct sembuf){0, 1, 0};
  CALL(semop, "operations at an edge", id, last, 1);
  CALL(semop, "operations over an edge", id, last, 2);
  SAY("semop", "value after them", "%d", value(id, 0));
  set(id, 0, 0);
  struct sembuf mixed[] = {{0, 3, 0}, {1, 1, 0}, {0, -4, IPC_NOWAIT}};
  CALL(semop, "whole or not at all", id, mixed, 3);
  SAY("semop", "nothing has happened", "%d %d", value(id, 0), value(id, 1));
  struct sembuf enough[] = {{0, 3, 0}, {1, 1, 0}, {0, -3, IPC_NOWAIT}, {0, 0, IPC_NOWAIT}};
  CALL(semop, "one after the other", id, enough, 4);
  SAY("semop", "values", "%d %d", value(id, 0), value(id, 1));
  struct sembuf never[] = {{2, 1, 0}, {2, 0, IPC_NOWAIT}};
  CALL(semop, "zero after its own up", id, never, 2);
  CASE("semop", "to the highest", op(id, 2, 32767, 0));
  CASE("semop", "above the highest", op(id, 2, 1, 0));
  CASE("semop", "down by the lowest", op(id, 2, -32768, IPC_NOWAIT));
  struct sembuf over[] = {{1, 5, 0}, {2, 1, 0}};
  CALL(semop, "above it in a list", id, over, 2);
  SAY("semop", "and nothing else", "%d %d", value(id, 1), value(id, 2));
  struct sembuf wide[] = {{1, 5, 0}, {9, 1, 0}};
  CALL(semop, "a list with no such semaphore", id, wide, 2);
  SAY("semop", "and nothing either", "%d", value(id, 1));
  for (int i = 0; i < 500; i++) list[i] = (struct sembuf){1, i % 2 ? -1 : 1, 0};
  CALL(semop, "five hundred operations", id, list, 500);
  SAY("semctl", "time of the last operation", "%d", stat_of(id).sem_otime > 1000000000);
  drop(id);
}

static void timing(void) {
  int id = set_of(1);
  struct sembuf down = {0, -1, 0}, up = {0, 1, 0}, zero = {0, 0, 0};
  struct timespec short_time = {0, 5000000}, none = {0, 0}, odd = {0, 1000000000}, negative = {-1, 0}, start, end;
  CALL(semtimedop, "time is up", id, &down, 1, &short_time);
  CALL(semtimedop, "no time at all", id, &down, 1, &none);
  CALL(semtimedop, "not needed", id, &zero, 1, &none);
  CALL(semtimedop, "odd time", id, &up, 1, &odd);
  CALL(semtimedop, "negative time", id, &up, 1, &negative);
  CALL(semtimedop, "time from nowhere", id, &up, 1, LOW);
  CALL(semtimedop, "odd time and no such set", -1, &up, 1, &odd);
  CALL(semtimedop, "operations nowhere, odd time", id, LOW, 1, &odd);
  CALL(semtimedop, "no time limit", id, &up, 1, 0);
  SAY("semtimedop", "value", "%d", value(id, 0));
  clock_gettime(CLOCK_MONOTONIC, &start);
  struct timespec wait = {0, 30000000};
  RAW(semtimedop, id, &zero, 1, &wait);
  clock_gettime(CLOCK_MONOTONIC, &end);
  SAY("semtimedop", "waited as long", "%d", (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 29);
  SAY("semtimedop", "nobody waits any more", "%ld %ld", RAW(semctl, id, 0, GETNCNT, 0), RAW(semctl, id, 0, GETZCNT, 0));
  drop(id);
}

static void controlling(void) {
  int id = set_of(3);
  unsigned short values[] = {4, 5, 6}, got[3] = {0};
  CALL(semctl, "SETALL", id, 0, SETALL, values);
  CALL(semctl, "GETALL", id, 0, GETALL, got);
  SAY("semctl", "all", "%d %d %d", got[0], got[1], got[2]);
  unsigned short high[] = {1, 40000, 1};
  CALL(semctl, "SETALL with too high a one", id, 0, SETALL, high);
  SAY("semctl", "nothing set", "%d", value(id, 0));
  CALL(semctl, "SETALL from nowhere", id, 0, SETALL, LOW);
  CALL(semctl, "GETALL to nowhere", id, 0, GETALL, LOW);
  CALL(semctl, "SETVAL", id, 1, SETVAL, 32767);
  CALL(semctl, "SETVAL too high", id, 1, SETVAL, 32768);
  CALL(semctl, "SETVAL negative", id, 1, SETVAL, -1);
  CALL(semctl, "SETVAL of none", id, 3, SETVAL, 1);
  CALL(semctl, "SETVAL of a negative one", id, -1, SETVAL, 1);
  CALL(semctl, "GETVAL", id, 1, GETVAL, 0);
  CALL(semctl, "GETVAL of none", id, 3, GETVAL, 0);
  CALL(semctl, "GETNCNT of none", id, 3, GETNCNT, 0);
  CALL(semctl, "GETZCNT of a negative one", id, -1, GETZCNT, 0);
  CASE("semctl", "last process of SETALL", RAW(semctl, id, 2, GETPID, 0) == getpid());
  SAY("semctl", "SETVAL is no operation", "%ld", (long)stat_of(id).sem_otime);
  CALL(semctl, "no such command", id, 0, 99, 0);
  CALL(semctl, "negative command", id, 0, -1, 0);
  CALL(semctl, "negative id", -1, 0, GETVAL, 0);
  CALL(semctl, "unknown id", 0x7ffffff0, 0, GETVAL, 0);
  struct semid_ds data = stat_of(id);
  data.sem_perm.mode = 07604;
  data.sem_perm.uid = 1234;
  CALL(semctl, "IPC_SET", id, 0, IPC_SET, &data);
  data = stat_of(id);
  SAY("semctl", "what was set", "%o %d", data.sem_perm.mode, data.sem_perm.uid);
  CALL(semctl, "IPC_SET from nowhere", id, 0, IPC_SET, LOW);
  CALL(semctl, "IPC_STAT to nowhere", id, 0, IPC_STAT, LOW);
  struct seminfo info;
  CASE("semctl", "IPC_INFO", RAW(semctl, 0, 0, IPC_INFO, &info) >= 0);
  SAY("semctl", "limits that do not change", "%d %d", info.semvmx, info.semaem);
  int highest = RAW(semctl, 0, 0, SEM_INFO, &info), found = 0, any = 0;
  SAY("semctl", "in use", "%d %d", info.semusz >= 1, info.semaem >= 3);
  for (int slot = 0; slot <= highest; slot++) {
    found += RAW(semctl, slot, 0, SEM_STAT, &data) == id;
    any += RAW(semctl, slot, 0, SEM_STAT_ANY, &data) == id;
  }
  SAY("semctl", "found by SEM_STAT, SEM_STAT_ANY", "%d %d", found, any);
  CALL(semctl, "SEM_STAT of no slot", 32767, 0, SEM_STAT, &data);
  drop(id);
}

static int sleeper_result(int id, int number, int change) {
  int result = op(id, number, change, 0);
  return result == 0 ? 0 : errno;
}

static void on_signal(int number) {
  (void)number;
}

static void waiting(void) {
  int id = set_of(2);
  pid_t child = fork();
  if (child == 0) _exit(sleeper_result(id, 0, -2));
  await(id, 0, GETNCNT, 1);
  SAY("semctl", "one waits to take", "%ld %ld", RAW(semctl, id, 0, GETNCNT, 0), RAW(semctl, id, 0, GETZCNT, 0));
  op(id, 0, 1, 0);
  SAY("semop", "one is not enough", "%ld %d", RAW(semctl, id, 0, GETNCNT, 0), value(id, 0));
  op(id, 0, 1, 0);
  show_end("semop", "woken by the second", child);
  SAY("semop", "value", "%d", value(id, 0));
  SAY("semctl", "last process is the one woken", "%d", RAW(semctl, id, 0, GETPID, 0) == child);
  op(id, 0, 1, 0);
  if ((child = fork()) == 0) _exit(sleeper_result(id, 0, 0));
  await(id, 0, GETZCNT, 1);
  SAY("semctl", "one waits for zero", "%ld %ld", RAW(semctl, id, 0, GETNCNT, 0), RAW(semctl, id, 0, GETZCNT, 0));
  op(id, 0, -1, 0);
  show_end("semop", "woken by zero", child);
  if ((child = fork()) == 0) _exit(sleeper_result(id, 1, -3));
  await(id, 1, GETNCNT, 1);
  set(id, 1, 5);
  show_end("semctl", "woken by SETVAL", child);
  SAY("semctl", "value after it", "%d", value(id, 1));
  set(id, 1, 0);
  if ((child = fork()) == 0) _exit(sleeper_result(id, 1, -3));
  await(id, 1, GETNCNT, 1);
  RAW(semctl, id, 0, SETALL, (unsigned short[]){0, 3});
  show_end("semctl", "woken by SETALL", child);
  if ((child = fork()) == 0) {
    signal(SIGUSR1, on_signal);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR2, &action, 0);
    int first = sleeper_result(id, 1, -1), second = sleeper_result(id, 0, -1);
    _exit(first == EINTR && second == EINTR ? 0 : 1);
  }
  await(id, 1, GETNCNT, 1);
  kill(child, SIGUSR1);
  await(id, 0, GETNCNT, 1);
  SAY("semctl", "the interrupted waits no more", "%ld", RAW(semctl, id, 1, GETNCNT, 0));
  kill(child, SIGUSR2);
  show_end("semop", "interrupted, SA_RESTART or not", child);
  if ((child = fork()) == 0) op(id, 0, -1, 0);
  await(id, 0, GETNCNT, 1);
  kill(child, SIGKILL);
  show_end("semop", "killed while waiting", child);
  SAY("semctl", "the killed waits no more", "%ld", RAW(semctl, id, 0, GETNCNT, 0));
  if ((child = fork()) == 0) _exit(sleeper_result(id, 0, -1) == EIDRM);
  await(id, 0, GETNCNT, 1);
  drop(id);
  show_end("semop", "removed while waiting", child);
}

/* Each takes its turn: who came first is served first, and nobody overtakes who can't be served yet … unless he can. */
static void order(void) {
  int id = set_of(2), said[2];
  char letters[8] = "";
  if (pipe(said) != 0) exit(97);
  for (int i = 0; i < 4; i++) {
    if (fork() == 0) {
      char letter = 'a' + i;
      op(id, 0, -1, 0);
      (void)!write(said[1], &letter, 1);
      op(id, 1, 1, 0);
      _exit(0);
    }
    await(id, 0, GETNCNT, i + 1);
  }
  for (int i = 0; i < 4; i++) {
    op(id, 0, 1, 0);
    op(id, 1, -1, 0);
    (void)!read(said[0], letters + i, 1);
  }
  SAY("semop", "in the order they came", "%s", letters);
  while (wait(0) > 0) {
  }
  pid_t large = fork();
  if (large == 0) _exit(sleeper_result(id, 0, -3));
  await(id, 0, GETNCNT, 1);
  pid_t small = fork();
  if (small == 0) _exit(sleeper_result(id, 0, -1));
  await(id, 0, GETNCNT, 2);
  op(id, 0, 1, 0);
  show_end("semop", "a small one overtakes a large one", small);
  op(id, 0, 3, 0);
  show_end("semop", "the large one", large);
  pid_t chain[3];
  for (int i = 0; i < 3; i++) {
    if ((chain[i] = fork()) == 0) {
      struct sembuf pass[] = {{0, -1, 0}, {0, 1, 0}};
      _exit(RAW(semop, id, pass, 2) == 0 ? 0 : errno);
    }
    await(id, 0, GETNCNT, i + 1);
  }
  op(id, 0, 1, 0);
  for (int i = 0; i < 3; i++) show_end("semop", "one up lets all through", chain[i]);
  SAY("semop", "and stays", "%d", value(id, 0));
  set(id, 0, 2);
  pid_t zero = fork();
  if (zero == 0) {
    struct sembuf both[] = {{0, 0, 0}, {0, 2, 0}};
    _exit(RAW(semop, id, both, 2) == 0 ? 0 : errno);
  }
  await(id, 0, GETZCNT, 1);
  op(id, 0, -2, 0);
  show_end("semop", "zero, then up", zero);
  SAY("semop", "value", "%d", value(id, 0));
  close(said[0]), close(said[1]);
  drop(id);
}

static void *raise_with_undo(void *id) {
  op(*(int *)id, 0, 1, SEM_UNDO);
  return 0;
}

static int clone_task(void *id) {
  op(*(int *)id, 0, 1, SEM_UNDO);
  return 0;
}

static void undoing(void) {
  int id = set_of(2);
  set(id, 0, 5);
  CHILD("exit", "two taken with undo", op(id, 0, -2, SEM_UNDO); SAY("semop", "value inside", "%d", value(id, 0)));
  SAY("exit", "given back", "%d", value(id, 0));
  CHILD("exit", "killed with undo", op(id, 0, -2, SEM_UNDO); kill(getpid(), SIGKILL));
  SAY("exit", "given back after a kill", "%d", value(id, 0));
  CHILD("exit", "a fault with undo", op(id, 0, 2, SEM_UNDO); *(volatile char *)LOW = 1);
  SAY("exit", "taken back after a fault", "%d", value(id, 0));
  CHILD("exit", "undo and redo", op(id, 0, -2, SEM_UNDO); op(id, 0, 2, SEM_UNDO));
  SAY("exit", "nothing to give back", "%d", value(id, 0));
  CHILD("exit", "one with, one without", op(id, 0, -1, SEM_UNDO); op(id, 0, -1, 0));
  SAY("exit", "one given back", "%d", value(id, 0));
  CHILD("exit", "SETVAL forgets undo", op(id, 0, -2, SEM_UNDO); set(id, 0, 5));
  SAY("exit", "as it was set", "%d", value(id, 0));
  CHILD("exit", "more given back than there is", op(id, 0, 3, SEM_UNDO); op(id, 0, -6, 0));
  SAY("exit", "not below zero", "%d", value(id, 0));
  set(id, 0, 32767);
  CHILD("exit", "given back to a full one", op(id, 0, -10, SEM_UNDO); op(id, 0, 5, 0));
  SAY("exit", "not above the highest", "%d", value(id, 0));
  set(id, 0, 5);
  CHILD("fork", "undo is not inherited", {
    op(id, 0, -1, SEM_UNDO);
    CHILD("fork", "a grandchild ends", _exit(0));
    SAY("fork", "value after the grandchild", "%d", value(id, 0));
  });
  SAY("fork", "value after the child", "%d", value(id, 0));
  CHILD("execve", "undo stays over exec", {
    char *words[] = {"/proc/self/exe", "value", 0, 0}, number[20];
    snprintf(number, sizeof number, "%d", id);
    words[2] = number;
    op(id, 0, -1, SEM_UNDO);
    execv(words[0], words);
  });
  SAY("execve", "given back in the end", "%d", value(id, 0));
  CHILD("exit", "undo in a thread", {
    pthread_t thread;
    pthread_create(&thread, 0, raise_with_undo, &id);
    pthread_join(thread, 0);
    SAY("semop", "value after the thread", "%d", value(id, 0));
  });
  SAY("exit", "taken back with the process", "%d", value(id, 0));
  char *stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHILD("clone", "CLONE_SYSVSEM", {
    pid_t task = clone(clone_task, stack + 65536, CLONE_SYSVSEM | SIGCHLD, &id);
    waitpid(task, 0, 0);
    SAY("clone", "value after the one who shares", "%d", value(id, 0));
  });
  SAY("clone", "value after the last", "%d", value(id, 0));
  CHILD("unshare", "CLONE_SYSVSEM", {
    op(id, 0, -2, SEM_UNDO);
    CALL(unshare, "gives back at once", CLONE_SYSVSEM);
    SAY("unshare", "value", "%d", value(id, 0));
  });
  set(id, 1, 0);
  op(id, 1, 1, 0);
  pid_t child = fork();
  if (child == 0) {
    op(id, 1, -1, SEM_UNDO);
    await(id, 1, GETNCNT, 1);
    _exit(0);
  }
  while (value(id, 1) != 0) sleep_ms(1);
  SAY("exit", "woken by an undo", "%d", op(id, 1, -1, 0));
  SAY("exit", "last process of what was undone", "%d", RAW(semctl, id, 1, GETPID, 0) == getpid());
  waitpid(child, 0, 0);
  struct sembuf too_far[] = {{0, 32767, SEM_UNDO}};
  set(id, 0, 0);
  CHILD("semop", "undo beyond its range", {
    CALL(semop, "once", id, too_far, 1);
    op(id, 0, -32767, 0);
    CALL(semop, "twice", id, too_far, 1);
    SAY("semop", "value", "%d", value(id, 0));
  });
  CHILD("exit", "of a removed set", op(id, 0, 1, SEM_UNDO); drop(id));
}

static void rights(void) {
  int id = RAW(semget, IPC_PRIVATE, 1, 0604), mine = key(2), hidden = RAW(semget, mine, 1, IPC_CREAT | 0600);
  set(id, 0, 1);
  CHILD("semget", "as another", {
    struct semid_ds data;
    become_user(4321);
    CALL(semctl, "what may be read", id, 0, GETVAL, 0);
    CALL(semctl, "what may only be read, set", id, 0, SETVAL, 1);
    CASE("semop", "what may only be read, up", op(id, 0, 1, 0));
    CASE("semop", "what may be read, zero", op(id, 0, 0, IPC_NOWAIT));
    CALL(semctl, "remove by another", id, 0, IPC_RMID, 0);
    CALL(semctl, "set by another", id, 0, IPC_SET, &data);
    CALL(semctl, "hidden", hidden, 0, GETVAL, 0);
    CALL(semctl, "stat of a hidden one", hidden, 0, IPC_STAT, &data);
    CALL(semget, "hidden by its key", mine, 1, 0600);
    CASE("semget", "hidden, asking for nothing", RAW(semget, mine, 1, 0) == hidden);
    CASE("semop", "hidden", op(hidden, 0, 1, 0));
    CASE("semop", "hidden, no such semaphore", op(hidden, 9, 1, 0));
  });
  drop(id);
  drop(hidden);
}

static void listing(void) {
  int mine = key(3), id = RAW(semget, mine, 7, IPC_CREAT | 0640), found = 0;
  char line[300];
  op(id, 0, 1, 0);
  FILE *file = fopen("/proc/sysvipc/sem", "r");
  while (file != 0 && fgets(line, sizeof line, file)) {
    long k, i, count, uid, gid, cuid, cgid, otime, ctime;
    unsigned mode;
    if (sscanf(line, "%ld %ld %o %ld %ld %ld %ld %ld %ld %ld", &k, &i, &mode, &count, &uid, &gid, &cuid, &cgid, &otime, &ctime) != 10) {
      SAY("proc", "heading", "%.*s", (int)strcspn(line, "\n"), line);
      continue;
    }
    if (i != id) continue;
    found++;
    SAY("proc", "sysvipc/sem", "%d %o %ld %d %d", (int)k == mine, mode, count, cuid == geteuid(), otime >= ctime);
  }
  if (file) fclose(file);
  SAY("proc", "rows of it", "%d", found);
  drop(id);
}

int main(int count, char **words) {
  if (count > 2) {
    SAY("execve", "value after exec", "%d", value(atoi(words[2]), 0));
    return 0;
  }
  getting();
  operations();
  timing();
  controlling();
  waiting();
  order();
  undoing();
  rights();
  listing();
}
