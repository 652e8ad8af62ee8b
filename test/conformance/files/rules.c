/* Rules of directories, times, sizes and flags that programs rely on. */
#include "conform.h"
#include <dirent.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static const char *mode_of(const char *path) {
  static char text[4][40];
  static int turn;
  char *out = text[turn++ % 4];
  struct stat now;
  if (lstat(path, &now) != 0) return errno_name(errno);
  sprintf(out, "%o %d %d", now.st_mode, now.st_uid, now.st_gid);
  return out;
}

static void set_group(void) {
  mkdir("g", 0755);
  chown("g", 0, 50);
  chmod("g", 02777);
  mkdir("g/d", 0755);
  close(open("g/f", O_CREAT | O_RDWR, 0644));
  symlink("x", "g/l");
  mknod("g/p", S_IFIFO | 0644, 0);
  SAY("mkdir", "in a set-group directory", "%s", mode_of("g/d"));
  SAY("open", "in a set-group directory", "%s", mode_of("g/f"));
  SAY("symlink", "in a set-group directory", "%s", mode_of("g/l"));
  SAY("mknod", "in a set-group directory", "%s", mode_of("g/p"));
  CHILD("fork", "as a user", {
    become_user(1000);
    umask(0);
    close(open("g/s", O_CREAT | O_RDWR, 02775));
    SAY("open", "set-group bit of a group one is not in", "%s", mode_of("g/s"));
    close(open("g/n", O_CREAT | O_RDWR, 02765));
    SAY("open", "set-group bit without execution", "%s", mode_of("g/n"));
    CASE("chmod", "set-group bit", chmod("g/s", 02755));
    SAY("chmod", "dropped", "%s", mode_of("g/s"));
    mkdir("g/e", 0777);
    SAY("mkdir", "inherited", "%s", mode_of("g/e"));
  });
}

static void sticky(void) {
  mkdir("s", 0777);
  chmod("s", 01777);
  mkdir("s/sub", 0755);
  close(open("s/root", O_CREAT | O_RDWR, 0666));
  close(open("s/mine", O_CREAT | O_RDWR, 0666));
  chown("s/mine", 1000, 1000);
  CHILD("fork", "as a user", {
    become_user(1000);
    CASE("unlink", "another's, sticky", unlink("s/root"));
    CASE("rename", "another's, sticky", rename("s/root", "s/x"));
    CASE("rename", "over another's, sticky", rename("s/mine", "s/root"));
    CASE("rmdir", "another's, sticky", rmdir("s/sub"));
    CASE("link", "another's, writable", link("s/root", "s/linked"));
    CASE("rename", "one's own", rename("s/mine", "s/own"));
    CASE("unlink", "one's own", unlink("s/own"));
    CASE("chmod", "another's", chmod("s/root", 0777));
    CASE("chown", "another's", chown("s/root", 1000, 1000));
    CASE("open", "another's without touching its time", open("s/root", O_RDONLY | O_NOATIME));
    struct timespec past[2] = {{1, 0}, {1, 0}};
    CASE("utimensat", "another's, to a time", utimensat(AT_FDCWD, "s/root", past, 0));
    CASE("utimensat", "another's, to now", utimensat(AT_FDCWD, "s/root", 0, 0));
  });
  chown("s", 1000, 1000);
  CHILD("fork", "as the directory's owner", {
    become_user(1000);
    CASE("unlink", "in one's own sticky directory", unlink("s/root"));
  });
}

static long long change_of(const char *path) {
  struct stat now;
  lstat(path, &now);
  return now.st_ctim.tv_sec * 1000000000LL + now.st_ctim.tv_nsec;
}

static long long written_of(const char *path) {
  struct stat now;
  lstat(path, &now);
  return now.st_mtim.tv_sec * 1000000000LL + now.st_mtim.tv_nsec;
}

/* Which times an action moves: "modified changed". */
#define TIMES(name, label, path, ...) \
  do { \
    long long modified = written_of(path), changed = change_of(path); \
    sleep_ms(12); \
    __VA_ARGS__; \
    SAY(name, label, "%d %d", written_of(path) > modified, change_of(path) > changed); \
  } while (0)

