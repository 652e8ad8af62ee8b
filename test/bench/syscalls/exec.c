/* fork, execve of itself (which ends at once: no count), wait. */
#include "rows.h"
static void rounds(long count, const char *argument) {
  char *argv[] = {(char *)argument, "0", 0}, *environment[] = {0};
  int null = check(open("/dev/null", O_WRONLY));
  for (long i = 0; i < count; i++) {
    pid_t child = check(fork());
    if (child == 0) {
      dup2(null, 1);
      execve(argument, argv, environment);
      _exit(99);
    }
    int status;
    check(waitpid(child, &status, 0));
    if (status != 0) exit(4);
  }
}
