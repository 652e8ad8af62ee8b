/* PTRACE_ATTACH, SEIZE, INTERRUPT and LISTEN; group stops; who may trace whom; what /proc and parents see. */
#include "../conform.h"
#include "tracing.h"
#include <sys/prctl.h>

static int lines[2]; /* children say through it that they are ready */

static pid_t waiting_child(void) {
  pipe(lines);
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PTRACER, -1L); /* for hosts where only ancestors may trace */
    write(lines[1], "r", 1);
    for (;;) pause();
  }
  char byte;
  read(lines[0], &byte, 1);
  close(lines[0]);
  close(lines[1]);
  return pid;
}

static void end(pid_t pid) {
  kill(pid, SIGKILL);
  wait_for(pid);
}

static const char *status_line(pid_t pid, const char *name) {
  static char line[200];
  char path[60];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0) break;
  if (file) fclose(file);
  line[strcspn(line, "\n")] = 0;
  return strchr(line, '\t') ? strchr(line, '\t') + 1 : "?";
}

static void attaching(void) {
  pid_t pid = waiting_child();
  SAY("ptrace", "nobody traces", "%s", status_line(pid, "TracerPid"));
  CALL(ptrace, "not traced", CONT, pid, 0, 0);
  CALL(ptrace, "attach", ATTACH, pid, 0, 0);
  expect_stop("attached", pid);
  SAY("ptrace", "its tracer", "%d", atoi(status_line(pid, "TracerPid")) == getpid());
  SAY("ptrace", "its state", "%s", status_line(pid, "State"));
  CALL(ptrace, "attach again", ATTACH, pid, 0, 0);
  CALL(ptrace, "seize as well", PTRACE_SEIZE, pid, 0, 0);
  CHILD("ptrace", "another tracer", {
    CALL(ptrace, "attach to what is traced", ATTACH, pid, 0, 0);
    CALL(ptrace, "give orders to another's", CONT, pid, 0, 0);
  });
  CALL(ptrace, "detach with no signal", DETACH, pid, 0, 99);
  CALL(ptrace, "detach", DETACH, pid, 0, 0);
  SAY("ptrace", "nobody traces any more", "%s", status_line(pid, "TracerPid"));
  CALL(ptrace, "attach to it again", ATTACH, pid, 0, 0);
  wait_for(pid);
  CALL(ptrace, "detach with a signal", DETACH, pid, 0, SIGTERM);
  expect_stop("that kills", pid);
}

static void refusals(void) {
  CALL(ptrace, "nobody", ATTACH, 999999, 0, 0);
  CALL(ptrace, "oneself", ATTACH, getpid(), 0, 0);
  CALL(ptrace, "zero", ATTACH, 0, 0, 0);
  CALL(ptrace, "less than zero", ATTACH, -1, 0, 0);
  CALL(ptrace, "no such request", 0x9999, getpid(), 0, 0);
  pid_t pid = waiting_child();
  CALL(ptrace, "seize with an address", PTRACE_SEIZE, pid, 1, 0);
  CALL(ptrace, "seize with unknown options", PTRACE_SEIZE, pid, 0, 0x400);
  CHILD("ptrace", "a plain user", {
    become_user(1234);
    CALL(ptrace, "a plain user attaches to root's", ATTACH, pid, 0, 0);
    CALL(ptrace, "a plain user seizes root's", PTRACE_SEIZE, pid, 0, 0);
  });
  end(pid);
  pid = fork();
  if (pid == 0) {
    CALL(ptrace, "traceme", TRACEME, 0, 0, 0);
    CALL(ptrace, "traceme twice", TRACEME, 0, 0, 0);
    _exit(0);
  }
  expect_stop("it ends", pid);
  pid = fork();
  if (pid == 0) _exit(3);
  siginfo_t info;
  waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
  CALL(ptrace, "a zombie", ATTACH, pid, 0, 0);
  wait_for(pid);
}

static void seizing(void) {
  pid_t pid = waiting_child();
  CALL(ptrace, "seize", PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD);
  CALL(ptrace, "not stopped", CONT, pid, 0, 0);
  int status = -1;
  SAY("wait4", "nothing to tell", "%d", waitpid(pid, &status, WNOHANG | __WALL));
  CALL(ptrace, "interrupt", PTRACE_INTERRUPT, pid, 0, 0);
  expect_stop("interrupted", pid);
  CALL(ptrace, "interrupt what is stopped", PTRACE_INTERRUPT, pid, 0, 0);
  resume(CONT, pid, 0);
  expect_stop("stops again", pid);
  siginfo_t info;
  CALL(ptrace, "siginfo", PTRACE_GETSIGINFO, pid, 0, &info);
  SAY("ptrace", "siginfo", "%s %x", signal_name(info.si_signo), info.si_code);
  resume(CONT, pid, 0);
  kill(pid, SIGSTOP);
  expect_stop("a signal that stops", pid);
  CALL(ptrace, "listen at a signal", PTRACE_LISTEN, pid, 0, 0);
  resume(CONT, pid, SIGSTOP);
  expect_stop("the group stops", pid);
  CALL(ptrace, "listen", PTRACE_LISTEN, pid, 0, 0);
  SAY("ptrace", "its state", "%s", status_line(pid, "State"));
  CALL(ptrace, "not to be looked at", CONT, pid, 0, 0);
  kill(pid, SIGCONT);
  expect_stop("the group goes on", pid);
  resume(CONT, pid, 0);
  expect_stop("SIGCONT itself", pid);
  resume(CONT, pid, 0);
  kill(pid, SIGSTOP);
  wait_for(pid);
  resume(CONT, pid, SIGSTOP);
  wait_for(pid);
  PTRACE(PTRACE_LISTEN, pid, 0, 0);
  CALL(ptrace, "interrupt while it listens", PTRACE_INTERRUPT, pid, 0, 0);
  expect_stop("shows itself", pid);
  CALL(ptrace, "detach", DETACH, pid, 0, 0);
  waitpid(pid, &status, WUNTRACED);
  SAY("wait4", "stays stopped", "%s", describe(status));
  end(pid);
}

