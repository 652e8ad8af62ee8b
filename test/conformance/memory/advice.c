/* madvise, mincore, msync, mlock: what they do and what they refuse. */
#include "faults.h"
#include <sys/resource.h>

static void dropping(void) {
  char *room = anonymous(4);
  for (int i = 0; i < 4; i++) room[i * PAGE] = i + 1;
  CALL(madvise, "not needed", room + PAGE, PAGE, (long)MADV_DONTNEED);
  SAY("madvise", "afterwards", "%s %s %s", look(room), look(room + PAGE), look(room + 2 * PAGE));
  CALL(madvise, "misaligned", room + 1, PAGE, (long)MADV_DONTNEED);
  CALL(madvise, "no length", room, 0L, (long)MADV_DONTNEED);
  CALL(madvise, "no such advice", room, PAGE, 12345L);
  CALL(madvise, "no such advice, no length", room, 0L, 12345L);
  CALL(madvise, "wraps", room, -PAGE, (long)MADV_DONTNEED);
  munmap(room + PAGE, PAGE);
  CALL(madvise, "over a hole", room, 3 * PAGE, (long)MADV_DONTNEED);
  SAY("madvise", "all the same", "%s %s", look(room), look(room + 2 * PAGE));
  CALL(madvise, "free", room + 2 * PAGE, PAGE, (long)MADV_FREE);
  poke(room + 2 * PAGE, 6);
  SAY("madvise", "free and written", "%s", look(room + 2 * PAGE));
  char *shared = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  shared[0] = 3;
  CALL(madvise, "free, shared", shared, PAGE, (long)MADV_FREE);
  CALL(madvise, "not needed, shared", shared, PAGE, (long)MADV_DONTNEED);
  SAY("madvise", "shared memory stays", "%s", look(shared));
  CALL(madvise, "remove, shared", shared, PAGE, (long)MADV_REMOVE);
  SAY("madvise", "removed", "%s", look(shared));
  CALL(madvise, "remove, private", room, PAGE, (long)MADV_REMOVE);
  int file = open("f", O_CREAT | O_RDWR, 0644);
  write(file, "abc", 3);
  char *copy = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  copy[0] = 'x';
  CALL(madvise, "not needed, private file", copy, PAGE, (long)MADV_DONTNEED);
  SAY("madvise", "the file again", "%s", look(copy));
  CALL(madvise, "free, private file", copy, PAGE, (long)MADV_FREE);
  mlock(room, PAGE);
  CALL(madvise, "not needed, locked", room, PAGE, (long)MADV_DONTNEED);
  CALL(madvise, "not needed, though locked", room, PAGE, 24L);
  static const int quiet[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTDUMP, MADV_DODUMP, MADV_DOFORK};
  for (unsigned i = 0; i < sizeof quiet / sizeof quiet[0]; i++) {
    char label[24];
    sprintf(label, "advice %d", quiet[i]);
    CALL(madvise, label, room + 2 * PAGE, PAGE, (long)quiet[i]);
  }
}

static void forking(void) {
  char *room = anonymous(3);
  for (int i = 0; i < 3; i++) room[i * PAGE] = i + 1;
  CALL(madvise, "not to children", room, PAGE, (long)MADV_DONTFORK);
  CALL(madvise, "empty in children", room + PAGE, PAGE, (long)MADV_WIPEONFORK);
  CHILD("fork", "child", {
    SAY("madvise", "in the child", "%s %s %s", look(room), look(room + PAGE), look(room + 2 * PAGE));
    room[PAGE] = 9;
    CHILD("fork", "grandchild", { SAY("madvise", "in the grandchild", "%s", look(room + PAGE)); });
  });
  SAY("madvise", "in the parent", "%s %s", look(room), look(room + PAGE));
  CALL(madvise, "as usual again", room, 2 * PAGE, (long)MADV_DOFORK);
  CALL(madvise, "kept again", room, 2 * PAGE, (long)MADV_KEEPONFORK);
  CHILD("fork", "child", { SAY("madvise", "in the child", "%s %s", look(room), look(room + PAGE)); });
  char *shared = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CALL(madvise, "empty in children, shared", shared, PAGE, (long)MADV_WIPEONFORK);
}

