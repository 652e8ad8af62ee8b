/* Forks, and forks that run another program: forks ROW EXECS. Prints how many children ended as they should. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc == 1) return 7;
  int forks = atoi(argv[1]), execs = atoi(argv[2]), good = 0, status;
  for (int i = 0; i < forks + execs; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      if (i >= forks) execl(argv[0], argv[0], (char *)0);
      _exit(7);
    }
    if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7) good++;
  }
  printf("good %d of %d\n", good, forks + execs);
  return 0;
}
