/* Masks, queueing, siginfo, frames, alternate stack, restart, faults. */
#define _GNU_SOURCE
#include <errno.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define SHOW(what, call) do { errno = 0; long result_ = (call); printf("%s: %ld %s\n", what, result_, strerror(errno)); } while (0)

static sigjmp_buf jump;
static void *fault_address;
static char *page;
static void fault(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  printf("fault %d code %d addr %s trapno %d err %d\n", sig, info->si_code,
         info->si_addr == fault_address ? "as expected" : info->si_addr == 0 ? "null" : "other",
         (int)uc->uc_mcontext.gregs[REG_TRAPNO], /* whether the page was present is not part of the contract */ (int)uc->uc_mcontext.gregs[REG_ERR] & ~1);
  siglongjmp(jump, 1);
}
static volatile int count;
static int order[64];
static void note(int sig, siginfo_t *info, void *context) {
  if (count < 64) order[count] = sig * 1000 + (info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
  count++;
}
static void show_order(const char *what) {
  printf("%s:", what);
  for (int i = 0; i < count; i++) printf(" %d", order[i]);
  printf("\n");
  count = 0;
}
static stack_t alternate;
static void on_stack(int sig) {
  char here; stack_t now;
  sigaltstack(0, &now);
  printf("on alternate stack %d flags %d\n", &here > (char *)alternate.ss_sp && &here < (char *)alternate.ss_sp + alternate.ss_size, now.ss_flags);
}
static void edit(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  uc->uc_mcontext.gregs[REG_RAX] = 4711;
  sigaddset(&uc->uc_sigmask, SIGUSR2);
}
static void nested(int sig) {
  sigset_t mask; sigprocmask(SIG_BLOCK, 0, &mask);
  printf("handler %d blocks itself %d blocks TERM %d\n", sig, sigismember(&mask, sig), sigismember(&mask, SIGTERM));
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  struct sigaction sa = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &sa, 0); sigaction(SIGBUS, &sa, 0); sigaction(SIGFPE, &sa, 0);
  sigaction(SIGILL, &sa, 0); sigaction(SIGTRAP, &sa, 0);
  page = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!sigsetjmp(jump, 1)) { fault_address = page + 10; *(volatile char *)fault_address = 1; }
  munmap(page + 4096, 4096);
  if (!sigsetjmp(jump, 1)) { fault_address = page + 4096; *(volatile char *)fault_address; }
  if (!sigsetjmp(jump, 1)) { fault_address = page; ((void (*)(void))page)(); }
  if (!sigsetjmp(jump, 1)) { fault_address = 0; *(volatile int *)((uintptr_t)1 << 63) = 1; }
  if (!sigsetjmp(jump, 1)) { fault_address = &&ud; ud: __asm__ volatile("ud2"); }
  if (!sigsetjmp(jump, 1)) { volatile int zero = 0; printf("%d\n", 1 / zero); }
  if (!sigsetjmp(jump, 1)) { fault_address = 0; __asm__ volatile("int3"); }
  if (!sigsetjmp(jump, 1)) { __asm__ volatile("hlt"); }
  if (!sigsetjmp(jump, 1)) { __asm__ volatile("int $0x81"); }
  FILE *f = tmpfile();
  if (f) {
    char *m = mmap(0, 4096, PROT_READ, MAP_SHARED, fileno(f), 0);
    if (!sigsetjmp(jump, 1)) { fault_address = m; *(volatile char *)m; }
  }

  sigset_t all, old, set;
  struct sigaction nt = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
  sigfillset(&nt.sa_mask);
  for (int s = 1; s < 65; s++) if (s != SIGKILL && s != SIGSTOP && s != 32 && s != 33) sigaction(s, &nt, 0);
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &old);
  kill(getpid(), SIGUSR1); kill(getpid(), SIGUSR1); kill(getpid(), SIGHUP);
  union sigval v;
  for (int i = 1; i <= 3; i++) { v.sival_int = i; sigqueue(getpid(), SIGRTMIN + 1, v); }
  v.sival_int = 9; sigqueue(getpid(), SIGRTMIN, v);
  raise(SIGTERM);
  sigpending(&set);
  printf("pending HUP %d USR1 %d TERM %d RT %d INT %d\n", sigismember(&set, SIGHUP), sigismember(&set, SIGUSR1), sigismember(&set, SIGTERM), sigismember(&set, SIGRTMIN + 1), sigismember(&set, SIGINT));
  sigprocmask(SIG_SETMASK, &old, 0);
  show_order("order");

  sigprocmask(SIG_SETMASK, &all, 0);
  v.sival_int = 77; sigqueue(getpid(), SIGRTMIN + 2, v);
  siginfo_t info; struct timespec ts = {0, 1000000};
  sigemptyset(&set); sigaddset(&set, SIGRTMIN + 2);
  printf("sigwaitinfo %d value %d code %d\n", sigwaitinfo(&set, &info) - SIGRTMIN, info.si_value.sival_int, info.si_code);
  SHOW("sigtimedwait", sigtimedwait(&set, &info, &ts));
  sigprocmask(SIG_SETMASK, &old, 0);

  alternate.ss_sp = malloc(SIGSTKSZ * 2); alternate.ss_size = SIGSTKSZ * 2; alternate.ss_flags = 0;
  printf("sigaltstack %d\n", sigaltstack(&alternate, 0));
  struct sigaction os = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &os, 0); raise(SIGUSR1);
  os.sa_flags = 0; sigaction(SIGUSR1, &os, 0); raise(SIGUSR1);
  stack_t tiny = {malloc(100), 0, 100};
  SHOW("tiny altstack", sigaltstack(&tiny, 0));

  struct sigaction ed = {.sa_sigaction = edit, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &ed, 0);
  printf("edited result %ld\n", syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
  sigprocmask(SIG_BLOCK, 0, &set);
  printf("mask edited %d\n", sigismember(&set, SIGUSR2));

  struct sigaction ns = {.sa_handler = nested};
  sigaddset(&ns.sa_mask, SIGTERM);
  sigaction(SIGINT, &ns, 0); raise(SIGINT);
  ns.sa_flags = SA_NODEFER; sigemptyset(&ns.sa_mask); sigaction(SIGINT, &ns, 0); raise(SIGINT);
  ns.sa_flags = SA_RESETHAND; sigaction(SIGINT, &ns, 0); raise(SIGINT);
  struct sigaction now; sigaction(SIGINT, 0, &now); printf("reset %d\n", now.sa_handler == SIG_DFL);
  SHOW("sigaction KILL", sigaction(SIGKILL, &ns, 0));

  int p[2]; pipe(p); char c;
  struct itimerval it = {{0, 0}, {0, 20000}};
  nt.sa_flags = SA_SIGINFO; sigaction(SIGALRM, &nt, 0); setitimer(ITIMER_REAL, &it, 0);
  SHOW("read interrupted", (int)read(p[0], &c, 1));
  nt.sa_flags = SA_SIGINFO | SA_RESTART; sigaction(SIGALRM, &nt, 0);
  if (fork() == 0) { usleep(120000); write(p[1], "z", 1); _exit(0); }
  setitimer(ITIMER_REAL, &it, 0);
  int n = read(p[0], &c, 1);
  printf("read restarted %d\n", n);
  wait(0);
  nt.sa_flags = SA_SIGINFO; sigaction(SIGALRM, &nt, 0); setitimer(ITIMER_REAL, &it, 0);
  struct timespec req = {1, 0}, rem = {0, 0};
  n = nanosleep(&req, &rem);
  printf("nanosleep %d %s left %d\n", n, strerror(errno), rem.tv_sec == 0 && rem.tv_nsec > 800000000);
  setitimer(ITIMER_REAL, &it, 0);
  SHOW("nanosleep with nowhere to store the rest", syscall(SYS_nanosleep, &req, 8));
  setitimer(ITIMER_REAL, &it, 0);
  SHOW("pause", pause());
  count = 0;
  sigprocmask(SIG_BLOCK, &all, &old);
  setitimer(ITIMER_REAL, &it, 0);
  sigemptyset(&set);
  printf("sigsuspend %d %s count %d\n", sigsuspend(&set), strerror(errno), count);
  sigprocmask(SIG_SETMASK, &old, 0);
  it.it_value.tv_usec = 5000; it.it_interval.tv_usec = 5000; setitimer(ITIMER_REAL, &it, 0);
  count = 0; while (count < 3) pause();
  it.it_value.tv_usec = 0; it.it_interval.tv_usec = 0; setitimer(ITIMER_REAL, &it, 0);
  printf("interval timer ticks\n");
  alarm(100); printf("alarm left %d\n", (int)alarm(0));
  it.it_value.tv_usec = 10000; sigaction(SIGVTALRM, &nt, 0); setitimer(ITIMER_VIRTUAL, &it, 0);
  count = 0; while (!count) ; show_order("virtual timer");

  volatile double x = 1.5;
  unsigned csr; __asm__ volatile("stmxcsr %0" : "=m"(csr)); csr |= 0x2000; __asm__ volatile("ldmxcsr %0" :: "m"(csr));
  raise(SIGUSR1); unsigned after; __asm__ volatile("stmxcsr %0" : "=m"(after)); printf("mxcsr kept %d %g\n", (after & 0x6000) == 0x2000, x * 2);
  sigaction(SIGUSR1, &nt, 0);
  SHOW("kill bad signal", kill(getpid(), 65));
  SHOW("kill nobody", kill(999999, 0));
  SHOW("tgkill bad", syscall(SYS_tgkill, 1, getpid(), SIGUSR1));

  timer_t timer; struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3};
  ev.sigev_value.sival_int = 31;
  sigemptyset(&set); sigaddset(&set, SIGRTMIN + 3); sigprocmask(SIG_BLOCK, &set, 0);
  printf("timer_create %d\n", timer_create(CLOCK_MONOTONIC, &ev, &timer));
  struct itimerspec its = {{0, 0}, {0, 5000000}};
  timer_settime(timer, 0, &its, 0);
  printf("timer signal %d", sigwaitinfo(&set, &info) - SIGRTMIN); printf(" value %d code %d\n", info.si_value.sival_int, info.si_code);
  printf("timer_delete %d %d\n", timer_delete(timer), timer_delete(timer));
  return 0;
}
