/*
 * Prints what is in the trees given, in the order of names: "D MODE PATH", "L MODE PATH TARGET", "F MODE PATH ERRNO" and after it the content, each line after
 * a '|', zero bytes as \001. Other processes, and files that only belong to one machine or are images of memory, are left out.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 65536, DEEPEST = 12 };

static const char *const left_out[] = {"acpi", "bus", "clear_refs", "config.gz", "driver", "fs", "irq", "kallsyms", "kcore", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "mem", "mtrr", "page_owner", "pagemap", "pagetypeinfo", "scsi", "stack", "sysrq-trigger", "task", "timer_list", "vmallocinfo"};

static int is_left_out(const char *folder, const char *name) {
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return 1;
  if (strncmp(folder, "/proc/sys", 9) == 0) return 0;
  if (strcmp(folder, "/proc") == 0 && name[strspn(name, "0123456789")] == 0) return 1;
  for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
    if (strcmp(name, left_out[i]) == 0) return 1;
  return 0;
}

static void file(const char *path, mode_t mode) {
  static char text[MOST];
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  ssize_t length = 0;
  int error = fd < 0 ? errno : 0;
  while (fd >= 0 && length < MOST) {
    ssize_t count = read(fd, text + length, MOST - length);
    if (count < 0) error = errno;
    if (count <= 0) break;
    length += count;
  }
  if (fd >= 0) close(fd);
  printf("F %03o %s %s\n", mode & 07777, path, error ? strerrorname_np(error) : "OK");
  for (ssize_t i = 0; i < length; i++) {
    if (i == 0 || text[i - 1] == '\n') putchar('|');
    putchar(text[i] == 0 ? '\1' : text[i]);
  }
  if (length > 0 && text[length - 1] != '\n') printf(" (no newline)\n");
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void walk(const char *path, int depth) {
  struct stat status;
  if (lstat(path, &status) != 0) return;
  if (S_ISLNK(status.st_mode)) {
    char target[PATH_MAX] = "";
    if (readlink(path, target, sizeof target - 1) < 0) strcpy(target, strerrorname_np(errno));
    printf("L %03o %s %s\n", status.st_mode & 07777, path, target);
    return;
  }
  if (!S_ISDIR(status.st_mode)) return file(path, status.st_mode);
  printf("D %03o %s \n", status.st_mode & 07777, path);
  struct dirent **names;
  int count = depth == DEEPEST ? 0 : scandir(path, &names, 0, by_name);
  for (int i = 0; i < count; i++) {
    char child[PATH_MAX];
    snprintf(child, sizeof child, "%s/%s", path, names[i]->d_name);
    if (!is_left_out(path, names[i]->d_name)) walk(child, depth + 1);
  }
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IOFBF, 1 << 16);
  for (int i = 1; i < argc; i++) walk(argv[i], 0);
}
