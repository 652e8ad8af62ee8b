/* Two threads hand a word to and fro. */
#include "rows.h"
static volatile unsigned turn;
static long wanted;
static void give(unsigned next) {
  __atomic_store_n(&turn, next, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}
static void await(unsigned value) {
  unsigned now;
  while ((now = __atomic_load_n(&turn, __ATOMIC_SEQ_CST)) != value) syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, 0, 0, 0);
}
static void *other(void *argument) {
  for (long i = 0; i < wanted; i++) {
    await(1);
    give(0);
  }
  return argument;
}
static void rounds(long count, const char *argument) {
  (void)argument;
  wanted = count;
  pthread_t thread;
  pthread_create(&thread, 0, other, 0);
  for (long i = 0; i < count; i++) {
    give(1);
    await(0);
  }
  pthread_join(thread, 0);
}
