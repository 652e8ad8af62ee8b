/*
 * MXCSR: the exceptions that SSE arithmetic notes, in cold code and in loops; flushing to zero, denormals as zeros, rounding; unmasked
 * exceptions; what a child and a thread start with.
 */
#include "../conform.h"
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <xmmintrin.h>

#define TURNS 2000

static volatile double zero = 0, one = 1, three = 3, tiny = 0x1p-1022, huge = 0x1p1023, nothing = NAN;
static volatile float small = 0x1p-126f;

static const char *flags(unsigned csr) {
  static char text[64];
  static const char *names[] = {"invalid", "denormal", "zero-divide", "overflow", "underflow", "precision"};
  text[0] = 0;
  for (int i = 0; i < 6; i++) {
    if (!(csr & 1 << i)) continue;
    if (text[0]) strcat(text, " ");
    strcat(text, names[i]);
  }
  return text[0] ? text : "none";
}

/* The block with no exceptions noted before it; prints those after it. */
#define NOTED(label, ...) \
  do { \
    _mm_setcsr(_mm_getcsr() & ~0x3fu); \
    __VA_ARGS__; \
    unsigned csr_after = _mm_getcsr(); \
    SAY("flags", label, "%s", flags(csr_after)); \
  } while (0)
#define LOOP(...) \
  for (int turn = 0; turn < TURNS; turn++) { \
    __VA_ARGS__; \
  }

static uint64_t bits(double value) {
  uint64_t result;
  memcpy(&result, &value, sizeof result);
  return result;
}

static void exceptions(void) {
  volatile double d;
  volatile float f;
  volatile int i;
  /* Nothing has loaded MXCSR so far. */
  d = one / zero;
  SAY("fetestexcept", "1 / 0 before anything", "%d", fetestexcept(FE_DIVBYZERO) != 0);
  NOTED("1 + 1", d = one + one);
  NOTED("1 / 3", d = one / three);
  NOTED("1 / 0", d = one / zero);
  NOTED("0 / 0", d = zero / zero);
  NOTED("huge * huge", d = huge * huge);
  NOTED("tiny * tiny", d = tiny * tiny);
  NOTED("tiny / 2", d = tiny / 2);
  NOTED("tiny / 3", d = tiny / three);
  NOTED("denormal + 1", d = tiny / 2; _mm_setcsr(_mm_getcsr() & ~0x3fu); d = d + one);
  NOTED("sqrt(-1)", d = __builtin_sqrt(-one));
  NOTED("sqrt(9)", d = __builtin_sqrt(three * three));
  NOTED("NaN + 1", d = nothing + one);
  NOTED("NaN < 1", i = nothing < one);
  NOTED("NaN == 1", i = nothing == one);
  NOTED("(float)1", f = (float)one);
  NOTED("(float)(1 / 3)", f = (float)(one / three));
  NOTED("(float)huge", f = (float)huge);
  NOTED("(float)tiny", f = (float)tiny);
  NOTED("small float * small float", f = small * small);
  NOTED("(int)3", i = (int)three);
  NOTED("(int)(1 / 3)", i = (int)(one / three));
  NOTED("(int)huge", i = (int)huge);
  NOTED("(int)NaN", i = (int)nothing);
  NOTED("lrint(0.5)", i = (int)lrint(one / 2));
  (void)d, (void)f, (void)i;
}

static void loops(void) {
  volatile double d = 0;
  volatile long sum = 0;
  NOTED("exact sums", LOOP(d = d + turn));
  NOTED("exact products", LOOP(d = (double)turn * 3));
  NOTED("exact quotients", LOOP(d = (double)(turn * 3L) / three));
  NOTED("exact conversions", LOOP(sum += (long)((double)turn + one)));
  NOTED("one inexact", LOOP(d = turn == TURNS - 7 ? one / three : one));
  NOTED("one zero-divide", LOOP(d = one / (turn == TURNS - 7 ? zero : one)));
  NOTED("one overflow", LOOP(d = huge * (turn == TURNS - 7 ? huge : one)));
  NOTED("one underflow", LOOP(d = tiny * (turn == TURNS - 7 ? tiny : one)));
  NOTED("one NaN compared", LOOP(sum += (turn == TURNS - 7 ? nothing : one) < three));
  NOTED("one out of range", LOOP(sum += (int)(turn == TURNS - 7 ? huge : one)));
  NOTED("zeros", LOOP(d = zero * turn));
  SAY("flags", "sum", "%ld", sum);
}