static void times(void) {
  mkdir("t", 0755);
  int file = open("t/f", O_CREAT | O_RDWR, 0644);
  TIMES("write", "times", "t/f", write(file, "x", 1));
  TIMES("write", "nothing: times", "t/f", write(file, "x", 0));
  TIMES("ftruncate", "same size: times", "t/f", ftruncate(file, 1));
  TIMES("truncate", "same size: times", "t/f", truncate("t/f", 1));
  TIMES("open", "truncating what is empty: times", "t/f", truncate("t/f", 0); sleep_ms(12); close(open("t/f", O_WRONLY | O_TRUNC)));
  TIMES("chmod", "times", "t/f", chmod("t/f", 0600));
  TIMES("chown", "to the same: times", "t/f", chown("t/f", -1, -1));
  TIMES("link", "times of the file", "t/f", link("t/f", "t/g"));
  TIMES("rename", "times of the file", "t/g", rename("t/g", "t/h"); rename("t/h", "t/g"));
  TIMES("unlink", "times of the other name", "t/f", unlink("t/g"));
  TIMES("open", "creating: times of the directory", "t", close(open("t/n", O_CREAT | O_RDWR, 0644)));
  TIMES("open", "existing: times of the directory", "t", close(open("t/n", O_CREAT | O_RDWR, 0644)));
  TIMES("write", "times of the directory", "t", write(file, "x", 1));
  TIMES("rename", "times of the directory", "t", rename("t/n", "t/m"));
  TIMES("rename", "to itself: times of the directory", "t", rename("t/m", "t/m"));
  TIMES("chmod", "of a file: times of the directory", "t", chmod("t/m", 0600));
  TIMES("fallocate", "times", "t/f", fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 4096));
  struct timespec past[2] = {{1000, 5}, {2000, 999999999}};
  utimensat(AT_FDCWD, "t/f", past, 0);
  struct stat now;
  stat("t/f", &now);
  SAY("utimensat", "nanoseconds", "%ld.%09ld %ld.%09ld", (long)now.st_atim.tv_sec, now.st_atim.tv_nsec, (long)now.st_mtim.tv_sec, now.st_mtim.tv_nsec);
  struct timespec old[2] = {{-5, 5}, {-1, 0}};
  CASE("utimensat", "before 1970", utimensat(AT_FDCWD, "t/f", old, 0));
  stat("t/f", &now);
  SAY("utimensat", "before 1970", "%ld.%09ld %ld", (long)now.st_atim.tv_sec, now.st_atim.tv_nsec, (long)now.st_mtim.tv_sec);
  struct timespec bad[2] = {{1, 1000000000}, {1, 0}};
  CASE("utimensat", "too many nanoseconds", utimensat(AT_FDCWD, "t/f", bad, 0));
  struct timespec omit[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  CASE("utimensat", "nothing, absent", utimensat(AT_FDCWD, "absent", omit, 0));
  close(file);
}

static void listing(void) {
  mkdir("l", 0755);
  char name[32];
  for (int i = 0; i < 200; i++) {
    sprintf(name, "l/%03d", i);
    close(open(name, O_CREAT | O_WRONLY, 0644));
  }
  char seen[400] = {0};
  int twice = 0;
  DIR *folder = opendir("l");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != 0; count++) {
    if (entry->d_name[0] == '.') continue;
    int number = atoi(entry->d_name);
    twice += seen[number];
    seen[number] = 1;
    sprintf(name, "l/%03d", number);
    if (number % 2 == 0) unlink(name);
    if (number % 10 == 1 && number < 200) {
      sprintf(name, "l/%03d", 200 + number);
      close(open(name, O_CREAT | O_WRONLY, 0644));
    }
  }
  int missing = 0;
  for (int i = 0; i < 200; i++) missing += !seen[i];
  SAY("getdents64", "while names come and go", "%d missing, %d twice", missing, twice);
  rewinddir(folder);
  int left = 0;
  while (readdir(folder) != 0) left++;
  SAY("getdents64", "from the start again", "%d", left);
  rewinddir(folder);
  for (int i = 0; i < 5; i++) readdir(folder);
  long place = telldir(folder);
  struct dirent *there = readdir(folder);
  char first[32];
  strcpy(first, there == 0 ? "" : there->d_name);
  for (int i = 0; i < 20; i++) readdir(folder);
  seekdir(folder, place);
  there = readdir(folder);
  SAY("lseek", "back to a place", "%d", there != 0 && strcmp(there->d_name, first) == 0);
  closedir(folder);
  char room[64];
  int fd = open("l", O_RDONLY | O_DIRECTORY);
  CALL(getdents64, "no room", fd, room, 8L);
  CALL(getdents64, "bad place", fd, LOW, 100L);
  CALL(read, "a directory", fd, room, 10L);
  CALL(lseek, "negative", fd, -1L, (long)SEEK_SET);
  close(fd);
}

