/* RLIMIT_CPU: SIGXCPU at the soft limit, SIGKILL at the hard one. */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int seen;
static void on(int s) { seen = s; }

int main(void) {
  struct rlimit limit = {1, 2};
  int status;
  if (fork() == 0) {
    signal(SIGXCPU, on);
    setrlimit(RLIMIT_CPU, &limit);
    while (!seen) ;
    printf("warned %d\n", seen == SIGXCPU);
    fflush(stdout);
    for (;;) ;
  }
  wait(&status);
  printf("signalled %d with %d\n", WIFSIGNALED(status), WTERMSIG(status));
  return 0;
}
