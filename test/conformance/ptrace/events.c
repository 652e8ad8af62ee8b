/* Events: new tasks, execve, exits, the end of a vfork, filters; and the tracer's end. */
#include "../conform.h"
#include "../seccomp/filter.h"
#include "tracing.h"
#include <pthread.h>
#include <sched.h>

static unsigned long message(pid_t pid) {
  unsigned long value = 0;
  PTRACE(PTRACE_GETEVENTMSG, pid, 0, &value);
  return value;
}

static void options(void) {
  TRACEE(pid, pause());
  CALL(ptrace, "no options", PTRACE_SETOPTIONS, pid, 0, 0);
  CALL(ptrace, "unknown option", PTRACE_SETOPTIONS, pid, 0, 0x400);
  CALL(ptrace, "many bits", PTRACE_SETOPTIONS, pid, 0, 0x10000000);
  CALL(ptrace, "old number", 21, pid, 0, PTRACE_O_TRACESYSGOOD);
  CALL(ptrace, "message without event", PTRACE_GETEVENTMSG, pid, 0, LOW);
  CALL(ptrace, "listen without seize", PTRACE_LISTEN, pid, 0, 0);
  CALL(ptrace, "interrupt without seize", PTRACE_INTERRUPT, pid, 0, 0);
  CALL(ptrace, "kill", KILL, pid, 0, 0);
  expect_stop("killed", pid);
  CALL(ptrace, "of the dead", CONT, pid, 0, 0);
}

static void forks(const char *label, int event, int vfork_done) {
  TRACEE(pid, {
    pid_t child = vfork_done ? vfork() : fork();
    if (child == 0) _exit(4);
    int status;
    waitpid(child, &status, 0);
    _exit(WEXITSTATUS(status) + 1);
  });
  PTRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORKDONE);
  resume(CONT, pid, 0);
  int status = expect_stop(label, pid);
  SAY("ptrace", label, "%d", status >> 16 == event);
  pid_t child = message(pid);
  expect_stop("the child starts", child);
  siginfo_t info;
  PTRACE(PTRACE_GETSIGINFO, child, 0, &info);
  SAY("ptrace", "what stopped the child", "%s", signal_name(info.si_signo));
  SAY("ptrace", "its answer of the call", "%ld", REG(child, rax));
  resume(CONT, pid, 0);
  resume(CONT, child, 0);
  expect_stop("the child ends", child);
  if (vfork_done) {
    expect_stop("the parent goes on", pid);
    SAY("ptrace", "the child again", "%d", message(pid) == (unsigned long)child);
    resume(CONT, pid, 0);
  }
  if (WIFSTOPPED(status = wait_for(pid))) { /* SIGCHLD */
    SAY("wait4", "the parent hears", "%s", describe(status));
    resume(CONT, pid, SIGCHLD);
    status = wait_for(pid);
  }
  SAY("wait4", "the parent ends", "%s", describe(status));
}

static void *thread_end(void *arg) {
  return arg;
}

static void threads(void) {
  TRACEE(pid, {
    pthread_t thread;
    pthread_create(&thread, 0, thread_end, 0);
    pthread_join(thread, 0);
    raise(SIGUSR1);
    _exit(7);
  });
  PTRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT);
  resume(CONT, pid, 0);
  expect_stop("a thread is made", pid);
  pid_t thread = message(pid);
  expect_stop("the thread starts", thread);
  resume(CONT, pid, 0);
  resume(CONT, thread, 0);
  expect_stop("the thread is about to end", thread);
  SAY("ptrace", "its status", "%lx", message(thread));
  resume(CONT, thread, 0);
  expect_stop("the thread ends", thread);
  expect_stop("the first thread goes on", pid);
  resume(CONT, pid, 0);
  expect_stop("the process is about to end", pid);
  SAY("ptrace", "its status", "%lx", message(pid));
  resume(CONT, pid, 0);
  expect_stop("the process ends", pid);
}

