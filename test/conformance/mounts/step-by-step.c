/* fsopen, fsconfig, fsmount, move_mount, open_tree, fspick and mount_setattr: mounts made step by step. */
#include "isolated.h"
#include <linux/mount.h>

#define AT_RECURSIVE_ 0x8000
#define CONFIG(label, fd, command, key, value, extra) CALL(fsconfig, label, fd, command, key, value, extra)

struct attributes {
  uint64_t set, clear, propagation, userns;
  uint64_t more;
};

static void contexts(void) {
  char message[200] = "";
  CALL(fsopen, "no such type", "nosuchfs", 0);
  CALL(fsopen, "no such flag", "tmpfs", 2);
  CALL(fsopen, "bad name", LOW, 0);
  int context = RAW(fsopen, "tmpfs", 1);
  CALL(fcntl, "closes on exec", context, F_GETFD);
  CALL(read, "nothing to tell", context, message, sizeof message);
  CALL(write, "to a context", context, message, 1);
  CONFIG("no descriptor", -1, FSCONFIG_SET_FLAG, "ro", 0, 0);
  CONFIG("not open", 99, FSCONFIG_SET_FLAG, "ro", 0, 0);
  CONFIG("not a context", 1, FSCONFIG_SET_FLAG, "ro", 0, 0);
  CONFIG("no such command", context, 99, 0, 0, 0);
  CONFIG("a flag with a value", context, FSCONFIG_SET_FLAG, "ro", "x", 0);
  CONFIG("a flag without a name", context, FSCONFIG_SET_FLAG, 0, 0, 0);
  CONFIG("a string without a value", context, FSCONFIG_SET_STRING, "size", 0, 0);
  CONFIG("a string with a number", context, FSCONFIG_SET_STRING, "size", "1m", 1);
  CONFIG("bytes of no length", context, FSCONFIG_SET_BINARY, "size", "1m", 0);
  CONFIG("a descriptor that is none", context, FSCONFIG_SET_FD, "size", 0, -1);
  CONFIG("create with a name", context, FSCONFIG_CMD_CREATE, "x", 0, 0);
  CONFIG("bad name", context, FSCONFIG_SET_FLAG, LOW, 0, 0);
  CALL(fsmount, "before it is created", context, 0, 0);
  CONFIG("a source", context, FSCONFIG_SET_STRING, "source", "here", 0);
  CONFIG("another source", context, FSCONFIG_SET_STRING, "source", "there", 0);
  CONFIG("a size", context, FSCONFIG_SET_STRING, "size", "1m", 0);
  CONFIG("no size", context, FSCONFIG_SET_STRING, "size", "much", 0);
  CONFIG("what it does not know", context, FSCONFIG_SET_STRING, "colour", "red", 0);
  for (int i = 0; i < 4; i++) {
    ssize_t length = read(context, message, sizeof message - 1);
    SAY("read", "what was wrong", "%.*s", length < 1 ? 0 : (int)length - 1, message);
  }
  CALL(read, "nothing more to tell", context, message, sizeof message);
  CONFIG("change before it is made", context, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
  CONFIG("create", context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  CONFIG("create again", context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  CONFIG("too late", context, FSCONFIG_SET_STRING, "size", "2m", 0);
  CALL(fsmount, "no such flag", context, 2, 0);
  CALL(fsmount, "no such attribute", context, 0, 0x40000000);
  CALL(fsmount, "no such way to keep times", context, 0, 0x30);
  CALL(fsmount, "not a context", 1, 0, 0);
  close(context);
}

/* A tmpfs that is mounted nowhere. */
static int fresh(unsigned attributes) {
  int context = RAW(fsopen, "tmpfs", 0);
  RAW(fsconfig, context, FSCONFIG_SET_STRING, "size", "64k", 0);
  RAW(fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  int mount = RAW(fsmount, context, 1, attributes);
  close(context);
  return mount;
}

/* The fields of a mount that do not differ from run to run: flags, type, source, options. */
static void listed(const char *place) {
  static char text[16384];
  int file = open("/proc/self/mountinfo", O_RDONLY);
  ssize_t length = 0, count;
  while ((count = read(file, text + length, sizeof text - 1 - length)) > 0) length += count;
  close(file);
  text[length] = 0;
  for (char *line = strtok(text, "\n"); line != 0; line = strtok(0, "\n")) {
    char at[300], flags[100], *rest = strstr(line, " - ");
    if (sscanf(line, "%*d %*d %*s %*s %299s %99s", at, flags) != 2) continue;
    if (strcmp(at + strlen(at) - strlen(place), place) != 0) continue;
    char type[40], source[40], options[100] = "";
    sscanf(rest, " - %39s %39s %99s", type, source, options);
    char *size = strstr(options, "size=");
    SAY("mountinfo", place, "%s %s %s %.8s", flags, type, source, size == 0 ? "-" : size);
    return;
  }
  SAY("mountinfo", place, "not there");
}

static void mounting(void) {
  int tree = fresh(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME);
  CALL(fcntl, "closes on exec", tree, F_GETFD);
  SAY("fcntl", "is as of O_PATH", "%d", (fcntl(tree, F_GETFL) & O_PATH) != 0);
  CASE("openat", "a file in a tree that is mounted nowhere", openat(tree, "early", O_CREAT | O_WRONLY, 0644) >= 0);
  listed("/t");
  CALL(move_mount, "no such flag", tree, "", AT_FDCWD, "t", 0x1000);
  CALL(move_mount, "without the flag for no path", tree, "", AT_FDCWD, "t", 0);
  CALL(move_mount, "onto a file", tree, "", AT_FDCWD, "file", MOVE_MOUNT_F_EMPTY_PATH);
  CALL(move_mount, "nowhere", tree, "", AT_FDCWD, "nowhere", MOVE_MOUNT_F_EMPTY_PATH);
  CALL(move_mount, "what is no root", tree, "early", AT_FDCWD, "t", 0);
  CALL(move_mount, "a tree", tree, "", AT_FDCWD, "t", MOVE_MOUNT_F_EMPTY_PATH);
  listed("/t");
  CALL(access, "the file made before", "t/early", F_OK);
  CALL(move_mount, "it once more", tree, "", AT_FDCWD, "u", MOVE_MOUNT_F_EMPTY_PATH);
  listed("/t");
  listed("/u");
  close(tree);
  CALL(access, "the file made before", "u/early", F_OK);
  CALL(umount2, "it", "u", 0);
  tree = fresh(0);
  int inside = openat(tree, "kept", O_CREAT | O_RDWR, 0644);
  close(tree);
  CALL(write, "to a file of a tree that has gone", inside, "x", 1);
  close(inside);
}

static void trees(void) {
  int tree = fresh(0);
  RAW(move_mount, tree, "", AT_FDCWD, "t", MOVE_MOUNT_F_EMPTY_PATH);
  close(tree);
  mkdir("t/d", 0755);
  close(open("t/d/f", O_CREAT | O_WRONLY, 0644));
  mkdir("t/below", 0755);
  RAW(mount, "none", "t/below", "tmpfs", 0, "size=16k");
  close(open("t/below/g", O_CREAT | O_WRONLY, 0644));
  CALL(open_tree, "no such flag", AT_FDCWD, "t", 2);
  CALL(open_tree, "all below, not copied", AT_FDCWD, "t", AT_RECURSIVE_);
  CALL(open_tree, "nowhere", AT_FDCWD, "nowhere", OPEN_TREE_CLONE);
  int place = RAW(open_tree, AT_FDCWD, "t/d", O_CLOEXEC);
  CALL(faccessat, "in a place", place, "f", F_OK);
  CALL(move_mount, "what is no root", place, "", AT_FDCWD, "u", MOVE_MOUNT_F_EMPTY_PATH);
  close(place);
  tree = RAW(open_tree, AT_FDCWD, "t", OPEN_TREE_CLONE);
  CALL(faccessat, "in a copy", tree, "d/f", F_OK);
  CALL(faccessat, "below a copy of one mount", tree, "below/g", F_OK);
  close(tree);
  tree = RAW(open_tree, AT_FDCWD, "t", OPEN_TREE_CLONE | AT_RECURSIVE_);
  CALL(faccessat, "below a copy of all", tree, "below/g", F_OK);
  CALL(move_mount, "a part of it", tree, "below", AT_FDCWD, "u", 0);
  struct attributes change = {MOUNT_ATTR_RDONLY, 0, 0, 0};
  CALL(mount_setattr, "the copy", tree, "", AT_EMPTY_PATH | AT_RECURSIVE_, &change, 32L);
  CALL(move_mount, "the copy", tree, "", AT_FDCWD, "u", MOVE_MOUNT_F_EMPTY_PATH);
  close(tree);
  CALL(open, "in the copy, which is read-only", "u/below/new", O_CREAT | O_WRONLY, 0644);
  CALL(open, "in the first", "t/below/new", O_CREAT | O_WRONLY, 0644);
  listed("/u");
  listed("/u/below");
  CALL(umount2, "the copy", "u", MNT_DETACH);
  tree = RAW(open_tree, AT_FDCWD, "t/d", OPEN_TREE_CLONE);
  CALL(move_mount, "a copy of a directory", tree, "", AT_FDCWD, "u", MOVE_MOUNT_F_EMPTY_PATH);
  close(tree);
  CALL(access, "its file", "u/f", F_OK);
  CALL(umount2, "it", "u", 0);
}

static void attributes(void) {
  struct attributes change = {0};
  CALL(mount_setattr, "nothing", AT_FDCWD, "t", 0, &change, 32L);
  CALL(mount_setattr, "nothing, nowhere", AT_FDCWD, "nowhere", 0, &change, 32L);
  CALL(mount_setattr, "too short", AT_FDCWD, "t", 0, &change, 31L);
  CALL(mount_setattr, "too long", AT_FDCWD, "t", 0, &change, 4097L);
  CALL(mount_setattr, "longer, with zeros", AT_FDCWD, "t", 0, &change, 40L);
  change.more = 1;
  CALL(mount_setattr, "longer, with more", AT_FDCWD, "t", 0, &change, 40L);
  CALL(mount_setattr, "no such flag", AT_FDCWD, "t", 1, &change, 32L);
  CALL(mount_setattr, "bad address", AT_FDCWD, "t", 0, LOW, 32L);
  change.set = 0x40000000;
  CALL(mount_setattr, "no such attribute", AT_FDCWD, "t", 0, &change, 32L);
  change.set = MOUNT_ATTR_NOATIME;
  CALL(mount_setattr, "times without clearing them", AT_FDCWD, "t", 0, &change, 32L);
  change.clear = MOUNT_ATTR_NOATIME;
  CALL(mount_setattr, "times, clearing some", AT_FDCWD, "t", 0, &change, 32L);
  change.clear = MOUNT_ATTR__ATIME;
  CALL(mount_setattr, "times", AT_FDCWD, "t", 0, &change, 32L);
  listed("/t");
  change = (struct attributes){MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, 0, 0};
  CALL(mount_setattr, "some", AT_FDCWD, "t", 0, &change, 32L);
  listed("/t");
  CALL(mount_setattr, "of what is no root", AT_FDCWD, "t/d", 0, &change, 32L);
  change = (struct attributes){0, 0, MS_SHARED | MS_PRIVATE, 0};
  CALL(mount_setattr, "two propagations", AT_FDCWD, "t", 0, &change, 32L);
  int writer = open("t/w", O_CREAT | O_WRONLY, 0644);
  change = (struct attributes){MOUNT_ATTR_RDONLY, 0, 0, 0};
  CALL(mount_setattr, "read-only while one writes", AT_FDCWD, "t", AT_RECURSIVE_, &change, 32L);
  close(writer);
  CALL(mount_setattr, "read-only", AT_FDCWD, "t", AT_RECURSIVE_, &change, 32L);
  CALL(open, "after that", "t/w", O_WRONLY);
}

static void changing(void) {
  CALL(fspick, "no such flag", AT_FDCWD, "t", 16);
  CALL(fspick, "what is no root", AT_FDCWD, "t/d", 0);
  CALL(fspick, "nowhere", AT_FDCWD, "nowhere", 0);
  int context = RAW(fspick, AT_FDCWD, "t", FSPICK_CLOEXEC);
  CONFIG("create what is there", context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  CONFIG("a size", context, FSCONFIG_SET_STRING, "size", "128k", 0);
  CONFIG("change", context, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
  listed("/t");
  CALL(fsmount, "what was picked", context, 0, 0);
  close(context);
}

int main(void) {
  isolate();
  mkdir("t", 0755);
  mkdir("u", 0755);
  close(open("file", O_CREAT | O_WRONLY, 0644));
  contexts();
  mounting();
  trees();
  attributes();
  changing();
  CHILD("fork", "a plain user", {
    become_user(1000);
    CALL(fsopen, "as a user", "tmpfs", 0);
    CALL(fsmount, "as a user", 99, 0, 0);
    CALL(fspick, "as a user", AT_FDCWD, "t", 0);
    CALL(move_mount, "as a user", AT_FDCWD, "t", AT_FDCWD, "u", 0);
    CALL(open_tree, "copied as a user", AT_FDCWD, "t", OPEN_TREE_CLONE);
    CASE("open_tree", "as a user", RAW(open_tree, AT_FDCWD, "/", 0) > 0);
    struct attributes change = {MOUNT_ATTR_RDONLY, 0, 0, 0};
    CALL(mount_setattr, "as a user", AT_FDCWD, "t", 0, &change, 32L);
  });
  return 0;
}
