/* Each row: `PROGRAM N [ARG]` does N rounds of one thing and prints the microseconds that a round took. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/futex.h>

static long check(long result) {
  if (result != -1) return result;
  perror("bench");
  exit(3);
}

static void rounds(long count, const char *argument);

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 1;
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  rounds(count, argc > 2 ? argv[2] : argv[0]);
  clock_gettime(CLOCK_MONOTONIC, &to);
  double ns = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
  printf("%.4f\n", ns / 1000 / count);
  return 0;
}
