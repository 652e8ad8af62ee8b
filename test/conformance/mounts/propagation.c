/* Shared, slave, private and unbindable mounts: who hears of mounting and unmounting. Source: mount_namespaces(7), "Shared subtrees". */
#include "conform.h"
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>

static char base[PATH_MAX];
/* Numbers of groups in the order in which they are first seen. */
static int groups[64], group_count;

static const char *path(const char *name) {
  static char text[4][PATH_MAX + 40];
  static int next;
  snprintf(text[next = (next + 1) % 4], sizeof text[0], "%s/%s", base, name);
  return text[next];
}

static int letter(int group) {
  for (int i = 0; i < group_count; i++)
    if (groups[i] == group) return 'A' + i;
  groups[group_count++] = group;
  return 'A' + group_count - 1;
}

/* The mounts below the base with their peer groups. */
static void show(const char *label) {
  char all[600] = "", line[PATH_MAX + 200];
  FILE *table = fopen("/proc/self/mountinfo", "r");
  while (table != 0 && fgets(line, sizeof line, table) != 0) {
    char point[PATH_MAX], tags[200];
    if (sscanf(line, "%*d %*d %*s %*s %s %*s %[^\n]", point, tags) != 2) continue;
    if (strncmp(point, base, strlen(base)) != 0 || point[strlen(base)] != '/') continue;
    sprintf(all + strlen(all), " %s", point + strlen(base) + 1);
    for (char *word = strtok(tags, " "); word != 0 && strcmp(word, "-") != 0; word = strtok(0, " ")) {
      char *colon = strchr(word, ':');
      if (colon == 0) sprintf(all + strlen(all), ",%s", word);
      else sprintf(all + strlen(all), ",%.*s:%c", (int)(colon - word), word, letter(atoi(colon + 1)));
    }
  }
  fclose(table);
  SAY("mountinfo", label, "%s", all + (all[0] == ' '));
}

static void make(const char *name) {
  mkdir(path(name), 0755);
}

static int tmpfs(const char *name) {
  return mount("tmpfs", path(name), "tmpfs", 0, "size=64k");
}

static int bind(const char *from, const char *to, int flags) {
  return mount(path(from), path(to), 0, MS_BIND | flags, 0);
}

static int change(const char *name, int flags) {
  return mount(0, path(name), 0, flags, 0);
}

static void cleared(const char *what) {
  char name[NAME_MAX];
  for (int i = 0; i < 40; i++) {
    FILE *table = fopen("/proc/self/mountinfo", "r");
    char line[PATH_MAX + 200], point[PATH_MAX], last[PATH_MAX] = "";
    while (table != 0 && fgets(line, sizeof line, table) != 0)
      if (sscanf(line, "%*d %*d %*s %*s %s", point) == 1 && strncmp(point, base, strlen(base)) == 0 && point[strlen(base)] == '/')
        strcpy(last, point);
    fclose(table);
    if (last[0] == 0) break;
    umount2(last, MNT_DETACH);
  }
  group_count = 0;
  SAY("mount", "case", "%s", what);
}

