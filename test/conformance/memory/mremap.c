/* mremap in every mode. */
#include "faults.h"

static char *fixed(char *at, long pages, int protection, int more) {
  return mmap(at, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | more, -1, 0);
}

/* "same" where it was, "moved", "there" at the place asked for, or the error. */
static const char *where(char *old, char *now, char *asked) {
  if (now == MAP_FAILED) return errno_name(errno);
  return now == old ? "same" : now == asked ? "there" : "moved";
}

static char *remap(char *old, long from, long to, int how, char *target) {
  errno = 0;
  return (char *)RAW(mremap, old, from, to, (long)how, target);
}

static void refusals(void) {
  char *room = anonymous(4);
  CALL(mremap, "unknown flag", room, PAGE, PAGE, 8L, 0L);
  CALL(mremap, "fixed without moving", room, PAGE, PAGE, (long)MREMAP_FIXED, room + 8 * PAGE);
  CALL(mremap, "stay mapped without moving", room, PAGE, PAGE, 4L, 0L);
  CALL(mremap, "misaligned", room + 1, PAGE, PAGE, 0L, 0L);
  CALL(mremap, "to nothing", room, PAGE, 0L, 0L, 0L);
  CALL(mremap, "from nothing, private", room, 0L, PAGE, (long)MREMAP_MAYMOVE, 0L);
  CALL(mremap, "huge", room, PAGE, 1L << 60, (long)MREMAP_MAYMOVE, 0L);
  CALL(mremap, "target misaligned", room, PAGE, PAGE, (long)(MREMAP_MAYMOVE | MREMAP_FIXED), room + 8 * PAGE + 1);
  CALL(mremap, "target overlaps", room, 2 * PAGE, 2 * PAGE, (long)(MREMAP_MAYMOVE | MREMAP_FIXED), room + PAGE);
  CALL(mremap, "target too high", room, PAGE, PAGE, (long)(MREMAP_MAYMOVE | MREMAP_FIXED), HIGH);
  char *gap = hole(4);
  CALL(mremap, "nothing there", gap, PAGE, 2 * PAGE, (long)MREMAP_MAYMOVE, 0L);
  munmap(room + PAGE, PAGE);
  CALL(mremap, "a hole inside", room, 3 * PAGE, 4 * PAGE, (long)MREMAP_MAYMOVE, 0L);
  mprotect(room + 3 * PAGE, PAGE, PROT_READ);
  CALL(mremap, "two regions", room + 2 * PAGE, 2 * PAGE, 3 * PAGE, (long)MREMAP_MAYMOVE, 0L);
  CALL(mremap, "more than is there", room + 3 * PAGE, 2 * PAGE, 3 * PAGE, (long)MREMAP_MAYMOVE, 0L);
  CALL(mremap, "size changes, stays mapped", room, PAGE, 2 * PAGE, (long)(MREMAP_MAYMOVE | 4), 0L);
}

static void in_place(void) {
  char *room = hole(16);
  fixed(room, 2, PROT_READ | PROT_WRITE, 0);
  room[0] = 1, room[PAGE] = 2;
  char *now = remap(room, 2 * PAGE, 4 * PAGE, 0, 0);
  SAY("mremap", "grown in place", "%s, %s %s", where(room, now, 0), look(room + PAGE), look(room + 3 * PAGE));
  now = remap(room, 4 * PAGE, PAGE, 0, 0);
  SAY("mremap", "shrunk", "%s, %s %s", where(room, now, 0), look(room), look(room + PAGE));
  now = remap(room, PAGE, PAGE, 0, 0);
  SAY("mremap", "as it was", "%s", where(room, now, 0));
  now = remap(room, 1, 1, 0, 0);
  SAY("mremap", "sizes are rounded up", "%s", where(room, now, 0));
  fixed(room + 2 * PAGE, 1, PROT_READ, 0);
  now = remap(room, PAGE, 2 * PAGE, 0, 0);
  SAY("mremap", "up to a neighbour", "%s", where(room, now, 0));
  now = remap(room, 2 * PAGE, 3 * PAGE, 0, 0);
  SAY("mremap", "a neighbour in the way", "%s", where(room, now, 0));
  room[0] = 7, room[PAGE] = 8;
  now = remap(room, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE, 0);
  SAY("mremap", "moves away", "%s, %s %s %s", where(room, now, 0), look(now), look(now + PAGE), look(now + 7 * PAGE));
  SAY("mremap", "old place", "%s, neighbour %s", look(room), look(room + 2 * PAGE));
  char *middle = anonymous(6);
  for (int i = 0; i < 6; i++) middle[i * PAGE] = i + 1;
  now = remap(middle + 2 * PAGE, PAGE, 2 * PAGE, 0, 0);
  SAY("mremap", "the middle can't grow in place", "%s", where(middle + 2 * PAGE, now, 0));
  now = remap(middle + 2 * PAGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE, 0);
  SAY("mremap", "the middle moves", "%s, %s %s", where(middle + 2 * PAGE, now, 0), look(now), look(now + PAGE));
  SAY("mremap", "around it", "%s %s %s", look(middle + PAGE), look(middle + 2 * PAGE), look(middle + 4 * PAGE));
  now = remap(middle, PAGE, 0x1000, MREMAP_MAYMOVE, 0);
  now = remap(middle + 4 * PAGE, 2 * PAGE, PAGE, MREMAP_MAYMOVE, 0);
  SAY("mremap", "shrinking never moves", "%s, %s %s", where(middle + 4 * PAGE, now, 0), look(now), look(now + PAGE));
}

