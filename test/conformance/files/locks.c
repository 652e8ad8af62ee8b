/* Record locks of both kinds, whole-file locks, deadlocks, and what releases them. */
#include "conform.h"
#include <sys/file.h>

static long lock(int fd, int cmd, short type, long start, long len) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
  return RAW(fcntl, fd, cmd, &l);
}

static void held(const char *label, int fd, int cmd, short type, long start, long len) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len, .l_pid = 0};
  long result = RAW(fcntl, fd, cmd, &l);
  if (result < 0) SAY("fcntl", label, "%s", errno_name(errno));
  else if (l.l_type == F_UNLCK) SAY("fcntl", label, "free");
  else SAY("fcntl", label, "%s %ld+%ld %s", l.l_type == F_RDLCK ? "read" : "write", (long)l.l_start, (long)l.l_len,
           l.l_pid == -1 ? "ofd" : l.l_pid == getppid() ? "parent" : "other");
}
#define LOCK(label, ...) CASE("fcntl", label, lock(__VA_ARGS__))

static void nothing(int number) {
  (void)number;
}

int main(void) {
  int fd = open("f", O_CREAT | O_RDWR, 0644);
  int ro = open("f", O_RDONLY), wo = open("f", O_WRONLY);
  RAW(ftruncate, fd, 100);
  LOCK("write lock", fd, F_SETLK, F_WRLCK, 10, 10);
  LOCK("own overlapping read lock splits it", fd, F_SETLK, F_RDLCK, 12, 2);
  LOCK("read lock on a write-only descriptor", wo, F_SETLK, F_RDLCK, 50, 1);
  LOCK("write lock on a read-only descriptor", ro, F_SETLK, F_WRLCK, 50, 1);
  LOCK("bad type", fd, F_SETLK, 7, 0, 1);
  LOCK("negative start", fd, F_SETLK, F_WRLCK, -1, 1);
  LOCK("negative length", fd, F_SETLK, F_WRLCK, 40, -10);
  LOCK("negative length before the start of the file", fd, F_SETLK, F_WRLCK, 4, -10);
  LOCK("overflow", fd, F_SETLK, F_WRLCK, 0x7fffffffffffffffL, 2);
  LOCK("last byte", fd, F_SETLK, F_WRLCK, 0x7fffffffffffffffL, 1);
  LOCK("unlock of nothing", fd, F_SETLK, F_UNLCK, 90, 5);
  CALL(fcntl, "bad lock pointer", fd, F_SETLK, LOW);
  CALL(fcntl, "bad descriptor", 999, F_SETLK, LOW);
  fflush(stdout);
  CHILD("fork", "other process", {
    held("first part", fd, F_GETLK, F_WRLCK, 0, 12);
    held("read inside read", fd, F_GETLK, F_RDLCK, 12, 2);
    held("write inside read", fd, F_GETLK, F_WRLCK, 12, 2);
    held("rest", fd, F_GETLK, F_RDLCK, 14, 0);
    held("from a negative length", fd, F_GETLK, F_WRLCK, 30, 1);
    held("to the end", fd, F_GETLK, F_WRLCK, 60, 0);
    held("unlock type", fd, F_GETLK, F_UNLCK, 0, 1);
    LOCK("conflict", fd, F_SETLK, F_WRLCK, 0, 0);
    LOCK("beside it", fd, F_SETLK, F_WRLCK, 20, 5);
    LOCK("ofd: conflict with a record lock", fd, F_OFD_SETLK, F_WRLCK, 10, 1);
  });
  int twin = RAW(dup, fd);
  close(twin);
  CHILD("fork", "after closing a duplicate", held("all gone", fd, F_GETLK, F_WRLCK, 0, 0));
  LOCK("ofd write", fd, F_OFD_SETLK, F_WRLCK, 0, 10);
  LOCK("ofd with the same description", fd, F_OFD_SETLK, F_RDLCK, 5, 5);
  int second = open("f", O_RDWR);
  LOCK("ofd with another description", second, F_OFD_SETLK, F_WRLCK, 0, 1);
  held("ofd seen from the other", second, F_OFD_GETLK, F_WRLCK, 0, 1);
  LOCK("record lock against own ofd lock", second, F_SETLK, F_WRLCK, 0, 1);
  struct flock pid = {.l_type = F_WRLCK, .l_pid = 5};
  CALL(fcntl, "ofd with a pid", fd, F_OFD_SETLK, &pid);
  twin = RAW(dup, fd);
  close(twin);
  LOCK("ofd survives closing a duplicate", second, F_OFD_SETLK, F_WRLCK, 0, 1);
  CHILD("fork", "child shares ofd", LOCK("ofd in the child", fd, F_OFD_SETLK, F_WRLCK, 0, 3));
  close(fd);
  LOCK("ofd gone with the description", second, F_OFD_SETLK, F_WRLCK, 0, 1);
  close(second);
  fd = open("f", O_RDWR);
  /* Deadlock of two processes. */
  int go[2], done[2];
  RAW(pipe2, go, 0);
  RAW(pipe2, done, 0);
  LOCK("A takes 1", fd, F_SETLK, F_WRLCK, 1, 1);
  pid_t child = fork();
  if (child == 0) {
    char c;
    lock(fd, F_SETLK, F_WRLCK, 2, 1);
    write(done[1], "x", 1);
    _exit(lock(fd, F_SETLKW, F_WRLCK, 1, 1) == 0 ? 0 : 1);
  }
  char c;
  read(done[0], &c, 1);
  sleep_ms(40);
  LOCK("A waits for 2: deadlock", fd, F_SETLKW, F_WRLCK, 2, 1);
  LOCK("A lets go of 1", fd, F_SETLK, F_UNLCK, 1, 1);
  show_end("wait", "B got 1 in the end", child);
  /* A wait that a signal ends. */
  LOCK("A takes 1 again", fd, F_SETLK, F_WRLCK, 1, 1);
  child = fork();
  if (child == 0) {
    struct sigaction quiet = {.sa_handler = nothing};
    sigaction(SIGALRM, &quiet, 0);
    ualarm(30000, 0);
    LOCK("interrupted", fd, F_SETLKW, F_WRLCK, 1, 1);
    _exit(0);
  }
  show_end("wait", "interrupted", child);
  LOCK("done", fd, F_SETLK, F_UNLCK, 0, 0);
  /* flock */
  int a = open("f", O_RDONLY), b = open("f", O_RDONLY);
  CALL(flock, "exclusive", a, LOCK_EX);
  CALL(flock, "other exclusive", b, LOCK_EX | LOCK_NB);
  CALL(flock, "other shared", b, LOCK_SH | LOCK_NB);
  CALL(flock, "downgrade", a, LOCK_SH);
  CALL(flock, "other shared now", b, LOCK_SH | LOCK_NB);
  CALL(flock, "upgrade refused", a, LOCK_EX | LOCK_NB);
  CALL(flock, "other exclusive after the failed upgrade", b, LOCK_EX | LOCK_NB);
  CALL(flock, "unlock", b, LOCK_UN);
  CALL(flock, "twice unlocked", b, LOCK_UN);
  CALL(flock, "nothing", a, 0);
  CALL(flock, "only LOCK_NB", a, LOCK_NB);
  CALL(flock, "two kinds", a, LOCK_SH | LOCK_EX);
  CALL(flock, "bad descriptor", 999, LOCK_SH);
  int path = open("f", O_PATH);
  CALL(flock, "O_PATH", path, LOCK_SH);
  CALL(flock, "exclusive again", a, LOCK_EX | LOCK_NB);
  int copy = RAW(dup, a);
  close(a);
  CALL(flock, "held by the duplicate", b, LOCK_EX | LOCK_NB);
  close(copy);
  CALL(flock, "free", b, LOCK_EX | LOCK_NB);
  LOCK("record lock beside a whole lock", fd, F_SETLK, F_WRLCK, 0, 0);
  RAW(pipe2, go, 0);
  CALL(flock, "pipe", go[0], LOCK_EX | LOCK_NB);
  LOCK("record lock on a pipe", go[0], F_SETLK, F_RDLCK, 0, 0);
  int dir = open(".", O_RDONLY);
  CALL(flock, "directory", dir, LOCK_EX | LOCK_NB);
  LOCK("record lock on a directory", dir, F_SETLK, F_RDLCK, 0, 0);
  return 0;
}
