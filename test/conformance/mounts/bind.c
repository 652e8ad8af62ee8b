/* Bind mounts, moving, propagation, roots: MS_BIND, MS_MOVE, MS_REC, pivot_root, chroot. */
#include "isolated.h"

static void put(const char *path, const char *text) {
  int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);
  write(fd, text, strlen(text));
  close(fd);
}

static const char *get(const char *path) {
  static char text[64];
  int fd = open(path, O_RDONLY);
  long got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (got < 0) return errno_name(errno);
  text[got] = 0;
  return text;
}

static void binding(void) {
  mkdir("a", 0755);
  mkdir("b", 0755);
  mkdir("a/sub", 0755);
  put("a/f", "of a");
  put("b/f", "of b");
  CALL(mount, "no source", (void *)0, "b", (void *)0, (long)MS_BIND, (void *)0);
  CALL(mount, "empty source", "", "b", (void *)0, (long)MS_BIND, (void *)0);
  CALL(mount, "absent source", "absent", "b", (void *)0, (long)MS_BIND, (void *)0);
  CALL(mount, "file on directory", "a/f", "b", (void *)0, (long)MS_BIND, (void *)0);
  CALL(mount, "directory on file", "a", "b/f", (void *)0, (long)MS_BIND, (void *)0);
  CALL(mount, "bind", "a", "b", (void *)0, (long)MS_BIND, (void *)0);
  SAY("open", "through the bind", "%s", get("b/f"));
  put("b/new", "made in b");
  SAY("open", "made through it", "%s", get("a/new"));
  struct stat one, two;
  stat("a", &one);
  stat("b", &two);
  SAY("stat", "the same file", "%d", one.st_ino == two.st_ino && one.st_dev == two.st_dev);
  CALL(rename, "across", "b/new", "a/other");
  CALL(link, "across", "b/new", "a/other");
  CALL(rmdir, "what is bound", "a/sub");
  CALL(mkdir, "again", "a/sub", 0755);
  CALL(mount, "remount read-only", "none", "b", (void *)0, (long)(MS_REMOUNT | MS_BIND | MS_RDONLY), (void *)0);
  CASE("open", "write there", open("b/f", O_RDWR));
  CASE("open", "write at the other place", open("a/f", O_RDWR) >= 0 ? 0 : -1);
  CALL(mount, "remount no mount point", "none", "b/sub", (void *)0, (long)(MS_REMOUNT | MS_BIND | MS_RDONLY), (void *)0);
  CALL(umount2, "end", "b", 0);
  SAY("open", "afterwards", "%s", get("b/f"));
  CALL(mount, "file", "a/f", "b/f", (void *)0, (long)MS_BIND, (void *)0);
  SAY("open", "file bound", "%s", get("b/f"));
  CALL(unlink, "file bound on", "b/f");
  CALL(umount2, "file", "b/f", 0);
  CALL(mount, "on itself", "a", "a", (void *)0, (long)MS_BIND, (void *)0);
  CALL(umount2, "on itself", "a", 0);
}

static void with_below(void) {
  RAW(mount, "below", "a/sub", "tmpfs", 0L, (void *)0);
  put("a/sub/x", "deep");
  CALL(mount, "alone", "a", "b", (void *)0, (long)MS_BIND, (void *)0);
  SAY("open", "not what is below", "%s", get("b/sub/x"));
  RAW(umount2, "b", 0);
  CALL(mount, "with all below", "a", "b", (void *)0, (long)(MS_BIND | MS_REC), (void *)0);
  SAY("open", "what is below", "%s", get("b/sub/x"));
  CALL(umount2, "something below", "b", 0);
  CALL(umount2, "with all below", "b", MNT_DETACH);
  SAY("open", "the first is still there", "%s", get("a/sub/x"));
  CALL(mount, "part of it", "a/sub", "b", (void *)0, (long)MS_BIND, (void *)0);
  show_mount("part", "b");
  RAW(umount2, "b", 0);
  mkdir("a/sub/inner", 0755);
  CALL(mount, "a folder in it", "a/sub/inner", "b", (void *)0, (long)MS_BIND, (void *)0);
  show_mount("folder", "b");
  RAW(umount2, "b", 0);
}

static void moving(void) {
  mkdir("c", 0755);
  CALL(mount, "move, no mount", "b", "c", (void *)0, (long)MS_MOVE, (void *)0);
  CALL(mount, "move, no source", (void *)0, "c", (void *)0, (long)MS_MOVE, (void *)0);
  CALL(mount, "move into itself", "a/sub", "a/sub/inner", (void *)0, (long)MS_MOVE, (void *)0);
  CALL(mount, "move on a file", "a/sub", "a/f", (void *)0, (long)MS_MOVE, (void *)0);
  CALL(mount, "move", "a/sub", "c", (void *)0, (long)MS_MOVE, (void *)0);
  SAY("open", "moved", "%s", get("c/x"));
  SAY("stat", "not there any more", "%d", exists("a/sub/x"));
}

