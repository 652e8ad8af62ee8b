/* dnotify: F_NOTIFY and the signals it sends. */
#include "conform.h"

static volatile int heard, fd_told, code_told;

static void hear(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  heard++;
  fd_told = info->si_fd;
  code_told = info->si_code;
}

static void tell(const char *label) {
  SAY("fcntl", label, "%d", heard);
  heard = 0;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = hear, .sa_flags = SA_SIGINFO};
  sigaction(SIGIO, &action, 0);
  sigaction(SIGRTMIN + 1, &action, 0);
  mkdir("d", 0755);
  int file = open("d/f", O_CREAT | O_RDWR, 0644);
  int dir = open("d", O_RDONLY | O_DIRECTORY);
  CALL(fcntl, "a file", file, F_NOTIFY, (long)DN_MODIFY);
  CALL(fcntl, "a directory", dir, F_NOTIFY, (long)DN_MODIFY);
  write(file, "x", 1);
  tell("one change");
  write(file, "x", 1);
  tell("only once");
  CALL(fcntl, "again and again", dir, F_NOTIFY, (long)(DN_CREATE | DN_DELETE | DN_RENAME | DN_ATTRIB | DN_MULTISHOT));
  mkdir("d/sub", 0755);
  tell("created");
  chmod("d/f", 0600);
  tell("attributes");
  rename("d/f", "d/g");
  SAY("fcntl", "renamed", "%d", heard > 0);
  heard = 0;
  rmdir("d/sub");
  tell("removed");
  write(file, "x", 1);
  tell("not asked for");
  CALL(fcntl, "another signal", dir, F_SETSIG, (long)(SIGRTMIN + 1));
  chmod("d/g", 0644);
  SAY("fcntl", "what is told", "%d %d", fd_told == dir, code_told);
  tell("by that signal");
  CALL(fcntl, "no more", dir, F_NOTIFY, 0L);
  chmod("d/g", 0600);
  tell("no more");
  CALL(fcntl, "asked again", dir, F_NOTIFY, (long)(DN_ATTRIB | DN_MULTISHOT));
  close(dir);
  chmod("d/g", 0644);
  tell("closed");
  return 0;
}
