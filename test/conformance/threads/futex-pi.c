/* Futexes with priority inheritance: FUTEX_LOCK_PI and its relatives, and mutexes made of them. */
#include "../conform.h"
#include <linux/futex.h>
#include <pthread.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static uint32_t *words; /* shared with children */
#define FUTEX(op, word, timeout) RAW(futex, word, op, 0, timeout, 0, 0)

static struct timespec in_ms(int clock, long ms) {
  struct timespec time;
  clock_gettime(clock, &time);
  time.tv_nsec += ms * 1000000;
  time.tv_sec += time.tv_nsec / 1000000000;
  time.tv_nsec %= 1000000000;
  return time;
}

static const char *word_says(uint32_t word) {
  static char text[60];
  snprintf(text, sizeof text, "%s%s%s", word & FUTEX_WAITERS ? "waiters " : "", word & FUTEX_OWNER_DIED ? "died " : "",
           (word & FUTEX_TID_MASK) == 0 ? "free" : (word & FUTEX_TID_MASK) == (uint32_t)gettid() ? "mine" : "another's");
  return text;
}

static void wait_for_waiters(uint32_t *word) {
  while ((__atomic_load_n(word, __ATOMIC_SEQ_CST) & FUTEX_WAITERS) == 0) sleep_ms(1);
  sleep_ms(2);
}

static void alone(void) {
  uint32_t *word = words;
  CASE("futex", "lock a free word", FUTEX(FUTEX_LOCK_PI, word, 0));
  SAY("futex", "then it is", "%s", word_says(*word));
  CASE("futex", "lock it again", FUTEX(FUTEX_LOCK_PI, word, 0));
  CASE("futex", "try it again", FUTEX(FUTEX_TRYLOCK_PI, word, 0));
  CASE("futex", "unlock", FUTEX(FUTEX_UNLOCK_PI, word, 0));
  SAY("futex", "then it is", "%s", word_says(*word));
  CASE("futex", "unlock a free word", FUTEX(FUTEX_UNLOCK_PI, word, 0));
  CASE("futex", "try a free word", FUTEX(FUTEX_TRYLOCK_PI, word, 0));
  CASE("futex", "unlock", FUTEX(FUTEX_UNLOCK_PI, word, 0));
  *word = FUTEX_OWNER_DIED;
  CASE("futex", "lock what a dead owner left", FUTEX(FUTEX_LOCK_PI, word, 0));
  SAY("futex", "then it is", "%s", word_says(*word));
  FUTEX(FUTEX_UNLOCK_PI, word, 0);
  *word = 999999;
  CASE("futex", "lock a word of nobody", FUTEX(FUTEX_LOCK_PI, word, 0));
  CASE("futex", "try a word of nobody", FUTEX(FUTEX_TRYLOCK_PI, word, 0));
  CASE("futex", "unlock another's", FUTEX(FUTEX_UNLOCK_PI, word, 0));
  *word = 0;
  CASE("futex", "lock, misaligned", FUTEX(FUTEX_LOCK_PI, (char *)word + 1, 0));
  CASE("futex", "unlock, misaligned", FUTEX(FUTEX_UNLOCK_PI, (char *)word + 1, 0));
  CASE("futex", "lock nowhere", FUTEX(FUTEX_LOCK_PI, LOW, 0));
  CASE("futex", "unlock nowhere", FUTEX(FUTEX_UNLOCK_PI, LOW, 0));
  CASE("futex", "timeout nowhere", FUTEX(FUTEX_LOCK_PI, word, LOW));
  struct timespec odd = {0, 1000000000};
  CASE("futex", "timeout of too many nanoseconds", FUTEX(FUTEX_LOCK_PI, word, &odd));
  CASE("futex", "another clock with FUTEX_LOCK_PI", FUTEX(FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, word, 0));
  CASE("futex", "another clock with FUTEX_WAIT", RAW(futex, word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 7, 0, 0, 0));
  CASE("futex", "another clock with FUTEX_WAKE", FUTEX(FUTEX_WAKE | FUTEX_CLOCK_REALTIME, word, 0));
  CASE("futex", "still free", *word);
}