static void to_a_place(void) {
  char *from = anonymous(4);
  char *room = hole(16);
  for (int i = 0; i < 4; i++) from[i * PAGE] = i + 1;
  fixed(room, 6, PROT_READ | PROT_WRITE, 0);
  for (int i = 0; i < 6; i++) room[i * PAGE] = i + 11;
  char *now = remap(from, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + PAGE);
  SAY("mremap", "over others", "%s, %s %s %s %s", where(from, now, room + PAGE), look(room), look(room + PAGE), look(room + 2 * PAGE),
      look(room + 3 * PAGE));
  SAY("mremap", "what is left", "%s %s", look(from), look(from + 2 * PAGE));
  now = remap(room + PAGE, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 8 * PAGE);
  SAY("mremap", "smaller, to a place", "%s, %s %s", where(from, now, room + 8 * PAGE), look(now), look(now + PAGE));
  SAY("mremap", "all of it is gone", "%s %s", look(room + PAGE), look(room + 2 * PAGE));
  now = remap(room + 8 * PAGE, PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 12 * PAGE);
  SAY("mremap", "larger, to a place", "%s, %s %s", where(from, now, room + 12 * PAGE), look(now), look(now + 2 * PAGE));
  fixed(room, 1, PROT_NONE, 0);
  now = remap(room, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 6 * PAGE);
  SAY("mremap", "what may not be touched", "%s, %s", where(from, now, room + 6 * PAGE), look(now));
}

static void stays_mapped(void) {
  char *from = anonymous(3);
  for (int i = 0; i < 3; i++) from[i * PAGE] = i + 1;
  char *now = remap(from, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | 4, 0);
  SAY("mremap", "stays mapped", "%s, %s %s", where(from, now, 0), look(now), look(now + 2 * PAGE));
  SAY("mremap", "old place is empty memory", "%s %s", look(from), poke(from, 5));
  char *room = hole(8);
  char *again = remap(now, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED | 4, room);
  SAY("mremap", "stays mapped, to a place", "%s, %s %s", where(now, again, room), look(room), look(room + PAGE));
  SAY("mremap", "its rest", "%s %s %s", look(now), look(now + PAGE), look(now + 2 * PAGE));
}

static void shared(void) {
  char *from = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  from[0] = 1, from[PAGE] = 2;
  char *twice = remap(from, 0, 2 * PAGE, MREMAP_MAYMOVE, 0);
  SAY("mremap", "second window", "%s, %s %s", where(from, twice, 0), look(twice), look(twice + PAGE));
  twice[0] = 9;
  SAY("mremap", "both show the same", "%s", look(from));
  char *second = remap(from + PAGE, 0, PAGE, MREMAP_MAYMOVE, 0);
  SAY("mremap", "second window of a part", "%s", look(second));
  CALL(mremap, "second window in place", from, 0L, PAGE, 0L, 0L);
  char *moved = remap(from, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, hole(2));
  SAY("mremap", "moved", "%s, old %s", look(moved), look(from));
  int file = open("f", O_CREAT | O_RDWR, 0644);
  for (int i = 0; i < 4; i++) pwrite(file, (char[]){i + 1}, 1, i * PAGE);
  char *shown = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);
  shown = remap(shown, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0);
  SAY("mremap", "more of a file", "%s %s", look(shown), look(shown + PAGE));
  poke(shown + PAGE, 33);
  char byte;
  pread(file, &byte, 1, 2 * PAGE);
  SAY("mremap", "written to the file", "%d", byte);
  char *copy = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  copy[0] = 50;
  copy = remap(copy, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE, 0);
  SAY("mremap", "private copy moves", "%s %s %s", look(copy), look(copy + PAGE), look(copy + 2 * PAGE));
}

/* A child's memory, still its parent's until touched, can be moved. */
static void after_fork(void) {
  char *from = anonymous(2);
  from[0] = 1, from[PAGE] = 2;
  CHILD("fork", "child moves", {
    char *now = remap(from, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, hole(3));
    SAY("mremap", "in the child", "%s %s %s", look(now), look(now + PAGE), look(from));
    now[0] = 9;
  });
  SAY("mremap", "in the parent", "%s %s", look(from), look(from + PAGE));
}

int main(void) {
  catch_faults();
  refusals();
  in_place();
  to_a_place();
  stays_mapped();
  shared();
  after_fork();
  return 0;
}
