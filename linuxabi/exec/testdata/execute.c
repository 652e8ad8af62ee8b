/*
 * Executes each file named on the command line and prints what came of it, a line each: "errno N", "signal N" or
 * "exit N". The executed programs get one argument, "first".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  for (int i = 1; i < argc; i++) {
    int report[2];
    if (pipe(report) != 0) return 1;
    pid_t child = fork();
    if (child == 0) {
      char *arguments[] = {argv[i], "first", NULL};
      char *environment[] = {NULL};
      /* The far end closes by itself when execve succeeds. */
      close(report[0]);
      if (dup3(report[1], 100, O_CLOEXEC) < 0) _exit(125);
      close(report[1]);
      execve(argv[i], arguments, environment);
      int error = errno;
      if (write(100, &error, sizeof error) < 0) _exit(126);
      _exit(0);
    }
    close(report[1]);
    int error = 0, status = 0;
    int got = read(report[0], &error, sizeof error);
    close(report[0]);
    waitpid(child, &status, 0);
    if (got == sizeof error) printf("errno %d\n", error);
    else if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
    else printf("exit %d\n", WEXITSTATUS(status));
    fflush(stdout);
  }
  return 0;
}