static void renaming(void) {
  mkdir("r", 0755);
  close(open("r/a", O_CREAT | O_WRONLY, 0644));
  close(open("r/b", O_CREAT | O_WRONLY, 0644));
  mkdir("r/d", 0755);
  mkdir("r/d/e", 0755);
  CALL(renameat2, "no replacing", AT_FDCWD, "r/a", AT_FDCWD, "r/b", 1L);
  CALL(renameat2, "no replacing, itself", AT_FDCWD, "r/a", AT_FDCWD, "r/a", 1L);
  CALL(renameat2, "exchange with what is absent", AT_FDCWD, "r/a", AT_FDCWD, "r/zz", 2L);
  CALL(renameat2, "exchange with a directory", AT_FDCWD, "r/a", AT_FDCWD, "r/d", 2L);
  SAY("renameat2", "exchanged", "%s / %s", mode_of("r/a"), mode_of("r/d"));
  CALL(renameat2, "back", AT_FDCWD, "r/a", AT_FDCWD, "r/d", 2L);
  CALL(renameat2, "exchange with what is inside", AT_FDCWD, "r/d", AT_FDCWD, "r/d/e", 2L);
  CALL(renameat2, "into itself", AT_FDCWD, "r/d", AT_FDCWD, "r/d/e/f", 0L);
  CALL(renameat2, "both flags", AT_FDCWD, "r/a", AT_FDCWD, "r/b", 3L);
  CALL(renameat2, "unknown flag", AT_FDCWD, "r/a", AT_FDCWD, "r/b", 8L);
  CALL(renameat2, "whiteout and exchange", AT_FDCWD, "r/a", AT_FDCWD, "r/b", 6L);
  CALL(rename, "directory over a file", "r/d", "r/a");
  CALL(rename, "file over a directory", "r/a", "r/d");
  CALL(rename, "over what is not empty", "r", "r");
  CALL(rename, "dot", "r/.", "r2");
  CALL(rename, "the one above", "r/..", "r2");
  CALL(rename, "file with a slash", "r/a/", "r/c");
  CALL(rename, "directory with a slash", "r/d/", "r/d2/");
  CALL(rename, "file to a name with a slash", "r/a", "r/c/");
}

static void unnamed(void) {
  mkdir("u", 0755);
  int fd = open("u", O_TMPFILE | O_RDWR, 0640);
  SAY("open", "without a name", "%d", fd >= 0);
  struct stat now;
  fstat(fd, &now);
  SAY("open", "its links and mode", "%d %o", (int)now.st_nlink, now.st_mode);
  write(fd, "hello", 5);
  char path[64];
  sprintf(path, "/proc/self/fd/%d", fd);
  CASE("linkat", "a name for it", linkat(AT_FDCWD, path, AT_FDCWD, "u/named", AT_SYMLINK_FOLLOW));
  SAY("linkat", "its mode", "%s", mode_of("u/named"));
  CASE("linkat", "by its descriptor", linkat(fd, "", AT_FDCWD, "u/again", AT_EMPTY_PATH));
  fd = open("u", O_TMPFILE | O_RDWR | O_EXCL, 0640);
  sprintf(path, "/proc/self/fd/%d", fd);
  CASE("linkat", "never a name", linkat(AT_FDCWD, path, AT_FDCWD, "u/never", AT_SYMLINK_FOLLOW));
  CASE("open", "without a name, read-only", open("u", O_TMPFILE | O_RDONLY, 0640));
  CASE("open", "without a name, in a file", open("u/named", O_TMPFILE | O_RDWR, 0640));
  CASE("open", "without a name, absent", open("u/absent", O_TMPFILE | O_RDWR, 0640));
  fd = open("u/named", O_RDONLY);
  unlink("u/named");
  unlink("u/again");
  sprintf(path, "/proc/self/fd/%d", fd);
  CASE("linkat", "all names gone", linkat(AT_FDCWD, path, AT_FDCWD, "u/back", AT_SYMLINK_FOLLOW));
}

