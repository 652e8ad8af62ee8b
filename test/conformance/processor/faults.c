/* Exceptions of the processor as signals: which signal, code, address and vector. */
#include "../conform.h"
#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
static siginfo_t seen;
static long vector;
static uint8_t *rip;

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)number;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  seen = *info;
  vector = registers[REG_TRAPNO];
  rip = (uint8_t *)registers[REG_RIP];
  siglongjmp(back, 1);
}

#define FAULT(label, ...) \
  do { \
    if (sigsetjmp(back, 1) == 0) { \
      __VA_ARGS__; \
      SAY("fault", label, "none"); \
    } else SAY("fault", label, "%s code %d address %s vector %ld", signal_name(seen.si_signo), seen.si_code, place(), vector); \
  } while (0)

static const char *place(void) {
  static char text[24];
  if ((uint8_t *)seen.si_addr == rip) return "of the instruction";
  snprintf(text, sizeof text, "%lx", (unsigned long)seen.si_addr);
  return text;
}

int main(void) {
  static char stack[65536];
  stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&other, 0);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, 0);

  unsigned long hole = 0x0000800000000000, kernel = 0xffff800000000000;
  FAULT("load at a non-canonical address", __asm__ volatile("mov (%0), %%al" : : "r"(hole) : "al"));
  FAULT("load through rbp", __asm__ volatile("push %%rbp; mov %0, %%rbp; mov (%%rbp), %%al" : : "r"(hole) : "al"));
  FAULT("load through rbp and gs", __asm__ volatile("push %%rbp; mov %0, %%rbp; mov %%gs:(%%rbp), %%al" : : "r"(hole) : "al"));
  FAULT("load through rsp", __asm__ volatile("mov %0, %%rsp; mov 8(%%rsp), %%al" : : "r"(hole) : "al"));
  FAULT("load through r13", __asm__ volatile("mov %0, %%r13; mov (%%r13), %%al" : : "r"(hole) : "al", "r13"));
  FAULT("misaligned through rbp", __asm__ volatile("push %%rbp; mov %0, %%rbp; movaps 1(%%rbp), %%xmm0" : : "r"(hole) : "xmm0"));
  FAULT("push", __asm__ volatile("mov %0, %%rsp; push %%rax" : : "r"(hole + 64)));
  FAULT("pop", __asm__ volatile("mov %0, %%rsp; pop %%rax" : : "r"(hole) : "rax"));
  FAULT("call", __asm__ volatile("mov %0, %%rsp; call 1f; 1: nop" : : "r"(hole + 64)));
  FAULT("leave", __asm__ volatile("mov %0, %%rbp; leave" : : "r"(hole)));
  FAULT("push of an operand there", __asm__ volatile("push (%0)" : : "r"(hole)));
  FAULT("load in the kernel's half", __asm__ volatile("mov (%0), %%al" : : "r"(kernel) : "al"));
  FAULT("load from page 0", __asm__ volatile("mov 8, %%al" : : : "al"));
  FAULT("ud2", __asm__ volatile("ud2"));
  FAULT("hlt", __asm__ volatile("hlt"));
  FAULT("int3", __asm__ volatile("int3"));
  FAULT("int 0x20", __asm__ volatile("int $0x20"));
  FAULT("in al, 0x60", __asm__ volatile("in $0x60, %%al" : : : "al"));
  FAULT("divide by zero", __asm__ volatile("div %%ecx" : : "a"(1), "c"(0), "d"(0)));
  FAULT("quotient too large", __asm__ volatile("div %%ecx" : : "a"(1), "c"(1), "d"(1)));
  FAULT("idiv of the smallest by -1", __asm__ volatile("cltd; idiv %%ecx" : : "a"(0x80000000), "c"(-1) : "rdx"));
  FAULT("misaligned movaps", __asm__ volatile("movaps (%0), %%xmm0" : : "r"(stack + 1) : "xmm0"));
  FAULT("lock without memory", __asm__ volatile(".byte 0xf0, 0x90"));
  FAULT("lock mov", __asm__ volatile(".byte 0xf0, 0x89, 0x00" : : "a"(stack)));
  return 0;
}
