/* What programs in the background may do at their terminal: SIGTTIN, SIGTTOU, TOSTOP, orphaned groups, signal characters. */
#include "pty.h"

/* A job of its own group that runs `body`, told of in the words of its stop or end. */
#define JOB(label, ...) \
  do { \
    pid_t job = fork(); \
    if (job == 0) { \
      setpgid(0, 0); \
      __VA_ARGS__; \
      _exit(0); \
    } \
    setpgid(job, job); \
    report(label, job); \
  } while (0)

/* How a job goes on: each stop is answered with the terminal and SIGCONT. */
static void report(const char *label, pid_t job) {
  int status, group = getpgrp();
  while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
    SAY("wait4", label, "stopped by %s", signal_name(WSTOPSIG(status)));
    ioctl(slave, TIOCSPGRP, &job);
    kill(-job, SIGCONT);
  }
  SAY("wait4", label, WIFEXITED(status) ? "exit %d" : "signal %d", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  ioctl(slave, TIOCSPGRP, &group);
}

static void with_signal(int signal, int way) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  if (way == 0) sigprocmask(SIG_BLOCK, &set, 0);
  else sigaction(signal, &(struct sigaction){.sa_handler = SIG_IGN}, 0);
}

static void handled(int signal) {
  SAY("rt_sigaction", "handler of", "%s", signal_name(signal));
  int group = getpgrp();
  with_signal(SIGTTOU, 1);
  ioctl(slave, TIOCSPGRP, &group);
}

static void background(void) {
  char bytes[16];
  termios_t now = modes();
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  signal(SIGTTOU, SIG_IGN);
  type("line\n");
  JOB("reads", {
    signal(SIGTTOU, SIG_DFL);
    CASE("read", "in the end", read(slave, bytes, 16));
  });
  type("line\n");
  JOB("reads with SIGTTIN ignored", {
    with_signal(SIGTTIN, 1);
    CASE("read", "SIGTTIN ignored", read(slave, bytes, 16));
  });
  JOB("reads with SIGTTIN blocked", {
    with_signal(SIGTTIN, 0);
    CASE("read", "SIGTTIN blocked", read(slave, bytes, 16));
  });
  JOB("reads with a handler", {
    sigaction(SIGTTIN, &(struct sigaction){.sa_handler = handled}, 0);
    CASE("read", "SIGTTIN handled", read(slave, bytes, 16));
  });
  type("line\n");
  got();
  JOB("reads with a handler that restarts", {
    sigaction(SIGTTIN, &(struct sigaction){.sa_handler = handled, .sa_flags = SA_RESTART}, 0);
    CASE("read", "SIGTTIN handled, SA_RESTART", read(slave, bytes, 16));
  });
  JOB("writes", {
    signal(SIGTTOU, SIG_DFL);
    CASE("write", "in the background", write(slave, "x", 1));
  });
  change_local(0, TOSTOP);
  JOB("writes under TOSTOP", {
    signal(SIGTTOU, SIG_DFL);
    CASE("write", "TOSTOP", write(slave, "x", 1));
  });
  JOB("writes under TOSTOP, SIGTTOU ignored", CASE("write", "TOSTOP, ignored", write(slave, "x", 1)));
  JOB("writes under TOSTOP, SIGTTOU blocked", {
    signal(SIGTTOU, SIG_DFL);
    with_signal(SIGTTOU, 0);
    CASE("write", "TOSTOP, blocked", write(slave, "x", 1));
  });
  change_local(TOSTOP, 0);
  const struct {
    const char *label;
    unsigned long request;
    void *argument;
  } requests[] = {{"TCGETS", TCGETS, &now}, {"TCSETS", TCSETS, &now}, {"TCSETSW", TCSETSW, &now}, {"TCSETSF", TCSETSF, &now}, {"TCFLSH", TCFLSH, 0}, {"TCXONC", TCXONC, (void *)1}, {"TCSBRK", TCSBRK, (void *)1}, {"TIOCGWINSZ", TIOCGWINSZ, bytes}, {"TIOCSWINSZ", TIOCSWINSZ, bytes}, {"TIOCGPGRP", TIOCGPGRP, bytes}, {"FIONREAD", FIONREAD, bytes}, {"TIOCSETD", TIOCSETD, (int[]){0}}, {"TIOCEXCL", TIOCEXCL, 0}, {"TIOCNXCL", TIOCNXCL, 0}};
  memset(bytes, 0, sizeof bytes);
  for (unsigned i = 0; i < sizeof requests / sizeof *requests; i++) {
    JOB(requests[i].label, {
      signal(SIGTTOU, SIG_DFL);
      signal(SIGWINCH, SIG_IGN);
      CASE("ioctl", requests[i].label, ioctl(slave, requests[i].request, requests[i].argument));
    });
  }
  JOB("TIOCSPGRP", {
    signal(SIGTTOU, SIG_DFL);
    int group = getpgrp();
    CASE("ioctl", "TIOCSPGRP", ioctl(slave, TIOCSPGRP, &group));
  });
  JOB("TIOCSPGRP with SIGTTOU blocked", {
    signal(SIGTTOU, SIG_DFL);
    with_signal(SIGTTOU, 0);
    int group = getpgrp();
    CASE("ioctl", "TIOCSPGRP, blocked", ioctl(slave, TIOCSPGRP, &group));
  });
  JOB("poll", {
    struct pollfd look = {slave, POLLIN | POLLOUT, 0};
    CASE("poll", "in the background", poll(&look, 1, 0));
  });
  JOB("reads the master", SAY("read", "master", "%s", shown()));
}

