/* O_ASYNC, F_SETOWN, F_SETSIG: signals that tell of descriptors. */
#include "conform.h"
#include <sys/ioctl.h>
#include <sys/socket.h>

static volatile int heard, fd_told, code_told, band_told;

static void hear(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  heard++;
  fd_told = info->si_fd;
  code_told = info->si_code;
  band_told = info->si_band;
}

static void tell(const char *label) {
  SAY("fcntl", label, "%d", heard);
  heard = 0;
}

static void pipes(void) {
  int ends[2];
  char byte;
  pipe(ends);
  CALL(fcntl, "no owner", ends[0], F_GETOWN);
  CALL(fcntl, "asynchronous without an owner", ends[0], F_SETFL, (long)O_ASYNC);
  SAY("fcntl", "its flag", "%o", fcntl(ends[0], F_GETFL) & O_ASYNC);
  write(ends[1], "x", 1);
  tell("nobody is told");
  CALL(fcntl, "owner", ends[0], F_SETOWN, (long)getpid());
  SAY("fcntl", "the owner", "%d", fcntl(ends[0], F_GETOWN) == getpid());
  write(ends[1], "x", 1);
  tell("readable");
  read(ends[0], &byte, 1);
  tell("reading tells no reader");
  CALL(fcntl, "a signal", ends[0], F_SETSIG, (long)(SIGRTMIN + 2));
  write(ends[1], "x", 1);
  SAY("fcntl", "what it says", "%d %d %x", fd_told == ends[0], code_told, band_told);
  tell("that signal");
  CALL(fcntl, "a signal that is none", ends[0], F_SETSIG, 65L);
  CALL(fcntl, "synchronous again", ends[0], F_SETFL, 0L);
  write(ends[1], "x", 1);
  tell("not told any more");
  int on = 1;
  CALL(ioctl, "FIOASYNC", ends[0], (long)FIOASYNC, &on);
  SAY("fcntl", "its flag", "%o", fcntl(ends[0], F_GETFL) & O_ASYNC);
  write(ends[1], "x", 1);
  tell("told again");
  CALL(fcntl, "a group as owner", ends[0], F_SETOWN, -(long)getpgrp());
  CALL(fcntl, "back to SIGIO", ends[0], F_SETSIG, 0L);
  close(ends[1]);
  SAY("fcntl", "hang up", "%d", heard > 0);
  heard = 0;
  close(ends[0]);
}

static void writers(void) {
  int ends[2];
  static char block[65536];
  pipe(ends);
  fcntl(ends[1], F_SETOWN, getpid());
  fcntl(ends[1], F_SETFL, O_ASYNC | O_NONBLOCK);
  write(ends[1], block, sizeof block);
  heard = 0;
  read(ends[0], block, sizeof block);
  SAY("fcntl", "room to write", "%d", heard > 0);
  heard = 0;
  close(ends[0]);
  close(ends[1]);
}

static void sockets(void) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  fcntl(ends[0], F_SETOWN, getpid());
  fcntl(ends[0], F_SETFL, O_ASYNC);
  write(ends[1], "x", 1);
  SAY("fcntl", "socket readable", "%d", heard > 0);
  heard = 0;
  close(ends[1]);
  SAY("fcntl", "socket hung up", "%d", heard > 0);
  heard = 0;
  close(ends[0]);
}

static void others(void) {
  int file = open("f", O_CREAT | O_RDWR, 0644), on = 1;
  CALL(fcntl, "a file", file, F_SETFL, (long)O_ASYNC);
  CALL(ioctl, "FIOASYNC, a file, as it is", file, (long)FIOASYNC, &on);
  on = 0;
  CALL(ioctl, "FIOASYNC, a file", file, (long)FIOASYNC, &on);
  CALL(ioctl, "FIOASYNC, bad place", file, (long)FIOASYNC, LOW);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = hear, .sa_flags = SA_SIGINFO};
  sigaction(SIGIO, &action, 0);
  sigaction(SIGRTMIN + 2, &action, 0);
  setpgid(0, 0);
  pipes();
  writers();
  sockets();
  others();
  return 0;
}
