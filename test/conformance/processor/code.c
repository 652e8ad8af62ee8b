/*
 * Code that changes while it runs: by the thread that runs it, by another thread, through another mapping of the same page, in a forked
 * child; and instructions that lie in two pages.
 */
#include "../conform.h"
#include <pthread.h>
#include <setjmp.h>

#define ALL (PROT_READ | PROT_WRITE | PROT_EXEC)
#define TURNS 3000

typedef int (*Function)(void);

static uint8_t *pages(int count, int flags, int fd) {
  return mmap(0, count * 4096, ALL, flags, fd, 0);
}

/* mov eax, value; ret */
static void write_function(volatile uint8_t *at, uint32_t value) {
  at[0] = 0xb8;
  at[1] = value;
  at[2] = value >> 8;
  at[3] = value >> 16;
  at[4] = value >> 24;
  at[5] = 0xc3;
}

static void by_itself(void) {
  uint8_t *code = pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  long sum = 0;
  for (int i = 0; i < TURNS; i++) {
    write_function(code, i);
    sum += ((Function)code)();
  }
  SAY("code", "a function rewritten before each call", "%ld", sum);
  /* add dword [rip + 1], 1 on the immediate of the mov eax that follows at once; ret */
  static const uint8_t next[] = {0x83, 0x05, 0x01, 0, 0, 0, 1, 0xb8, 0, 0, 0, 0, 0xc3};
  memcpy(code + 64, next, sizeof next);
  for (int i = 0; i < TURNS; i++) sum += ((Function)(code + 64))();
  SAY("code", "an instruction that changes the next", "%ld", sum);
}

static volatile int rounds;
static uint8_t *volatile shared;

/* Waits until its code gives the number of the round, and asks for the next. */
static void *runner(void *unused) {
  (void)unused;
  Function function = (Function)shared;
  for (int round = 1; round <= 20; round++) {
    while (function() != round) sched_yield();
    rounds = round;
  }
  return 0;
}

static void by_another_thread(void) {
  shared = pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  write_function(shared, 0);
  for (int i = 0; i < TURNS; i++) ((Function)shared)();
  pthread_t id;
  pthread_create(&id, 0, runner, 0);
  for (int round = 1; round <= 20; round++) {
    shared[1] = round;
    while (rounds != round) sched_yield();
  }
  pthread_join(id, 0);
  SAY("code", "rounds of a thread whose code another changes", "%d", rounds);
}

static void through_another_mapping(void) {
  int fd = memfd_create("code", 0);
  if (ftruncate(fd, 4096) != 0) _exit(1);
  uint8_t *writing = pages(1, MAP_SHARED, fd), *running = pages(1, MAP_SHARED, fd);
  long sum = 0;
  for (int i = 0; i < TURNS; i++) {
    write_function(writing, i);
    sum += ((Function)running)();
  }
  SAY("code", "written through another mapping", "%ld", sum);
  write_function(writing, 1);
  CHILD("code", "in a child", write_function(running, 7));
  SAY("code", "written by a child", "%d", ((Function)running)());
  if (pwrite(fd, "\x09", 1, 1) != 1) _exit(1);
  SAY("code", "after write()", "%d", ((Function)running)());
}

static void in_a_child(void) {
  uint8_t *code = pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  write_function(code, 1);
  for (int i = 0; i < TURNS; i++) ((Function)code)();
  CHILD("code", "private to a child", write_function(code, 2); _exit(((Function)code)()));
  SAY("code", "and to its parent", "%d", ((Function)code)());
}

static sigjmp_buf back;
static volatile long fault_offset;
static uint8_t *base;

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  fault_offset = (uint8_t *)info->si_addr - base;
  siglongjmp(back, info->si_code);
}

/* The function at the offset: its value, or where it faults. */
static void call(const char *label, int offset) {
  int code = sigsetjmp(back, 1);
  if (code != 0) SAY("straddle", label, "code %d at %ld", code, fault_offset);
  else SAY("straddle", label, "%d", ((Function)(base + offset))());
}

static void store(const char *label, int offset) {
  int code = sigsetjmp(back, 1);
  if (code != 0) {
    SAY("straddle", label, "code %d at %ld, before it %02x%02x", code, fault_offset, base[4094], base[4095]);
    return;
  }
  *(volatile uint64_t *)(base + offset) = 0x1122334455667788;
  SAY("straddle", label, "%02x%02x", base[4094], base[4095]);
}

static void straddling(void) {
  base = pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, 0);
  write_function(base + 4093, 0x01020304);
  call("code in two pages", 4093);
  base[4097] = 0x55;
  call("after a change in the second", 4093);
  base[4094] = 0x66;
  call("after a change in the first", 4093);
  mprotect(base + 4096, 4096, PROT_READ | PROT_WRITE);
  call("second page not executable", 4093);
  mprotect(base + 4096, 4096, PROT_NONE);
  call("second page not accessible", 4093);
  mprotect(base + 4096, 4096, PROT_READ);
  for (int i = 0; i < 2; i++) store("store into a read-only second page", 4090);
  mprotect(base + 4096, 4096, ALL);
  mprotect(base, 4096, PROT_READ);
  store("store into a read-only first page", 4090);
  mprotect(base, 4096, ALL);
  store("store into both", 4090);
}

int main(void) {
  by_itself();
  by_another_thread();
  through_another_mapping();
  in_a_child();
  straddling();
  return 0;
}
