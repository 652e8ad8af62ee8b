/*
 * x87 arithmetic in 80 bits: sums over many operations, in every rounding and precision, with the exception flags that they leave. Operands
 * are mostly usual, now and then a zero, an infinity or no number.
 */
#include "../conform.h"
#include <fenv.h>

#define ROUNDS 3000
/* Exceptions, stack fault and C1; with C0, C2 and C3. */
#define FLAGS 0x27f
#define CONDITIONS (FLAGS | 0x4500)

typedef union {
  long double value;
  struct {
    uint64_t significand;
    uint16_t exponent;
  } bits;
} Extended;

static uint64_t seed;

static uint64_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^= seed << 17;
}

static Extended operand(void) {
  static const Extended rare[] = {
      {.bits = {0, 0}},
      {.bits = {0, 0x8000}},
      {.bits = {1ull << 63, 0x7fff}},
      {.bits = {3ull << 62, 0x7fff}},
      {.bits = {~0ull, 0x7ffe}},
      {.bits = {1ull << 63, 1}},
  };
  uint64_t kind = next();
  if (kind % 50 == 0) return rare[kind / 50 % (sizeof rare / sizeof *rare)];
  Extended made = {.bits = {next() | 1ull << 63, 0x3fff - 20 + kind / 64 % 40}};
  if (kind & 1) made.bits.significand &= ~0ull << (kind / 4096 % 63);
  if (kind & 2) made.bits.exponent |= 0x8000;
  return made;
}

static uint64_t hash;

static void add(const void *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
}

static void add_extended(Extended x) {
  add(&x.bits.significand, 8);
  add(&x.bits.exponent, 2);
}

static uint16_t status(void) {
  uint16_t word;
  __asm__ volatile("fnstsw %0" : "=a"(word));
  return word;
}

static void control(uint16_t word) {
  __asm__ volatile("fnclex; fldcw %0" : : "m"(word));
}

/* One instruction on two registers, its result and those bits of the status word that it defines. */
#define BINARY(name, code, defined) \
  static void name(Extended a, Extended b) { \
    Extended result; \
    __asm__ volatile("fnclex\n" code : "=t"(result.value) : "0"(a.value), "u"(b.value)); \
    uint16_t word = status() & (defined); \
    add_extended(result); \
    add(&word, 2); \
  }
BINARY(sum, "fadd %%st(1), %%st", FLAGS)
BINARY(difference, "fsub %%st(1), %%st", FLAGS)
BINARY(product, "fmul %%st(1), %%st", FLAGS)
BINARY(quotient, "fdiv %%st(1), %%st", FLAGS)
BINARY(reversed, "fdivr %%st(1), %%st", FLAGS)
BINARY(root, "fsqrt", FLAGS)
BINARY(integral, "frndint", FLAGS)
BINARY(opposite, "fchs", FLAGS)
BINARY(compared, "fcom %%st(1)", CONDITIONS)
BINARY(examined, "fxam", CONDITIONS)

#define STORE(name, type, code) \
  static void name(Extended a, Extended b) { \
    type result; \
    (void)b; \
    __asm__ volatile("fnclex\n" code : "=m"(result) : "t"(a.value) : "st"); \
    uint16_t word = status() & FLAGS; \
    add(&result, sizeof result); \
    add(&word, 2); \
  }
STORE(as_single, float, "fstps %0")
STORE(as_double, double, "fstpl %0")
STORE(as_short, int16_t, "fistps %0")
STORE(as_int, int32_t, "fistpl %0")
STORE(as_long, int64_t, "fistpll %0")
STORE(truncated, int32_t, "fisttpl %0")

#define WITH_MEMORY(name, type, code) \
  static void name(Extended a, Extended b) { \
    Extended result; \
    type from = (type)(int64_t)(b.bits.significand >> 40) + (b.bits.exponent & 3); \
    __asm__ volatile("fnclex\n" code : "=t"(result.value) : "0"(a.value), "m"(from)); \
    uint16_t word = status() & FLAGS; \
    add_extended(result); \
    add(&word, 2); \
  }
WITH_MEMORY(plus_single, float, "fadds %2")
WITH_MEMORY(times_double, double, "fmull %2")
WITH_MEMORY(minus_short, int16_t, "fisubs %2")
WITH_MEMORY(by_int, int32_t, "fidivl %2")

static void flags(Extended a, Extended b) {
  uint8_t carry, zero, parity;
  __asm__ volatile("fcomi %%st(1), %%st" : "=@ccc"(carry), "=@ccz"(zero), "=@ccp"(parity) : "t"(a.value), "u"(b.value));
  uint8_t all = carry | zero << 1 | parity << 2;
  add(&all, 1);
}

static const struct {
  const char *name;
  void (*run)(Extended, Extended);
} operations[] = {
    {"fadd", sum},          {"fsub", difference},    {"fmul", product},       {"fdiv", quotient},        {"fdivr", reversed},
    {"fsqrt", root},        {"frndint", integral},   {"fchs", opposite},      {"fcom", compared},        {"fxam", examined},
    {"fst m32", as_single}, {"fst m64", as_double},  {"fist m16", as_short},  {"fist m32", as_int},      {"fist m64", as_long},
    {"fisttp", truncated},  {"fadd m32", plus_single}, {"fmul m64", times_double}, {"fisub m16", minus_short}, {"fidiv m32", by_int},
    {"fcomi", flags},
};

int main(void) {
  static const struct {
    const char *name;
    uint16_t word;
  } modes[] = {{"nearest", 0x37f}, {"down", 0x77f}, {"up, 53 bits", 0xa7f}, {"toward zero, 24 bits", 0xc7f}};
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    for (size_t mode = 0; mode < sizeof modes / sizeof *modes; mode++) {
      seed = 88172645463325252ull;
      hash = 0xcbf29ce484222325;
      control(modes[mode].word);
      for (int round = 0; round < ROUNDS; round++) {
        Extended a = operand(), b = operand();
        operations[i].run(a, b);
      }
      control(0x37f);
      SAY(operations[i].name, modes[mode].name, "%016llx", (unsigned long long)hash);
    }
  }
  /* Exceptions that are unmasked are raised by the next waiting instruction. */
  CHILD("fdiv", "by zero, unmasked, then fwait", {
    control(0x37b);
    __asm__ volatile("fldz; fld1; fdiv %%st(1), %%st; fwait" : : : "st", "st(1)");
  });
  CHILD("fdiv", "by zero, unmasked, then fnstsw", {
    control(0x37b);
    __asm__ volatile("fldz; fld1; fdiv %%st(1), %%st" : : : "st", "st(1)");
    _exit(status() >> 8 & 0x80 && status() & 4 ? 0 : 1);
  });
  return 0;
}
