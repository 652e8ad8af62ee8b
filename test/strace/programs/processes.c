/* Processes, memory, limits, identities. */
#include "cases.h"
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <linux/capability.h>

CASE(exits) {
  int status;
  pid_t child = fork();
  if (child == 0) _exit(7);
  waitpid(child, &status, 0);
  waitpid(child, &status, 0);
  wait4(-1, &status, WNOHANG, NULL);
}
CASE(killed_child) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    kill(getpid(), SIGKILL);
    _exit(1);
  }
  struct rusage usage;
  wait4(child, &status, WSTOPPED | WCONTINUED, &usage);
}
CASE(waitid) {
  siginfo_t info;
  pid_t child = fork();
  if (child == 0) _exit(9);
  waitid(P_PID, child, &info, WEXITED | WNOWAIT);
  waitid(P_ALL, 0, &info, WEXITED);
  waitid(P_ALL, 0, &info, WEXITED | WNOHANG);
}
CASE(vfork_exec) {
  int status;
  pid_t child = vfork();
  if (child == 0) {
    char *argv[] = {"program", "an argument", NULL}, *envp[] = {"A=1", NULL};
    execve("/missing/program", argv, envp);
    _exit(127);
  }
  waitpid(child, &status, 0);
}
CASE(exec_itself) {
  char *argv[] = {"x", "noop", NULL}, *envp[] = {NULL};
  execve("/proc/self/exe", argv, envp);
}
CASE(noop) {}
CASE(mapping) {
  char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);
  mprotect(page, 4096, PROT_NONE);
  madvise(page, 8192, MADV_DONTNEED);
  mremap(page, 8192, 16384, MREMAP_MAYMOVE);
  munmap(page, 4096);
  mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE, -1, 0);
  mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mmap((void *)0x10000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap((void *)0x10000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  int fd = open("/proc/self/exe", O_RDONLY);
  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 4096);
  msync((void *)0x10000000, 4096, MS_SYNC);
  msync((void *)0x10000000, 4096, MS_ASYNC | MS_INVALIDATE);
  unsigned char resident[1];
  mincore((void *)0x10000000, 4096, resident);
  mlock((void *)0x10000000, 4096);
  munlock((void *)0x10000000, 4096);
  mlockall(MCL_CURRENT | MCL_FUTURE);
  munlockall();
}
CASE(limits) {
  struct rlimit limit = {100, 200};
  getrlimit(RLIMIT_CORE, &limit);
  setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 65});
  prlimit(0, RLIMIT_NOFILE, NULL, &limit);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
  setrlimit(RLIMIT_CPU, &(struct rlimit){2048, 3000});
  syscall(SYS_getrlimit, RLIMIT_STACK, 8L);
  syscall(SYS_setrlimit, RLIMIT_NOFILE, &(struct rlimit){5, 1});
  syscall(SYS_getrlimit, 77, &limit);
}
CASE(resources) {
  struct rusage usage;
  struct tms tms;
  getrusage(RUSAGE_SELF, &usage);
  getrusage(RUSAGE_CHILDREN, &usage);
  getrusage(RUSAGE_THREAD, &usage);
  getrusage(55, &usage);
  times(NULL);
  times((void *)8);
}
CASE(identities) {
  uid_t a, b, c;
  gid_t groups[4] = {1, 2, 3, 4};
  getuid();
  geteuid();
  getgid();
  getegid();
  getresuid(&a, &b, &c);
  getresgid(&a, &b, &c);
  setresuid(-1, -1, -1);
  setreuid(-1, -1);
  setregid(-1, -1);
  getgroups(0, NULL);
  setuid(getuid());
  setgid(getgid());
}
CASE(groups) {
  getpgid(0);
  getsid(0);
  getpgrp();
  getpgid(999999);
  setpgid(999999, 5);
}
CASE(priorities) {
  getpriority(PRIO_PROCESS, 0);
  setpriority(PRIO_PROCESS, 0, 5);
  getpriority(PRIO_USER, 999999);
  sched_yield();
  struct sched_param param = {0};
  sched_getscheduler(0);
  sched_getparam(0, &param);
  sched_setscheduler(0, SCHED_BATCH, &param);
  sched_get_priority_max(SCHED_FIFO);
  sched_get_priority_min(SCHED_RR);
  sched_getparam(-1, &param);
}
CASE(affinity) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  sched_setaffinity(0, sizeof set, &set);
  sched_getaffinity(0, sizeof set, &set);
}
CASE(names) {
  char name[17];
  prctl(PR_SET_NAME, "renamed");
  prctl(PR_GET_NAME, name);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int signal;
  prctl(PR_GET_PDEATHSIG, &signal);
  prctl(PR_GET_DUMPABLE);
  prctl(PR_SET_DUMPABLE, 1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_GET_TIMERSLACK);
  prctl(PR_CAPBSET_READ, CAP_CHOWN);
  prctl(12345, 1, 2, 3, 4);
}
CASE(system_facts) {
  struct utsname names;
  uname(&names);
  unsigned cpu, node;
  syscall(SYS_getcpu, &cpu, &node, NULL);
  char random[8];
  getentropy(random, 8);
  syscall(SYS_getrandom, random, 8, 3);
  syscall(SYS_getrandom, random, 40, 8);
}
CASE(threads_of_control) {
  syscall(SYS_gettid);
  syscall(SYS_set_tid_address, 0x1000);
  syscall(SYS_tgkill, getpid(), 999999, 0);
  syscall(SYS_tkill, 999999, SIGUSR1);
  void *head;
  size_t length;
  syscall(SYS_get_robust_list, 0, &head, &length);
  syscall(SYS_set_robust_list, 0, 12);
}
CASE(clone_flags) {
  int status, tid = 0;
  pid_t child = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, &tid, &tid, 0);
  if (child == 0) _exit(0);
  waitpid(child, &status, __WALL);
  child = syscall(SYS_clone, 0, 0, NULL, NULL, 0);
  if (child == 0) _exit(0);
  waitpid(child, &status, __WCLONE);
}
CASE(capabilities) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  syscall(SYS_capget, &header, NULL);
  header.version = 0;
  syscall(SYS_capget, &header, data);
}
CASE(unknown) {
  syscall(500, 1, 2, 3, 4, 5, 6);
  syscall(9999);
}
CASE(break_moves) {
  sbrk(65536);
  sbrk(-65536);
}
CASE(exit_codes) { syscall(SYS_exit_group, 300); }
CASE(exit_thread) { syscall(SYS_exit, 5); }