static void modes(void) {
  static const struct {
    const char *name;
    unsigned bits;
  } settings[] = {{"as at start", 0},         {"flush to zero", 0x8000},   {"denormals are zeros", 0x40}, {"both", 0x8040},
                  {"down", 0x2000},           {"up", 0x4000},              {"toward zero", 0x6000},       {"up and flush to zero", 0xc000}};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    const char *name = settings[i].name;
    volatile double product = 0, quotient = 0, sum = 0, denormal = tiny / 2, doubled = 0;
    volatile float narrowed = 0;
    volatile long rounded = 0, turns = 0;
    _mm_setcsr(0x1f80 | settings[i].bits);
    LOOP(product = tiny * 0.4; quotient = one / three; sum = sum + 0.1; doubled = denormal * 2; narrowed = (float)(small * 0.3); rounded += lrint(turn * 0.3 - 100); turns++);
    unsigned after = _mm_getcsr();
    _mm_setcsr(0x1f80);
    SAY("product", name, "%016llx", (unsigned long long)bits(product));
    SAY("quotient", name, "%016llx", (unsigned long long)bits(quotient));
    SAY("sum", name, "%016llx", (unsigned long long)bits(sum));
    SAY("doubled denormal", name, "%016llx", (unsigned long long)bits(doubled));
    SAY("narrowed", name, "%016llx", (unsigned long long)bits(narrowed));
    SAY("rounded", name, "%ld of %ld", (long)rounded, (long)turns);
    SAY("flags", name, "%s", flags(after));
  }
  for (int i = 0; i < 4; i++) {
    static const int rounding[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    fesetround(rounding[i]);
    volatile double third = one / three, negative = -one / three;
    volatile float narrow = (float)0.1;
    long nearest = lrint(2.5 * one), half = lrint(-0.5 * one);
    fesetround(FE_TONEAREST);
    SAY("fesetround", "1/3, -1/3, (float)0.1", "%016llx %016llx %016llx", (unsigned long long)bits(third),
        (unsigned long long)bits(negative), (unsigned long long)bits(narrow));
    SAY("fesetround", "lrint(2.5), lrint(-0.5)", "%ld %ld", nearest, half);
  }
}

static void *thread(void *unused) {
  (void)unused;
  unsigned csr = _mm_getcsr();
  SAY("pthread_create", "MXCSR of a thread", "%04x", csr);
  return 0;
}

static void inheritance(void) {
  volatile double d;
  _mm_setcsr(0x9f80);
  CHILD("fork", "MXCSR of a child", SAY("fork", "MXCSR", "%04x", _mm_getcsr()); LOOP(d = tiny * 0.4);
        SAY("fork", "flushes", "%d", d == 0));
  pthread_t id;
  pthread_create(&id, 0, thread, 0);
  pthread_join(id, 0);
  _mm_setcsr(0x1f80);
}

static void unmasked(void) {
  volatile double d;
  CHILD("feenableexcept", "1 / 0", feenableexcept(FE_DIVBYZERO); d = one / zero);
  CHILD("feenableexcept", "1 / 0 in a loop", feenableexcept(FE_DIVBYZERO); LOOP(d = one / (turn == TURNS - 7 ? zero : one)));
  CHILD("feenableexcept", "1 / 3 with only zero-divide", feenableexcept(FE_DIVBYZERO); LOOP(d = one / three));
  CHILD("feenableexcept", "1 / 3 with precision, noted before", d = one / three; feenableexcept(FE_INEXACT); d = one / three);
  CHILD("feenableexcept", "exact loop with precision", feenableexcept(FE_INEXACT); d = 0; LOOP(d = d + one));
  CHILD("feenableexcept", "0 / 0", feenableexcept(FE_INVALID); d = zero / zero);
  (void)d;
}

int main(void) {
  exceptions();
  loops();
  modes();
  inheritance();
  unmasked();
  return 0;
}
