/* wait4 and waitid: who is waited for, which changes, what is told, and SIGCHLD's dispositions. */
#include "conform.h"
#include <sys/resource.h>

static volatile int chld_code, chld_status, chld_count;
static void on_child(int number, siginfo_t *info, void *context) { chld_code = info->si_code, chld_status = info->si_status, chld_count++; }
static pid_t leaver(int status) { pid_t pid = fork(); if (pid == 0) _exit(status); return pid; }
/* In a group of its own: one that nobody could continue would not stop. */
static pid_t sleeper(void) { pid_t pid = fork(); if (pid == 0) for (;;) pause(); setpgid(pid, pid); return pid; }

#define ID(label, type, id, options) \
  do { \
    memset(&info, 0x55, sizeof info); \
    CALL(waitid, label, type, id, &info, options, 0); \
  } while (0)
#define TOLD(label) SAY("waitid", label, "signal %d errno %d code %d pid %d status %d", info.si_signo, info.si_errno, info.si_code, info.si_pid == pid, info.si_status)

int main(void) {
  siginfo_t info;
  int status = -1;
  pid_t pid;
  CALL(wait4, "no children", -1, &status, 0, 0);
  CALL(wait4, "bad options", -1, &status, 0x100, 0);
  CALL(wait4, "WEXITED is no option", -1, &status, WEXITED, 0);
  CALL(wait4, "pid INT_MIN", (int)0x80000000, &status, 0, 0);
  CALL(wait4, "nobody's group", -999999, &status, 0, 0);
  ID("no children", P_ALL, 0, WEXITED);
  ID("no events wanted", P_ALL, 0, WNOHANG);
  ID("bad options", P_ALL, 0, WEXITED | 0x100);
  ID("bad type", 9, 0, WEXITED);
  ID("P_PID 0", P_PID, 0, WEXITED);
  ID("P_PID -1", P_PID, -1, WEXITED);
  ID("P_PGID -1", P_PGID, -1, WEXITED);

  pid = leaver(300);
  SAY("wait4", "exit 300", "%d %x", RAW(wait4, pid, &status, 0, 0) == pid, status);
  CALL(wait4, "twice", pid, &status, 0, 0);
  pid = sleeper();
  CALL(wait4, "WNOHANG, running", pid, &status, WNOHANG, 0);
  ID("WNOHANG, running", P_PID, pid, WEXITED | WNOHANG);
  TOLD("WNOHANG tells nothing");
  kill(pid, SIGSTOP);
  SAY("wait4", "stopped", "%d %x", RAW(wait4, pid, &status, WUNTRACED, 0) == pid, status);
  CALL(wait4, "stopped, told once", pid, &status, WUNTRACED | WNOHANG, 0);
  kill(pid, SIGCONT);
  SAY("wait4", "continued", "%d %x", RAW(wait4, pid, &status, WCONTINUED, 0) == pid, status);
  kill(pid, SIGTSTP);
  ID("stopped by SIGTSTP", P_PID, pid, WSTOPPED | WNOWAIT);
  TOLD("stopped");
  ID("stopped, kept", P_PID, pid, WSTOPPED);
  kill(pid, SIGCONT);
  ID("continued", P_PID, pid, WCONTINUED);
  TOLD("continued");
  kill(pid, SIGTERM);
  ID("killed, keeping", P_ALL, 0, WEXITED | WNOWAIT);
  TOLD("killed");
  struct rusage usage;
  CALL(waitid, "with usage", P_PID, pid, 0, WEXITED, &usage);
  pid = fork();
  if (pid == 0) abort();
  CASE("wait4", "aborted", RAW(wait4, pid, &status, 0, 0) == pid);
  SAY("wait4", "aborted status", "%s", signal_name(WTERMSIG(status)));
  pid = leaver(1);
  CASE("wait4", "no status wanted", RAW(wait4, pid, 0, 0, 0) == pid);
  pid = leaver(1);
  CALL(wait4, "status to nowhere", pid, LOW, 0, 0);
  CALL(wait4, "and the child is gone", pid, &status, 0, 0);
  pid = leaver(1);
  CALL(waitid, "info to nowhere", P_PID, pid, LOW, WEXITED, 0);
  CALL(waitid, "and the child is gone", P_PID, pid, &info, WEXITED, 0);

  pid_t first = fork();
  if (first == 0) { setpgid(0, 0); _exit(1); }
  setpgid(first, first);
  pid_t second = leaver(2);
  CASE("wait4", "own group", RAW(wait4, 0, &status, 0, 0) == second);
  CASE("wait4", "group of the other", RAW(wait4, -first, &status, 0, 0) == first);
  CALL(wait4, "own group, none left", 0, &status, 0, 0);

  struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGCHLD, &action, 0);
  pid = leaver(17);
  waitpid(pid, 0, 0);
  sleep_ms(5);
  SAY("rt_sigaction", "SIGCHLD of an exit", "code %d status %d count %d", chld_code, chld_status, chld_count);
  pid = sleeper();
  kill(pid, SIGSTOP);
  waitpid(pid, 0, WUNTRACED);
  sleep_ms(5);
  SAY("rt_sigaction", "SIGCHLD of a stop", "code %d status %d", chld_code, chld_status);
  kill(pid, SIGCONT);
  waitpid(pid, 0, WCONTINUED);
  sleep_ms(5);
  SAY("rt_sigaction", "SIGCHLD of a continuation", "code %d status %d", chld_code, chld_status);
  chld_count = 0;
  action.sa_flags |= SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, 0);
  kill(pid, SIGSTOP);
  waitpid(pid, 0, WUNTRACED);
  sleep_ms(5);
  SAY("rt_sigaction", "SA_NOCLDSTOP", "count %d", chld_count);
  kill(pid, SIGKILL);
  waitpid(pid, 0, 0);
  sleep_ms(5);
  SAY("rt_sigaction", "SIGCHLD of a kill", "code %d status %d", chld_code, chld_status);
  action.sa_flags |= SA_NOCLDWAIT;
  chld_count = 0;
  sigaction(SIGCHLD, &action, 0);
  pid = leaver(1);
  CALL(wait4, "SA_NOCLDWAIT", pid, &status, 0, 0);
  sleep_ms(5);
  SAY("rt_sigaction", "SA_NOCLDWAIT still signals", "%d", chld_count);
  signal(SIGCHLD, SIG_IGN);
  pid = leaver(1);
  CALL(wait4, "SIGCHLD ignored", -1, &status, 0, 0);
  signal(SIGCHLD, SIG_DFL);

  /* Zombies, orphans, and threads' children. */
  pid = leaver(0);
  siginfo_t peek;
  waitid(P_PID, pid, &peek, WEXITED | WNOWAIT);
  CALL(kill, "a zombie", pid, SIGKILL);
  CALL(kill, "a zombie, 0", pid, 0);
  CASE("getpgid", "of a zombie", getpgid(pid) == getpgid(0));
  CALL(setpgid, "a zombie", pid, pid);
  waitpid(pid, 0, 0);
  CALL(kill, "reaped", pid, 0);
  int ends[2];
  pipe(ends);
  if ((pid = fork()) == 0) {
    if (fork() == 0) { sleep_ms(30); pid_t parent = getppid(); write(ends[1], parent == 1 ? "1" : "0", 1); _exit(0); }
    _exit(0);
  }
  waitpid(pid, 0, 0);
  char c = '?';
  read(ends[0], &c, 1);
  SAY("getppid", "orphan has another parent", "%d", c == '1' || c == '0');
  if ((pid = fork()) == 0) { RAW(exit, 5); }
  show_end("exit", "exit of the only thread", pid);
  CALL(getrusage, "children", RUSAGE_CHILDREN, &usage);
  CALL(getrusage, "bad who", 2, &usage);
  CALL(getrusage, "nowhere", 0, LOW);
  return 0;
}