static void propagation(void) {
  CALL(mount, "shared", "none", "c", (void *)0, (long)MS_SHARED, (void *)0);
  show_mount("shared", "c");
  CALL(mount, "private", "none", "c", (void *)0, (long)MS_PRIVATE, (void *)0);
  show_mount("private", "c");
  CALL(mount, "slave of nobody", "none", "c", (void *)0, (long)MS_SLAVE, (void *)0);
  show_mount("slave of nobody", "c");
  CALL(mount, "unbindable", "none", "c", (void *)0, (long)MS_UNBINDABLE, (void *)0);
  show_mount("unbindable", "c");
  CALL(mount, "bind it", "c", "b", (void *)0, (long)MS_BIND, (void *)0);
  CALL(mount, "two at once", "none", "c", (void *)0, (long)(MS_SHARED | MS_PRIVATE), (void *)0);
  CALL(mount, "no mount point", "none", "a", (void *)0, (long)MS_SHARED, (void *)0);
  CALL(mount, "with another flag", "none", "c", (void *)0, (long)(MS_PRIVATE | MS_RDONLY), (void *)0);
  CALL(mount, "private again", "none", "c", (void *)0, (long)(MS_PRIVATE | MS_REC | MS_SILENT), (void *)0);
  CALL(umount2, "end", "c", 0);
}

static void namespaces(void) {
  CHILD("fork", "in a namespace of its own", {
    if (RAW(unshare, CLONE_NEWNS) != 0) _exit(1);
    CALL(mount, "inside", "none", "b", "tmpfs", 0L, (void *)0);
    put("b/hidden", "x");
    SAY("stat", "inside", "%d", exists("b/hidden"));
  });
  SAY("stat", "outside", "%d", exists("b/hidden"));
  pid_t child = RAW(clone, CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    CALL(mount, "inside a clone", "none", "b", "tmpfs", 0L, (void *)0);
    put("b/hidden", "x");
    _exit(3);
  }
  show_end("clone", "with mounts of its own", child);
  SAY("stat", "outside of it", "%d", exists("b/hidden"));
}

static void roots(void) {
  mkdir("root", 0755);
  CALL(pivot_root, "no mount", "root", "root");
  CALL(mount, "new root", "none", "root", "tmpfs", 0L, (void *)0);
  mkdir("root/old", 0755);
  put("root/f", "in the new root");
  CALL(pivot_root, "old outside", "root", "a");
  CALL(pivot_root, "absent", "root", "root/absent");
  CALL(pivot_root, "a file", "root", "root/f");
  CALL(pivot_root, "the root itself", "/", "root/old");
  CHILD("fork", "another root", {
    if (RAW(unshare, CLONE_NEWNS) != 0) _exit(1);
    CALL(pivot_root, "pivot", "root", "root/old");
    SAY("open", "new root", "%s", get("/f"));
    char path[2200];
    snprintf(path, sizeof path, "/old%s/a/f", here);
    SAY("open", "old root", "%s", get(path));
    CALL(umount2, "old root", "/old", MNT_DETACH);
    SAY("open", "old root gone", "%s", get(path));
    SAY("stat", "its place", "%d", exists("/old"));
  });
  CHILD("fork", "as container runtimes do it", {
    if (RAW(unshare, CLONE_NEWNS) != 0) _exit(1);
    int old_root = open("/", O_RDONLY | O_DIRECTORY);
    CALL(chdir, "new root", "root");
    CALL(pivot_root, "both at one place", ".", ".");
    CALL(fchdir, "old root", old_root);
    CALL(umount2, "old root", ".", MNT_DETACH);
    CALL(chdir, "top", "/");
    SAY("open", "new root", "%s %d", get("/f"), exists("/old"));
  });
  CHILD("fork", "chroot", {
    CALL(chroot, "to it", "root");
    CALL(chdir, "to its top", "/");
    SAY("open", "inside", "%s", get("/f"));
    CALL(chdir, "above", "..");
    SAY("open", "still inside", "%s", get("f"));
    char text[64];
    RAW(getcwd, text, sizeof text);
    SAY("getcwd", "inside", "%s", text);
  });
  CHILD("fork", "chroot as a user", {
    become_user(1000);
    CALL(chroot, "user", "/");
  });
  CALL(umount2, "end", "root", 0);
}

static void kernel_trees(void) {
  CALL(mount, "proc", "proc", "b", "proc", 0L, (void *)0);
  SAY("stat", "a process", "%d", exists("b/self/stat"));
  show_mount("proc", "b");
  CALL(mount, "proc once more", "proc", "b", "proc", 0L, (void *)0);
  CALL(umount2, "proc", "b", 0);
  CALL(mount, "sysfs", "sysfs", "b", "sysfs", (long)MS_RDONLY, (void *)0);
  SAY("stat", "kernel", "%d", exists("b/kernel"));
  CALL(umount2, "sysfs", "b", 0);
}

int main(void) {
  isolate();
  chmod(".", 0755);
  binding();
  with_below();
  moving();
  propagation();
  namespaces();
  roots();
  kernel_trees();
  return 0;
}
