/* The upper halves of the YMM registers in signal frames: kept across handlers, seen and changed by them. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <immintrin.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { MAGIC1 = 464, EXTENDED_SIZE = 468, XFEATURES = 472, XSTATE_SIZE = 480, MXCSR = 24, HEADER = 512, AVX = 576 };
static int mode;

static uint32_t word(const char *image, int at) {
  uint32_t value;
  memcpy(&value, image + at, 4);
  return value;
}

static void set_word(char *image, int at, uint32_t value) {
  memcpy(image + at, &value, 4);
}

__attribute__((target("avx"))) static void handler(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  char *image = (char *)uc->uc_mcontext.fpregs;
  uint64_t first[4];
  asm volatile("vmovdqu %%ymm7, %0" : "=m"(first));
  if (mode == 0) {
    uint32_t size = word(image, XSTATE_SIZE);
    unsigned long room = getauxval(AT_MINSIGSTKSZ);
    printf("aligned %d, flagged %d, magic %d %d, features %d, header %d, clear %d\n", (uintptr_t)image % 64 == 0, (int)uc->uc_flags & 1,
           word(image, MAGIC1) == 0x46505853, word(image, size) == 0x46505845, word(image, XFEATURES) & 7, word(image, HEADER) & 7,
           (first[0] | first[1] | first[2] | first[3]) == 0);
    printf("size %d, room %d\n", word(image, EXTENDED_SIZE) == size + 4, /* before 5.14: none */ !room || room >= size + 4 + 440);
  }
  if (mode == 1) set_word(image, AVX + 7 * 16, 77);
  if (mode == 2) set_word(image, HEADER, 3);
  if (mode == 3) set_word(image, MAGIC1, 0);
  if (mode == 4) set_word(image, MXCSR, 0x10000);
  if (mode == 5) set_word(image, word(image, XSTATE_SIZE), 0);
  if (mode == 6) set_word(image, HEADER + 8, 4);
  asm volatile("vpcmpeqd %%xmm0, %%xmm0, %%xmm0\n vinsertf128 $1, %%xmm0, %%ymm0, %%ymm7" ::: "xmm0", "xmm7");
}

__attribute__((target("avx"))) static void one(const char *what, int which) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    uint64_t before[4] = {1, 2, 3, 4}, after[4];
    mode = which;
    long pid = getpid(), result = SYS_kill;
    asm volatile("vmovdqu %2, %%ymm7\n syscall\n vmovdqu %%ymm7, %1" : "+a"(result), "=m"(after) : "m"(before), "D"(pid), "S"(SIGUSR1)
                 : "rcx", "r11", "memory", "xmm7");
    printf("%s: %d %d %d %d\n", what, (int)after[0], (int)after[1], (int)after[2], (int)after[3]);
    fflush(stdout);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) printf("%s: signal %d\n", what, WTERMSIG(status));
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, 0);
  one("kept", 0);
  one("changed by the handler", 1);
  one("component not in the header", 2);
  one("no first magic", 3);
  one("bad mxcsr", 4);
  one("no second magic", 5);
  one("compaction that is none", 6);
  unsigned a, b, c, d;
  __get_cpuid_count(7, 0, &a, &b, &c, &d);
  printf("fsgsbase %d\n", (b & 1) || !(getauxval(AT_HWCAP2) & 2));
  return 0;
}
