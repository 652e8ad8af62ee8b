/* overlay: what shows through, what changes where, whiteouts and opaque directories. */
#include "isolated.h"
#include <dirent.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static void put(const char *path, const char *text) {
  int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);
  write(fd, text, strlen(text));
  close(fd);
}

static const char *get(const char *path) {
  static char text[4][64];
  static int turn;
  char *out = text[turn++ % 4];
  int fd = open(path, O_RDONLY);
  long got = fd < 0 ? -1 : read(fd, out, 63);
  if (fd >= 0) close(fd);
  if (got < 0) return errno_name(errno);
  out[got] = 0;
  return out;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *names(const char *path) {
  static char text[300];
  char *found[50];
  int count = 0;
  DIR *folder = opendir(path);
  if (folder == 0) return errno_name(errno);
  for (struct dirent *entry; (entry = readdir(folder)) != 0;)
    if (entry->d_name[0] != '.') found[count++] = strdup(entry->d_name);
  closedir(folder);
  qsort(found, count, sizeof *found, by_name);
  text[0] = 0;
  for (int i = 0; i < count; i++) sprintf(text + strlen(text), "%s%s", i ? " " : "", found[i]);
  return text[0] ? text : "none";
}

static int is_whiteout(const char *path) {
  struct stat found;
  return lstat(path, &found) == 0 && S_ISCHR(found.st_mode) && found.st_rdev == 0;
}

static int is_opaque(const char *path) {
  char value[4];
  return getxattr(path, "trusted.overlay.opaque", value, sizeof value) == 1 && value[0] == 'y';
}

static void prepare(void) {
  RAW(mkdir, "t", 0755);
  if (RAW(mount, "none", "t", "tmpfs", 0L, "mode=755") != 0 || chdir("t") != 0) exit(1);
  static const char *const folders[] = {"low", "low2", "up", "work", "m", "low/d", "low2/d", "low/d/deep", "low2/only", "low/empty"};
  for (unsigned i = 0; i < sizeof folders / sizeof folders[0]; i++) mkdir(folders[i], 0755);
  put("low/a", "a of low");
  put("low2/a", "a of low2");
  put("low2/b", "b of low2");
  put("low/d/one", "one");
  put("low2/d/two", "two");
  put("low2/only/x", "x");
  put("low/gone", "gone");
  put("low/held", "held");
  put("up/c", "c of up");
  symlink("a", "low/link");
  mknod("low/d/hides", S_IFCHR, 0);
  put("low2/d/hides", "hidden");
}

static void refusals(void) {
  CALL(mount, "no layers", "o", "m", "overlay", 0L, "");
  CALL(mount, "no work directory", "o", "m", "overlay", 0L, "lowerdir=low,upperdir=up");
  CALL(mount, "one layer alone", "o", "m", "overlay", 0L, "lowerdir=low");
  CALL(mount, "absent layer", "o", "m", "overlay", 0L, "lowerdir=absent,upperdir=up,workdir=work");
  CALL(mount, "unknown option", "o", "m", "overlay", 0L, "lowerdir=low,upperdir=up,workdir=work,nonesuch=1");
  CALL(mount, "work inside upper", "o", "m", "overlay", 0L, "lowerdir=low,upperdir=up,workdir=up");
}

static void shows(void) {
  CALL(mount, "three layers", "o", "m", "overlay", 0L, "lowerdir=low:low2,upperdir=up,workdir=work");
  struct statfs room;
  statfs("m", &room);
  SAY("statfs", "type", "%lx", (long)room.f_type);
  SAY("open", "each layer", "%s, %s, %s", get("m/a"), get("m/b"), get("m/c"));
  SAY("getdents64", "top", "%s", names("m"));
  SAY("getdents64", "merged", "%s", names("m/d"));
  SAY("open", "hidden in a layer", "%s", get("m/d/hides"));
  SAY("open", "through a link", "%s", get("m/link"));
}

static void changes(void) {
  put("m/new", "new");
  SAY("open", "made in the upper layer", "%s %d", get("up/new"), exists("low/new"));
  int fd = open("m/a", O_RDWR | O_APPEND);
  write(fd, "!", 1);
  close(fd);
  SAY("write", "copied up", "%s, %s, %s", get("m/a"), get("up/a"), get("low/a"));
  CASE("chmod", "lower file", chmod("m/b", 0600));
  struct stat one, two;
  stat("up/b", &one);
  stat("low2/b", &two);
  SAY("chmod", "copied up", "%o %o", one.st_mode, two.st_mode);
  put("m/d/deep/f", "deep");
  SAY("open", "with its directories", "%s", get("up/d/deep/f"));
  CASE("setxattr", "lower file", setxattr("m/d/one", "trusted.k", "v", 1, 0));
  char value[4] = "";
  SAY("getxattr", "copied up", "%ld", (long)getxattr("up/d/one", "trusted.k", value, 4));
  CASE("link", "lower file", link("m/d/two", "m/linked"));
  SAY("link", "both", "%s %s", get("m/linked"), get("m/d/two"));
}

static void removals(void) {
  CASE("unlink", "lower file", unlink("m/gone"));
  SAY("unlink", "whiteout", "%d %d %s", is_whiteout("up/gone"), exists("low/gone"), get("m/gone"));
  CASE("unlink", "again", unlink("m/gone"));
  put("m/gone", "back");
  SAY("open", "made again", "%s %d", get("m/gone"), is_whiteout("up/gone"));
  CASE("unlink", "upper file", unlink("m/c"));
  SAY("unlink", "no whiteout needed", "%d", exists("up/c"));
  CASE("rmdir", "not empty", rmdir("m/only"));
  CASE("unlink", "in it", unlink("m/only/x"));
  SAY("getdents64", "emptied", "%s", names("m/only"));
  CASE("rmdir", "emptied", rmdir("m/only"));
  SAY("rmdir", "whiteout", "%d", is_whiteout("up/only"));
  CASE("mkdir", "again", mkdir("m/only", 0755));
  SAY("mkdir", "opaque", "%d %s", is_opaque("up/only"), names("m/only"));
}

static void moves(void) {
  CASE("rename", "lower file", rename("m/link", "m/link2"));
  SAY("rename", "whiteout", "%d %s", is_whiteout("up/link"), get("m/link2"));
  CASE("rename", "lower directory", rename("m/empty", "m/empty2"));
  CASE("rename", "merged directory", rename("m/d", "m/d2"));
  mkdir("m/fresh", 0755);
  put("m/fresh/f", "fresh");
  CASE("rename", "upper directory", rename("m/fresh", "m/fresh2"));
  SAY("rename", "its file", "%s", get("m/fresh2/f"));
  CASE("rename", "over a lower file", rename("m/new", "m/b"));
  SAY("rename", "replaced", "%s, %s", get("m/b"), get("low2/b"));
  rmdir("m/empty");
  CASE("rename", "where one was removed", rename("m/fresh2", "m/empty"));
  SAY("rename", "it", "%s", names("m/empty"));
}

static void open_files(void) {
  int reading = open("m/held", O_RDONLY), writing = open("m/held", O_RDWR);
  CASE("unlink", "held open", unlink("m/held"));
  CASE("write", "without a name", write(writing, "H", 1));
  char text[8] = "";
  pread(writing, text, 4, 0);
  SAY("read", "without a name", "%s %d", text, reading >= 0);
  SAY("getdents64", "work directory", "%s", names("work"));
  close(reading);
  close(writing);
}

static void afterwards(void) {
  SAY("getdents64", "top", "%s", names("m"));
  CALL(umount2, "end", "m", 0);
  SAY("getdents64", "upper layer", "%s", names("up"));
  CALL(mount, "again", "o", "m", "overlay", 0L, "lowerdir=low:low2,upperdir=up,workdir=work");
  SAY("getdents64", "the same", "%s", names("m"));
  CALL(umount2, "end", "m", 0);
  CALL(mount, "read-only", "o", "m", "overlay", 0L, "lowerdir=low:low2");
  SAY("open", "read-only", "%s", get("m/a"));
  CASE("open", "to write", open("m/a", O_RDWR));
  CASE("mkdir", "read-only", mkdir("m/x", 0755));
  CALL(umount2, "end", "m", 0);
}

int main(void) {
  isolate();
  prepare();
  refusals();
  shows();
  changes();
  removals();
  moves();
  open_files();
  afterwards();
  return 0;
}
