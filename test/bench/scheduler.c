/* Loads for the scheduler's bench: a loop of one kind until killed, or an echo of each byte. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile long sink;

static void integers(void) {
  for (long i = 0;; i++) sink = sink * 3 + i;
}

/* A page fault every few instructions. */
static void faults(void) {
  const size_t size = 64 << 20;
  for (;;) {
    char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < size; i += 4096) memory[i] = 1;
    munmap(memory, size);
  }
}

/* Code that is written anew before each call. */
static void rewriting(void) {
  unsigned char *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  code[0] = 0xb8;
  code[5] = 0xc3;
  for (int i = 0;; i++) {
    code[1] = i;
    sink += ((int (*)(void))code)();
  }
}

/* Nothing but system calls. */
static void calls(void) {
  for (;;) getppid();
}

int main(int argc, char **argv) {
  const char *kind = argc > 1 ? argv[1] : "integers";
  if (!strcmp(kind, "integers")) integers();
  if (!strcmp(kind, "faults")) faults();
  if (!strcmp(kind, "rewriting")) rewriting();
  if (!strcmp(kind, "calls")) calls();
  char byte;
  while (read(0, &byte, 1) == 1) write(1, &byte, 1);
  return 0;
}
