/* mmap's flags, growing stacks, limits, remap_file_pages. */
#include "faults.h"
#include <sys/resource.h>

static const char *result(void *at) {
  return at == MAP_FAILED ? errno_name(errno) : "mapped";
}

static void *map(void *at, long length, int protection, int flags, int fd, long offset) {
  errno = 0;
  return (void *)RAW(mmap, at, length, (long)protection, (long)flags, (long)fd, offset);
}

static void arguments(void) {
  int file = open("f", O_CREAT | O_RDWR, 0644), reading = open("f", O_RDONLY), writing = open("f", O_WRONLY);
  int directory = open(".", O_RDONLY), path = open("f", O_PATH);
  ftruncate(file, 2 * PAGE);
  const int anonymous_ = MAP_PRIVATE | MAP_ANONYMOUS;
  SAY("mmap", "no length", "%s", result(map(0, 0, PROT_READ, anonymous_, -1, 0)));
  SAY("mmap", "neither shared nor private", "%s", result(map(0, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0)));
  SAY("mmap", "misaligned offset", "%s", result(map(0, PAGE, PROT_READ, MAP_PRIVATE, file, 1)));
  SAY("mmap", "huge", "%s", result(map(0, 1L << 60, PROT_READ, anonymous_, -1, 0)));
  SAY("mmap", "no descriptor", "%s", result(map(0, PAGE, PROT_READ, MAP_PRIVATE, 999, 0)));
  SAY("mmap", "directory", "%s", result(map(0, PAGE, PROT_READ, MAP_PRIVATE, directory, 0)));
  SAY("mmap", "O_PATH", "%s", result(map(0, PAGE, PROT_READ, MAP_PRIVATE, path, 0)));
  SAY("mmap", "write-only file", "%s", result(map(0, PAGE, PROT_WRITE, MAP_SHARED, writing, 0)));
  SAY("mmap", "shared writing of a read-only file", "%s", result(map(0, PAGE, PROT_WRITE, MAP_SHARED, reading, 0)));
  SAY("mmap", "private writing of a read-only file", "%s", result(map(0, PAGE, PROT_WRITE, MAP_PRIVATE, reading, 0)));
  SAY("mmap", "validated, unknown flag", "%s", result(map(0, PAGE, PROT_READ, 3 | 0x4000000, file, 0)));
  SAY("mmap", "validated", "%s", result(map(0, PAGE, PROT_READ, 3, file, 0)));
  SAY("mmap", "validated, no file", "%s", result(map(0, PAGE, PROT_READ, 3 | MAP_ANONYMOUS, -1, 0)));
  SAY("mmap", "fixed, misaligned", "%s", result(map((void *)0x10000001, PAGE, PROT_READ, anonymous_ | MAP_FIXED, -1, 0)));
  SAY("mmap", "fixed, kernel's half", "%s", result(map(HIGH, PAGE, PROT_READ, anonymous_ | MAP_FIXED, -1, 0)));
  SAY("mmap", "offset beyond all files", "%s", result(map(0, PAGE, PROT_READ, MAP_PRIVATE, file, 0x7ffffffffffff000)));
  char *taken = anonymous(2);
  SAY("mmap", "not over others", "%s", result(map(taken + PAGE, PAGE, PROT_READ, anonymous_ | 0x100000, -1, 0)));
  char *gap = hole(2);
  SAY("mmap", "not over others, free", "%d", map(gap, PAGE, PROT_READ, anonymous_ | 0x100000, -1, 0) == gap);
  SAY("mmap", "hint that is taken", "%d", map(taken, PAGE, PROT_READ, anonymous_, -1, 0) != taken);
  SAY("mmap", "hint that is free", "%d", map(gap + PAGE, PAGE, PROT_READ, anonymous_, -1, 0) == gap + PAGE);
  SAY("mmap", "low", "%d", (uintptr_t)map(0, PAGE, PROT_READ, anonymous_ | MAP_32BIT, -1, 0) < 0x80000000);
  SAY("mprotect", "shared, of a read-only file", "%d", mprotect(map(0, PAGE, PROT_READ, MAP_SHARED, reading, 0), PAGE, PROT_WRITE));
  CALL(munmap, "misaligned", taken + 1, PAGE);
  CALL(munmap, "no length", taken, 0L);
  CALL(munmap, "nothing there", hole(1), PAGE);
  CALL(munmap, "kernel's half", HIGH, PAGE);
  CALL(mprotect, "misaligned", taken + 1, PAGE, (long)PROT_READ);
  CALL(mprotect, "no length", taken, 0L, (long)PROT_READ);
  CALL(mprotect, "unknown bits", taken, PAGE, 0x100L);
  munmap(taken + PAGE, PAGE);
  CALL(mprotect, "over a hole", taken, 2 * PAGE, (long)PROT_READ);
  SAY("mprotect", "up to the hole", "%s", poke(taken, 1));
  CALL(mprotect, "grows down, no stack", taken, PAGE, (long)(PROT_READ | PROT_GROWSDOWN));
  CALL(mprotect, "grows both ways", taken, PAGE, (long)(PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP));
  close(file);
}