static void syncing(void) {
  int file = open("y", O_CREAT | O_RDWR, 0644), path = open("y", O_PATH), directory = open(".", O_RDONLY);
  int pipes[2];
  pipe(pipes);
  CALL(fsync, "file", file);
  CALL(fsync, "directory", directory);
  CALL(fsync, "pipe", pipes[0]);
  CALL(fsync, "O_PATH", path);
  CALL(fsync, "bad", 999);
  CALL(fdatasync, "file", file);
  CALL(fdatasync, "pipe", pipes[0]);
  CALL(syncfs, "file", file);
  CALL(syncfs, "O_PATH", path);
  CALL(syncfs, "pipe", pipes[0]);
  CALL(sync_file_range, "all", file, 0L, 0L, 7L);
  CALL(sync_file_range, "unknown flag", file, 0L, 0L, 8L);
  CALL(sync_file_range, "negative", file, -1L, 0L, 2L);
  CALL(sync_file_range, "negative length", file, 0L, -1L, 2L);
  CALL(sync_file_range, "pipe", pipes[0], 0L, 0L, 2L);
  CALL(fadvise64, "file", file, 0L, 0L, 0L);
  CALL(fadvise64, "unknown", file, 0L, 0L, 9L);
  CALL(fadvise64, "negative length", file, 0L, -1L, 0L);
  CALL(fadvise64, "pipe", pipes[0], 0L, 0L, 0L);
  CALL(fadvise64, "O_PATH", path, 0L, 0L, 0L);
  CALL(readahead, "file", file, 0L, 10L);
  CALL(readahead, "directory", directory, 0L, 10L);
  CALL(readahead, "pipe", pipes[0], 0L, 10L);
}

static void extended_stat(void) {
  struct statx x;
  close(open("x", O_CREAT | O_RDWR, 0644));
  memset(&x, 0x55, sizeof x);
  CALL(statx, "nothing asked", AT_FDCWD, "x", 0L, 0L, &x);
  CALL(statx, "reserved bit", AT_FDCWD, "x", 0L, 0x80000000L, &x);
  CALL(statx, "unknown flag", AT_FDCWD, "x", 0x10000L, 0xfffL, &x);
  CALL(statx, "both kinds of sync", AT_FDCWD, "x", 0x6000L, 0xfffL, &x);
  CALL(statx, "no sync", AT_FDCWD, "x", 0x4000L, 0xfffL, &x);
  SAY("statx", "basics", "%d %o %d", (x.stx_mask & 0x7ff) == 0x7ff, x.stx_mode, (int)x.stx_nlink);
  SAY("statx", "born no later than changed", "%d", (x.stx_mask & STATX_BTIME) == 0 || x.stx_btime.tv_sec <= x.stx_ctime.tv_sec);
  CALL(statx, "bad place", AT_FDCWD, "x", 0L, 0xfffL, LOW);
  CALL(statx, "empty path", AT_FDCWD, "", 0L, 0xfffL, &x);
  CALL(statx, "empty path, its flag", AT_FDCWD, "", (long)AT_EMPTY_PATH, 0xfffL, &x);
  SAY("statx", "the working directory", "%o", x.stx_mode & S_IFMT);
  symlink("x", "xl");
  CALL(statx, "link itself", AT_FDCWD, "xl", (long)AT_SYMLINK_NOFOLLOW, 0xfffL, &x);
  SAY("statx", "link itself", "%o %d", x.stx_mode, (int)x.stx_size);
}

int main(void) {
  chmod(".", 0755);
  umask(022);
  set_group();
  sticky();
  times();
  listing();
  renaming();
  unnamed();
  syncing();
  extended_stat();
  return 0;
}