int main(void) {
  if (unshare(CLONE_NEWNS) != 0 || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) != 0) return 1;
  if (getcwd(base, sizeof base) == 0) return 1;
  strcat(base, strcmp(base, "/") == 0 ? "tree" : "/tree");
  mkdir(base, 0755);
  if (mount("tmpfs", base, "tmpfs", 0, 0) != 0) return 1;
  const char *const names[] = {"a", "b", "c", "d", "e"};
  for (int i = 0; i < 5; i++) make(names[i]);

  cleared("peers");
  tmpfs("a");
  make("a/x");
  CASE("mount", "MS_SHARED", change("a", MS_SHARED));
  bind("a", "b", 0);
  show("a bind of a shared mount is its peer");
  CASE("mount", "below one", tmpfs("a/x"));
  show("below the other too");
  CASE("umount2", "below the other", umount2(path("b/x"), 0));
  show("from both");
  CASE("mount", "MS_PRIVATE", change("b", MS_PRIVATE));
  tmpfs("a/x");
  show("a private mount hears nothing");

  cleared("slaves");
  tmpfs("a");
  make("a/x");
  make("a/y");
  change("a", MS_SHARED);
  bind("a", "b", 0);
  CASE("mount", "MS_SLAVE", change("b", MS_SLAVE));
  show("master and slave");
  tmpfs("a/x");
  show("the slave hears of its master");
  tmpfs("b/y");
  show("the master hears nothing");
  CASE("mount", "MS_SHARED of a slave", change("b", MS_SHARED));
  bind("b", "c", 0);
  show("a slave with peers");
  umount2(path("a/x"), 0);
  show("heard by the slave and its peer");
  make("a/z");
  tmpfs("a/z");
  show("mounted below both");
  CASE("mount", "MS_SLAVE of the only member", change("a", MS_SLAVE));
  show("the slaves have no master any more");

  cleared("slaves without peers");
  tmpfs("a");
  CASE("mount", "MS_SLAVE of a private mount", change("a", MS_SLAVE));
  change("a", MS_SHARED);
  CASE("mount", "MS_SLAVE of a shared mount alone", change("a", MS_SLAVE));
  show("private");

  cleared("unbindable");
  tmpfs("a");
  make("a/x");
  tmpfs("a/x");
  CASE("mount", "MS_UNBINDABLE", change("a/x", MS_UNBINDABLE));
  show("unbindable");
  CASE("mount", "a bind of it", bind("a/x", "b", 0));
  CASE("mount", "a recursive bind of what is above", bind("a", "b", MS_REC));
  show("left out");
  tmpfs("c");
  change("c", MS_SHARED);
  make("c/x");
  CASE("mount", "moved below a shared mount", mount(path("a"), path("c/x"), 0, MS_MOVE, 0));
  CASE("mount", "moved from a private one", mount(path("a/x"), path("d"), 0, MS_MOVE, 0));

  cleared("moving");
  tmpfs("a");
  make("a/x");
  change("a", MS_SHARED);
  bind("a", "b", 0);
  tmpfs("c");
  CASE("mount", "to a shared mount", mount(path("c"), path("a/x"), 0, MS_MOVE, 0));
  show("a copy for the peer");
  CASE("mount", "from a shared mount", mount(path("a/x"), path("d"), 0, MS_MOVE, 0));

  cleared("a tree");
  tmpfs("a");
  make("a/x");
  tmpfs("a/x");
  make("a/x/y");
  tmpfs("a/x/y");
  tmpfs("b");
  make("b/z");
  change("b", MS_SHARED);
  bind("b", "c", 0);
  change("c", MS_SLAVE);
  CASE("mount", "recursively below a shared mount", bind("a", "b/z", MS_REC));
  show("each has its peers");
  umount2(path("b/z/x"), MNT_DETACH);
  show("a part of it gone");

  cleared("part of a mount");
  tmpfs("a");
  make("a/x");
  make("a/x/y");
  make("a/z");
  change("a", MS_SHARED);
  bind("a/x", "b", 0);
  tmpfs("a/z");
  show("what the peer does not show");
  tmpfs("a/x/y");
  show("what it shows");

  cleared("changes of all below");
  tmpfs("a");
  make("a/x");
  tmpfs("a/x");
  CASE("mount", "MS_SHARED | MS_REC", change("a", MS_SHARED | MS_REC));
  show("both");
  CASE("mount", "MS_PRIVATE | MS_REC", change("a", MS_PRIVATE | MS_REC));
  CASE("mount", "two kinds at once", change("a", MS_PRIVATE | MS_SHARED));
  CASE("mount", "of no mount", change("b", MS_PRIVATE));

  cleared("another namespace");
  tmpfs("a");
  make("a/x");
  make("a/y");
  change("a", MS_SHARED);
  tmpfs("b");
  int pipes[2], back[2];
  char byte;
  if (pipe(pipes) != 0 || pipe(back) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0) _exit(1);
    show("copied");
    tmpfs("a/x");
    mkdir(path("b/x"), 0755);
    tmpfs("b/x");
    if (write(pipes[1], "x", 1) != 1 || read(back[0], &byte, 1) != 1) _exit(1);
    show("what the parent mounted");
    CASE("mount", "MS_SLAVE", change("a", MS_SLAVE));
    show("a slave of the parent's");
    umount2(path("a/x"), 0);
    if (write(pipes[1], "x", 1) != 1 || read(back[0], &byte, 1) != 1) _exit(1);
    show("its own was not told, and what the parent did");
    _exit(0);
  }
  if (read(pipes[0], &byte, 1) != 1) return 1;
  show("what the child mounted");
  tmpfs("a/y");
  if (write(back[1], "x", 1) != 1 || read(pipes[0], &byte, 1) != 1) return 1;
  show("the child's umount");
  umount2(path("a/y"), 0);
  if (write(back[1], "x", 1) != 1) return 1;
  show_end("fork", "child", child);
  show("the namespace has gone, its mounts stay here");

  cleared("the end");
  umount2(base, MNT_DETACH);
}
