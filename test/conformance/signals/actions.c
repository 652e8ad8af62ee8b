/* rt_sigaction, rt_sigprocmask, rt_sigpending, sigaltstack: arguments, defaults of all 64 signals, flags. */
#include "conform.h"
#include <ucontext.h>

struct action { void *handler; unsigned long flags; void *restorer; unsigned long mask; };
static volatile int count, deepest, depth, on_stack;
static char *alternate;
static void handler(int number) { count++; }
static volatile int runs;
/* Raises its own signal again, three times at most: deeper only where the signal is not blocked meanwhile. */
static void nested(int number) {
  if (++depth > deepest) deepest = depth;
  if (++runs < 3) raise(number);
  depth--;
}
static void where(int number) { char here; on_stack = &here >= alternate && &here < alternate + 65536; }
static void change(int number) { stack_t s = {.ss_flags = SS_DISABLE}; count = sigaltstack(&s, 0) == -1 ? errno : 0; }
static void ask(int number) { stack_t s; sigaltstack(0, &s); count = s.ss_flags; }

int main(void) {
  struct action act = {handler, 0xffffffffffffffff, 0, ~0UL}, old = {0};
  unsigned long set = ~0UL, none = 0, was = 0;
  for (int number = 1; number <= 64; number++) {
    char label[48];
    snprintf(label, sizeof label, "default of %d", number);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
      struct { long cur, max; } no_core = {0, 0};
      RAW(setrlimit, 4, &no_core);
      RAW(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
      setpgid(0, 0);
      RAW(kill, getpid(), number);
      _exit(0);
    }
    setpgid(pid, pid);
    int status;
    waitpid(pid, &status, WUNTRACED);
    if (WIFSTOPPED(status)) { SAY("kill", label, "stopped by %s", signal_name(WSTOPSIG(status))); kill(pid, SIGKILL); waitpid(pid, 0, 0); }
    else if (WIFSIGNALED(status)) SAY("kill", label, "%s core %d", signal_name(WTERMSIG(status)), WCOREDUMP(status) != 0);
    else SAY("kill", label, "exit %d", WEXITSTATUS(status));
  }
  CALL(rt_sigaction, "signal 0", 0, 0, &old, 8);
  CALL(rt_sigaction, "signal 65", 65, 0, &old, 8);
  CALL(rt_sigaction, "signal -1", -1, 0, &old, 8);
  CALL(rt_sigaction, "size 4", SIGUSR1, 0, &old, 4);
  CALL(rt_sigaction, "size 16", SIGUSR1, 0, &old, 16);
  CALL(rt_sigaction, "new bad", SIGUSR1, LOW, 0, 8);
  CALL(rt_sigaction, "old bad", SIGUSR1, 0, LOW, 8);
  CALL(rt_sigaction, "neither", SIGUSR1, 0, 0, 8);
  CALL(rt_sigaction, "SIGKILL asked", SIGKILL, 0, &old, 8);
  CALL(rt_sigaction, "SIGKILL set", SIGKILL, &act, 0, 8);
  CALL(rt_sigaction, "SIGSTOP set", SIGSTOP, &act, 0, 8);
  CALL(rt_sigaction, "all flags", SIGUSR1, &act, 0, 8);
  RAW(rt_sigaction, SIGUSR1, 0, &old, 8);
  SAY("rt_sigaction", "flags kept", "%lx", old.flags);
  SAY("rt_sigaction", "mask kept", "%lx", old.mask);
  act = (struct action){handler, 0xfffff400, 0, 0};
  RAW(rt_sigaction, SIGUSR1, &act, 0, 8);
  RAW(rt_sigaction, SIGUSR1, 0, &old, 8);
  SAY("rt_sigaction", "with SA_UNSUPPORTED", "%lx", old.flags);
  signal(SIGUSR1, SIG_DFL);

  CALL(rt_sigprocmask, "bad how", 9, &set, 0, 8);
  CALL(rt_sigprocmask, "bad how without set", 9, 0, &was, 8);
  CALL(rt_sigprocmask, "size 4", SIG_BLOCK, &set, 0, 4);
  CALL(rt_sigprocmask, "bad set", SIG_BLOCK, LOW, 0, 8);
  CALL(rt_sigprocmask, "bad old", SIG_BLOCK, &none, LOW, 8);
  CALL(rt_sigprocmask, "block all", SIG_BLOCK, &set, &was, 8);
  SAY("rt_sigprocmask", "before", "%lx", was);
  RAW(rt_sigprocmask, SIG_BLOCK, 0, &was, 8);
  SAY("rt_sigprocmask", "all but KILL and STOP", "%lx", was);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGCHLD);
  kill(getpid(), SIGRTMIN + 3);
  CALL(rt_sigpending, "size 8", &was, 8);
  SAY("rt_sigpending", "three", "%lx", was);
  CALL(rt_sigpending, "size 4", &was, 4);
  CALL(rt_sigpending, "size 16", &was, 16);
  CALL(rt_sigpending, "bad pointer", LOW, 8);
  signal(SIGUSR1, SIG_IGN);
  RAW(rt_sigpending, &was, 8);
  SAY("rt_sigaction", "ignoring takes back", "%lx", was);
  signal(SIGRTMIN + 3, SIG_IGN);
  CALL(rt_sigprocmask, "unblock one", SIG_UNBLOCK, &(unsigned long){1UL << (SIGUSR1 - 1)}, 0, 8);
  RAW(rt_sigprocmask, SIG_BLOCK, 0, &was, 8);
  SAY("rt_sigprocmask", "one unblocked", "%lx", was);
  RAW(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);

  signal(SIGUSR1, nested);
  raise(SIGUSR1);
  SAY("rt_sigaction", "blocked in its own handler", "%d", deepest);
  struct sigaction action = {.sa_handler = nested, .sa_flags = SA_NODEFER};
  sigaction(SIGUSR1, &action, 0);
  deepest = depth = runs = 0;
  raise(SIGUSR1);
  SAY("rt_sigaction", "SA_NODEFER", "%d", deepest);
  action = (struct sigaction){.sa_handler = handler, .sa_flags = SA_RESETHAND};
  sigaction(SIGUSR1, &action, 0);
  count = 0;
  raise(SIGUSR1);
  RAW(rt_sigaction, SIGUSR1, 0, &old, 8);
  SAY("rt_sigaction", "SA_RESETHAND", "%d, then %lx", count, (long)old.handler);
  CHILD("rt_sigaction", "SA_RESETHAND twice", sigaction(SIGUSR1, &action, 0); raise(SIGUSR1); raise(SIGUSR1));
  CHILD("rt_sigaction", "handler that is not there", signal(SIGUSR1, (void *)0x10); raise(SIGUSR1));
  CHILD("rt_sigaction", "no restorer", act = (struct action){handler, 0, 0, 0}; RAW(rt_sigaction, SIGUSR1, &act, 0, 8); RAW(kill, getpid(), SIGUSR1));
  CHILD("rt_sigaction", "SIGSEGV ignored", signal(SIGSEGV, SIG_IGN); *(volatile int *)8 = 1);
  CHILD("rt_sigaction", "SIGSEGV blocked", signal(SIGSEGV, handler); RAW(rt_sigprocmask, SIG_BLOCK, &set, 0, 8); *(volatile int *)8 = 1);
  CHILD("rt_sigaction", "SIGSEGV sent and ignored", signal(SIGSEGV, SIG_IGN); kill(getpid(), SIGSEGV));
  CHILD("rt_sigreturn", "from nowhere", RAW(rt_sigreturn));

  alternate = malloc(65536);
  stack_t stack = {alternate, 0, 65536}, now = {0};
  CALL(sigaltstack, "asked", 0, &now);
  SAY("sigaltstack", "at first", "%p %x %zu", now.ss_sp == 0 ? 0 : (void *)1, now.ss_flags, now.ss_size);
  CALL(sigaltstack, "too small", &(stack_t){alternate, 0, 2047}, 0);
  CALL(sigaltstack, "bad flags", &(stack_t){alternate, 8, 65536}, 0);
  CALL(sigaltstack, "SS_ONSTACK", &(stack_t){alternate, SS_ONSTACK, 65536}, 0);
  CALL(sigaltstack, "bad pointer", LOW, 0);
  CALL(sigaltstack, "bad old pointer", 0, LOW);
  CALL(sigaltstack, "set", &stack, 0);
  RAW(sigaltstack, 0, &now);
  SAY("sigaltstack", "set as", "%d %x %zu", now.ss_sp == alternate, now.ss_flags, now.ss_size);
  action = (struct sigaction){.sa_handler = where, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, 0);
  raise(SIGUSR1);
  SAY("sigaltstack", "handler on it", "%d", on_stack);
  action.sa_handler = change;
  sigaction(SIGUSR1, &action, 0);
  raise(SIGUSR1);
  SAY("sigaltstack", "changed while on it", "%s", errno_name(count));
  action.sa_handler = ask;
  sigaction(SIGUSR1, &action, 0);
  raise(SIGUSR1);
  SAY("sigaltstack", "flags while on it", "%x", count);
  stack.ss_flags = 0x80000000;
  CALL(sigaltstack, "SS_AUTODISARM", &stack, 0);
  raise(SIGUSR1);
  SAY("sigaltstack", "SS_AUTODISARM inside", "%x", count);
  RAW(sigaltstack, 0, &now);
  SAY("sigaltstack", "SS_AUTODISARM afterwards", "%x", now.ss_flags);
  action.sa_handler = change;
  sigaction(SIGUSR1, &action, 0);
  raise(SIGUSR1);
  SAY("sigaltstack", "SS_AUTODISARM may be changed", "%d", count);
  stack.ss_flags = 0;
  RAW(sigaltstack, &stack, 0);
  CHILD("fork", "alternate stack", RAW(sigaltstack, 0, &now); SAY("sigaltstack", "in a child", "%x", now.ss_flags));
  CALL(sigaltstack, "disabled", &(stack_t){.ss_flags = SS_DISABLE}, 0);
  CHILD("sigaltstack", "overflow caught on it", {
    RAW(sigaltstack, &stack, 0);
    action = (struct sigaction){.sa_handler = (void *)_exit, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &action, 0);
    char *low = (char *)__builtin_frame_address(0) - (64 << 20);
    __asm__ volatile("mov %0, %%rsp; push %%rax" ::"r"(low) : "memory");
  });
  CHILD("sigaltstack", "overflow without it", { signal(SIGSEGV, (void *)_exit); char *low = (char *)__builtin_frame_address(0) - (64 << 20); __asm__ volatile("mov %0, %%rsp; push %%rax" ::"r"(low) : "memory"); });
  return 0;
}
