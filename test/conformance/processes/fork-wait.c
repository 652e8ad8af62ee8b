/* fork, vfork, wait4, waitid, orphans, zombies, SIGCHLD rules. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOW(what, call) do { errno = 0; long result_ = (call); printf("%s: %ld %s\n", what, result_, strerror(errno)); } while (0)

static volatile int chld;
static void on_chld(int s, siginfo_t *i, void *u) { chld++; printf("SIGCHLD code=%d status=%d mine=%d\n", i->si_code, i->si_status, i->si_pid > 0); }

static void show(const char *what, int status) {
  if (WIFEXITED(status)) printf("%s exited %d\n", what, WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) printf("%s signal %d core %d\n", what, WTERMSIG(status), !!WCOREDUMP(status));
  else if (WIFSTOPPED(status)) printf("%s stopped %d\n", what, WSTOPSIG(status));
  else if (WIFCONTINUED(status)) printf("%s continued\n", what);
}

int main(void) {
  int status;
  setvbuf(stdout, 0, _IONBF, 0);
  SHOW("wait without children", wait(&status));
  pid_t pid = fork();
  if (pid == 0) _exit(42);
  printf("same pid: %d\n", waitpid(pid, &status, 0) == pid);
  show("child", status);
  SHOW("again", waitpid(pid, &status, 0));

  int signals[] = {SIGTERM, SIGSEGV, SIGKILL, SIGABRT, SIGUSR1, SIGRTMIN};
  for (int i = 0; i < 6; i++) {
    if ((pid = fork()) == 0) { struct rlimit r = {0, 0}; setrlimit(RLIMIT_CORE, &r); raise(signals[i]); _exit(1); }
    waitpid(pid, &status, 0);
    show("killed", status);
  }

  int p[2];
  pipe(p);
  if ((pid = fork()) == 0) { char c; close(p[1]); read(p[0], &c, 1); _exit(7); }
  close(p[0]);
  printf("nohang: %d\n", waitpid(pid, &status, WNOHANG));
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED); show("stop", status);
  kill(pid, SIGCONT);
  waitpid(pid, &status, WCONTINUED); show("cont", status);
  close(p[1]);
  siginfo_t info;
  memset(&info, 0, sizeof info);
  printf("waitid nowait %d\n", waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  printf("code %d status %d signo %d\n", info.si_code, info.si_status, info.si_signo);
  printf("waitid %d\n", waitid(P_ALL, 0, &info, WEXITED));
  SHOW("waitid bad options", waitid(P_ALL, 0, &info, 0));
  SHOW("wait4 bad options", waitpid(-1, &status, 0x100));
  SHOW("wait4 int min", (int)wait4(-2147483647 - 1, &status, 0, 0));

  volatile int shared = 1;
  if ((pid = vfork()) == 0) { shared = 2; _exit(5); }
  printf("vfork shared %d\n", shared);
  waitpid(pid, &status, 0); show("vfork", status);

  struct sigaction sa = {.sa_sigaction = on_chld, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGCHLD, &sa, 0);
  if ((pid = fork()) == 0) _exit(3);
  while (!chld) pause();
  waitpid(pid, &status, 0); show("with handler", status);
  if ((pid = fork()) == 0) { raise(SIGTERM); _exit(3); }
  waitpid(pid, &status, 0); show("killed with handler", status);

  signal(SIGCHLD, SIG_IGN);
  if ((pid = fork()) == 0) _exit(3);
  SHOW("ignored SIGCHLD", waitpid(pid, &status, 0));
  signal(SIGCHLD, SIG_DFL);
  sa.sa_handler = SIG_DFL; sa.sa_flags = SA_NOCLDWAIT;
  sigaction(SIGCHLD, &sa, 0);
  if ((pid = fork()) == 0) _exit(3);
  SHOW("SA_NOCLDWAIT", waitpid(pid, &status, 0));
  signal(SIGCHLD, SIG_DFL);

  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pipe(p);
  if ((pid = fork()) == 0) {
    pid_t parent = getpid();
    if (fork() == 0) { while (getppid() == parent) usleep(1000); char c = 'x'; write(p[1], &c, 1); _exit(9); }
    _exit(0);
  }
  waitpid(pid, &status, 0);
  char c; read(p[0], &c, 1);
  wait(&status); show("orphan", status);
  struct rusage ru;
  printf("rusage %d\n", getrusage(RUSAGE_CHILDREN, &ru));
  pid_t first = fork();
  if (first == 0) { setpgid(0, 0); pause(); _exit(0); }
  setpgid(first, first);
  kill(-first, SIGTERM);
  printf("group wait %d\n", waitpid(-first, &status, 0) == first);
  show("group", status);
  return 0;
}
