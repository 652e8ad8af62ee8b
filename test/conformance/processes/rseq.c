/* rseq(2): registering, with all that a hostile caller might try. */
#include "../conform.h"

#ifndef SYS_rseq
#define SYS_rseq 334
#endif

static char area[1024] __attribute__((aligned(256)));

/* glibc has registered one for each thread; this child gives it up. */
static void forget(void) {
  extern const long __rseq_offset __attribute__((weak));
  extern const unsigned __rseq_size __attribute__((weak));
  if (&__rseq_offset == 0 || __rseq_size == 0) return;
  char *known = (char *)__builtin_thread_pointer() + __rseq_offset;
  for (int size = 32; size <= 256; size += 4)
    if (RAW(rseq, known, size, 1, 0x53053053) == 0) return;
}

int main(void) {
  forget();
  OKAY(rseq, "unregister what is not registered", area, 32, 1, 0x1234);
  OKAY(rseq, "unknown flag", area, 32, 2, 0x1234);
  OKAY(rseq, "flags of both", area, 32, 3, 0x1234);
  OKAY(rseq, "misaligned", area + 8, 32, 0, 0x1234);
  OKAY(rseq, "too small", area, 16, 0, 0x1234);
  OKAY(rseq, "no size", area, 0, 0, 0x1234);
  OKAY(rseq, "null", (void *)0, 32, 0, 0x1234);
  OKAY(rseq, "in the kernel", HIGH, 32, 0, 0x1234);
  OKAY(rseq, "not canonical", UNCANONICAL, 32, 0, 0x1234);
  OKAY(rseq, "register", area, 32, 0, 0x1234);
  SAY("rseq", "the processor is told", "%d", *(volatile unsigned *)(area + 4) < 100000);
  OKAY(rseq, "register again", area, 32, 0, 0x1234);
  OKAY(rseq, "register again, another signature", area, 32, 0, 0x4321);
  OKAY(rseq, "register again, another size", area, 64, 0, 0x1234);
  OKAY(rseq, "register another", area + 512, 32, 0, 0x1234);
  OKAY(rseq, "unregister, another signature", area, 32, 1, 0x4321);
  OKAY(rseq, "unregister, another size", area, 64, 1, 0x1234);
  OKAY(rseq, "unregister another", area + 512, 32, 1, 0x1234);
  CHILD("rseq", "in a child", {
    OKAY(rseq, "inherited by fork", area, 32, 0, 0x1234);
  });
  OKAY(rseq, "unregister", area, 32, 1, 0x1234);
  SAY("rseq", "no processor is told", "%d", *(volatile unsigned *)(area + 4) == 0xffffffff);
  return 0;
}
