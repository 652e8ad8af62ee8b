/* Ends of terminals: the master closes, the slave closes, the session's leader exits, vhangup. */
#include "pty.h"

static const char *ready(int fd) {
  static char text[80];
  struct pollfd look = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  *text = 0;
  poll(&look, 1, 0);
  if (look.revents & POLLIN) strcat(text, "in ");
  if (look.revents & POLLPRI) strcat(text, "pri ");
  if (look.revents & POLLOUT) strcat(text, "out ");
  if (look.revents & POLLERR) strcat(text, "err ");
  if (look.revents & POLLHUP) strcat(text, "hup ");
  if (look.revents & POLLRDHUP) strcat(text, "rdhup ");
  return text;
}

/* A closed slave's master is always ready to say so: this waits for data. */
static void await_shown(void) {
  struct pollfd look = {master, POLLIN, 0};
  while (poll(&look, 1, 0) >= 0 && !(look.revents & POLLIN)) sleep_ms(1);
}

static void slave_path(char *path) {
  unsigned number;
  ioctl(master, TIOCGPTN, &number);
  sprintf(path, "/dev/pts/%u", number);
}

static void slave_closes(void) {
  char path[32], byte;
  master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
  slave_path(path);
  CASE("open", "a locked slave", open(path, O_RDWR | O_NOCTTY));
  SAY("poll", "master before the slave is open", "%s", ready(master));
  CASE("read", "master before the slave is open", read(master, &byte, 1));
  CASE("write", "master before the slave is open", write(master, "early\n", 6));
  await_shown();
  SAY("read", "its echo", "%s", shown());
  open_slave();
  SAY("read", "typed before it was open", "%s", got());
  CASE("write", "slave", write(slave, "last words", 10));
  close(slave);
  SAY("poll", "master after the slave is closed", "%s", ready(master));
  SAY("read", "the last words", "%s", shown());
  SAY("poll", "master after all is read", "%s", ready(master));
  CASE("read", "master after all is read", read(master, &byte, 1));
  CASE("write", "master", write(master, "typed\n", 6));
  await_shown();
  shown();
  open_slave();
  SAY("poll", "master after it is open again", "%s", ready(master));
  SAY("read", "typed while it was closed", "%s", got());
  int second = open(path, O_RDWR | O_NOCTTY);
  close(second);
  SAY("poll", "master after one of two is closed", "%s", ready(master));
  close(slave);
  close(master);
  CASE("open", "a slave without a master", open(path, O_RDWR | O_NOCTTY));
}

static void master_closes(void) {
  char byte, path[32];
  int value = 0, second;
  open_pair();
  slave_path(path);
  type("never read\n");
  int other = dup(slave);
  close(master);
  SAY("poll", "slave", "%s", ready(slave));
  CASE("read", "slave", read(slave, &byte, 1));
  CASE("read", "slave again", read(other, &byte, 1));
  CASE("write", "slave", write(slave, "x", 1));
  CASE("ioctl", "TCGETS", ioctl(slave, TCGETS, &(termios_t){0}));
  CASE("ioctl", "TIOCGWINSZ", ioctl(slave, TIOCGWINSZ, &(struct winsize){0}));
  CASE("ioctl", "TIOCGPGRP", ioctl(slave, TIOCGPGRP, &value));
  CASE("ioctl", "TIOCSPGRP", ioctl(slave, TIOCSPGRP, &value));
  CASE("ioctl", "TIOCSCTTY", ioctl(slave, TIOCSCTTY, 0));
  CASE("ioctl", "FIONREAD", ioctl(slave, FIONREAD, &value));
  CASE("ioctl", "an unknown request", ioctl(slave, 0x54ff, &value));
  CASE("open", "its path", open(path, O_RDWR | O_NOCTTY));
  CASE("access", "its path", access(path, F_OK));
  struct stat facts;
  CASE("fstat", "slave", fstat(slave, &facts));
  unsigned before, after;
  sscanf(path, "/dev/pts/%u", &before);
  second = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  ioctl(second, TIOCGPTN, &after);
  SAY("open", "the number of a slave still open", "%s", before == after ? "is given again" : "is not given again");
  close(second);
  close(slave);
  close(other);
  after = before + 1;
  /* Another program of the host may have it for a while. */
  for (int i = 0; i < 2000 && after != before; i++) {
    second = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    ioctl(second, TIOCGPTN, &after);
    close(second);
    if (after != before) sleep_ms(1);
  }
  SAY("open", "the number once it is closed", "%s", before == after ? "is given again" : "is not given again");
}

static const char *signals_pending(void) {
  static char text[80];
  sigset_t set;
  *text = 0;
  sigpending(&set);
  for (int signal = 1; signal < 32; signal++)
    if (sigismember(&set, signal) && signal != SIGCHLD) strcat(strcat(text, signal_name(signal)), " ");
  return text;
}

static void block_all(void) {
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_BLOCK, &set, 0);
}

static void await_byte(int fd) {
  char byte;
  if (read(fd, &byte, 1) < 0) _exit(90);
}

