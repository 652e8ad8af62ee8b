/*
 * Processor-bound kernels for `npm run bench:engine`: workloads KERNEL REPETITIONS prints a checksum, which must be the same
 * natively and under every engine.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next(uint64_t *state) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

static uint64_t fold(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Dependent integer arithmetic in registers; one turn is a million rounds. */
static uint64_t integers(long turns) {
  uint64_t a = 1, b = 2;
  for (long i = 0; i < turns * 1000000; i++) {
    a = a * 5 + (b >> 3);
    b ^= (a << 7) + i;
  }
  return a ^ b;
}

/* Unpredictable branches: lengths of Collatz sequences. */
static uint64_t collatz(long thousands) {
  uint64_t sum = 0;
  for (uint64_t n = 1; n < (uint64_t)thousands * 1000; n++)
    for (uint64_t x = n; x != 1; sum++) x = x & 1 ? 3 * x + 1 : x / 2;
  return sum;
}

__attribute__((noinline)) static uint64_t fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

/* An interpreter of byte codes: one indirect jump for each. */
static uint64_t bytecode(long turns) {
  enum { ADD, XOR, SHIFT, SWAP, LOOP, END };
  static const uint8_t program[] = {ADD, XOR, SHIFT, ADD, SWAP, XOR, ADD, SHIFT, SWAP, LOOP, END};
  static const void *const labels[] = {&&add, &&xor, &&shift, &&swap, &&loop, &&end};
  uint64_t a = 1, b = 7, left = turns * 100000;
  const uint8_t *at = program;
#define NEXT goto *labels[*at++]
  NEXT;
add: a += b; NEXT;
xor: b ^= a; NEXT;
shift: a = (a << 5) | (a >> 59); NEXT;
swap: { uint64_t t = a; a = b; b = t + 1; } NEXT;
loop: if (--left) at = program; NEXT;
end: return a ^ b;
}

static uint64_t sieve(long turns) {
  enum { SIZE = 1 << 20 };
  static uint8_t composite[SIZE];
  uint64_t primes = 0;
  for (long turn = 0; turn < turns; turn++) {
    memset(composite, 0, SIZE);
    for (int i = 2; i < SIZE; i++) {
      if (composite[i]) continue;
      primes++;
      for (int j = 2 * i; j < SIZE; j += i) composite[j] = 1;
    }
  }
  return primes;
}

/* Loads whose address is the value loaded before, over 16 MB. */
static uint64_t chase(long turns) {
  enum { SIZE = 1 << 21 };
  static uint64_t links[SIZE];
  uint64_t seed = 88172645463325252u, at = 0;
  for (uint64_t i = 0; i < SIZE; i++) links[i] = i;
  for (uint64_t i = SIZE - 1; i > 0; i--) {
    uint64_t j = next(&seed) % i, t = links[i];
    links[i] = links[j];
    links[j] = t;
  }
  for (long i = 0; i < turns * 100000; i++) at = links[at];
  return at;
}

/* Packed double precision: C += A × B, 256 × 256. */
static uint64_t matrix(long turns) {
  enum { N = 256 };
  static double a[N][N], b[N][N], c[N][N];
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = (i * 3 + j) % 13 - 6;
      b[i][j] = (i + j * 7) % 11 * 0.5;
    }
  for (long turn = 0; turn < turns; turn++)
    for (int i = 0; i < N; i++)
      for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
  return fold(c[17][99]);
}

