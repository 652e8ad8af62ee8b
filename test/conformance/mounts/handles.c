/* name_to_handle_at and open_by_handle_at, on a tmpfs: not every file system has handles. */
#include "isolated.h"

static union {
  struct file_handle handle;
  char room[sizeof(struct file_handle) + 128];
} u;
static int id;

static long name(int dir, const char *path, unsigned room, int flags) {
  u.handle.handle_bytes = room;
  return RAW(name_to_handle_at, dir, path, &u.handle, &id, flags);
}

int main(void) {
  isolate();
  chmod(".", 0755);
  mkdir("t", 0755);
  if (RAW(mount, "none", "t", "tmpfs", 0L, "mode=755") != 0 || chdir("t") != 0) return 1;
  int mount = open(".", O_RDONLY | O_DIRECTORY);
  RAW(mkdir, "d", 0755);
  int fd = open("d/f", O_CREAT | O_RDWR, 0644);
  RAW(write, fd, "hello", 5);
  RAW(symlink, "d/f", "l");
  CASE("name_to_handle_at", "no room", name(AT_FDCWD, "d/f", 0, 0));
  SAY("name_to_handle_at", "says how much", "%d", u.handle.handle_bytes > 0 && u.handle.handle_bytes <= 128);
  CASE("name_to_handle_at", "room", name(AT_FDCWD, "d/f", 128, 0));
  char c[6] = "";
  int again = RAW(open_by_handle_at, mount, &u.handle, O_RDONLY);
  RAW(read, again, c, 5);
  SAY("open_by_handle_at", "contents", "%s", c);
  struct stat one, two;
  fstat(fd, &one);
  fstat(again, &two);
  SAY("open_by_handle_at", "the same file", "%d", one.st_ino == two.st_ino);
  RAW(rename, "d/f", "g");
  again = RAW(open_by_handle_at, mount, &u.handle, O_RDONLY);
  SAY("open_by_handle_at", "after rename", "%d", again >= 0);
  CASE("open_by_handle_at", "flags", RAW(open_by_handle_at, mount, &u.handle, O_PATH) >= 0 ? 0 : -1);
  CASE("open_by_handle_at", "AT_FDCWD", RAW(open_by_handle_at, AT_FDCWD, &u.handle, O_RDONLY) >= 0 ? 0 : -1);
  CALL(open_by_handle_at, "bad descriptor", 999, &u.handle, O_RDONLY);
  CALL(open_by_handle_at, "bad handle", mount, LOW, O_RDONLY);
  unsigned right = u.handle.handle_bytes;
  u.handle.handle_bytes = 0;
  CALL(open_by_handle_at, "empty handle", mount, &u.handle, O_RDONLY);
  u.handle.handle_bytes = 200;
  CALL(open_by_handle_at, "large handle", mount, &u.handle, O_RDONLY);
  u.handle.handle_bytes = right;
  CHILD("fork", "plain user", {
    become_user(1000);
    CALL(open_by_handle_at, "user", mount, &u.handle, O_RDONLY);
    CASE("name_to_handle_at", "user", name(AT_FDCWD, "g", 128, 0));
  });
  close(fd);
  close(again);
  CASE("name_to_handle_at", "link itself", name(AT_FDCWD, "l", 128, 0));
  CALL(open_by_handle_at, "link itself", mount, &u.handle, O_RDONLY);
  CASE("name_to_handle_at", "dangling, followed", name(AT_FDCWD, "l", 128, AT_SYMLINK_FOLLOW));
  CASE("name_to_handle_at", "directory", name(AT_FDCWD, "d", 128, 0));
  int dir = RAW(open_by_handle_at, mount, &u.handle, O_RDONLY | O_DIRECTORY);
  SAY("open_by_handle_at", "directory", "%d", dir >= 0);
  CASE("name_to_handle_at", "empty path", name(mount, "", 128, 0));
  CASE("name_to_handle_at", "empty path with its flag", name(mount, "", 128, AT_EMPTY_PATH));
  CASE("name_to_handle_at", "unknown flag", name(mount, "d", 128, 0x40000));
  CASE("name_to_handle_at", "large room", name(mount, "d", 200, 0));
  CASE("name_to_handle_at", "absent", name(mount, "zz", 128, 0));
  u.handle.handle_bytes = 128;
  CALL(name_to_handle_at, "bad mount id", mount, "d", &u.handle, LOW, 0);
  CALL(name_to_handle_at, "bad handle", mount, "d", LOW, &id, 0);
  return 0;
}
