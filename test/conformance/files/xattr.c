/* Extended attributes in the user and trusted name spaces. */
#include "conform.h"
#include <sys/xattr.h>

static int compare(const void *a, const void *b) {
  return strcmp(*(char **)a, *(char **)b);
}

/* Sorted: every file system has its own order. */
static void list(const char *label, const char *path) {
  char names[1024], shown[1100] = "", *each[50];
  int found = 0;
  long count = RAW(listxattr, path, names, sizeof names);
  for (long at = 0; at < count; at += strlen(names + at) + 1)
    if (strncmp(names + at, "security.", 9) != 0) each[found++] = names + at;
  qsort(each, found, sizeof *each, compare);
  for (int i = 0; i < found; i++) strcat(strcat(shown, each[i]), " ");
  SAY("listxattr", label, "%s", count < 0 ? errno_name(errno) : shown);
}

int main(void) {
  char value[70000] = "value";
  char long_name[300];
  close(open("f", O_CREAT | O_RDWR, 0644));
  RAW(mkdir, "d", 0755);
  RAW(symlink, "f", "l");
  RAW(mknod, "fifo", S_IFIFO | 0644, 0);
  int fd = open("f", O_RDWR);
  int ro = open("f", O_RDONLY);
  int path = open("f", O_PATH);
  CALL(getxattr, "absent attribute", "f", "user.a", value, 10);
  CALL(setxattr, "new", "f", "user.a", "hello", 5, 0);
  CALL(getxattr, "value", "f", "user.a", value, 10);
  SAY("getxattr", "bytes", "%.5s", value);
  CALL(getxattr, "size only", "f", "user.a", 0, 0);
  CALL(getxattr, "too small", "f", "user.a", value, 4);
  CALL(setxattr, "create existing", "f", "user.a", "x", 1, XATTR_CREATE);
  CALL(setxattr, "replace existing", "f", "user.a", "xyz", 3, XATTR_REPLACE);
  CALL(getxattr, "replaced", "f", "user.a", value, 10);
  CALL(setxattr, "replace absent", "f", "user.none", "x", 1, XATTR_REPLACE);
  CALL(setxattr, "create new", "f", "user.b", "x", 1, XATTR_CREATE);
  CALL(setxattr, "both flags", "f", "user.c", "x", 1, XATTR_CREATE | XATTR_REPLACE);
  CALL(setxattr, "unknown flag", "f", "user.c", "x", 1, 4);
  CALL(setxattr, "empty value", "f", "user.empty", "", 0, 0);
  CALL(getxattr, "empty value", "f", "user.empty", value, 10);
  list("names", "f");
  CALL(listxattr, "too small", "f", value, 3);
  CALL(removexattr, "existing", "f", "user.b");
  CALL(removexattr, "absent", "f", "user.b");
  CALL(setxattr, "no name space", "f", "plain", "x", 1, 0);
  CALL(setxattr, "unknown name space", "f", "other.x", "x", 1, 0);
  CALL(getxattr, "unknown name space", "f", "other.x", value, 10);
  CALL(removexattr, "unknown name space", "f", "other.x");
  CALL(setxattr, "name space alone", "f", "user.", "x", 1, 0);
  CALL(getxattr, "name space alone", "f", "user.", value, 10);
  CALL(setxattr, "empty name", "f", "", "x", 1, 0);
  memset(long_name, 'n', sizeof long_name);
  memcpy(long_name, "user.", 5);
  long_name[256] = 0;
  CALL(setxattr, "name of 256 bytes", "f", long_name, "x", 1, 0);
  long_name[255] = 0;
  CALL(setxattr, "name of 255 bytes", "f", long_name, "x", 1, 0);
  CALL(removexattr, "name of 255 bytes", "f", long_name);
  CALL(setxattr, "value too large", "f", "user.big", value, 65537, 0);
  CALL(setxattr, "bad name", "f", LOW, "x", 1, 0);
  CALL(setxattr, "bad value", "f", "user.v", LOW, 1, 0);
  CALL(getxattr, "bad value", "f", "user.a", LOW, 10);
  CALL(listxattr, "bad buffer", "f", LOW, 1000);
  CALL(setxattr, "absent file", "zz", "user.a", "x", 1, 0);
  CALL(getxattr, "absent file", "zz", "user.a", value, 1);
  CALL(setxattr, "directory", "d", "user.dir", "x", 1, 0);
  CALL(getxattr, "directory", "d", "user.dir", value, 10);
  CALL(setxattr, "user on a FIFO", "fifo", "user.x", "x", 1, 0);
  CALL(getxattr, "user on a FIFO", "fifo", "user.x", value, 1);
  CALL(setxattr, "trusted on a FIFO", "fifo", "trusted.x", "x", 1, 0);
  CALL(getxattr, "through a link", "l", "user.a", value, 10);
  CALL(lsetxattr, "user on a link", "l", "user.a", "x", 1, 0);
  CALL(lgetxattr, "user on a link", "l", "user.a", value, 10);
  CALL(lsetxattr, "trusted on a link", "l", "trusted.l", "abc", 3, 0);
  CALL(lgetxattr, "trusted on a link", "l", "trusted.l", value, 10);
  CALL(getxattr, "not on its target", "f", "trusted.l", value, 10);
  CALL(lremovexattr, "trusted on a link", "l", "trusted.l");
  CALL(fsetxattr, "descriptor", fd, "user.fd", "12", 2, 0);
  CALL(fgetxattr, "descriptor", fd, "user.fd", value, 10);
  CALL(fsetxattr, "read-only descriptor", ro, "user.ro", "12", 2, 0);
  CALL(fremovexattr, "descriptor", fd, "user.fd");
  CALL(fsetxattr, "O_PATH", path, "user.p", "1", 1, 0);
  CALL(fgetxattr, "O_PATH", path, "user.a", value, 10);
  CALL(flistxattr, "O_PATH", path, value, 10);
  CALL(fgetxattr, "bad descriptor", 999, "user.a", value, 10);
  CALL(flistxattr, "bad descriptor", 999, value, 10);
  struct stat before, after;
  stat("f", &before);
  sleep_ms(20);
  RAW(setxattr, "f", "user.time", "x", 1, 0);
  stat("f", &after);
  SAY("setxattr", "changes ctime", "%d", before.st_ctim.tv_nsec != after.st_ctim.tv_nsec);
  SAY("setxattr", "leaves mtime", "%d", before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
  RAW(link, "f", "twin");
  CALL(getxattr, "other name of the file", "twin", "user.a", value, 10);
  RAW(rename, "f", "g");
  CALL(getxattr, "after rename", "g", "user.a", value, 10);
  RAW(chmod, "g", 0444);
  RAW(mkdir, "sticky", 01777);
  RAW(chmod, "sticky", 01777);
  RAW(chmod, ".", 0755);
  CHILD("fork", "plain user", {
    become_user(1000);
    CALL(getxattr, "user: readable file", "g", "user.a", value, 10);
    CALL(setxattr, "user: read-only file", "g", "user.a", "x", 1, 0);
    CALL(getxattr, "user: trusted", "g", "trusted.a", value, 10);
    CALL(setxattr, "user: trusted", "g", "trusted.a", "x", 1, 0);
    CALL(setxattr, "user: sticky directory of another", "sticky", "user.a", "x", 1, 0);
    list("user: names", "g");
  });
  CALL(setxattr, "trusted", "g", "trusted.t", "x", 1, 0);
  list("root: names", "g");
  CHILD("fork", "plain user again", {
    become_user(1000);
    list("user: no trusted names", "g");
  });
  return 0;
}
