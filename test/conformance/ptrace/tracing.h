/* For programs that trace: making a tracee, and telling what a wait found. */
#ifndef TRACING_H
#define TRACING_H
#include <elf.h>
#include <linux/ptrace.h>
#include <stddef.h>
#include <sys/uio.h>
#include <sys/user.h>

/* <sys/ptrace.h> and <linux/ptrace.h> do not go together; the raw call is what is tested. */
#define PTRACE(request, pid, address, data) RAW(ptrace, request, pid, address, data)
#ifndef PTRACE_CONT
#define PTRACE_CONT 7
#endif
#define TRACEME 0
#define PEEKDATA 2
#define PEEKUSER 3
#define POKEDATA 5
#define POKEUSER 6
#define CONT 7
#define KILL 8
#define SINGLESTEP 9
#define GETREGS 12
#define SETREGS 13
#define GETFPREGS 14
#define SETFPREGS 15
#define ATTACH 16
#define DETACH 17
#define SYSCALL 24

/* A child that stops itself as soon as it is traced, and then runs the block. */
#define TRACEE(pid, ...) \
  pid_t pid = fork(); \
  if (pid == 0) { \
    PTRACE(TRACEME, 0, 0, 0); \
    raise(SIGSTOP); \
    __VA_ARGS__; \
    _exit(0); \
  } \
  waitpid(pid, 0, 0)

static const char *describe(int status) {
  static char text[80];
  if (WIFEXITED(status)) snprintf(text, sizeof text, "exit %d", WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) snprintf(text, sizeof text, "killed by %s", signal_name(WTERMSIG(status)));
  else if (WIFCONTINUED(status)) snprintf(text, sizeof text, "continued");
  else if (status >> 16) snprintf(text, sizeof text, "%s, event %d", signal_name(WSTOPSIG(status)), status >> 16);
  else if (WSTOPSIG(status) & 0x80) snprintf(text, sizeof text, "call");
  else snprintf(text, sizeof text, "%s", signal_name(WSTOPSIG(status)));
  return text;
}

static int wait_for(pid_t pid) {
  int status = -1;
  while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR) {
  }
  return status;
}

/* Waits and tells what happened. */
static int __attribute__((unused)) expect_stop(const char *label, pid_t pid) {
  int status = wait_for(pid);
  show_text("wait4", label, "%s", describe(status));
  return status;
}

static void __attribute__((unused)) resume(int request, pid_t pid, int signal) {
  if (PTRACE(request, pid, 0, signal) != 0) show_text("ptrace", "going on", "%s", errno_name(errno));
}

static long __attribute__((unused)) peek_user(pid_t pid, long offset) {
  long word = -1;
  PTRACE(PEEKUSER, pid, offset, &word);
  return word;
}

#define REG(pid, name) peek_user(pid, offsetof(struct user_regs_struct, name))
#endif