/* Rotations, additions and logic on eight words held in registers: the rounds of SHA-256 on made-up constants. */
static uint64_t rounds(long turns) {
  uint32_t s[8], w[64];
#define ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))
  for (int i = 0; i < 8; i++) s[i] = 0x6a09e667u * (i + 1);
  for (long turn = 0; turn < turns * 1000; turn++) {
    for (int i = 0; i < 16; i++) w[i] = s[i & 7] + turn * i;
    for (int i = 16; i < 64; i++)
      w[i] = w[i - 16] + (ROTATE(w[i - 15], 7) ^ ROTATE(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
             (ROTATE(w[i - 2], 17) ^ ROTATE(w[i - 2], 19) ^ w[i - 2] >> 10);
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (int i = 0; i < 64; i++) {
      uint32_t t = h + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) + ((e & f) ^ (~e & g)) + 0x428a2f98u * (i + 1) + w[i];
      uint32_t u = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t, d = c, c = b, b = a, a = t + u;
    }
    s[0] += a, s[1] += b, s[2] += c, s[3] += d, s[4] += e, s[5] += f, s[6] += g, s[7] += h;
  }
  return (uint64_t)s[0] << 32 | s[7];
}

/* The C library's block functions at many sizes. */
static uint64_t blocks(long turns) {
  enum { SIZE = 4 << 20 };
  static uint8_t from[SIZE + 4096], to[SIZE + 4096];
  void *(*volatile copy)(void *, const void *, size_t) = memcpy;
  void *(*volatile move)(void *, const void *, size_t) = memmove;
  void *(*volatile fill)(void *, int, size_t) = memset;
  uint64_t seed = 7, sum = 0;
  for (int i = 0; i < SIZE; i++) from[i] = i * 31 >> 3;
  for (long turn = 0; turn < turns; turn++) {
    for (int i = 0; i < 20000; i++) {
      uint64_t r = next(&seed);
      size_t size = i % 8 ? r & 127 : r & 4095;
      copy(to + (r >> 12 & (SIZE - 1)), from + (r >> 36 & (SIZE - 1)), size);
      if (i % 8 == 0) move(to + (r >> 30 & (SIZE - 1)), to + (r >> 30 & (SIZE - 1)) + 13, size / 2);
      if (i % 16 == 0) fill(to + (r >> 20 & (SIZE - 1)), turn, size / 4);
    }
    copy(to, from, SIZE);
    for (size_t i = turn & 63; i < SIZE; i += 4099) sum = sum * 31 + to[i];
  }
  return sum;
}

/* `rep movs` and `rep stos` as kernels and small C libraries use them. */
static uint64_t repeat(long turns) {
  enum { SIZE = 1 << 20 };
  static uint8_t from[SIZE], to[SIZE];
  for (int i = 0; i < SIZE; i++) from[i] = i * 7;
  uint64_t sum = 0;
  for (long turn = 0; turn < turns; turn++)
    for (int i = 0; i < SIZE; i += 4096) {
      void *target = to + i;
      const void *source = from + (i ^ 4096);
      size_t bytes = 4000, words = 12;
      __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(bytes)::"memory");
      __asm__ volatile("rep stosq" : "+D"(target), "+c"(words) : "a"(turn) : "memory");
      sum += to[i + 77] + to[i + 4001];
    }
  return sum;
}

/* The C library's string functions on short and long strings. */
static uint64_t strings(long turns) {
  static char text[1 << 16], copy[1 << 16];
  uint64_t seed = 99, sum = 0;
  for (size_t i = 0; i < sizeof text - 1; i++) text[i] = next(&seed) % 50 ? 'a' + next(&seed) % 26 : 0;
  memcpy(copy, text, sizeof text);
  for (long turn = 0; turn < turns; turn++)
    for (size_t at = 0; at < sizeof text - 1;) {
      size_t length = strlen(text + at);
      const char *found = strchr(text + at, 'q');
      sum += length + (found ? found - text : 0) + (strcmp(text + at, copy + at) == 0);
      sum += memcmp(text + at, copy + at, length) == 0;
      at += length + 1;
    }
  return sum;
}

static int byValue(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static uint64_t sort(long turns) {
  enum { SIZE = 20000 };
  static uint32_t values[SIZE];
  uint64_t seed = 5, sum = 0;
  for (long turn = 0; turn < turns; turn++) {
    for (int i = 0; i < SIZE; i++) values[i] = next(&seed);
    qsort(values, SIZE, sizeof *values, byValue);
    sum = sum * 31 + values[turn % SIZE];
  }
  return sum;
}

/* x87: a series in 80-bit precision. */
static uint64_t extended(long turns) {
  long double sum = 0;
  for (long i = 1; i <= turns * 1000; i++) sum += 1.0L / i / (i + 1);
  return fold(sum);
}

static const struct {
  const char *name;
  uint64_t (*run)(long);
} kernels[] = {{"integers", integers}, {"collatz", collatz}, {"fib", fib},       {"bytecode", bytecode}, {"sieve", sieve},
               {"chase", chase},       {"matrix", matrix},   {"rounds", rounds}, {"blocks", blocks},     {"repeat", repeat},
               {"strings", strings},   {"sort", sort},       {"extended", extended}};

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 3 && i < sizeof kernels / sizeof *kernels; i++) {
    if (strcmp(argv[1], kernels[i].name) != 0) continue;
    printf("%s %016llx\n", argv[1], (unsigned long long)kernels[i].run(atol(argv[2])));
    return 0;
  }
  fprintf(stderr, "usage: workloads KERNEL REPETITIONS\n");
  return 2;
}
