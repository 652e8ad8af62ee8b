/* Executes single x87 operations of this processor: records from standard input, results to standard output. See x87.test.ts. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct request {
  uint8_t a[10], b[10]; /* ST(0), ST(1) */
  uint16_t operation, fcw;
};
struct reply {
  uint8_t result[10];
  uint16_t fsw;
};

/* One operand: the result replaces ST(0). Two: it replaces ST(0) too, after the pop where there is one. */
#define OPERATION(name) \
  case __COUNTER__ - first: \
    __asm__ volatile(name ::); \
    break;

static void execute(const struct request *in, struct reply *out) {
  uint16_t clean = 0x37f;
  __asm__ volatile("fninit; fldcw %0; fldt %1; fldt %2; fldcw %3; fnclex"
                   :
                   : "m"(clean), "m"(in->b), "m"(in->a), "m"(in->fcw));
  enum { first = __COUNTER__ + 1 };
  switch (in->operation) {
    OPERATION("fadd %%st(1), %%st")
    OPERATION("fsub %%st(1), %%st")
    OPERATION("fmul %%st(1), %%st")
    OPERATION("fdiv %%st(1), %%st")
    OPERATION("fsqrt")
    OPERATION("frndint")
    OPERATION("fscale")
    OPERATION("fprem")
    OPERATION("fprem1")
    OPERATION("fsin")
    OPERATION("fcos")
    OPERATION("fptan; fstp %%st(0)")
    OPERATION("f2xm1")
    OPERATION("fyl2x")
    OPERATION("fyl2xp1")
    OPERATION("fpatan")
  }
  __asm__ volatile("fnstsw %0; fnclex; fldcw %2; fstpt %1; fninit"
                   : "=m"(out->fsw), "=m"(out->result)
                   : "m"(clean));
}

int main(void) {
  struct request in;
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    struct reply out;
    memset(&out, 0, sizeof out);
    execute(&in, &out);
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}
