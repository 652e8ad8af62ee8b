/* Signals: actions, masks, siginfo, and ends by signals. */
#include "cases.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static void handler(int signal) { (void)signal; }
static void informed(int signal, siginfo_t *info, void *context) { (void)signal, (void)info, (void)context; }

CASE(actions) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_NODEFER}, old;
  sigaddset(&action.sa_mask, SIGINT);
  sigaddset(&action.sa_mask, SIGRTMIN);
  sigaction(SIGUSR1, &action, &old);
  sigaction(SIGUSR1, NULL, &old);
  signal(SIGPIPE, SIG_IGN);
  action.sa_sigaction = informed;
  action.sa_flags = SA_SIGINFO | SA_RESETHAND | SA_ONSTACK | SA_NOCLDSTOP | SA_NOCLDWAIT;
  sigfillset(&action.sa_mask);
  sigaction(SIGCHLD, &action, NULL);
  sigaction(SIGRTMIN + 2, &action, NULL);
  syscall(SYS_rt_sigaction, SIGKILL, NULL, NULL, 8);
  syscall(SYS_rt_sigaction, 65, NULL, NULL, 8);
  syscall(SYS_rt_sigaction, SIGINT, NULL, NULL, 4);
}
CASE(masks) {
  sigset_t set, old;
  sigemptyset(&set);
  sigprocmask(SIG_BLOCK, &set, &old);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGRTMIN + 3);
  sigprocmask(SIG_BLOCK, &set, &old);
  sigfillset(&set);
  sigprocmask(SIG_SETMASK, &set, NULL);
  sigprocmask(SIG_UNBLOCK, &set, &old);
  sigprocmask(SIG_SETMASK, NULL, &old);
  sigpending(&set);
  syscall(SYS_rt_sigprocmask, 9, &set, NULL, 8);
}
CASE(handled) {
  signal(SIGUSR1, handler);
  raise(SIGUSR1);
  kill(getpid(), SIGUSR1);
}
CASE(queued) {
  struct sigaction action = {.sa_sigaction = informed, .sa_flags = SA_SIGINFO};
  sigaction(SIGRTMIN, &action, NULL);
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 42});
}
CASE(awaited) {
  sigset_t set;
  siginfo_t info;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  kill(getpid(), SIGUSR2);
  sigpending(&set);
  sigwaitinfo(&set, &info);
  sigtimedwait(&set, &info, &(struct timespec){0, 1000});
}
CASE(suspended) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGUSR1, handler);
  kill(getpid(), SIGUSR1);
  sigemptyset(&set);
  sigsuspend(&set);
}
CASE(stack) {
  static char memory[16384];
  stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory}, old;
  sigaltstack(&stack, &old);
  sigaltstack(NULL, &old);
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, NULL);
}
CASE(ignored) {
  signal(SIGUSR1, SIG_IGN);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGCHLD);
  kill(getpid(), 0);
  kill(999999, SIGTERM);
  kill(getpid(), 99);
}
static sigjmp_buf back;
static void jump(int signal) { siglongjmp(back, signal); }
CASE(segv_handled) {
  signal(SIGSEGV, jump);
  if (sigsetjmp(back, 1) == 0) *(volatile int *)16 = 1;
}
CASE(segv_killed) { *(volatile int *)16 = 1; }
CASE(divided) {
  volatile int zero = 0;
  volatile int result = 1 / zero;
  (void)result;
}
CASE(illegal) { __asm__ volatile("ud2"); }
CASE(trapped) {
  signal(SIGTRAP, handler);
  __asm__ volatile("int3");
}
CASE(aborted) {
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  abort();
}
CASE(terminated) { kill(getpid(), SIGTERM); }
CASE(stopped_child) {
  int status, fds[2];
  char c;
  pipe(fds);
  pid_t child = fork();
  if (child == 0) {
    close(fds[1]);
    raise(SIGSTOP);
    read(fds[0], &c, 1); /* Until the parent has seen it go on. */
    _exit(3);
  }
  waitpid(child, &status, WUNTRACED);
  kill(child, SIGCONT);
  waitpid(child, &status, WCONTINUED);
  close(fds[1]);
  waitpid(child, &status, 0);
}
CASE(broken_pipe) {
  int fds[2];
  signal(SIGPIPE, handler);
  pipe(fds);
  close(fds[0]);
  write(fds[1], "x", 1);
}
static struct sock_filter filters_getppid[] = {
    {BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
    {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_getppid},
    {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP | 7},
    {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
};
CASE(filtered) {
  struct sock_fprog program = {4, filters_getppid};
  signal(SIGSYS, handler);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  syscall(SYS_getppid);
  syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, 0);
}
