/*
 * Executes short pieces of machine code on given register states on the processor of this host, and reports what came
 * out: the judge of k42's CPU engines. Reads cases from standard input, writes one result for each to standard output.
 *
 * A case starts by returning from a signal: the handler puts the case's registers, flags, x87 and SSE state into the signal
 * frame, and the kernel's sigreturn loads them all at once. The code ends in INT3 (or faults), which brings us back into the handler with
 * the complete state after it. So a case costs one signal, and no register is out of reach, RSP included.
 *
 * Layout of case and result: machine-record.ts.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096u
/* Pages A and B are writable, C is read-only; nothing is mapped around them. */
#define DATA 0x10000000u
#define DATA_SIZE (3 * PAGE)
#define CODE 0x20000000u
#define CODE_SIZE (1024 * PAGE)
#define CODE_MAX 64
/* Windows on the data, sent with each case: around the border of A and B, and of B and C. */
#define WINDOW1 (PAGE - 128)
#define WINDOW1_SIZE 256
#define WINDOW2 (2 * PAGE - 64)
#define WINDOW2_SIZE 128
/* The part of the FXSAVE image that holds registers; what follows belongs to the kernel in a signal frame. */
#define FX_SIZE 416
/* The upper halves of the YMM registers in the standard XSAVE image. Source: SDM vol. 1, 13.4.3. */
#define XSTATE_BV 512
#define YMM_OFFSET 576
#define YMM_SIZE 256
#define XSTATE_X87_SSE 3
#define XSTATE_AVX 4
#define RUNAWAY_US 200000

struct test_case {
  uint8_t code[CODE_MAX];
  uint32_t code_length;
  uint32_t unused;
  uint64_t code_address;
  uint64_t gpr[16];
  uint64_t rflags;
  uint64_t unused2;
  uint8_t fx[FX_SIZE];
  uint8_t window1[WINDOW1_SIZE];
  uint8_t window2[WINDOW2_SIZE];
  uint8_t ymm[YMM_SIZE];
};

struct result {
  int32_t signal;
  int32_t trap_number;
  uint64_t address;
  uint64_t rip;
  uint64_t rflags;
  uint64_t gpr[16];
  uint8_t fx[FX_SIZE];
  uint8_t window1[WINDOW1_SIZE];
  uint8_t window2[WINDOW2_SIZE];
  /* First changed byte outside the windows, as an offset from DATA; -1 if there is none. */
  int32_t stray_write;
  int32_t error_code;
  uint8_t ymm[YMM_SIZE];
};