static void contended(void) {
  uint32_t *word = words + 1;
  FUTEX(FUTEX_LOCK_PI, word, 0);
  pid_t child = fork();
  if (child == 0) {
    CASE("futex", "try what another has", FUTEX(FUTEX_TRYLOCK_PI, word, 0));
    struct timespec soon = in_ms(CLOCK_REALTIME, 10);
    CASE("futex", "lock, out of time", FUTEX(FUTEX_LOCK_PI, word, &soon));
    soon = in_ms(CLOCK_MONOTONIC, 10);
    CASE("futex", "lock on the monotonic clock, out of time", FUTEX(FUTEX_LOCK_PI2, word, &soon));
    __atomic_and_fetch(word, ~FUTEX_WAITERS, __ATOMIC_SEQ_CST);
    words[9] = 1;
    CASE("futex", "lock, and wait", FUTEX(FUTEX_LOCK_PI, word, 0));
    SAY("futex", "in the child it is", "%s", word_says(*word));
    CASE("futex", "unlock in the child", FUTEX(FUTEX_UNLOCK_PI, word, 0));
    _exit(0);
  }
  while (*(volatile uint32_t *)(words + 9) == 0) sleep_ms(1);
  wait_for_waiters(word);
  CASE("futex", "wake who waits for a lock", RAW(futex, word, FUTEX_WAKE, 1, 0, 0, 0));
  long unlocked = FUTEX(FUTEX_UNLOCK_PI, word, 0);
  show_end("futex", "handed over", child);
  SAY("futex", "unlocked for the child", "%ld", unlocked);
  SAY("futex", "in the end it is", "%s", word_says(*word));
}

static void owner_dies(void) {
  uint32_t *word = words + 3;
  pid_t owner = fork();
  if (owner == 0) {
    FUTEX(FUTEX_LOCK_PI, word, 0);
    wait_for_waiters(word);
    _exit(0);
  }
  while (*(volatile uint32_t *)word == 0) sleep_ms(1);
  CASE("futex", "lock of one who dies", FUTEX(FUTEX_LOCK_PI, word, 0));
  SAY("futex", "then it is", "%s", word_says(*word & ~FUTEX_WAITERS));
  show_end("futex", "the owner", owner);
  FUTEX(FUTEX_UNLOCK_PI, word, 0);
}

static void deadlock(void) {
  uint32_t *mine = words + 4, *yours = words + 5;
  FUTEX(FUTEX_LOCK_PI, mine, 0);
  pid_t child = fork();
  if (child == 0) {
    FUTEX(FUTEX_LOCK_PI, yours, 0);
    FUTEX(FUTEX_LOCK_PI, mine, 0);
    FUTEX(FUTEX_UNLOCK_PI, mine, 0);
    FUTEX(FUTEX_UNLOCK_PI, yours, 0);
    _exit(0);
  }
  wait_for_waiters(mine);
  CASE("futex", "two who wait for each other", FUTEX(FUTEX_LOCK_PI, yours, 0));
  FUTEX(FUTEX_UNLOCK_PI, mine, 0);
  show_end("futex", "the other goes on", child);
}

static pthread_mutex_t mutex;
static long sum;
static void *adds(void *arg) {
  for (int i = 0; i < 2000; i++) {
    pthread_mutex_lock(&mutex);
    sum++;
    if (i % 100 == 0) sched_yield();
    pthread_mutex_unlock(&mutex);
  }
  return arg;
}
static void *dies(void *arg) {
  pthread_mutex_lock(&mutex);
  return arg;
}

static void mutexes(void) {
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
  SAY("futex", "a mutex that inherits", "%d", pthread_mutex_init(&mutex, &attr));
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(threads + i, 0, adds, 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
  SAY("futex", "four threads", "%ld", sum);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&mutex, &attr);
  pthread_create(threads, 0, dies, 0);
  pthread_join(threads[0], 0);
  int answer = pthread_mutex_lock(&mutex);
  SAY("futex", "a robust one whose owner died", "%s", errno_name(answer));
  SAY("futex", "made consistent", "%s", errno_name(pthread_mutex_consistent(&mutex)));
  SAY("futex", "then unlocked", "%s", errno_name(pthread_mutex_unlock(&mutex)));
}

int main(void) {
  words = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  alone();
  contended();
  owner_dies();
  deadlock();
  mutexes();
  return 0;
}
