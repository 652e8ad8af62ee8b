/* openat2: struct open_how checked, and each RESOLVE_ flag. */
#include "conform.h"
#include <linux/openat2.h>

static long at(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  long fd = RAW(openat2, dir, path, &how, sizeof how);
  if (fd >= 0) close(fd);
  return fd < 0 ? fd : 0;
}
#define OPEN2(label, ...) CASE("openat2", label, at(__VA_ARGS__))

int main(void) {
  RAW(mkdir, "t", 0755);
  int t = open("t", O_RDONLY | O_DIRECTORY);
  RAW(mkdir, "t/sub", 0755);
  RAW(symlink, "sub", "t/rel");
  RAW(symlink, "/tmp", "t/abs");
  RAW(symlink, "../t/sub", "t/up");
  RAW(symlink, "/sub", "t/rooted");
  RAW(symlink, "sub/../sub", "t/inner");
  RAW(symlink, "absent", "t/dangling");
  RAW(symlink, "loop", "t/loop");
  close(open("t/file", O_CREAT | O_WRONLY, 0644));
  OPEN2("plain", t, "sub", O_RDONLY, 0, 0);
  OPEN2("unknown resolve bit", t, "sub", O_RDONLY, 0, 1 << 20);
  OPEN2("unknown flag", t, "sub", 1ULL << 40, 0, 0);
  OPEN2("unknown low flag", t, "file", 1 << 30, 0, 0);
  OPEN2("mode without O_CREAT", t, "sub", O_RDONLY, 0644, 0);
  OPEN2("mode with high bits", t, "new1", O_CREAT | O_WRONLY, 0200000, 0);
  OPEN2("mode with O_CREAT", t, "new", O_CREAT | O_WRONLY, 0640, 0);
  OPEN2("O_PATH with O_RDWR", t, "file", O_PATH | O_RDWR, 0, 0);
  OPEN2("O_PATH with O_CLOEXEC", t, "file", O_PATH | O_CLOEXEC, 0, 0);
  OPEN2("O_TMPFILE for reading", t, ".", O_TMPFILE | O_RDONLY, 0600, 0);
  OPEN2("O_TMPFILE for writing", t, ".", O_TMPFILE | O_RDWR, 0600, 0);
  OPEN2("beneath and in root", t, "sub", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT);
  OPEN2("no symlinks: plain", t, "sub", O_RDONLY, 0, RESOLVE_NO_SYMLINKS);
  OPEN2("no symlinks: last", t, "rel", O_RDONLY, 0, RESOLVE_NO_SYMLINKS);
  OPEN2("no symlinks: last, O_PATH O_NOFOLLOW", t, "rel", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS);
  OPEN2("no symlinks: middle", t, "rel/.", O_RDONLY, 0, RESOLVE_NO_SYMLINKS);
  OPEN2("no magic links: ordinary link", t, "rel", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS);
  OPEN2("beneath: plain", t, "sub", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: relative link", t, "rel", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: inner dots", t, "inner", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: absolute link", t, "abs", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: absolute path", t, "/tmp", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: up", t, "..", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: up and back", t, "../t", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: link up and back", t, "up", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: inside up", t, "sub/..", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: inside up too far", t, "sub/../..", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: dangling", t, "dangling", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("beneath: create", t, "made", O_CREAT | O_RDWR, 0600, RESOLVE_BENEATH);
  OPEN2("beneath: create above", t, "../made2", O_CREAT | O_RDWR, 0600, RESOLVE_BENEATH);
  OPEN2("beneath: loop", t, "loop", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("in root: absolute path", t, "/sub", O_RDONLY, 0, RESOLVE_IN_ROOT);
  OPEN2("in root: absolute path outside", t, "/t/sub", O_RDONLY, 0, RESOLVE_IN_ROOT);
  OPEN2("in root: absolute link", t, "rooted", O_RDONLY, 0, RESOLVE_IN_ROOT);
  OPEN2("in root: up stays", t, "../sub", O_RDONLY, 0, RESOLVE_IN_ROOT);
  OPEN2("in root: many ups", t, "../../../sub", O_RDONLY, 0, RESOLVE_IN_ROOT);
  OPEN2("in root: slash", t, "/", O_RDONLY, 0, RESOLVE_IN_ROOT);
  OPEN2("no crossing: /proc", AT_FDCWD, "/proc/self", O_RDONLY, 0, RESOLVE_NO_XDEV);
  OPEN2("no crossing: inside", t, "sub", O_RDONLY, 0, RESOLVE_NO_XDEV);
  OPEN2("cached: known", t, "sub", O_RDONLY, 0, RESOLVE_CACHED);
  OPEN2("cached with O_CREAT", t, "sub9", O_CREAT | O_RDONLY, 0, RESOLVE_CACHED);
  OPEN2("cached with O_TRUNC", t, "file", O_TRUNC | O_WRONLY, 0, RESOLVE_CACHED);
  int magic = open("t/file", O_RDONLY);
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", magic);
  OPEN2("magic link", AT_FDCWD, link, O_RDONLY, 0, 0);
  OPEN2("no magic links: magic", AT_FDCWD, link, O_RDONLY, 0, RESOLVE_NO_MAGICLINKS);
  OPEN2("no symlinks: magic", AT_FDCWD, link, O_RDONLY, 0, RESOLVE_NO_SYMLINKS);
  OPEN2("beneath: magic", open("/", O_RDONLY), link + 1, O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("bad descriptor", 999, "sub", O_RDONLY, 0, RESOLVE_BENEATH);
  OPEN2("bad descriptor, absolute path", 999, "/tmp", O_RDONLY, 0, RESOLVE_IN_ROOT);
  struct { struct open_how how; uint64_t more; } big = {{.flags = O_RDONLY}, 0};
  CASE("openat2", "short struct", RAW(openat2, t, "sub", &big, 16));
  CASE("openat2", "empty struct", RAW(openat2, t, "sub", &big, 0));
  CASE("openat2", "long struct of zeros", RAW(openat2, t, "sub", &big, sizeof big) >= 0 ? 0 : -1);
  big.more = 1;
  CASE("openat2", "long struct", RAW(openat2, t, "sub", &big, sizeof big));
  CASE("openat2", "huge struct", RAW(openat2, t, "sub", &big, 8192));
  CASE("openat2", "bad struct", RAW(openat2, t, "sub", LOW, sizeof big.how));
  CASE("openat2", "bad path", RAW(openat2, t, LOW, &big.how, sizeof big.how));
  return 0;
}
