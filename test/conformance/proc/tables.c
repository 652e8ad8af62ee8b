/* Files of /proc that list: mapped files, children, the call a task is in; titles of tables. */
#include "conform.h"
#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>

static char *whole(const char *path) {
  static char text[65536];
  int fd = open(path, O_RDONLY);
  ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  text[length < 0 ? 0 : length] = 0;
  if (fd >= 0) close(fd);
  return text;
}

static void title(const char *path) {
  char *text = whole(path);
  text[strcspn(text, "\n")] = 0;
  SAY("title", strrchr(path, '/') + 1, "%s", text);
}

/* The mapped files of this process: one of two pages, seen at the second. */
static void mapped_files(void) {
  int fd = open("mapped", O_RDWR | O_CREAT, 0600);
  if (write(fd, "content of the file", 19) != 19 || ftruncate(fd, 8192) != 0) _exit(1);
  char *read_only = mmap(0, 4096, PROT_READ, MAP_PRIVATE, open("mapped", O_RDONLY), 0);
  char *both = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *anonymous = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *places[] = {read_only, both, anonymous};
  int pages[] = {1, 2, 1};
  struct stat own, other;
  CASE("stat", "folder", stat("/proc/self/map_files", &own));
  SAY("stat", "mode of the folder", "%o", own.st_mode);
  fstat(fd, &own);
  for (int i = 0; i < 3; i++) {
    char path[100], target[200] = "", label[40];
    snprintf(path, sizeof path, "/proc/self/map_files/%lx-%lx", (long)places[i], (long)places[i] + pages[i] * 4096L);
    snprintf(label, sizeof label, "mapping %d", i);
    ssize_t length = readlink(path, target, sizeof target - 1);
    SAY("readlink", label, "%s", length < 0 ? errno_name(errno) : strrchr(target, '/') + 1);
    if (lstat(path, &other) == 0) SAY("lstat", label, "%o, %ld bytes", other.st_mode, (long)other.st_size);
    if (stat(path, &other) == 0) SAY("stat", label, "%s", other.st_ino == own.st_ino ? "the file" : "another");
    int seen = open(path, O_RDONLY);
    char bytes[8] = "";
    if (seen >= 0 && read(seen, bytes, 7) == 7) SAY("read", label, "%s", bytes);
    close(seen);
  }
  OKAY(open, "other range", "/proc/self/map_files/10000-20000", O_RDONLY);
  OKAY(open, "no range", "/proc/self/map_files/name", O_RDONLY);
  DIR *folder = opendir("/proc/self/map_files");
  int found = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != 0;) {
    char wanted[60];
    snprintf(wanted, sizeof wanted, "%lx-%lx", (long)both, (long)both + 8192);
    if (strcmp(entry->d_name, wanted) == 0) found++;
  }
  closedir(folder);
  SAY("getdents64", "listed", "%d", found);
  unlink("mapped");
}

static void children(void) {
  char path[60];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  if (access(path, F_OK) != 0) {
    SAY("read", "children", "as expected");
    return;
  }
  int ends[2];
  if (pipe(ends) != 0) _exit(1);
  pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    char byte;
    _exit(read(ends[0], &byte, 1) < 0);
  }
  char expected[30];
  snprintf(expected, sizeof expected, "%d ", child);
  SAY("read", "children", "%s", strcmp(whole(path), expected) == 0 ? "as expected" : whole(path));
  close(ends[1]);
  waitpid(child, 0, 0);
}

/* Number, arguments, stack pointer, place. */
static void calls(void) {
  char *text = whole("/proc/self/syscall");
  long number = -1, fd = -1;
  int count = 1;
  sscanf(text, "%ld 0x%lx", &number, &fd);
  for (char *at = text; *at; at++) count += *at == ' ';
  SAY("read", "own call", "%ld, %d fields", number, count);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    poll((struct pollfd *)0, 0, -1);
    _exit(0);
  }
  char path[60];
  snprintf(path, sizeof path, "/proc/%d/syscall", child);
  long first = -1, second = -1;
  for (int i = 0; i < 2000 && number != SYS_poll; i++) {
    sleep_ms(5);
    sscanf(whole(path), "%ld 0x%lx 0x%lx", &number, &first, &second);
  }
  SAY("read", "call of a sleeper", "%ld of %ld", first, second);
  kill(child, SIGKILL);
  waitpid(child, 0, 0);
}

int main(void) {
  mapped_files();
  children();
  calls();
  const char *const titles[] = {"arp", "dev", "icmp", "igmp", "mcfilter", "netlink", "packet", "raw", "rt_cache", "tcp", "udp", "udplite", "unix"};
  for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
    char path[60];
    snprintf(path, sizeof path, "/proc/self/net/%s", titles[i]);
    title(path);
  }
  title("/proc/swaps");
  title("/proc/cgroups");
  title("/proc/slabinfo");
  SAY("meminfo", "huge pages", "%s", strstr(whole("/proc/meminfo"), "\nHugepagesize:       2048 kB\n") ? "of 2 MiB" : "other");
  SAY("tty/drivers", "slaves", "%s", strstr(whole("/proc/tty/drivers"), "pty_slave            /dev/pts      136 0-1048575 pty:slave\n") ? "listed" : "other");
}