static void orphaned(void) {
  char bytes[16];
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  int report_end[2];
  if (pipe(report_end) != 0) return;
  pid_t middle = fork();
  if (middle == 0) {
    setpgid(0, 0);
    int go[2];
    char byte;
    pid_t parent = getpid();
    if (pipe(go) != 0) _exit(1);
    if (fork() == 0) {
      close(go[1]);
      if (read(go[0], &byte, 1) != 0) _exit(1);
      while (getppid() == parent) sleep_ms(1);
      type("line\n");
      CASE("read", "orphaned", read(slave, bytes, 16));
      termios_t now = modes();
      CASE("ioctl", "TCSETS orphaned", ioctl(slave, TCSETS, &now));
      int group = getpgrp();
      CASE("ioctl", "TIOCSPGRP orphaned", ioctl(slave, TIOCSPGRP, &group));
      now.c_lflag |= TOSTOP;
      ioctl(master, TCSETS, &now);
      CASE("write", "orphaned, TOSTOP", write(slave, "x", 1));
      raise(SIGTTIN);
      raise(SIGTSTP);
      SAY("kill", "orphaned", "not stopped");
      _exit(write(report_end[1], "", 1) != 1);
    }
    _exit(0);
  }
  waitpid(middle, 0, 0);
  close(report_end[1]);
  char byte;
  CASE("read", "the report of the orphan", read(report_end[0], &byte, 1));
}

static void characters(void) {
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  const struct {
    const char *label, *keys;
    int number;
  } cases[] = {{"VINTR", "\x03", SIGINT}, {"VQUIT", "\x1c", SIGQUIT}, {"VSUSP", "\x1a", SIGTSTP}};
  sigset_t set, pending;
  sigfillset(&set);
  sigprocmask(SIG_BLOCK, &set, 0);
  for (int i = 0; i < 3; i++) {
    typed(cases[i].label, cases[i].keys);
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, cases[i].number);
    struct timespec none = {0, 0};
    int number = sigtimedwait(&set, &info, &none);
    SAY("ioctl", cases[i].label, "%s code %d pid %d", number < 0 ? "none" : signal_name(number), info.si_code, info.si_pid);
  }
  typed("flushes", "gone\x03" "kept\n");
  change_local(0, NOFLSH);
  typed("NOFLSH", "kept\x03 too\n");
  change_local(NOFLSH, ECHO);
  set_char(VINTR, 'i');
  typed("VINTR is a letter", "ai\x03\n");
  change_local(ISIG, 0);
  typed("no ISIG", "i\x1c\x1a\n");
  change_local(0, ISIG);
  sigpending(&pending);
  for (int signal = 1; signal < 32; signal++)
    if (sigismember(&pending, signal)) SAY("rt_sigpending", "left", "%s", signal_name(signal));
  int number = SIGINT;
  CASE("ioctl", "TIOCSIG SIGINT", ioctl(master, TIOCSIG, SIGINT));
  CASE("ioctl", "TIOCSIG SIGTERM", ioctl(master, TIOCSIG, SIGTERM));
  CASE("ioctl", "TIOCSIG on the slave", ioctl(slave, TIOCSIG, SIGINT));
}

static void pushed(void) {
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  CHILD("ioctl", "TIOCSTI as a user", {
    become_user(1000);
    CASE("ioctl", "TIOCSTI by a user", ioctl(slave, TIOCSTI, "x"));
    CASE("ioctl", "TIOCSTI by a user from nowhere", ioctl(slave, TIOCSTI, LOW));
  });
  ioctl(slave, TCFLSH, TCIFLUSH);
  shown();
  CASE("ioctl", "TIOCSTI", ioctl(slave, TIOCSTI, "a"));
  CASE("ioctl", "TIOCSTI", ioctl(slave, TIOCSTI, "\n"));
  CASE("ioctl", "TIOCSTI from nowhere", ioctl(slave, TIOCSTI, LOW));
  SAY("read", "pushed", "%s", got());
  SAY("read", "pushed, shown", "%s", shown());
}

int main(void) {
  void (*parts[])(void) = {background, orphaned, characters, pushed};
  for (int i = 0; i < 4; i++) {
    open_pair();
    CHILD("fork", "a session", parts[i]());
    close_pair();
  }
}