static void growing(void) {
  char *room = hole(600);
  char *stack = map(room + 598 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
  SAY("mmap", "growing down", "%s", result(stack));
  SAY("mmap", "its first page", "%s", poke(stack, 1));
  SAY("mmap", "one page below", "%s", poke(stack - PAGE, 2));
  SAY("mmap", "more pages below", "%s", poke(stack - 100 * PAGE, 3));
  SAY("mmap", "between them", "%s", look(stack - 50 * PAGE));
  map(room + 100 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  SAY("mmap", "with room for the gap", "%s", poke(room + 400 * PAGE, 4));
  SAY("mmap", "into the gap", "%s", poke(room + 300 * PAGE, 4));
  CHILD("fork", "limited stack", {
    struct rlimit limit = {300 * PAGE, 300 * PAGE};
    setrlimit(RLIMIT_STACK, &limit);
    char *other_room = hole(600);
    char *other = map(other_room + 598 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
    SAY("mmap", "within the limit", "%s", poke(other - 250 * PAGE, 1));
    SAY("mmap", "beyond the limit", "%s", poke(other - 320 * PAGE, 1));
  });
  CALL(mprotect, "grows down", stack + PAGE, PAGE, (long)(PROT_READ | PROT_GROWSDOWN));
  SAY("mprotect", "all of it down to its start", "%s %s", poke(stack, 1), look(stack));
}

static void limits(void) {
  CHILD("fork", "limited address space", {
    struct rlimit limit = {256 << 20, 256 << 20};
    setrlimit(RLIMIT_AS, &limit);
    SAY("mmap", "beyond the limit", "%s", result(map(0, 512 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
    SAY("mmap", "beyond the limit, no reserve", "%s", result(map(0, 512 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)));
    char *room = anonymous(1);
    CALL(mremap, "beyond the limit", room, PAGE, 512L << 20, (long)MREMAP_MAYMOVE);
  });
  SAY("mmap", "a tebibyte without reserve", "%s", result(map(0, 1L << 40, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)));
  SAY("mmap", "a tebibyte without access", "%s", result(map(0, 1L << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
}

static void reordering(void) {
  int file = open("r", O_CREAT | O_RDWR, 0644);
  for (int i = 0; i < 4; i++) pwrite(file, (char[]){i + 1}, 1, i * PAGE);
  ftruncate(file, 4 * PAGE);
  char *shown = map(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CALL(remap_file_pages, "another page", shown + PAGE, PAGE, 0L, 3L, 0L);
  SAY("remap_file_pages", "shows", "%s %s %s", look(shown), look(shown + PAGE), look(shown + 2 * PAGE));
  poke(shown + PAGE, 40);
  SAY("remap_file_pages", "two windows on one page", "%s", look(shown + 3 * PAGE));
  CALL(remap_file_pages, "two pages", shown, 2 * PAGE, 0L, 2L, 0L);
  SAY("remap_file_pages", "shows", "%s %s", look(shown), look(shown + PAGE));
  CALL(remap_file_pages, "all there is", shown, 4 * PAGE, 0L, 0L, 0L);
  char *nameless = map(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  poke(nameless, 7);
  CALL(remap_file_pages, "all there is of memory without a file", nameless, PAGE, 0L, 0L, 0L);
  SAY("remap_file_pages", "keeps it", "%s", look(nameless));
  CALL(remap_file_pages, "a protection", shown, PAGE, 1L, 0L, 0L);
  CALL(remap_file_pages, "no length", shown, 0L, 0L, 0L, 0L);
  CALL(remap_file_pages, "wraps", shown, -PAGE, 0L, 0L, 0L);
  CALL(remap_file_pages, "private", anonymous(1), PAGE, 0L, 0L, 0L);
  CALL(remap_file_pages, "nothing there", hole(1), PAGE, 0L, 0L, 0L);
  CALL(remap_file_pages, "more than is there", shown + 3 * PAGE, 2 * PAGE, 0L, 0L, 0L);
  char *memory = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memory[0] = 5, memory[PAGE] = 6;
  CALL(remap_file_pages, "shared memory", memory, PAGE, 0L, 1L, 0L);
  SAY("remap_file_pages", "shows", "%s %s", look(memory), look(memory + PAGE));
}

int main(void) {
  catch_faults();
  arguments();
  growing();
  limits();
  reordering();
  return 0;
}