static void group_stop(void) {
  pid_t pid = waiting_child();
  PTRACE(ATTACH, pid, 0, 0);
  wait_for(pid);
  resume(CONT, pid, 0);
  kill(pid, SIGSTOP);
  expect_stop("a signal that stops", pid);
  resume(CONT, pid, SIGSTOP);
  expect_stop("the group stops", pid);
  siginfo_t info;
  CALL(ptrace, "siginfo", PTRACE_GETSIGINFO, pid, 0, &info);
  resume(CONT, pid, 0);
  sleep_ms(5);
  kill(pid, SIGUSR1);
  expect_stop("it ran though its group is stopped", pid);
  resume(CONT, pid, 0);
  kill(pid, SIGKILL);
  expect_stop("killed", pid);
}

static void killed_while_stopped(void) {
  pid_t pid = waiting_child();
  PTRACE(ATTACH, pid, 0, 0);
  wait_for(pid);
  kill(pid, SIGKILL);
  expect_stop("killed while stopped", pid);
}

/* The parent is not the tracer: it hears of the end when the tracer has. */
static void parent_and_tracer(void) {
  pid_t pid = waiting_child();
  int ready[2], go[2];
  pipe(ready);
  pipe(go);
  pid_t tracer = fork();
  if (tracer == 0) {
    CALL(ptrace, "seize a sibling", PTRACE_SEIZE, pid, 0, 0);
    write(ready[1], "x", 1);
    siginfo_t info;
    waitid(P_PID, pid, &info, WEXITED | WNOWAIT | __WALL);
    write(ready[1], "x", 1);
    char byte;
    read(go[0], &byte, 1);
    expect_stop("the tracer sees the end", pid);
    _exit(0);
  }
  char byte;
  int status = -1;
  read(ready[0], &byte, 1);
  kill(pid, SIGTERM);
  sleep_ms(5);
  SAY("wait4", "held up by its tracer", "%d", waitpid(pid, &status, WNOHANG));
  kill(pid, SIGKILL);
  read(ready[0], &byte, 1);
  SAY("wait4", "dead, but not for its parent", "%d", waitpid(pid, &status, WNOHANG));
  write(go[1], "x", 1);
  wait_for(tracer);
  expect_stop("then the parent does", pid);
}

static void pending(void) {
  pid_t pid = waiting_child();
  PTRACE(ATTACH, pid, 0, 0);
  wait_for(pid);
  kill(pid, SIGUSR1);
  sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = 3});
  RAW(tgkill, pid, pid, SIGUSR2);
  siginfo_t infos[4];
  struct ptrace_peeksiginfo_args args = {0, 1, 4};
  CALL(ptrace, "the group's signals", PTRACE_PEEKSIGINFO, pid, &args, infos);
  SAY("ptrace", "in order", "%s, %s with %d", signal_name(infos[0].si_signo), "a real-time one", infos[1].si_value.sival_int);
  args = (struct ptrace_peeksiginfo_args){0, 0, 4};
  CALL(ptrace, "its own signals", PTRACE_PEEKSIGINFO, pid, &args, infos);
  args.off = 5;
  CALL(ptrace, "past the last", PTRACE_PEEKSIGINFO, pid, &args, infos);
  args.flags = 2;
  CALL(ptrace, "unknown flag", PTRACE_PEEKSIGINFO, pid, &args, infos);
  args = (struct ptrace_peeksiginfo_args){0, 0, -1};
  CALL(ptrace, "less than none", PTRACE_PEEKSIGINFO, pid, &args, infos);
  uint64_t mask = 0;
  CALL(ptrace, "signal mask", PTRACE_GETSIGMASK, pid, 8, &mask);
  SAY("ptrace", "empty", "%llx", (long long)mask);
  CALL(ptrace, "mask of another size", PTRACE_GETSIGMASK, pid, 4, &mask);
  mask = ~0ull;
  CALL(ptrace, "set the mask", PTRACE_SETSIGMASK, pid, 8, &mask);
  PTRACE(PTRACE_GETSIGMASK, pid, 8, &mask);
  SAY("ptrace", "what can't be blocked", "%llx", ~(long long)mask);
  end(pid);
}

int main(void) {
  attaching();
  refusals();
  seizing();
  group_stop();
  killed_while_stopped();
  parent_and_tracer();
  pending();
  return 0;
}