static void master_of_session_closes(void) {
  int ready_pipe[2], go[2], go_leader[2], more[2];
  if (pipe(ready_pipe) != 0 || pipe(go) != 0 || pipe(go_leader) != 0 || pipe(more) != 0) return;
  open_pair();
  pid_t leader = fork();
  if (leader == 0) {
    close(master);
    block_all();
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    pid_t job = fork();
    if (job == 0) {
      setpgid(0, 0);
      if (write(ready_pipe[1], "", 1) != 1) _exit(1);
      await_byte(go[0]);
      SAY("close", "the foreground group has", "%s", signals_pending());
      SAY("open", "its /dev/tty", "%s", open("/dev/tty", O_RDWR) < 0 ? errno_name(errno) : "ok");
      if (write(ready_pipe[1], "", 1) != 1) _exit(1);
      await_byte(more[0]);
      SAY("exit", "the foreground group has, after its leader's end", "%s", signals_pending());
      _exit(write(ready_pipe[1], "", 1) != 1);
    }
    setpgid(job, job);
    ioctl(slave, TIOCSPGRP, &job);
    if (write(ready_pipe[1], "", 1) != 1) _exit(1);
    await_byte(go_leader[0]);
    SAY("close", "the leader has", "%s", signals_pending());
    SAY("open", "the leader's /dev/tty", "%s", open("/dev/tty", O_RDWR) < 0 ? errno_name(errno) : "ok");
    int number;
    CASE("ioctl", "TIOCGSID", ioctl(slave, TIOCGSID, &number));
    _exit(write(ready_pipe[1], "", 1) != 1);
  }
  await_byte(ready_pipe[0]);
  await_byte(ready_pipe[0]);
  close(master);
  if (write(go[1], "", 1) != 1) return;
  await_byte(ready_pipe[0]);
  if (write(go_leader[1], "", 1) != 1) return;
  await_byte(ready_pipe[0]);
  waitpid(leader, 0, 0);
  if (write(more[1], "", 1) != 1) return;
  await_byte(ready_pipe[0]);
  close(slave);
}

static void leader_exits(void) {
  int ready_pipe[2], go[2][2];
  if (pipe(ready_pipe) != 0 || pipe(go[0]) != 0 || pipe(go[1]) != 0) return;
  open_pair();
  fcntl(slave, F_SETFL, O_RDWR);
  pid_t leader = fork();
  if (leader == 0) {
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    pid_t jobs[2];
    for (int i = 0; i < 2; i++) {
      jobs[i] = fork();
      if (jobs[i] == 0) {
        setpgid(0, 0);
        block_all();
        if (write(ready_pipe[1], "", 1) != 1) _exit(1);
        await_byte(go[i][0]);
        SAY("exit", i == 0 ? "the foreground group has" : "the background group has", "%s", signals_pending());
        SAY("open", "/dev/tty", "%s", open("/dev/tty", O_RDWR) < 0 ? errno_name(errno) : "ok");
        CASE("write", "the slave still works", write(slave, "x", 1));
        int number;
        CASE("ioctl", "TIOCGPGRP", ioctl(slave, TIOCGPGRP, &number));
        CASE("ioctl", "TIOCGSID on the master", ioctl(master, TIOCGSID, &number));
        CASE("ioctl", "TIOCGPGRP on the master", ioctl(master, TIOCGPGRP, &number));
        SAY("ioctl", "TIOCGPGRP on the master", "%d", number);
        _exit(write(ready_pipe[1], "", 1) != 1);
      }
      setpgid(jobs[i], jobs[i]);
    }
    ioctl(slave, TIOCSPGRP, &jobs[0]);
    await_byte(ready_pipe[0]);
    await_byte(ready_pipe[0]);
    _exit(0);
  }
  waitpid(leader, 0, 0);
  for (int i = 0; i < 2; i++) {
    if (write(go[i][1], "", 1) != 1) return;
    await_byte(ready_pipe[0]);
  }
  CHILD("fork", "another session", {
    setsid();
    CASE("ioctl", "TIOCSCTTY of the free terminal", ioctl(slave, TIOCSCTTY, 0));
  });
  close_pair();
}

static void revoked(void) {
  open_pair();
  CHILD("vhangup", "a session", {
    signal(SIGHUP, SIG_IGN);
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    CASE("vhangup", "", syscall(SYS_vhangup));
    CASE("write", "slave", write(slave, "x", 1));
    SAY("open", "/dev/tty", "%s", open("/dev/tty", O_RDWR) < 0 ? errno_name(errno) : "ok");
    SAY("poll", "slave", "%s", ready(slave));
    open_slave();
    CASE("write", "slave opened again", write(slave, "again", 5));
    SAY("read", "master", "%s", shown());
    CASE("ioctl", "TIOCVHANGUP", ioctl(slave, TIOCVHANGUP));
    CASE("write", "slave", write(slave, "x", 1));
    become_user(1000);
    CASE("vhangup", "as a user", syscall(SYS_vhangup));
  });
  close_pair();
}

static void waiting_reader(void) {
  open_pair();
  fcntl(slave, F_SETFL, O_RDWR);
  int ready_pipe[2];
  if (pipe(ready_pipe) != 0) return;
  pid_t reader = fork();
  if (reader == 0) {
    close(master);
    char byte;
    if (write(ready_pipe[1], "", 1) != 1) _exit(1);
    CASE("read", "a reader whose master closes", read(slave, &byte, 1));
    _exit(0);
  }
  await_byte(ready_pipe[0]);
  asleep(reader);
  close(master);
  show_end("fork", "the reader", reader);
  close(slave);
  open_pair();
  fcntl(master, F_SETFL, O_RDWR);
  reader = fork();
  if (reader == 0) {
    close(slave);
    char byte;
    if (write(ready_pipe[1], "", 1) != 1) _exit(1);
    CASE("read", "a master whose slave closes", read(master, &byte, 1));
    _exit(0);
  }
  await_byte(ready_pipe[0]);
  asleep(reader);
  close(slave);
  show_end("fork", "the reader", reader);
  close(master);
}

int main(void) {
  slave_closes();
  master_closes();
  master_of_session_closes();
  leader_exits();
  revoked();
  waiting_reader();
}
