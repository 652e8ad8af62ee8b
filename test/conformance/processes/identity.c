/* uids and gids, groups and sessions, limits, priorities, prctl, uname, time, scheduling. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <asm/prctl.h>
#include <time.h>
#include <unistd.h>

#define SHOW(what, call) do { errno = 0; long result_ = (call); printf("%s: %ld %s\n", what, result_, strerror(errno)); } while (0)

static void ids(const char *what) {
  uid_t r, e, s; gid_t g, f, h;
  getresuid(&r, &e, &s); getresgid(&g, &f, &h);
  printf("%s: %d %d %d / %d %d %d fs %d %d\n", what, r, e, s, g, f, h, (int)syscall(SYS_setfsuid, -1), (int)syscall(SYS_setfsgid, -1));
}
static void as_user(void) {
  gid_t list[3] = {30, 10, 20};
  SHOW("setgroups", setgroups(3, list));
  gid_t back[8]; int n = getgroups(8, back);
  printf("groups %d: %d %d %d\n", n, back[0], back[1], back[2]);
  SHOW("getgroups too few", getgroups(2, back));
  SHOW("setresgid", syscall(SYS_setresgid, 100, 101, 102));
  SHOW("setresuid", syscall(SYS_setresuid, 1000, 1001, 1002));
  ids("now");
  SHOW("seteuid saved", syscall(SYS_setresuid, -1, 1002, -1)); ids("now");
  SHOW("setuid real", syscall(SYS_setuid, 1000)); ids("now");
  SHOW("setuid other", syscall(SYS_setuid, 7));
  SHOW("setreuid swap", syscall(SYS_setreuid, 1002, 1000)); ids("now");
  SHOW("setreuid bad", syscall(SYS_setreuid, 5, -1));
  SHOW("setregid", syscall(SYS_setregid, -1, 102)); ids("now");
  SHOW("setfsuid", syscall(SYS_setfsuid, 1002)); ids("now");
  SHOW("setgroups", setgroups(1, list));
  SHOW("kill init", kill(1, 0));
  SHOW("raise hard limit", setrlimit(RLIMIT_CORE, &(struct rlimit){0, RLIM_INFINITY}));
  SHOW("nice down", syscall(SYS_setpriority, PRIO_PROCESS, 0, -5));
  SHOW("nice up", syscall(SYS_setpriority, PRIO_PROCESS, 0, 5));
  SHOW("getpriority", syscall(SYS_getpriority, PRIO_PROCESS, 0));
  SHOW("dumpable", prctl(PR_GET_DUMPABLE));
  SHOW("sethostname", sethostname("x", 1));
}
int main(void) {
  SHOW("unshare nothing", unshare(0));
  setvbuf(stdout, 0, _IONBF, 0);
  int status; pid_t pid;
  struct rlimit small = {0, 100}; setrlimit(RLIMIT_CORE, &small);
  if ((pid = fork()) == 0) { as_user(); _exit(0); }
  waitpid(pid, &status, 0);

  SHOW("setsid again or not leader", (pid = fork()) == 0 ? (_exit(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid() && setpgid(0, 0) == -1 && errno == EPERM), 0) : 0);
  waitpid(pid, &status, 0); printf("session made %d\n", WEXITSTATUS(status));
  pid = fork(); if (pid == 0) { pause(); _exit(0); }
  printf("setpgid child %d same %d\n", setpgid(pid, pid), getpgid(pid) == pid);
  SHOW("setpgid to nowhere", setpgid(pid, 999999));
  SHOW("setpgid negative", setpgid(pid, -1));
  SHOW("setpgid not mine", setpgid(1, 1));
  SHOW("getpgid nobody", getpgid(999999));
  SHOW("getsid nobody", getsid(999999));
  kill(pid, SIGKILL); waitpid(pid, &status, 0);

  struct rlimit r;
  SHOW("getrlimit bad", syscall(SYS_getrlimit, 99, &r));
  r.rlim_cur = 50; r.rlim_max = 40; SHOW("soft over hard", setrlimit(RLIMIT_FSIZE, &r));
  r.rlim_cur = 30; r.rlim_max = 40; SHOW("setrlimit", setrlimit(RLIMIT_NPROC, &r));
  SHOW("prlimit", prlimit(0, RLIMIT_NPROC, 0, &r)); printf("%ld %ld\n", (long)r.rlim_cur, (long)r.rlim_max);
  SHOW("prlimit nobody", prlimit(999999, RLIMIT_NPROC, 0, &r));
  getrlimit(RLIMIT_AS, &r); printf("infinite %d\n", r.rlim_cur == RLIM_INFINITY);
  SHOW("setrlimit null", syscall(SYS_setrlimit, RLIMIT_NPROC, 0));

  char name[32] = "";
  SHOW("set name", prctl(PR_SET_NAME, "a-name-that-is-too-long")); SHOW("get name", prctl(PR_GET_NAME, name)); puts(name);
  SHOW("pdeathsig", prctl(PR_SET_PDEATHSIG, SIGUSR1)); int sig = 0; prctl(PR_GET_PDEATHSIG, &sig); printf("%d\n", sig);
  SHOW("pdeathsig bad", prctl(PR_SET_PDEATHSIG, 99)); prctl(PR_SET_PDEATHSIG, 0);
  SHOW("dumpable", prctl(PR_GET_DUMPABLE)); SHOW("dumpable 5", prctl(PR_SET_DUMPABLE, 5));
  SHOW("nnp", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)); SHOW("nnp set bad", prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
  SHOW("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1)); prctl(PR_GET_CHILD_SUBREAPER, &sig); printf("%d\n", sig);
  SHOW("timerslack", prctl(PR_GET_TIMERSLACK)); SHOW("unknown prctl", prctl(12345));
  SHOW("capbset", prctl(PR_CAPBSET_READ, 0)); SHOW("capbset bad", prctl(PR_CAPBSET_READ, 99));
  SHOW("arch_prctl unknown", syscall(SYS_arch_prctl, 0x3001, 0)); SHOW("arch_prctl get cet", syscall(SYS_arch_prctl, 0x5001, 0));
  SHOW("arch_prctl far", syscall(SYS_arch_prctl, ARCH_SET_GS, 1UL << 62));
  unsigned long gs; syscall(SYS_arch_prctl, ARCH_SET_GS, 0x1234); syscall(SYS_arch_prctl, ARCH_GET_GS, &gs); printf("gs %lx\n", gs);

  struct utsname u; uname(&u); printf("%s %s\n", u.sysname, u.machine);
  struct timespec a, b; clock_gettime(CLOCK_MONOTONIC, &a); clock_gettime(CLOCK_MONOTONIC, &b);
  printf("monotonic %d\n", b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
  SHOW("bad clock", syscall(SYS_clock_gettime, 77, &a)); SHOW("getres", syscall(SYS_clock_getres, CLOCK_MONOTONIC, &a)); printf("%ld\n", a.tv_nsec);
  SHOW("cpu clock", syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &a)); SHOW("cpu clock", syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &a));
  a.tv_sec = 0; a.tv_nsec = 1000000000; SHOW("nanosleep bad", syscall(SYS_nanosleep, &a, 0)); a.tv_sec = -1; a.tv_nsec = 0; SHOW("nanosleep negative", syscall(SYS_nanosleep, &a, 0));
  SHOW("nanosleep fault", syscall(SYS_nanosleep, 8, 0)); SHOW("clock_nanosleep bad", syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &b, 0));
  clock_gettime(CLOCK_REALTIME, &a); struct timeval tv; gettimeofday(&tv, 0); printf("now %d %d\n", labs(tv.tv_sec - a.tv_sec) < 2, labs(time(0) - a.tv_sec) < 2);
  struct tms t; printf("times %d\n", times(&t) != -1);
  char random[16]; SHOW("getrandom", getrandom(random, 16, 0)); SHOW("getrandom bad", getrandom(random, 16, 99)); SHOW("getrandom fault", getrandom((void *)8, 16, 0));
  unsigned cpu; printf("getcpu %ld\n", syscall(SYS_getcpu, &cpu, 0, 0));
  SHOW("yield", sched_yield()); SHOW("policy", sched_getscheduler(0)); SHOW("max", sched_get_priority_max(SCHED_FIFO)); SHOW("min", sched_get_priority_min(SCHED_OTHER)); SHOW("bad", sched_get_priority_max(77));
  cpu_set_t set; CPU_ZERO(&set); SHOW("empty affinity", sched_setaffinity(0, sizeof set, &set)); SHOW("affinity of nobody", sched_getaffinity(999999, sizeof set, &set));
  SHOW("small affinity", syscall(SYS_sched_getaffinity, 0, 4, &set));
  SHOW("personality", syscall(SYS_personality, 0xffffffff)); SHOW("membarrier bad", syscall(SYS_membarrier, 1 << 20, 0, 0));
  SHOW("robust list size", syscall(SYS_set_robust_list, 0, 5)); SHOW("getitimer bad", syscall(SYS_getitimer, 5, &t)); SHOW("ioprio", syscall(SYS_ioprio_get, 9, 0));
  SHOW("rseq again", syscall(SYS_rseq, 0, 32, 7, 0));
  SHOW("getrusage bad", syscall(SYS_getrusage, 5, &t)); SHOW("getrusage fault", syscall(SYS_getrusage, 0, 8));
  SHOW("sigaction fault", syscall(SYS_rt_sigaction, SIGUSR1, 8, 0, 8)); SHOW("sigaction size", syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4)); SHOW("sigprocmask how", syscall(SYS_rt_sigprocmask, 9, &set, 0, 8));
  SHOW("unknown syscall", syscall(9999)); SHOW("negative syscall", syscall(-5));
  SHOW("clone bad flags", syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0)); SHOW("clone bad flags", syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0));
  SHOW("exec missing", execl("/no/such/file", "x", (char *)0)); SHOW("exec directory", execl("/", "x", (char *)0)); SHOW("exec fault", syscall(SYS_execve, 8, 0, 0)); SHOW("exec empty", execl("", "x", (char *)0));
  return 0;
}