static void populating(void) {
  unsigned char there[4];
  char *room = anonymous(4);
  CALL(madvise, "populate for writing", room, 2 * PAGE, 23L);
  CALL(mincore, "resident", room, 4 * PAGE, there);
  SAY("mincore", "pages", "%d %d", there[0] & 1, there[1] & 1);
  mprotect(room, PAGE, PROT_READ);
  CALL(madvise, "populate for writing, read-only", room, PAGE, 23L);
  CALL(madvise, "populate for reading", room, PAGE, 22L);
  mprotect(room, PAGE, PROT_NONE);
  CALL(madvise, "populate for reading, no access", room, PAGE, 22L);
  munmap(room + 2 * PAGE, PAGE);
  CALL(madvise, "populate, hole", room + PAGE, 3 * PAGE, 23L);
  int file = open("g", O_CREAT | O_RDWR, 0644);
  ftruncate(file, PAGE);
  char *shown = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CALL(madvise, "populate, behind the end", shown, 2 * PAGE, 22L);
  CALL(mincore, "misaligned", room + 1, PAGE, there);
  CALL(mincore, "hole", room + PAGE, 3 * PAGE, there);
  CALL(mincore, "no length", room, 0L, there);
  CALL(mincore, "bad vector", room + PAGE, PAGE, LOW);
  CALL(mincore, "too long", room, 1L << 48, there);
}

static void syncing(void) {
  char *room = anonymous(3);
  CALL(msync, "async", room, PAGE, (long)MS_ASYNC);
  CALL(msync, "both", room, PAGE, (long)(MS_ASYNC | MS_SYNC));
  CALL(msync, "unknown", room, PAGE, 8L);
  CALL(msync, "nothing asked", room, PAGE, 0L);
  CALL(msync, "misaligned", room + 1, PAGE, (long)MS_SYNC);
  CALL(msync, "no length", room, 0L, (long)MS_SYNC);
  munmap(room + PAGE, PAGE);
  CALL(msync, "hole", room, 3 * PAGE, (long)MS_SYNC);
  mlock(room, PAGE);
  CALL(msync, "invalidate, locked", room, PAGE, (long)MS_INVALIDATE);
}

static long locked_kib(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[200];
  long found = -1;
  while (fgets(line, sizeof line, status)) sscanf(line, "VmLck: %ld", &found);
  fclose(status);
  return found;
}

static void locking(void) {
  char *room = anonymous(8);
  CALL(munlockall, "all");
  CALL(mlock, "two pages", room, 2 * PAGE);
  SAY("mlock", "locked", "%ld", locked_kib());
  CALL(mlock, "twice does not count", room + 1, PAGE);
  SAY("mlock", "locked", "%ld", locked_kib());
  CALL(munlock, "one", room, PAGE);
  SAY("munlock", "locked", "%ld", locked_kib());
  CALL(mlock2, "unknown flag", room, PAGE, 2L);
  CALL(mlock2, "on fault", room + 4 * PAGE, PAGE, 1L);
  CALL(mlockall, "nothing", 0L);
  CALL(mlockall, "unknown", 8L);
  CALL(mlockall, "on fault alone", 4L);
  munmap(room + 6 * PAGE, PAGE);
  CALL(mlock, "over a hole", room + 5 * PAGE, 3 * PAGE);
  CALL(munlock, "over a hole", room + 5 * PAGE, 3 * PAGE);
  munlockall();
  CHILD("fork", "plain user with a limit", {
    struct rlimit limit = {2 * PAGE, 2 * PAGE};
    setrlimit(RLIMIT_MEMLOCK, &limit);
    become_user(1000);
    CALL(mlock, "at the limit", room, 2 * PAGE);
    CALL(mlock, "beyond the limit", room + 3 * PAGE, PAGE);
    CALL(mlock, "what is locked again", room, PAGE);
    errno = 0;
    CASE("mmap", "locked, beyond the limit", mmap(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0) == MAP_FAILED ? -1 : 0);
    CALL(mlockall, "beyond the limit", 1L);
    CALL(munlock, "all", room, 2 * PAGE);
    CALL(mlock, "room again", room + 3 * PAGE, PAGE);
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_MEMLOCK, &limit);
    CALL(mlock, "no limit at all", room, PAGE);
  });
  CHILD("fork", "not inherited", { SAY("mlock", "locked in a child", "%ld", locked_kib()); });
}

int main(void) {
  catch_faults();
  dropping();
  forking();
  populating();
  syncing();
  locking();
  return 0;
}
