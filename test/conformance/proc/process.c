/* /proc of processes: what a program reads there about itself and its children must agree with what it knows otherwise. */
#include "check.h"
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <pthread.h>
#include <stdint.h>

static char text[1 << 20];

static int slurp(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  int total = 0, n;
  while ((n = read(fd, text + total, sizeof text - 1 - total)) > 0) total += n;
  int error = errno;
  close(fd);
  errno = error;
  text[total] = 0;
  return n < 0 ? -1 : total;
}

#define SAY(label, value) printf("%s: %s\n", label, (value) ? "yes" : "no")

static const char *line(const char *name) {
  static char copy[512];
  char *at = text;
  size_t length = strlen(name);
  while (at && *at) {
    if (!strncmp(at, name, length)) {
      char *end = strchr(at, '\n');
      int n = end ? (int)(end - at) : (int)strlen(at);
      snprintf(copy, sizeof copy, "%.*s", n, at);
      return copy;
    }
    at = strchr(at, '\n');
    if (at) at++;
  }
  return "(none)";
}

static void stat_file(void) {
  puts("-- stat");
  prctl(PR_SET_NAME, "a b) (c\n");
  SAY("readable", slurp("/proc/self/stat") > 0);
  char *open = strchr(text, '('), *close = strrchr(text, ')');
  SAY("pid", atoi(text) == getpid());
  printf("comm <%.*s>\n", (int)(close - open - 1), open + 1);
  long long f[60] = {0};
  int count = 2;
  char state = close[2];
  for (char *word = strtok(close + 3, " \n"); word; word = strtok(0, " \n")) f[++count] = strtoll(word, 0, 10);
  printf("fields %d state %c\n", count + 1, state);
  SAY("ppid", f[3] == getppid());
  SAY("pgrp", f[4] == getpgrp());
  SAY("session", f[5] == getsid(0));
  printf("priority %lld nice %lld threads %lld itreal %lld\n", f[17], f[18], f[19], f[20]);
  printf("exit_signal %lld policy %lld rt %lld\n", f[37], f[40], f[39]);
  SAY("vsize", f[22] > 0 && f[22] % 4096 == 0);
  SAY("rss", f[23] > 0);
  SAY("startstack in stack", f[27] < (long long)(uintptr_t)(environ + 4096) && f[27] > (long long)(uintptr_t)&count - 65536);
  SAY("brk", f[46] <= (long long)(uintptr_t)sbrk(0));
  SAY("arg_end after arg_start", f[48] > f[47] && f[49] == f[48] && f[50] >= f[49]);
  prctl(PR_SET_NAME, "proc-process");
}

static void status_file(void) {
  puts("-- status");
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, (void (*)(int))slurp);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGRTMAX);
  sigprocmask(SIG_BLOCK, &set, 0);
  raise(SIGHUP);
  umask(027);
  SAY("readable", slurp("/proc/self/status") > 0);
  const char *names[] = {"Name:", "Umask:", "State:", "Ngid:", "TracerPid:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:",
    "Threads:", "NoNewPrivs:", "VmSwap:", "Uid:", "Gid:"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) puts(line(names[i]));
  unsigned long long caught = strtoull(line("SigCgt:") + 8, 0, 16);
  SAY("SIGUSR2 caught", caught & (1ull << (SIGUSR2 - 1)));
  SAY("Tgid", atoi(line("Tgid:") + 6) == getpid());
  SAY("PPid", atoi(line("PPid:") + 6) == getppid());
  SAY("VmRSS", strstr(line("VmRSS:"), " kB") != 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  slurp("/proc/self/status");
  puts(line("NoNewPrivs:"));
  sigpending(&set);
  signal(SIGHUP, SIG_IGN);
  sigfillset(&set);
  sigprocmask(SIG_UNBLOCK, &set, 0);
  umask(022);
}

static void map_line(const char *what, void *at) {
  char want[32], name[600] = "";
  snprintf(want, sizeof want, "%08lx-", (unsigned long)at);
  slurp("/proc/self/maps");
  const char *found = line(want);
  unsigned long start, end, offset, inode;
  char permissions[8];
  unsigned major, minor;
  int after = 0;
  if (sscanf(found, "%lx-%lx %4s %lx %x:%x %lu%n", &start, &end, permissions, &offset, &major, &minor, &inode, &after) < 7) {
    printf("%s: no line\n", what);
    return;
  }
  struct stat st;
  snprintf(name, sizeof name, "%s", found + after);
  char *base = name[0] ? strrchr(name, '/') : 0;
  int same = base && stat(base + 1, &st) == 0 && st.st_ino == inode && st.st_dev == ((dev_t)(major << 8) | minor);
  printf("%s: %lu pages %s offset %lx inode %s name %s column %d\n", what, (end - start) / 4096, permissions, offset,
    inode == 0 ? "0" : same ? "of the file" : "other", base ? base + 1 : "", base ? (int)(strchr(found, '/') - found) : 0);
}

