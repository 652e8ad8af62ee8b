/*
 * For the programs of the conformance bench. Each line they print is one behaviour: "CALL: CASE = ANSWER", where CALL is the system
 * call's name and ANSWER a number, an errno's name, or words. Calls are made without the C library in between.
 */
#ifndef CONFORM_H
#define CONFORM_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Answer of a call in the form of libc: the value, or -1 and errno. */
#define RAW(name, ...) syscall(SYS_##name, ##__VA_ARGS__)

/* CALL(getpgid, "nobody", 999999) prints "getpgid: nobody = ESRCH". The value is that of the call. */
#define CALL(name, label, ...) show_number(#name, label, (errno = 0, RAW(name, ##__VA_ARGS__)))
/* The same for calls whose value is no fixed number: "ok". */
#define OKAY(name, label, ...) show_okay(#name, label, (errno = 0, RAW(name, ##__VA_ARGS__)))
/* Any other expression whose value is ≥ 0, or -1 with errno. */
#define CASE(name, label, expression) show_number(name, label, (errno = 0, (long)(expression)))
/* SAY("mmap", "contents", "%d", byte) prints "mmap: contents = 7". */
#define SAY(name, label, ...) show_text(name, label, __VA_ARGS__)
/* Runs the block in a child, and prints how it ended: "exit 0", "SIGSEGV". */
#define CHILD(name, label, ...) \
  do { \
    fflush(stdout); \
    pid_t child_pid = fork(); \
    if (child_pid == 0) { \
      __VA_ARGS__; \
      _exit(0); \
    } \
    show_end(name, label, child_pid); \
  } while (0)

/* Addresses that no program has: below the first page, above user space, not canonical. */
#define LOW ((void *)8)
#define HIGH ((void *)0xffff800000001000UL)
#define UNCANONICAL ((void *)0x0000800000000000UL)

static void __attribute__((constructor)) unbuffered(void) {
  setvbuf(stdout, 0, _IONBF, 0);
}

static void __attribute__((unused)) show_text(const char *name, const char *label, const char *format, ...) {
  char answer[400], line[600];
  va_list list;
  va_start(list, format);
  vsnprintf(answer, sizeof answer, format, list);
  va_end(list);
  /* One write, so that lines of several processes do not mix. */
  int length = snprintf(line, sizeof line, "%s: %s = %s\n", name, label, answer);
  if (write(1, line, length) != length) _exit(98);
}

static const char *errno_name(int number) {
  const char *name = strerrorname_np(number);
  static char text[24];
  if (name != 0) return strcmp(name, "EWOULDBLOCK") == 0 ? "EAGAIN" : name;
  snprintf(text, sizeof text, "errno %d", number);
  return text;
}

static long __attribute__((unused)) show_number(const char *name, const char *label, long value) {
  int saved = errno;
  if (value == -1 && saved != 0) show_text(name, label, "%s", errno_name(saved));
  else show_text(name, label, "%ld", value);
  errno = saved;
  return value;
}

static long __attribute__((unused)) show_okay(const char *name, const char *label, long value) {
  int saved = errno;
  show_text(name, label, "%s", value == -1 && saved != 0 ? errno_name(saved) : "ok");
  errno = saved;
  return value;
}

static const char *__attribute__((unused)) signal_name(int number) {
  static char text[24];
  const char *name = sigabbrev_np(number);
  if (number >= 34) snprintf(text, sizeof text, "SIGRTMIN+%d", number - 34);
  else snprintf(text, sizeof text, "SIG%s", name == 0 ? "?" : name);
  return text;
}

static void __attribute__((unused)) show_end(const char *name, const char *label, pid_t pid) {
  int status;
  pid_t ended;
  while ((ended = waitpid(pid, &status, 0)) == -1 && errno == EINTR) {
  }
  if (pid < 0 || ended != pid) show_text(name, label, "no child (%s)", errno_name(errno));
  else if (WIFEXITED(status)) show_text(name, label, "exit %d", WEXITSTATUS(status));
  else show_text(name, label, "%s", signal_name(WTERMSIG(status)));
}

/* A place for `size` bytes right before a page that can't be touched. */
static char *__attribute__((unused)) edge(size_t size) {
  char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page + 4096, 4096, PROT_NONE);
  return page + 4096 - size;
}

/* From here on a plain user without any privilege. Call it in a child. */
static void __attribute__((unused)) become_user(unsigned id) {
  RAW(setgroups, 0, 0);
  if (RAW(setresgid, id, id, id) != 0 || RAW(setresuid, id, id, id) != 0) _exit(97);
}

static void __attribute__((unused)) sleep_ms(long ms) {
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
}

/* Until the process waits. */
static void __attribute__((unused)) asleep(pid_t pid) {
  char path[40], line[200], state = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  for (int i = 0; i < 30000 && state != 'S'; i++) {
    sleep_ms(1);
    int fd = open(path, O_RDONLY);
    ssize_t count = read(fd, line, sizeof line - 1);
    close(fd);
    line[count < 0 ? 0 : count] = 0;
    char *end = strrchr(line, ')');
    state = end == 0 ? 0 : end[2];
  }
}
#endif
