/*
 * Runs a program several times among a crowd of sleeping processes: nanoseconds each, "run-NUMBER NS" a line.
 * Arguments: how many processes, how many runs, the program and its arguments.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int count = atoi(argv[1]), runs = atoi(argv[2]);
  int ready[2];
  if (pipe(ready) != 0) return 1;
  pid_t *crowd = calloc(count, sizeof *crowd);
  for (int i = 0; i < count; i++)
    if ((crowd[i] = fork()) == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (write(ready[1], "x", 1) != 1) return 1;
      for (;;) pause();
    }
  for (int i = 0; i < count; i++) {
    char byte;
    if (read(ready[0], &byte, 1) != 1) return 1;
  }
  int status = 0;
  for (int run = 1; run <= runs && status == 0; run++) {
    double start = now();
    pid_t child = fork();
    if (child == 0) {
      dup2(open("/dev/null", O_WRONLY), 1);
      execv(argv[3], argv + 3);
      _exit(127);
    }
    waitpid(child, &status, 0);
    printf("run-%d %.0f\n", run, now() - start);
    fflush(stdout);
  }
  for (int i = 0; i < count; i++) kill(crowd[i], SIGKILL), waitpid(crowd[i], 0, 0);
  return status != 0;
}
