/* kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo: arguments, permissions, what the receiver is told, order. */
#include "conform.h"
#include <pthread.h>
#include <ucontext.h>

static char order[400];
static siginfo_t last;
static void note(int number, siginfo_t *info, void *context) {
  last = *info;
  snprintf(order + strlen(order), sizeof order - strlen(order), "%d:%d ", number < 34 ? number : number - 34 + 100, info->si_value.sival_int * (info->si_code == SI_QUEUE));
}
#define TOLD(call, label) \
  SAY(call, label, "%s errno %d code %d pid %d uid %d", last.si_signo < 34 ? signal_name(last.si_signo) : "real time", last.si_errno, last.si_code, last.si_pid == getpid(), last.si_uid)
static volatile pid_t other;
static void *waiter(void *stop) { other = RAW(gettid); while (!*(volatile int *)stop) sleep_ms(1); return 0; }

int main(void) {
  pid_t self = getpid();
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
  for (int number = 1; number <= 64; number++) if (number != SIGKILL && number != SIGSTOP && number != 32 && number != 33) sigaction(number, &action, 0);
  CALL(kill, "signal 0", self, 0);
  CALL(kill, "signal 65", self, 65);
  CALL(kill, "signal -1", self, -1);
  CALL(kill, "nobody", 999999, SIGUSR1);
  CALL(kill, "nobody, bad signal", 999999, 65);
  CALL(kill, "no group", -999999, SIGUSR1);
  CALL(kill, "INT_MIN", (int)0x80000000, 0);
  CALL(kill, "self", self, SIGUSR1);
  TOLD("kill", "told");
  CALL(tkill, "self", self, SIGUSR2);
  TOLD("tkill", "told");
  CALL(tgkill, "self", self, self, SIGUSR1);
  TOLD("tgkill", "told");
  CALL(tkill, "0", 0, SIGUSR1);
  CALL(tkill, "-1", -1, SIGUSR1);
  CALL(tkill, "nobody", 999999, SIGUSR1);
  CALL(tkill, "signal 65", self, 65);
  CALL(tkill, "signal 0", self, 0);
  CALL(tgkill, "tgid 0", 0, self, SIGUSR1);
  CALL(tgkill, "tid 0", self, 0, SIGUSR1);
  CALL(tgkill, "of another process", getppid(), self, SIGUSR1);
  CALL(tgkill, "nobody", self, 999999, SIGUSR1);
  CALL(tgkill, "signal 65", self, self, 65);

  siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE, .si_errno = 77};
  info.si_pid = self;
  info.si_value.sival_int = 1234;
  CALL(rt_sigqueueinfo, "self", self, SIGUSR1, &info);
  TOLD("rt_sigqueueinfo", "told");
  SAY("rt_sigqueueinfo", "value", "%d", last.si_value.sival_int);
  CALL(rt_sigqueueinfo, "another number in siginfo", self, SIGUSR2, &info);
  SAY("rt_sigqueueinfo", "number told", "%s", signal_name(last.si_signo));
  info.si_code = 0;
  CALL(rt_sigqueueinfo, "self, SI_USER", self, SIGUSR1, &info);
  CALL(rt_sigqueueinfo, "parent, SI_USER", getppid(), 0, &info);
  info.si_code = SI_TKILL;
  CALL(rt_sigqueueinfo, "parent, SI_TKILL", getppid(), 0, &info);
  info.si_code = SI_QUEUE;
  CALL(rt_sigqueueinfo, "signal 0", self, 0, &info);
  CALL(rt_sigqueueinfo, "signal 65", self, 65, &info);
  CALL(rt_sigqueueinfo, "nobody", 999999, SIGUSR1, &info);
  CALL(rt_sigqueueinfo, "pid 0", 0, SIGUSR1, &info);
  CALL(rt_sigqueueinfo, "bad pointer", self, SIGUSR1, LOW);
  CALL(rt_tgsigqueueinfo, "self", self, self, SIGUSR1, &info);
  CALL(rt_tgsigqueueinfo, "tid 0", self, 0, SIGUSR1, &info);
  CALL(rt_tgsigqueueinfo, "tgid -1", -1, self, SIGUSR1, &info);
  CALL(rt_tgsigqueueinfo, "nobody", self, 999999, SIGUSR1, &info);
  CALL(rt_tgsigqueueinfo, "bad pointer", self, self, SIGUSR1, LOW);

  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &all, 0);
  order[0] = 0;
  for (int i = 1; i <= 3; i++) for (int number = SIGRTMIN + 2; number >= SIGRTMIN; number--) sigqueue(self, number, (union sigval){.sival_int = i});
  sigqueue(self, SIGUSR2, (union sigval){.sival_int = 8});
  sigqueue(self, SIGUSR2, (union sigval){.sival_int = 9});
  kill(self, SIGUSR1);
  sigprocmask(SIG_SETMASK, &none, 0);
  SAY("rt_sigqueueinfo", "frames: highest runs first", "%s", order);
  action.sa_mask = all;
  for (int number = 1; number <= 64; number++) if (number != SIGKILL && number != SIGSTOP && number != 32 && number != 33) sigaction(number, &action, 0);
  sigprocmask(SIG_SETMASK, &all, 0);
  order[0] = 0;
  for (int i = 1; i <= 3; i++) for (int number = SIGRTMIN + 2; number >= SIGRTMIN; number--) sigqueue(self, number, (union sigval){.sival_int = i});
  sigqueue(self, SIGUSR2, (union sigval){.sival_int = 8});
  kill(self, SIGUSR1);
  sigprocmask(SIG_SETMASK, &none, 0);
  SAY("rt_sigqueueinfo", "masked: lowest first, queued in order", "%s", order);
  sigprocmask(SIG_SETMASK, &all, 0);
  order[0] = 0;
  kill(self, SIGUSR1);
  RAW(tkill, self, SIGUSR1);
  kill(self, SIGTERM);
  RAW(tkill, self, SIGHUP);
  sigprocmask(SIG_SETMASK, &none, 0);
  SAY("tkill", "thread's before the process's", "%s", order);

  volatile int stop = 0;
  pthread_t thread;
  pthread_create(&thread, 0, waiter, (void *)&stop);
  while (!other) sleep_ms(1);
  CALL(tgkill, "another thread", self, other, SIGUSR1);
  CALL(kill, "a thread's number", other, 0);
  CALL(tkill, "another thread, 0", other, 0);
  stop = 1;
  pthread_join(thread, 0);
  while (RAW(tgkill, self, other, 0) == 0) sleep_ms(1);
  CALL(tgkill, "a thread that has ended", self, other, SIGUSR1);
  CHILD("kill", "user", become_user(1000); CALL(kill, "user: root", getppid(), SIGUSR1); CALL(kill, "user: root, 0", getppid(), 0); CALL(kill, "user: root, SIGCONT in the session", getppid(), SIGCONT);
        CALL(kill, "user: init", 1, 0); CALL(tkill, "user: root", getppid(), 0); CALL(rt_sigqueueinfo, "user: root", getppid(), SIGUSR1, &info); CALL(kill, "user: bad signal to root", getppid(), 65));
  CHILD("kill", "user to user", pid_t child = fork(); if (child == 0) { become_user(1000); close(1); close(2); alarm(1); signal(SIGALRM, SIG_DFL); for (;;) pause(); } sleep_ms(20); RAW(setresuid, 1000, 1001, 1002); CALL(kill, "real id matches", child, 0);
        RAW(setresuid, -1, 1002, -1); CALL(kill, "real id still matches", child, 0); RAW(setresuid, 1001, 1001, 1001); CALL(kill, "no id matches", child, 0));
  CHILD("kill", "everybody", { if (fork() == 0) { become_user(7777); CALL(kill, "-1 reaches nobody else", -1, SIGTERM); _exit(0); } wait(0); });
  CHILD("kill", "own group", { setpgid(0, 0); order[0] = 0; signal(SIGTERM, SIG_IGN); pid_t child = fork(); if (child == 0) { signal(SIGTERM, SIG_DFL); pause(); } sleep_ms(10); CALL(kill, "0", 0, SIGTERM); show_end("kill", "member", child); });
  pid_t stopped = fork();
  if (stopped == 0) { setpgid(0, 0); for (;;) pause(); }
  setpgid(stopped, stopped);
  kill(stopped, SIGSTOP);
  waitpid(stopped, 0, WUNTRACED);
  kill(stopped, SIGUSR1);
  CASE("kill", "a stopped process does not take it", waitpid(stopped, 0, WNOHANG | WCONTINUED));
  kill(stopped, SIGKILL);
  show_end("kill", "SIGKILL ends a stopped one", stopped);
  signal(SIGCONT, SIG_IGN);
  signal(SIGTERM, SIG_DFL);
  stopped = fork();
  if (stopped == 0) { setpgid(0, 0); for (;;) pause(); }
  setpgid(stopped, stopped);
  kill(stopped, SIGSTOP);
  waitpid(stopped, 0, WUNTRACED);
  kill(stopped, SIGTERM);
  kill(stopped, SIGCONT);
  show_end("kill", "SIGCONT continues though ignored, SIGTERM waited", stopped);
  return 0;
}
