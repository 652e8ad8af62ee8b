/* Many processes one after another, then many at once: fork-storm IN_A_ROW AT_ONCE. */
// args: 200 100
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int row = atoi(argv[1]), once = atoi(argv[2]), good = 0, status, p[2], q[2];
  for (int i = 0; i < row; i++) {
    pid_t pid = fork();
    if (pid == 0) _exit(i & 0x7f);
    if (waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == (i & 0x7f)) good++;
  }
  printf("in a row %d\n", good);
  fflush(stdout);
  pipe(p); pipe(q);
  for (int i = 0; i < once; i++) {
    if (fork() == 0) {
      char c = 'x';
      close(p[1]);
      write(q[1], &c, 1);
      read(p[0], &c, 1);
      _exit(0);
    }
  }
  char c;
  for (int i = 0; i < once; i++) read(q[0], &c, 1);
  printf("all alive\n");
  close(p[1]);
  good = 0;
  while (wait(&status) > 0) good += WIFEXITED(status);
  printf("at once %d\n", good);
  return 0;
}
