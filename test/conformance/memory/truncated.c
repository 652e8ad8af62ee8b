/* Files that change their size under a mapping. */
#include "faults.h"

static int file;

static void fill(long pages) {
  ftruncate(file, 0);
  for (long i = 0; i < pages; i++) pwrite(file, (char[]){i + 1}, 1, i * PAGE);
  ftruncate(file, pages * PAGE);
}

static void shared(void) {
  fill(4);
  char *shown = mmap(0, 6 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  SAY("mmap", "shared", "%s %s, behind %s", look(shown), look(shown + 3 * PAGE), look(shown + 4 * PAGE));
  SAY("ftruncate", "two pages less", "%d", ftruncate(file, 2 * PAGE));
  SAY("mmap", "page that was there", "%s, cut %s %s", look(shown + PAGE), look(shown + 2 * PAGE), poke(shown + 3 * PAGE, 1));
  ftruncate(file, PAGE + 100);
  SAY("mmap", "in the cut page", "%s, behind the end %s", look(shown + PAGE), look(shown + PAGE + 200));
  shown[PAGE + 200] = 7;
  ftruncate(file, 4 * PAGE);
  SAY("mmap", "grown again", "%s %s", look(shown + 2 * PAGE), look(shown + 3 * PAGE));
  poke(shown + 3 * PAGE, 44);
  char byte = 0;
  pread(file, &byte, 1, 3 * PAGE);
  SAY("mmap", "written to the file", "%d", byte);
  ftruncate(file, 0);
  SAY("mmap", "empty file", "%s", look(shown));
  SAY("read", "from a page that is gone", "%s", errno_name((errno = 0, write(file, shown, 1) < 0 ? errno : 0)));
  munmap(shown, 6 * PAGE);
}

static void private(void) {
  fill(4);
  char *copy = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  look(copy + 2 * PAGE);
  copy[3 * PAGE] = 77;
  ftruncate(file, PAGE);
  SAY("mmap", "private, kept", "%s", look(copy));
  SAY("mmap", "private, seen and cut", "%s", look(copy + 2 * PAGE));
  SAY("mmap", "private, own copy cut", "%s", look(copy + 3 * PAGE));
  SAY("mmap", "private, never seen", "%s", look(copy + PAGE));
  munmap(copy, 4 * PAGE);
}

static void two_processes(void) {
  fill(2);
  char *shown = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  look(shown + PAGE);
  CHILD("fork", "cut by a child", { ftruncate(file, PAGE); });
  SAY("mmap", "in the parent", "%s %s", look(shown), look(shown + PAGE));
  munmap(shown, 2 * PAGE);
}

static void holes(void) {
  fill(3);
  char *shown = mmap(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  look(shown + PAGE);
  SAY("fallocate", "hole", "%d", fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE));
  SAY("mmap", "in the hole", "%s, around %s %s", look(shown + PAGE), look(shown), look(shown + 2 * PAGE));
  poke(shown + PAGE, 5);
  char byte = 0;
  pread(file, &byte, 1, PAGE);
  SAY("mmap", "written into the hole", "%d", byte);
  CALL(madvise, "remove", shown, PAGE, (long)MADV_REMOVE);
  SAY("mmap", "removed", "%s", look(shown));
  int again = open("f", O_RDWR | O_TRUNC);
  SAY("open", "truncated", "%s", look(shown));
  close(again);
  munmap(shown, 3 * PAGE);
}

int main(void) {
  catch_faults();
  file = open("f", O_CREAT | O_RDWR, 0644);
  shared();
  private();
  two_processes();
  holes();
  return 0;
}
