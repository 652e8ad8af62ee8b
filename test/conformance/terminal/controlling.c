/* Which terminal controls a session, and how it comes to that: open, O_NOCTTY, TIOCSCTTY, TIOCNOTTY, /dev/tty. */
#include "pty.h"

static const char *path_of_slave(void) {
  static char path[32];
  unsigned number;
  ioctl(master, TIOCGPTN, &number);
  snprintf(path, sizeof path, "/dev/pts/%u", number);
  return path;
}

/* Whether this process has a controlling terminal, and whether /proc says the same. */
static const char *controlled(void) {
  static char text[80];
  char stat[500] = "";
  int fd = open("/dev/tty", O_RDWR | O_NOCTTY), tty = -1, group = -1;
  const char *open_answer = fd >= 0 ? "ok" : errno_name(errno);
  if (fd >= 0) close(fd);
  fd = open("/proc/self/stat", O_RDONLY);
  if (read(fd, stat, sizeof stat - 1) > 0) sscanf(strrchr(stat, ')'), ") %*c %*d %*d %*d %d %d", &tty, &group);
  close(fd);
  sprintf(text, "%s, tty %s, group %s", open_answer, tty == 0 ? "none" : "some", group == -1 ? "none" : group == getpgrp() ? "mine" : group == 0 ? "0" : "another");
  return text;
}

static const char *whose(pid_t number) {
  return number == getpid() ? "mine" : number == getpgrp() ? "my group's" : number == 0 ? "0" : "another's";
}

static void becoming(void) {
  setsid();
  int number = -1;
  SAY("open", "/dev/tty of a new session", "%s", controlled());
  CASE("ioctl", "TIOCGSID of a free terminal", ioctl(slave, TIOCGSID, &number));
  CASE("ioctl", "TIOCGPGRP of a free terminal", ioctl(slave, TIOCGPGRP, &number));
  number = getpid();
  CASE("ioctl", "TIOCSPGRP of a free terminal", ioctl(slave, TIOCSPGRP, &number));
  CASE("ioctl", "TIOCNOTTY of a free terminal", ioctl(slave, TIOCNOTTY));
  CASE("ioctl", "TIOCGPGRP on its master", ioctl(master, TIOCGPGRP, &number));
  SAY("ioctl", "TIOCGPGRP on its master", "%d", number);
  CASE("ioctl", "TIOCGSID on its master", ioctl(master, TIOCGSID, &number));
  close(open(path_of_slave(), O_RDWR | O_NOCTTY));
  SAY("open", "with O_NOCTTY", "%s", controlled());
  close(open(path_of_slave(), O_WRONLY));
  SAY("open", "to write only", "%s", controlled());
  close(open("/dev/ptmx", O_RDWR));
  SAY("open", "a master", "%s", controlled());
  CHILD("open", "a member that is no leader", {
    close(open(path_of_slave(), O_RDWR));
    SAY("open", "by no leader", "%s", controlled());
    CASE("ioctl", "TIOCSCTTY by no leader", ioctl(slave, TIOCSCTTY, 0));
  });
  close(open(path_of_slave(), O_RDWR));
  SAY("open", "by a leader", "%s", controlled());
  CASE("ioctl", "TIOCGSID", ioctl(slave, TIOCGSID, &number));
  SAY("ioctl", "TIOCGSID", "%s", whose(number));
  CASE("ioctl", "TIOCGPGRP", ioctl(slave, TIOCGPGRP, &number));
  SAY("ioctl", "TIOCGPGRP", "%s", whose(number));
  CASE("ioctl", "TIOCGPGRP on the master", ioctl(master, TIOCGPGRP, &number));
  SAY("ioctl", "TIOCGPGRP on the master", "%s", whose(number));
  CASE("ioctl", "TIOCGSID on the master", ioctl(master, TIOCGSID, &number));
  SAY("ioctl", "TIOCGSID on the master", "%s", whose(number));
  CASE("ioctl", "TIOCSCTTY again", ioctl(slave, TIOCSCTTY, 0));
  CASE("ioctl", "TIOCNOTTY on the master", ioctl(master, TIOCNOTTY));
  CHILD("fork", "inherits", SAY("open", "a child", "%s", controlled()));
  CHILD("setsid", "loses it", {
    setpgid(0, 0);
    setsid();
    SAY("setsid", "a group's leader keeps it", "%s", controlled());
  });
  CHILD("setsid", "loses it", {
    setsid();
    SAY("setsid", "another session", "%s", controlled());
    CASE("ioctl", "TIOCGPGRP of another's terminal", ioctl(slave, TIOCGPGRP, &number));
    CASE("ioctl", "TIOCGSID of another's terminal", ioctl(slave, TIOCGSID, &number));
    CASE("ioctl", "TIOCSCTTY of another's terminal", ioctl(slave, TIOCSCTTY, 0));
    close(open(path_of_slave(), O_RDWR));
    SAY("open", "another's terminal", "%s", controlled());
  });
}

static void second_terminal(void) {
  setsid();
  CASE("ioctl", "TIOCSCTTY", ioctl(slave, TIOCSCTTY, 0));
  SAY("open", "after TIOCSCTTY", "%s", controlled());
  int first = slave;
  open_pair();
  CASE("ioctl", "TIOCSCTTY of a second terminal", ioctl(slave, TIOCSCTTY, 0));
  CASE("ioctl", "TIOCSCTTY of it by force", ioctl(slave, TIOCSCTTY, 1));
  CASE("ioctl", "TIOCNOTTY of it", ioctl(slave, TIOCNOTTY));
  int number;
  CASE("ioctl", "TIOCGPGRP of it", ioctl(slave, TIOCGPGRP, &number));
  signal(SIGHUP, SIG_IGN);
  CASE("ioctl", "TIOCNOTTY of the first", ioctl(first, TIOCNOTTY));
  SAY("open", "after TIOCNOTTY", "%s", controlled());
  CASE("ioctl", "TIOCSCTTY of the second now", ioctl(slave, TIOCSCTTY, 0));
  SAY("open", "after it", "%s", controlled());
}

