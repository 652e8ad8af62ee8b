/* futex_waitv, and futex_wait, futex_wake and futex_requeue as calls of their own. */
#include "../conform.h"
#include <limits.h>
#include <linux/futex.h>

#ifndef SYS_futex_wake
#define SYS_futex_wake 454
#define SYS_futex_wait 455
#define SYS_futex_requeue 456
#endif
#define SIZE_U32 2
#define PRIVATE 128

struct waiter {
  uint64_t val, uaddr;
  uint32_t flags, reserved;
};

static uint32_t *words; /* shared with children */
static struct timespec past = {0, 1};

static struct waiter on(uint32_t *word, uint32_t value) {
  return (struct waiter){value, (uint64_t)word, SIZE_U32, 0};
}

/* Waits until a child sleeps in its call: it has said so just before, and then a wake finds it. */
static long wake_until(uint32_t *word, int count) {
  for (int tries = 0; tries < 2000; tries++) {
    long woken = RAW(futex, word, FUTEX_WAKE, count, 0, 0, 0);
    if (woken != 0) return woken;
    sleep_ms(1);
  }
  return -2;
}

static void waitv_arguments(void) {
  struct waiter list[2] = {on(words, 0), on(words + 1, 0)};
  OKAY(futex_waitv, "flags", list, 2, 1, 0, 0);
  OKAY(futex_waitv, "none", list, 0, 0, 0, 0);
  OKAY(futex_waitv, "too many", list, 129, 0, 0, 0);
  OKAY(futex_waitv, "null", (void *)0, 1, 0, 0, 0);
  OKAY(futex_waitv, "no memory", LOW, 1, 0, 0, 0);
  OKAY(futex_waitv, "list past the end of memory", edge(24), 2, 0, 0, 0);
  OKAY(futex_waitv, "no such clock", list, 2, 0, &past, CLOCK_BOOTTIME);
  OKAY(futex_waitv, "clock not looked at without timeout", list, 129, 0, 0, 77);
  OKAY(futex_waitv, "timeout without memory", list, 2, 0, LOW, CLOCK_MONOTONIC);
  struct timespec odd = {0, 1000000000};
  OKAY(futex_waitv, "timeout of too many nanoseconds", list, 2, 0, &odd, CLOCK_MONOTONIC);
  list[1].reserved = 1;
  OKAY(futex_waitv, "reserved", list, 2, 0, &past, CLOCK_MONOTONIC);
  list[1].reserved = 0;
  list[1].flags = 3;
  OKAY(futex_waitv, "size of 64 bits", list, 2, 0, &past, CLOCK_MONOTONIC);
  list[1].flags = SIZE_U32 | 0x40;
  OKAY(futex_waitv, "unknown word flag", list, 2, 0, &past, CLOCK_MONOTONIC);
  list[1] = on(words, 0);
  list[1].uaddr += 2;
  OKAY(futex_waitv, "misaligned", list, 2, 0, &past, CLOCK_MONOTONIC);
  list[1].uaddr = 8;
  OKAY(futex_waitv, "word without memory", list, 2, 0, &past, CLOCK_MONOTONIC);
}

static void waitv_waiting(void) {
  struct waiter list[3] = {on(words, 0), on(words + 1, 0), on(words + 2, 0)};
  OKAY(futex_waitv, "timeout long over", list, 2, 0, &past, CLOCK_MONOTONIC);
  OKAY(futex_waitv, "real time long over", list, 2, 0, &past, CLOCK_REALTIME);
  list[1].val = 5;
  OKAY(futex_waitv, "second value differs", list, 2, 0, &past, CLOCK_MONOTONIC);
  list[1].val = 0;
  for (int which = 0; which < 3; which++) {
    pid_t child = fork();
    if (child == 0) _exit(RAW(futex_waitv, list, 3, 0, 0, 0));
    SAY("futex_waitv", "woken", "%ld", wake_until(words + which, INT_MAX));
    show_end("futex_waitv", "index of the word", child);
  }
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 3; i++) list[i].flags |= PRIVATE;
    struct timespec soon;
    clock_gettime(CLOCK_MONOTONIC, &soon);
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
    OKAY(futex_waitv, "private, nobody wakes", list, 3, 0, &soon, CLOCK_MONOTONIC);
    _exit(0);
  }
  show_end("futex_waitv", "timed out", child);
}

static void single(void) {
  CALL(futex_wake, "nobody waits", words, 1L, 1, SIZE_U32);
  CALL(futex_wake, "no bits", words, 0L, 1, SIZE_U32);
  CALL(futex_wake, "wide bits", words, 0x100000000L, 1, SIZE_U32);
  CALL(futex_wake, "no size", words, 1L, 1, 0);
  CALL(futex_wake, "unknown flag", words, 1L, 1, SIZE_U32 | 0x400);
  CALL(futex_wake, "misaligned", (char *)words + 1, 1L, 1, SIZE_U32);
  CALL(futex_wake, "no memory", LOW, 1L, 1, SIZE_U32);
  CALL(futex_wait, "value differs", words, 7L, 1L, SIZE_U32, 0, CLOCK_MONOTONIC);
  CALL(futex_wait, "wide value", words, 0x100000000L, 1L, SIZE_U32, 0, CLOCK_MONOTONIC);
  CALL(futex_wait, "no bits", words, 0L, 0L, SIZE_U32, &past, CLOCK_MONOTONIC);
  CALL(futex_wait, "no size", words, 0L, 1L, 0, &past, CLOCK_MONOTONIC);
  CALL(futex_wait, "no such clock", words, 0L, 1L, SIZE_U32, &past, 3);
  CALL(futex_wait, "timeout over", words, 0L, 1L, SIZE_U32, &past, CLOCK_MONOTONIC);
  struct waiter pair[2] = {on(words, 0), on(words + 1, 0)};
  CALL(futex_requeue, "flags", pair, 1, 1, 1);
  CALL(futex_requeue, "null", (void *)0, 0, 1, 1);
  CALL(futex_requeue, "nobody waits", pair, 0, 1, 1);
  CALL(futex_requeue, "less than none", pair, 0, -1, 1);
  pair[0].val = 1;
  CALL(futex_requeue, "value differs", pair, 0, 1, 1);
  pair[0].val = 0;
  pid_t child = fork();
  if (child == 0) _exit(RAW(futex_wait, words, 0L, 2L, SIZE_U32, 0, CLOCK_MONOTONIC) == 0 ? 0 : errno);
  long moved = 0;
  for (int tries = 0; tries < 2000 && moved == 0; tries++) {
    moved = RAW(futex_requeue, pair, 0, 0, 1);
    if (moved == 0) sleep_ms(1);
  }
  SAY("futex_requeue", "moved", "%ld", moved);
  CALL(futex_wake, "the first word has lost it", words, 2L, 1, SIZE_U32);
  CALL(futex_wake, "other bits", words + 1, 1L, 1, SIZE_U32);
  CALL(futex_wake, "none of the waiters", words + 1, 2L, 0, SIZE_U32);
  CALL(futex_wake, "its bits", words + 1, 2L, 1, SIZE_U32);
  show_end("futex_wait", "moved and woken", child);
}

int main(void) {
  words = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  waitv_arguments();
  waitv_waiting();
  single();
  return 0;
}
