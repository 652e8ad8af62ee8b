/* Mounts that nobody else sees, in a fresh folder. */
#ifndef ISOLATED_H
#define ISOLATED_H
#include "conform.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

static char here[2048];

/* From here on mounts concern this program alone. Without that nothing is tried. */
static void isolate(void) {
  long own = CASE("unshare", "mounts of its own", RAW(unshare, CLONE_NEWNS));
  if (own != 0) exit(0);
  if (RAW(mount, "none", "/", 0, MS_REC | MS_PRIVATE, 0) != 0) exit(1);
  getcwd(here, sizeof here);
  if (strcmp(here, "/") == 0) here[0] = 0;
}

/* The line of mountinfo for a place below `here`: "root options - type source options", without numbers. */
static void show_mount(const char *label, const char *place) {
  char path[2200], line[4096];
  snprintf(path, sizeof path, "%s/%s", here, place);
  FILE *table = fopen("/proc/self/mountinfo", "r");
  char found[4096] = "not there";
  while (table != 0 && fgets(line, sizeof line, table)) {
    char root[1024], at[2048], options[1024];
    int end = 0;
    if (sscanf(line, "%*d %*d %*d:%*d %1023s %2047s %1023s %n", root, at, options, &end) != 3 || strcmp(at, path) != 0) continue;
    char *rest = line + end;
    rest[strcspn(rest, "\n")] = 0;
    /* Numbers of peer groups differ. */
    char *tag = strstr(rest, "shared:");
    if (tag != 0) memmove(tag + 7, tag + 7 + strspn(tag + 7, "0123456789"), strlen(tag + 7 + strspn(tag + 7, "0123456789")) + 1);
    /* How some kernels are configured. */
    static const char *const left_out[] = {",inode64", ",inode32", ",seclabel"};
    for (int i = 0; i < 3; i++) {
      char *word = strstr(rest, left_out[i]);
      if (word != 0) memmove(word, word + strlen(left_out[i]), strlen(word + strlen(left_out[i])) + 1);
    }
    snprintf(found, sizeof found, "%s %s %s", root, options, rest);
  }
  if (table != 0) fclose(table);
  SAY("proc", label, "%s", found);
}

static int exists(const char *path) {
  struct stat found;
  return lstat(path, &found) == 0;
}
#endif