static void exec(int followed) {
  TRACEE(pid, {
    execl("/proc/self/exe", "events", "quick", (char *)0);
    _exit(9);
  });
  if (followed) PTRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC);
  resume(CONT, pid, 0);
  expect_stop(followed ? "execve with the event" : "execve without", pid);
  siginfo_t info;
  PTRACE(PTRACE_GETSIGINFO, pid, 0, &info);
  SAY("ptrace", "siginfo", "%x %d", info.si_code, info.si_pid == pid);
  if (followed) SAY("ptrace", "former number", "%d", message(pid) == (unsigned long)pid);
  resume(CONT, pid, 0);
  expect_stop("the new program", pid);
}

static void dying(void) {
  TRACEE(pid, raise(SIGTERM));
  PTRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXIT);
  resume(CONT, pid, 0);
  wait_for(pid);
  resume(CONT, pid, SIGTERM);
  expect_stop("about to die", pid);
  SAY("ptrace", "its status", "%lx", message(pid));
  resume(CONT, pid, 0);
  expect_stop("dead", pid);
}

static void filters(void) {
  TRACEE(pid, {
    block_call(SYS_getppid, SECCOMP_RET_TRACE | 99);
    long first = syscall(SYS_getppid);
    long second = syscall(SYS_getppid);
    long third = syscall(SYS_getppid);
    _exit(first == -1 && errno == ENOSYS && second == 55 && third == 0 ? 5 : 6);
  });
  PTRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD);
  resume(CONT, pid, 0);
  expect_stop("a filter asks", pid);
  SAY("ptrace", "its data", "%lu", message(pid));
  SAY("ptrace", "the call", "%d %ld", REG(pid, orig_rax) == SYS_getppid, REG(pid, rax));
  struct ptrace_syscall_info info;
  CALL(ptrace, "call info", PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
  SAY("ptrace", "call info", "%d %u", info.op, info.seccomp.ret_data);
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
  resume(CONT, pid, 0);
  wait_for(pid);
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, rax), 55L);
  resume(CONT, pid, 0);
  wait_for(pid);
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), (long)SYS_getuid);
  resume(SYSCALL, pid, 0);
  expect_stop("the end of the call", pid);
  resume(CONT, pid, 0);
  expect_stop("the end", pid);
}

/* The tracer ends: with EXITKILL its tracee dies, else it goes on. */
static void tracer_ends(unsigned long flags, const char *label) {
  int ends[2], told[2];
  pipe(ends);
  pipe(told);
  pid_t tracer = fork();
  if (tracer == 0) {
    pid_t pid = fork();
    if (pid == 0) {
      close(told[1]);
      PTRACE(TRACEME, 0, 0, 0);
      raise(SIGSTOP);
      char byte;
      read(told[0], &byte, 1);
      write(ends[1], "x", 1);
      _exit(0);
    }
    waitpid(pid, 0, 0);
    PTRACE(PTRACE_SETOPTIONS, pid, 0, flags);
    resume(CONT, pid, 0);
    _exit(0);
  }
  close(ends[1]);
  close(told[0]);
  waitpid(tracer, 0, 0);
  signal(SIGPIPE, SIG_IGN);
  char byte;
  write(told[1], "x", 1);
  SAY("ptrace", label, "%ld", (long)read(ends[0], &byte, 1));
  close(ends[0]);
  close(told[1]);
}

int main(int argc, char **argv) {
  if (argc > 1) return 8;
  options();
  forks("fork", PTRACE_EVENT_FORK, 0);
  forks("vfork", PTRACE_EVENT_VFORK, 1);
  threads();
  exec(0);
  exec(1);
  dying();
  filters();
  tracer_ends(0, "the tracer ends: its tracee goes on");
  tracer_ends(PTRACE_O_EXITKILL, "the tracer ends: its tracee dies");
  return 0;
}