/* Registers of the signal frame in encoding order. */
static const int frame_register[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                       REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static struct test_case *cases;
static struct result *results;
static size_t case_count, current;
static int started;
static int has_xsave, has_avx;
static uint8_t background[DATA_SIZE];
static ucontext_t after_all;

/* The same bytes as machine-record.ts makes: outside the windows, data is a fixed pattern. */
static void fill_background(void) {
  uint32_t seed = 0x2545f491;
  for (size_t i = 0; i < DATA_SIZE; i++) {
    seed = seed * 1664525u + 1013904223u;
    background[i] = seed >> 24;
  }
}

/* Page C is read-only to the code under test: its window is written through a second mapping. */
static uint8_t *page_c_alias;

static void set_data(const struct test_case *c) {
  uint8_t *data = (uint8_t *)(uintptr_t)DATA;
  memcpy(data, background, 2 * PAGE);
  memcpy(data + WINDOW1, c->window1, WINDOW1_SIZE);
  memcpy(data + WINDOW2, c->window2, WINDOW2_SIZE / 2);
  memcpy(page_c_alias, c->window2 + WINDOW2_SIZE / 2, WINDOW2_SIZE / 2);
}

static int32_t stray_write(void) {
  const uint8_t *data = (const uint8_t *)(uintptr_t)DATA;
  const uint32_t ranges[][2] = {{0, WINDOW1}, {WINDOW1 + WINDOW1_SIZE, WINDOW2}, {WINDOW2 + WINDOW2_SIZE, DATA_SIZE}};
  for (size_t r = 0; r < 3; r++) {
    uint32_t from = ranges[r][0], to = ranges[r][1];
    if (memcmp(data + from, background + from, to - from) == 0) continue;
    while (data[from] == background[from]) from++;
    return (int32_t)from;
  }
  return -1;
}

static void finish_case(int signal, const siginfo_t *info, const ucontext_t *frame) {
  struct result *r = &results[current];
  const uint8_t *data = (const uint8_t *)(uintptr_t)DATA;
  r->signal = signal;
  r->trap_number = (int32_t)frame->uc_mcontext.gregs[REG_TRAPNO];
  r->error_code = (int32_t)frame->uc_mcontext.gregs[REG_ERR];
  r->address = (uint64_t)(uintptr_t)info->si_addr;
  r->rip = (uint64_t)frame->uc_mcontext.gregs[REG_RIP];
  r->rflags = (uint64_t)frame->uc_mcontext.gregs[REG_EFL];
  for (int i = 0; i < 16; i++) r->gpr[i] = (uint64_t)frame->uc_mcontext.gregs[frame_register[i]];
  memcpy(r->fx, frame->uc_mcontext.fpregs, FX_SIZE);
  memcpy(r->window1, data + WINDOW1, WINDOW1_SIZE);
  memcpy(r->window2, data + WINDOW2, WINDOW2_SIZE);
  const uint8_t *fx = (const uint8_t *)frame->uc_mcontext.fpregs;
  if (has_avx && (fx[XSTATE_BV] & XSTATE_AVX)) memcpy(r->ymm, fx + YMM_OFFSET, YMM_SIZE);
  r->stray_write = stray_write();
}

static void start_case(ucontext_t *frame) {
  const struct test_case *c = &cases[current];
  greg_t *g = frame->uc_mcontext.gregs;
  uint8_t *fx = (uint8_t *)frame->uc_mcontext.fpregs;
  set_data(c);
  for (int i = 0; i < 16; i++) g[frame_register[i]] = (greg_t)c->gpr[i];
  g[REG_RIP] = (greg_t)c->code_address;
  g[REG_EFL] = (greg_t)c->rflags;
  memcpy(fx, c->fx, FX_SIZE);
  if (!has_xsave) return;
  /* XSTATE_BV: these are taken from the image, not reset. Source: SDM vol. 1, 13.4.2. */
  fx[XSTATE_BV] |= XSTATE_X87_SSE;
  if (!has_avx) return;
  fx[XSTATE_BV] |= XSTATE_AVX;
  memcpy(fx + YMM_OFFSET, c->ymm, YMM_SIZE);
}

static void on_signal(int signal, siginfo_t *info, void *context) {
  ucontext_t *frame = context;
  if (started) {
    finish_case(signal, info, frame);
    current++;
  }
  started = 1;
  if (current == case_count) {
    setcontext(&after_all);
    abort();
  }
  /* In processor time, so that a busy host does not matter. */
  const struct itimerval limit = {{0, 0}, {0, RUNAWAY_US}};
  if (current % 256 == 0 || signal == SIGVTALRM) setitimer(ITIMER_VIRTUAL, &limit, NULL);
  start_case(frame);
}

static void *map_at(uint32_t address, size_t size, int protection) {
  void *at = mmap((void *)(uintptr_t)address, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (at != (void *)(uintptr_t)address) {
    perror("mmap");
    exit(1);
  }
  return at;
}

static void map_memory(void) {
  int page_c = memfd_create("page-c", 0);
  if (page_c < 0 || ftruncate(page_c, PAGE) != 0) exit(1);
  map_at(DATA, DATA_SIZE, PROT_READ | PROT_WRITE);
  map_at(CODE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
  page_c_alias = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, page_c, 0);
  memcpy(page_c_alias, background + 2 * PAGE, PAGE);
  mmap((void *)(uintptr_t)(DATA + 2 * PAGE), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, page_c, 0);
  memset((void *)(uintptr_t)CODE, 0xcc, CODE_SIZE);
}

static void *read_all(size_t *size) {
  size_t capacity = 1 << 20, length = 0;
  uint8_t *bytes = malloc(capacity);
  for (;;) {
    if (length == capacity) bytes = realloc(bytes, capacity *= 2);
    ssize_t n = read(0, bytes + length, capacity - length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    length += (size_t)n;
  }
  *size = length;
  return bytes;
}

int main(void) {
  static uint8_t signal_stack[65536];
  static volatile int returned;
  size_t size;
  /* Signal frames carry an XSAVE image where the processor has XSAVE. */
  unsigned eax, ebx, ecx = 0, edx;
  __get_cpuid(1, &eax, &ebx, &ecx, &edx);
  has_xsave = (ecx & bit_OSXSAVE) != 0;
  has_avx = has_xsave && (ecx & bit_AVX) != 0;
  fill_background();
  map_memory();
  cases = read_all(&size);
  case_count = size / sizeof(struct test_case);
  results = calloc(case_count + 1, sizeof(struct result));
  for (size_t i = 0; i < case_count; i++)
    memcpy((void *)(uintptr_t)cases[i].code_address, cases[i].code, cases[i].code_length);

  stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  sigfillset(&action.sa_mask);
  const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGVTALRM, SIGUSR1};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);

  getcontext(&after_all);
  if (!returned && case_count > 0) {
    returned = 1;
    raise(SIGUSR1);
  }
  struct itimerval off = {{0, 0}, {0, 0}};
  setitimer(ITIMER_VIRTUAL, &off, NULL);
  const uint8_t *out = (const uint8_t *)results;
  for (size_t left = case_count * sizeof(struct result); left > 0;) {
    ssize_t n = write(1, out, left);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 1;
    out += n;
    left -= (size_t)n;
  }
  return 0;
}
