/* The window's size: who sees it, and who is told of a change. */
#include "pty.h"

static const char *size(int fd) {
  static char text[60];
  struct winsize window;
  if (ioctl(fd, TIOCGWINSZ, &window) != 0) return errno_name(errno);
  sprintf(text, "%d %d %d %d", window.ws_row, window.ws_col, window.ws_xpixel, window.ws_ypixel);
  return text;
}

static long set(int fd, int rows, int columns, int x, int y) {
  return ioctl(fd, TIOCSWINSZ, &(struct winsize){rows, columns, x, y});
}

/* Takes a SIGWINCH that is pending. */
static const char *told(void) {
  sigset_t signals;
  struct timespec none = {0, 0};
  siginfo_t info;
  sigemptyset(&signals);
  sigaddset(&signals, SIGWINCH);
  if (sigtimedwait(&signals, &info, &none) < 0) return "not told";
  return info.si_code == SI_KERNEL && info.si_pid == 0 ? "told" : "told otherwise";
}

static void session(void) {
  sigset_t signals;
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  sigemptyset(&signals);
  sigaddset(&signals, SIGWINCH);
  sigprocmask(SIG_BLOCK, &signals, 0);
  SAY("ioctl", "a new one", "%s", size(slave));
  CASE("ioctl", "TIOCSWINSZ on the master", set(master, 24, 80, 0, 0));
  SAY("ioctl", "foreground", "%s", told());
  SAY("ioctl", "on the slave", "%s", size(slave));
  SAY("ioctl", "on the master", "%s", size(master));
  CASE("ioctl", "the same again", set(master, 24, 80, 0, 0));
  SAY("ioctl", "foreground, the same again", "%s", told());
  CASE("ioctl", "other pixels", set(master, 24, 80, 640, 480));
  SAY("ioctl", "foreground, other pixels", "%s", told());
  CASE("ioctl", "TIOCSWINSZ on the slave", set(slave, 50, 132, 0, 0));
  SAY("ioctl", "foreground, by the slave", "%s", told());
  SAY("ioctl", "on the master", "%s", size(master));
  CASE("ioctl", "zero", set(slave, 0, 0, 0, 0));
  CASE("ioctl", "largest", set(slave, 65535, 65535, 65535, 65535));
  SAY("ioctl", "largest", "%s", size(slave));
  told();
  int go[2], back[2];
  char byte;
  if (pipe(go) != 0 || pipe(back) != 0) return;
  pid_t job = fork();
  if (job == 0) {
    setpgid(0, 0);
    if (write(back[1], "", 1) != 1 || read(go[0], &byte, 1) != 1) _exit(1);
    SAY("ioctl", "a background group", "%s", told());
    if (write(back[1], "", 1) != 1 || read(go[0], &byte, 1) != 1) _exit(1);
    SAY("ioctl", "in the foreground", "%s", told());
    _exit(0);
  }
  setpgid(job, job);
  if (read(back[0], &byte, 1) != 1) return;
  set(master, 10, 10, 0, 0);
  SAY("ioctl", "the foreground group", "%s", told());
  if (write(go[1], "", 1) != 1 || read(back[0], &byte, 1) != 1) return;
  signal(SIGTTOU, SIG_IGN);
  ioctl(slave, TIOCSPGRP, &job);
  set(master, 11, 11, 0, 0);
  SAY("ioctl", "the group in the background now", "%s", told());
  if (write(go[1], "", 1) != 1) return;
  waitpid(job, 0, 0);
}

int main(void) {
  open_pair();
  CHILD("fork", "session", session());
  SAY("ioctl", "the size outlives the session", "%s", size(slave));
  close(slave);
  SAY("ioctl", "on the master of a closed slave", "%s", size(master));
  CASE("ioctl", "TIOCSWINSZ then", set(master, 7, 8, 0, 0));
  open_slave();
  SAY("ioctl", "on the slave opened again", "%s", size(slave));
  close_pair();
}
