/* FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: waiters of a word that are moved to a lock. */
#include "conform.h"
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>

#define PRIVATE FUTEX_PRIVATE_FLAG
#define WAIT_REQUEUE(word, expected, time, lock) \
  RAW(futex, word, FUTEX_WAIT_REQUEUE_PI | PRIVATE, expected, time, lock, 0)
#define MOVE(label, count, lock, expected) \
  CALL(futex, label, &word, FUTEX_CMP_REQUEUE_PI | PRIVATE, 1, (long)(count), lock, expected)

static unsigned word, lock, other;

struct waiter {
  pthread_t thread;
  volatile int tid;
  long result;
  int error, owned;
  long timeout_ms;
};

static void nothing(int signal) {
}

static void *wait_for_lock(void *given) {
  struct waiter *self = given;
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  long ns = until.tv_nsec + self->timeout_ms % 1000 * 1000000;
  until.tv_sec += self->timeout_ms / 1000 + ns / 1000000000;
  until.tv_nsec = ns % 1000000000;
  self->tid = syscall(SYS_gettid);
  self->result = WAIT_REQUEUE(&word, 0, self->timeout_ms == 0 ? 0 : &until, &lock);
  self->error = errno;
  self->owned = (lock & FUTEX_TID_MASK) == self->tid;
  if (self->owned) RAW(futex, &lock, FUTEX_UNLOCK_PI | PRIVATE, 0, 0, 0, 0);
  return 0;
}

static void await_asleep(struct waiter *waiter) {
  char path[64], line[400], state = 0;
  while (waiter->tid == 0) sleep_ms(1);
  sprintf(path, "/proc/self/task/%d/stat", waiter->tid);
  while (state != 'S') {
    int file = open(path, O_RDONLY);
    ssize_t length = read(file, line, sizeof line - 1);
    close(file);
    if (length <= 0) return;
    line[length] = 0;
    state = strrchr(line, ')')[2];
    if (state != 'S') sleep_ms(1);
  }
}

static void begin(struct waiter *waiter, long timeout_ms) {
  *waiter = (struct waiter){.timeout_ms = timeout_ms};
  pthread_create(&waiter->thread, 0, wait_for_lock, waiter);
  await_asleep(waiter);
}

static void end(struct waiter *waiter, const char *label) {
  pthread_join(waiter->thread, 0);
  SAY("futex", label, "%s, %s", waiter->result == 0 ? "woken" : errno_name(waiter->error),
      waiter->owned ? "owns the lock" : "without the lock");
}

static void arguments(void) {
  struct timespec zero = {0, 0}, bad = {0, -1};
  CALL(futex, "wait and lock are one word", &word, FUTEX_WAIT_REQUEUE_PI, 0, 0, &word, 0);
  CALL(futex, "another value", &word, FUTEX_WAIT_REQUEUE_PI, 1, 0, &lock, 0);
  CALL(futex, "time is up", &word, FUTEX_WAIT_REQUEUE_PI, 0, &zero, &lock, 0);
  CALL(futex, "time of the clock is up", &word, FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 0, &zero, &lock, 0);
  CALL(futex, "no time", &word, FUTEX_WAIT_REQUEUE_PI, 0, &bad, &lock, 0);
  CALL(futex, "lock not aligned", &word, FUTEX_WAIT_REQUEUE_PI, 0, &zero, (char *)&lock + 1, 0);
  CALL(futex, "lock nowhere", &word, FUTEX_WAIT_REQUEUE_PI, 0, &zero, 4096L, 0);
  CALL(futex, "move onto itself", &word, FUTEX_CMP_REQUEUE_PI, 1, 0L, &word, 0);
  CALL(futex, "wake none", &word, FUTEX_CMP_REQUEUE_PI, 0, 0L, &lock, 0);
  CALL(futex, "wake two", &word, FUTEX_CMP_REQUEUE_PI, 2, 0L, &lock, 0);
  CALL(futex, "move fewer than none", &word, FUTEX_CMP_REQUEUE_PI, 1, -1L, &lock, 0);
  MOVE("another value", 0, &lock, 1);
  MOVE("nobody waits", 1, &lock, 0);
  CALL(futex, "wake on a shared word that is nowhere", 4096L, FUTEX_WAKE, 1, 0, 0, 0);
  CALL(futex, "wake on a private word that is nowhere", 4096L, FUTEX_WAKE | PRIVATE, 1, 0, 0, 0);
}

static void to_a_free_lock(void) {
  struct waiter waiters[2];
  begin(&waiters[0], 0);
  CALL(futex, "wake one who wants a lock", &word, FUTEX_WAKE | PRIVATE, 1, 0, 0, 0);
  CALL(futex, "move one who wants a lock, plainly", &word, FUTEX_REQUEUE | PRIVATE, 0, 1L, &other, 0);
  MOVE("to another lock than wanted", 1, &other, 0);
  MOVE("to a free lock", 0, &lock, 0);
  end(&waiters[0], "given the lock");
  for (int i = 0; i < 2; i++) begin(&waiters[i], 0);
  MOVE("two to a free lock", INT_MAX, &lock, 0);
  end(&waiters[0], "the first");
  end(&waiters[1], "the second");
  SAY("futex", "free again", "%x", lock);
}

static void to_a_lock_of_mine(void) {
  struct waiter waiters[3];
  CALL(futex, "lock", &lock, FUTEX_LOCK_PI | PRIVATE, 0, 0, 0, 0);
  for (int i = 0; i < 3; i++) begin(&waiters[i], 0);
  MOVE("one of three, and one more", 1, &lock, 0);
  SAY("futex", "waiters are told of", "%d", (lock & FUTEX_WAITERS) != 0);
  MOVE("the third", 5, &lock, 0);
  MOVE("nobody is left", 5, &lock, 0);
  CALL(futex, "wake who has been moved", &lock, FUTEX_WAKE | PRIVATE, 9, 0, 0, 0);
  CALL(futex, "unlock", &lock, FUTEX_UNLOCK_PI | PRIVATE, 0, 0, 0, 0);
  for (int i = 0; i < 3; i++) end(&waiters[i], "got it in turn");
  SAY("futex", "free again", "%x", lock);
}

static void too_late(void) {
  struct waiter waiter;
  signal(SIGUSR1, nothing);
  CALL(futex, "lock", &lock, FUTEX_LOCK_PI | PRIVATE, 0, 0, 0, 0);
  /* On a slow machine the time may be up before it is moved. */
  long moved = 0;
  for (long limit_ms = 100; moved == 0; limit_ms *= 3) {
    begin(&waiter, limit_ms);
    moved = RAW(futex, &word, FUTEX_CMP_REQUEUE_PI | PRIVATE, 1, 1L, &lock, 0);
    if (moved == 0) pthread_join(waiter.thread, 0);
  }
  end(&waiter, "the time is up");
  begin(&waiter, 0);
  tgkill(getpid(), waiter.tid, SIGUSR1);
  MOVE("one that was interrupted", 1, &lock, 0);
  tgkill(getpid(), waiter.tid, SIGUSR1);
  end(&waiter, "interrupted while it waits for the lock");
  CALL(futex, "unlock", &lock, FUTEX_UNLOCK_PI | PRIVATE, 0, 0, 0, 0);
}

int main(void) {
  arguments();
  to_a_free_lock();
  to_a_lock_of_mine();
  too_late();
  return 0;
}
