/* Process groups that nobody can continue any more: whose end makes them so, and what their stopped members get. */
#include "../conform.h"
#include <sys/prctl.h>

/* A child that waits for signals, in the given group (0: its own, -1: its parent's). */
static pid_t sleeper(pid_t group) {
  pid_t pid = fork();
  if (pid == 0) {
    if (group >= 0) setpgid(0, group);
    for (;;) pause();
  }
  if (group >= 0) setpgid(pid, group);
  return pid;
}

static void stop(pid_t pid) {
  int status;
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
}

/* Whether it is stopped after a while. */
static const char *state_of(pid_t pid) {
  sleep_ms(10);
  siginfo_t info = {0};
  if (waitid(P_PID, pid, &info, WEXITED | WCONTINUED | WNOHANG | WNOWAIT) != 0) return errno_name(errno);
  if (info.si_pid == 0) return "stays stopped";
  return info.si_code == CLD_CONTINUED ? "continued" : info.si_status == SIGHUP ? "killed by SIGHUP" : "ended";
}

static void end(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, 0, 0);
}

int main(void) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  CHILD("exit", "a session", {
    setsid();
    pid_t stopped = sleeper(-1);
    stop(stopped);
    CHILD("exit", "a member of the leader's group", _exit(0));
    SAY("exit", "its stopped sibling", "%s", state_of(stopped));
    end(stopped);
    pid_t first = sleeper(0), second = sleeper(first);
    stop(second);
    end(first);
    SAY("exit", "a job, one of two ends", "%s", state_of(second));
    end(second);
    first = sleeper(0), second = sleeper(first);
    stop(second);
    CHILD("exit", "a child of the shell in its group", _exit(0));
    SAY("exit", "a job beside it", "%s", state_of(second));
    end(first), end(second);
  });
  int report[2];
  if (pipe(report) != 0) return 1;
  CHILD("exit", "a shell that leaves a stopped job", {
    setsid();
    pid_t job = sleeper(0);
    stop(job);
    if (write(report[1], &job, sizeof job) != sizeof job) _exit(1);
  });
  pid_t job = 0;
  if (read(report[0], &job, sizeof job) != sizeof job) return 1;
  show_end("exit", "the job", job);
  CHILD("exit", "a shell that leaves a running job", {
    setsid();
    pid_t running = sleeper(0);
    if (write(report[1], &running, sizeof running) != sizeof running) _exit(1);
  });
  if (read(report[0], &job, sizeof job) != sizeof job) return 1;
  sleep_ms(10);
  CASE("exit", "the running job runs on", kill(job, SIGTERM));
  show_end("exit", "it", job);
  return 0;
}
