/* Each process makes the next one and ends, until the first says stop: it gets its turns all the same. */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  volatile int *stop = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  /* Those who end come here, and leave nothing behind. */
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGCHLD, SIG_IGN);
  if (fork() == 0) {
    while (!*stop)
      if (fork() != 0) _exit(0);
    _exit(0);
  }
  /* Some processor time of its own: more than any of the chain ever has. */
  for (volatile int i = 0; i < 20000000; i++);
  for (int i = 0; i < 10; i++) nanosleep(&(struct timespec){0, 2000000}, 0);
  *stop = 1;
  printf("nobody is left: %d\n", wait(0));
  return 0;
}