static void map_files(void) {
  puts("-- maps");
  int fd = open("mapped", O_RDWR | O_CREAT, 0644);
  for (int i = 0; i < 4; i++) write(fd, text, 4096);
  char *hole = mmap(0, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *private = mmap(hole + 8 * 4096, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  map_line("anonymous", private);
  char *file = mmap(hole + 16 * 4096, 2 * 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 4096);
  map_line("private file", file);
  char *shared = mmap(hole + 24 * 4096, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 2 * 4096);
  map_line("shared file", shared);
  char *code = mmap(hole + 32 * 4096, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  map_line("code", code);
  mprotect(private, 4096, PROT_READ);
  map_line("first page", private);
  map_line("rest", private + 4096);
  munmap(private + 4096, 4096);
  map_line("second page gone", private + 4096);
  map_line("third page", private + 2 * 4096);
  slurp("/proc/self/maps");
  SAY("heap", strstr(text, "[heap]"));
  SAY("stack", strstr(text, "[stack]"));
  SAY("vdso", strstr(text, "[vdso]"));
  private[2 * 4096] = 1;
  slurp("/proc/self/smaps_rollup");
  SAY("rollup", strstr(text, "---p 00000000 00:00 0                          [rollup]\nRss:"));
  slurp("/proc/self/smaps");
  char want[64];
  snprintf(want, sizeof want, "%08lx-", (unsigned long)(private + 2 * 4096));
  char *at = strstr(text, want);
  at = at ? strchr(at, '\n') : 0;
  const char *names[] = {"Size:", "KernelPageSize:", "MMUPageSize:", "Rss:", "Private_Dirty:", "Anonymous:", "Swap:", "Locked:"};
  for (size_t i = 0; at && i < sizeof names / sizeof *names; i++) {
    char *found = strstr(at, names[i]);
    printf("%.*s\n", found ? (int)strcspn(found, "\n") : 6, found ? found : "absent");
  }
  close(fd);
}

static void memory_files(int argc, char **argv) {
  puts("-- memory");
  int n = slurp("/proc/self/cmdline");
  printf("cmdline %d bytes, ends with 0: %d\n", argc, n > 0 && text[n - 1] == 0);
  SAY("argv[0]", !strcmp(text, argv[0]));
  SAY("environ", slurp("/proc/self/environ") > 0 ? !strcmp(text, environ[0]) : environ[0] == 0);
  int fd = open("/proc/self/mem", O_RDWR);
  volatile int word = 0x1234;
  int seen = 0, next = 0x5678;
  CHECK(pread(fd, &seen, 4, (off_t)(uintptr_t)&word));
  printf("seen %x\n", seen);
  CHECK(pwrite(fd, &next, 4, (off_t)(uintptr_t)&word));
  printf("word %x\n", word);
  static const char constant[] = "constant";
  char *locked = mmap(0, 2 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(pwrite(fd, constant, 8, (off_t)(uintptr_t)locked));
  printf("locked <%s>\n", locked);
  munmap(locked + 4096, 4096);
  char pair[8192];
  CHECK(pread(fd, pair, 8192, (off_t)(uintptr_t)locked));
  CHECK(pread(fd, pair, 16, (off_t)(uintptr_t)locked + 4096));
  CHECK(pwrite(fd, pair, 16, 0));
  CHECK(lseek(fd, 4096, SEEK_SET));
  CHECK(lseek(fd, 0, SEEK_END));
  close(fd);
  fd = open("/proc/self/auxv", O_RDONLY);
  unsigned long pairs[128];
  n = read(fd, pairs, sizeof pairs);
  close(fd);
  int same = n > 0 && n % 16 == 0;
  for (int i = 0; i < n / 16 && pairs[2 * i]; i++) same &= getauxval(pairs[2 * i]) == pairs[2 * i + 1];
  SAY("auxv as getauxval", same && pairs[n / 8 - 2] == 0);
  char *pages = mmap(0, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pages[0] = 1;
  fd = open("/proc/self/pagemap", O_RDONLY);
  uint64_t entries[2] = {0};
  CHECK(pread(fd, entries, 16, (off_t)((uintptr_t)pages / 4096 * 8)));
  printf("present %d %d\n", (int)(entries[0] >> 63), (int)(entries[1] >> 63));
  CHECK(pread(fd, entries, 7, 0));
  close(fd);
}

static void settings(void) {
  puts("-- settings");
  int fd = open("/proc/self/comm", O_RDWR);
  CHECK(write(fd, "a new name that is too long\n", 28));
  CHECK(lseek(fd, 0, SEEK_SET));
  char name[64] = "";
  CHECK(read(fd, name, sizeof name));
  printf("<%s>", name);
  prctl(PR_GET_NAME, name);
  printf("<%s>\n", name);
  close(fd);
  fd = open("/proc/self/oom_score_adj", O_RDWR);
  CHECK(write(fd, "300", 3));
  CHECK(write(fd, "1001", 4));
  CHECK(write(fd, "many", 4));
  close(fd);
  slurp("/proc/self/oom_score_adj");
  printf("adj %s", text);
  slurp("/proc/self/oom_adj");
  printf("old %s", text);
  fd = open("/proc/self/timerslack_ns", O_RDWR);
  CHECK(write(fd, "70000", 5));
  close(fd);
  printf("slack %d\n", prctl(PR_GET_TIMERSLACK));
  slurp("/proc/self/coredump_filter");
  printf("filter %s", text);
  slurp("/proc/self/setgroups");
  printf("setgroups %s", text);
  slurp("/proc/self/uid_map");
  printf("uid_map %s", text);
  slurp("/proc/self/personality");
  printf("personality %s", text);
  struct rlimit limit = {10, 20};
  setrlimit(RLIMIT_CPU, &limit);
  limit.rlim_cur = 123456, limit.rlim_max = RLIM_INFINITY;
  setrlimit(RLIMIT_CORE, &limit);
  slurp("/proc/self/limits");
  puts(line("Limit"));
  puts(line("Max cpu time"));
  puts(line("Max file size"));
  puts(line("Max core file size"));
  puts(line("Max realtime timeout"));
}

static void link_text(const char *path) {
  char target[300] = "";
  int n = readlink(path, target, sizeof target - 1);
  if (n < 0) printf("%s: %s\n", path, strerrorname_np(errno));
  else {
    char *number = strchr(target, '[');
    if (number && strncmp(target, "anon", 4)) *number = 0;
    char *base = target[0] == '/' ? strrchr(target, '/') + 1 : target;
    printf("%s -> %s\n", path + 6, base);
  }
}

static void descriptors(void) {
  puts("-- descriptors");
  int fds[2];
  close_range(3, ~0u, 0);
  int file = open("opened", O_RDWR | O_CREAT | O_APPEND, 0600);
  write(file, "12345", 5);
  pipe2(fds, O_CLOEXEC | O_NONBLOCK);
  int event = eventfd(7, 0);
  int directory = open(".", O_RDONLY | O_DIRECTORY);
  link_text("/proc/self/fd/3");
  link_text("/proc/self/fd/4");
  link_text("/proc/self/fd/6");
  link_text("/proc/self/fd/99");
  link_text("/proc/self/fd/03");
  unlink("opened");
  link_text("/proc/self/fd/3");
  struct stat a, b;
  fstat(file, &a);
  stat("/proc/self/fd/3", &b);
  SAY("same file", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
  lstat("/proc/self/fd/3", &b);
  printf("link mode %o size %d\n", b.st_mode, (int)b.st_size);
  lstat("/proc/self/fd/4", &b);
  printf("link mode %o\n", b.st_mode);
  lstat("/proc/self/fd/5", &b);
  printf("link mode %o\n", b.st_mode);
  slurp("/proc/self/fdinfo/3");
  puts(line("pos:"));
  puts(line("flags:"));
  slurp("/proc/self/fdinfo/4");
  puts(line("pos:"));
  puts(line("flags:"));
  slurp("/proc/self/fdinfo/6");
  puts(line("eventfd-count:"));
  CHECK(open("/proc/self/fdinfo/77", O_RDONLY));
  int again = open("/proc/self/fd/3", O_RDWR);
  char data[8] = "";
  CHECK(read(again, data, 8));
  puts(data);
  DIR *list = opendir("/proc/self/fd");
  struct dirent *entry;
  int count = 0;
  while ((entry = readdir(list))) count += entry->d_name[0] != '.';
  closedir(list);
  printf("listed %d\n", count);
  (void)event, (void)directory;
  close_range(3, ~0u, 0);
}

static void *other_thread(void *barrier) {
  prctl(PR_SET_NAME, "second");
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/comm", gettid());
  slurp(path);
  printf("thread comm %s", text);
  slurp("/proc/thread-self/comm");
  printf("thread-self comm %s", text);
  char target[64] = "", want[64];
  readlink("/proc/thread-self", target, 63);
  snprintf(want, sizeof want, "%d/task/%d", getpid(), gettid());
  SAY("thread-self", !strcmp(target, want));
  snprintf(path, sizeof path, "/proc/%d/status", gettid());
  slurp(path);
  SAY("found by tid", atoi(line("Pid:") + 5) == gettid() && atoi(line("Tgid:") + 6) == getpid());
  SAY("two threads", !strcmp(line("Threads:"), "Threads:\t2"));
  DIR *list = opendir("/proc/self/task");
  struct dirent *entry;
  int count = 0;
  while ((entry = readdir(list))) count += entry->d_name[0] != '.';
  closedir(list);
  printf("tasks %d\n", count);
  return barrier;
}

static void threads(void) {
  puts("-- threads");
  pthread_t thread;
  fflush(stdout);
  pthread_create(&thread, 0, other_thread, 0);
  pthread_join(thread, 0);
  char target[64] = "", want[64];
  readlink("/proc/self", target, 63);
  snprintf(want, sizeof want, "%d", getpid());
  SAY("self", !strcmp(target, want));
  CHECK(open("/proc/self/task/1/stat", O_RDONLY));
  CHECK(open("/proc/self/task/x", O_RDONLY));
  CHECK(open("/proc/999999999/stat", O_RDONLY));
  CHECK(open("/proc/01/stat", O_RDONLY));
}

static char state_of(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (slurp(path) < 0) return '-';
  return strrchr(text, ')')[2];
}

static char await_state(pid_t pid, char wanted) {
  char state = 0;
  for (int i = 0; i < 2000 && (state = state_of(pid)) != wanted; i++) usleep(1000);
  return state;
}

static void children(void) {
  puts("-- children");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  printf("sleeping %c\n", await_state(child, 'S'));
  kill(child, SIGSTOP);
  printf("stopped %c\n", await_state(child, 'T'));
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", child);
  int stat = open(path, O_RDONLY);
  snprintf(path, sizeof path, "/proc/%d", child);
  int directory = open(path, O_RDONLY | O_DIRECTORY);
  snprintf(path, sizeof path, "/proc/%d/maps", child);
  int maps = open(path, O_RDONLY);
  kill(child, SIGKILL);
  printf("zombie %c\n", await_state(child, 'Z'));
  snprintf(path, sizeof path, "/proc/%d/cmdline", child);
  printf("zombie cmdline %d\n", slurp(path));
  snprintf(path, sizeof path, "/proc/%d/exe", child);
  CHECK(readlink(path, text, 100));
  snprintf(path, sizeof path, "/proc/%d/cwd", child);
  CHECK(readlink(path, text, 100));
  snprintf(path, sizeof path, "/proc/%d/maps", child);
  printf("zombie maps %d\n", slurp(path));
  snprintf(path, sizeof path, "/proc/%d/status", child);
  slurp(path);
  puts(line("State:"));
  puts(line("VmSize:"));
  waitpid(child, 0, 0);
  CHECK(read(stat, text, 100));
  CHECK(read(maps, text, 100));
  CHECK(openat(directory, "limits", O_RDONLY));
  CHECK(syscall(SYS_getdents64, directory, text, 4096));
  snprintf(path, sizeof path, "/proc/%d/stat", child);
  CHECK(open(path, O_RDONLY));
  close(stat), close(directory), close(maps);
}

static void refused(void) {
  puts("-- refused");
  CHECK(open("/proc/new", O_CREAT | O_WRONLY, 0644));
  CHECK(mkdir("/proc/new", 0755));
  CHECK(unlink("/proc/version"));
  CHECK(rmdir("/proc/self/task"));
  CHECK(rename("/proc/version", "/proc/other"));
  CHECK(chmod("/proc/self/stat", 0777));
  CHECK(open("/proc/self/stat", O_RDONLY | O_DIRECTORY));
  int fd = open("/proc/self/stat", O_RDONLY);
  char byte;
  CHECK(lseek(fd, 2, SEEK_SET));
  CHECK(read(fd, &byte, 1));
  CHECK(lseek(fd, -1, SEEK_SET));
  CHECK(pread(fd, &byte, 1, 100000));
  close(fd);
  CHECK(open("/proc/self/clear_refs", O_WRONLY) >= 0);
  int clear = open("/proc/self/clear_refs", O_WRONLY);
  CHECK(write(clear, "1", 1));
  CHECK(write(clear, "9", 1));
  close(clear);
}

static void modes(void) {
  puts("-- modes");
  const char *names[] = {"stat", "status", "environ", "auxv", "mem", "maps", "cmdline", "comm", "cwd", "exe", "root", "fd", "fdinfo",
    "task", "ns", "attr", "io", "limits", "oom_score_adj", "pagemap", "clear_refs", "timerslack_ns", "syscall", "mountstats", "mounts",
    "loginuid", "uid_map", "setgroups", "sched", "personality"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/self/%s", names[i]);
    if (lstat(path, &st) == 0) printf("%s %o %d %d\n", names[i], st.st_mode, st.st_uid, st.st_gid);
    else printf("%s %s\n", names[i], strerrorname_np(errno));
  }
}

int main(int argc, char **argv) {
  enter_scratch();
  stat_file();
  status_file();
  map_files();
  memory_files(argc, argv);
  settings();
  descriptors();
  threads();
  children();
  refused();
  modes();
  leave_scratch();
}