static void force(void) {
  int ready[2], done[2], said[2];
  char byte;
  if (pipe(ready) != 0 || pipe(done) != 0 || pipe(said) != 0) return;
  pid_t owner = fork();
  if (owner == 0) {
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    if (write(ready[1], "", 1) != 1 || read(done[0], &byte, 1) != 1) _exit(1);
    SAY("open", "of the session that lost it", "%s", controlled());
    _exit(write(said[1], "", 1) != 1);
  }
  if (read(ready[0], &byte, 1) != 1) return;
  CHILD("ioctl", "TIOCSCTTY by a user", {
    setsid();
    become_user(1000);
    CASE("ioctl", "TIOCSCTTY by force, as a user", ioctl(slave, TIOCSCTTY, 1));
  });
  CHILD("ioctl", "TIOCSCTTY by force", {
    setsid();
    CASE("ioctl", "TIOCSCTTY by force", ioctl(slave, TIOCSCTTY, 1));
    SAY("open", "of the session that took it", "%s", controlled());
    if (write(done[1], "", 1) != 1 || read(said[0], &byte, 1) != 1) _exit(1);
  });
  show_end("fork", "the owner", owner);
}

static void one_process_gives_up(void) {
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  CHILD("ioctl", "TIOCNOTTY of a member", {
    CASE("ioctl", "TIOCNOTTY of a member", ioctl(slave, TIOCNOTTY));
    SAY("open", "the member", "%s", controlled());
    CHILD("fork", "of the member", SAY("open", "its child", "%s", controlled()));
    int number;
    CASE("ioctl", "TIOCGPGRP of the member", ioctl(slave, TIOCGPGRP, &number));
    CASE("ioctl", "TIOCSCTTY of the member", ioctl(slave, TIOCSCTTY, 0));
  });
  SAY("open", "the leader keeps it", "%s", controlled());
  CHILD("ioctl", "a sibling", SAY("open", "a sibling", "%s", controlled()));
  sigset_t set;
  siginfo_t info;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGCONT);
  sigprocmask(SIG_BLOCK, &set, 0);
  int go[2];
  char byte;
  if (pipe(go) != 0) return;
  pid_t child = fork();
  if (child == 0) {
    if (read(go[0], &byte, 1) != 1) _exit(1);
    SAY("open", "a member after its leader gave up", "%s", controlled());
    sigpending(&set);
    SAY("ioctl", "the member got", "%s%s", sigismember(&set, SIGHUP) ? "SIGHUP " : "", sigismember(&set, SIGCONT) ? "SIGCONT" : "");
    _exit(0);
  }
  CASE("ioctl", "TIOCNOTTY of the leader", ioctl(slave, TIOCNOTTY));
  SAY("open", "the leader", "%s", controlled());
  if (write(go[1], "", 1) != 1) _exit(1);
  waitpid(child, 0, 0);
  sigpending(&set);
  SAY("ioctl", "the leader got", "%s%s", sigismember(&set, SIGHUP) ? "SIGHUP " : "", sigismember(&set, SIGCONT) ? "SIGCONT" : "");
  CASE("ioctl", "TIOCSCTTY of it again", ioctl(slave, TIOCSCTTY, 0));
  SAY("open", "the leader again", "%s", controlled());
}

static void foreground(void) {
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  signal(SIGTTOU, SIG_IGN);
  int number = 999999;
  CASE("ioctl", "TIOCSPGRP of nobody", ioctl(slave, TIOCSPGRP, &number));
  number = -1;
  CASE("ioctl", "TIOCSPGRP of a negative number", ioctl(slave, TIOCSPGRP, &number));
  CASE("ioctl", "TIOCSPGRP from nowhere", ioctl(slave, TIOCSPGRP, LOW));
  number = 1;
  CASE("ioctl", "TIOCSPGRP of another session", ioctl(slave, TIOCSPGRP, &number));
  int go[2];
  char byte;
  if (pipe(go) != 0) return;
  pid_t child = fork();
  if (child == 0) {
    if (read(go[0], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  setpgid(child, child);
  CASE("ioctl", "TIOCSPGRP", ioctl(slave, TIOCSPGRP, &child));
  ioctl(slave, TIOCGPGRP, &number);
  SAY("ioctl", "TIOCGPGRP", "%s", number == child ? "the child's" : "another");
  SAY("open", "in the background", "%s", controlled());
  if (write(go[1], "", 1) != 1) _exit(1);
  waitpid(child, 0, 0);
  ioctl(slave, TIOCGPGRP, &number);
  SAY("ioctl", "TIOCGPGRP of a group that has ended", "%s", number == child ? "the child's" : number == 0 ? "0" : "another");
  number = getpid();
  CASE("ioctl", "TIOCSPGRP on the master", ioctl(master, TIOCSPGRP, &number));
  CASE("ioctl", "TIOCSPGRP back", ioctl(slave, TIOCSPGRP, &number));
  SAY("open", "in the foreground", "%s", controlled());
}

int main(void) {
  open_pair();
  CHILD("fork", "becoming", becoming());
  close_pair();
  open_pair();
  CHILD("fork", "second terminal", second_terminal());
  close_pair();
  open_pair();
  CHILD("fork", "force", force());
  close_pair();
  open_pair();
  CHILD("fork", "one process gives up", one_process_gives_up());
  close_pair();
  open_pair();
  CHILD("fork", "foreground", foreground());
  close_pair();
}
