/* seccomp filters: what each answer does to a call, and the arithmetic of the filter machine. */
#include "../conform.h"
#include "filter.h"

static const char *mode(void) {
  static char text[40];
  FILE *status = fopen("/proc/self/status", "r");
  char line[200];
  int value = -1, count = -1;
  while (status && fgets(line, sizeof line, status)) {
    sscanf(line, "Seccomp: %d", &value);
    sscanf(line, "Seccomp_filters: %d", &count);
  }
  if (status) fclose(status);
  snprintf(text, sizeof text, "%d, %d filters", value, count);
  return text;
}

static void answers(void) {
  CHILD("seccomp", "errno", {
    block_call(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV);
    CALL(getppid, "refused with EXDEV");
    OKAY(getpid, "others pass");
    SAY("seccomp", "mode in /proc", "%s", mode());
    CASE("prctl", "PR_GET_SECCOMP", prctl(PR_GET_SECCOMP));
  });
  CHILD("seccomp", "errno 0", {
    block_call(SYS_getppid, SECCOMP_RET_ERRNO);
    CALL(getppid, "answered with 0");
  });
  CHILD("seccomp", "errno too large", {
    block_call(SYS_getppid, SECCOMP_RET_ERRNO | 0xffff);
    errno = 0;
    SAY("getppid", "answered with the largest errno", "%ld, %d", syscall(SYS_getppid), errno);
  });
  CHILD("seccomp", "kill process", {
    block_call(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    syscall(SYS_getppid);
  });
  CHILD("seccomp", "kill thread", {
    block_call(SYS_getppid, SECCOMP_RET_KILL_THREAD);
    signal(SIGSYS, SIG_IGN);
    syscall(SYS_getppid);
  });
  CHILD("seccomp", "unknown action", {
    block_call(SYS_getppid, 0x12340000);
    syscall(SYS_getppid);
  });
  CHILD("seccomp", "trace without tracer", {
    block_call(SYS_getppid, SECCOMP_RET_TRACE | 7);
    CALL(getppid, "nobody traces");
  });
  CHILD("seccomp", "notify without listener", {
    block_call(SYS_getppid, 0x7fc00000);
    CALL(getppid, "nobody listens");
  });
  CHILD("seccomp", "log", {
    block_call(SYS_getppid, SECCOMP_RET_LOG);
    OKAY(getppid, "logged");
  });
}

static void *place;
static void on_sys(int number, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  SAY("seccomp", "trap: siginfo", "%d %d %d %d %x %d", number == SIGSYS, info->si_code, info->si_errno, info->si_syscall,
      info->si_arch, info->si_call_addr == (void *)uc->uc_mcontext.gregs[REG_RIP]);
  SAY("seccomp", "trap: rax is the number", "%lld", (long long)uc->uc_mcontext.gregs[REG_RAX]);
  uc->uc_mcontext.gregs[REG_RAX] = 77;
  place = info->si_call_addr;
}

static void traps(void) {
  CHILD("seccomp", "trap", {
    struct sigaction action = {.sa_sigaction = on_sys, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, 0);
    block_call(SYS_getppid, SECCOMP_RET_TRAP | 21);
    SAY("getppid", "answered by the handler", "%ld", syscall(SYS_getppid));
    SAY("seccomp", "trap: place of the call", "%d", place != 0);
  });
  CHILD("seccomp", "trap, ignored", {
    signal(SIGSYS, SIG_IGN);
    block_call(SYS_getppid, SECCOMP_RET_TRAP);
    syscall(SYS_getppid);
  });
  CHILD("seccomp", "trap, blocked", {
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, 0);
    block_call(SYS_getppid, SECCOMP_RET_TRAP);
    syscall(SYS_getppid);
  });
}

static void several(void) {
  CHILD("seccomp", "several filters", {
    block_call(SYS_getppid, SECCOMP_RET_ERRNO | 1);
    block_call(SYS_getppid, SECCOMP_RET_ERRNO | 2);
    CALL(getppid, "the latest of two errors");
    block_call(SYS_getppid, SECCOMP_RET_TRACE);
    CALL(getppid, "an error is stronger than a trace");
    block_call(SYS_getuid, SECCOMP_RET_LOG);
    OKAY(getuid, "log");
    SAY("seccomp", "count", "%s", mode());
    pid_t child = fork();
    if (child == 0) {
      CALL(getppid, "inherited by fork");
      execl("/proc/self/exe", "filters", "again", (char *)0);
      _exit(9);
    }
    show_end("execve", "with filters", child);
  });
  CHILD("seccomp", "the first kills", {
    block_call(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    block_call(SYS_getppid, SECCOMP_RET_ALLOW);
    syscall(SYS_getppid);
  });
}

/* A filter that answers getppid with what it has computed in its accumulator. */
#define COMPUTES(label, ...) \
  CHILD("seccomp", label, { \
    struct sock_filter rest[] = {__VA_ARGS__, STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff), \
                                 STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO), STMT(BPF_RET | BPF_A, 0)}; \
    answer_with(SYS_getppid, rest, sizeof rest / sizeof *rest); \
    errno = 0; \
    syscall(SYS_getppid, 0x1122334455667788, 2, 3, 4, 5, 0x99aabbccddeeff00); \
    SAY("seccomp", label, "%d", errno); \
  })

static void arithmetic(void) {
  COMPUTES("add", STMT(BPF_LD | BPF_IMM, 5), STMT(BPF_ALU | BPF_ADD | BPF_K, 7));
  COMPUTES("add wraps", STMT(BPF_LD | BPF_IMM, 0xffffffff), STMT(BPF_ALU | BPF_ADD | BPF_K, 4));
  COMPUTES("sub", STMT(BPF_LD | BPF_IMM, 5), STMT(BPF_LDX | BPF_IMM, 3), STMT(BPF_ALU | BPF_SUB | BPF_X, 0));
  COMPUTES("mul wraps", STMT(BPF_LD | BPF_IMM, 0x10001), STMT(BPF_ALU | BPF_MUL | BPF_K, 0x10003));
  COMPUTES("div is unsigned", STMT(BPF_LD | BPF_IMM, 0xfffffff0), STMT(BPF_ALU | BPF_DIV | BPF_K, 0x1000000));
  COMPUTES("shift right is unsigned", STMT(BPF_LD | BPF_IMM, 0x80000000), STMT(BPF_ALU | BPF_RSH | BPF_K, 24));
  COMPUTES("shift left", STMT(BPF_LD | BPF_IMM, 3), STMT(BPF_ALU | BPF_LSH | BPF_K, 4));
  COMPUTES("neg", STMT(BPF_LD | BPF_IMM, 0xffffff00), STMT(BPF_ALU | BPF_NEG, 0));
  COMPUTES("xor", STMT(BPF_LD | BPF_IMM, 0x55), STMT(BPF_ALU | BPF_XOR | BPF_K, 0x0f));
  COMPUTES("memory", STMT(BPF_LD | BPF_IMM, 99), STMT(BPF_ST, 15), STMT(BPF_LD | BPF_IMM, 1), STMT(BPF_LD | BPF_MEM, 15));
  COMPUTES("memory by x", STMT(BPF_LDX | BPF_IMM, 98), STMT(BPF_STX, 3), STMT(BPF_LDX | BPF_MEM, 3), STMT(BPF_MISC | BPF_TXA, 0));
  COMPUTES("length", STMT(BPF_LD | BPF_W | BPF_LEN, 0));
  COMPUTES("length by x", STMT(BPF_LDX | BPF_W | BPF_LEN, 0), STMT(BPF_MISC | BPF_TXA, 0));
  COMPUTES("low half of an argument", STMT(BPF_LD | BPF_W | BPF_ABS, 16));
  COMPUTES("high half of an argument", STMT(BPF_LD | BPF_W | BPF_ABS, 20));
  COMPUTES("last argument", STMT(BPF_LD | BPF_W | BPF_ABS, 60));
  COMPUTES("architecture", STMT(BPF_LD | BPF_W | BPF_ABS, 4));
  COMPUTES("jump", STMT(BPF_LD | BPF_IMM, 1), STMT(BPF_JMP | BPF_JA, 1), STMT(BPF_LD | BPF_IMM, 2), STMT(BPF_ALU | BPF_ADD | BPF_K, 0));
  COMPUTES("greater is unsigned", STMT(BPF_LD | BPF_IMM, 0x80000000), JUMP(BPF_JMP | BPF_JGT | BPF_K, 1, 0, 1),
           STMT(BPF_LD | BPF_IMM, 3), STMT(BPF_ALU | BPF_ADD | BPF_K, 0));
  COMPUTES("bits", STMT(BPF_LD | BPF_IMM, 6), JUMP(BPF_JMP | BPF_JSET | BPF_K, 9, 0, 1), STMT(BPF_LD | BPF_IMM, 3),
           STMT(BPF_ALU | BPF_ADD | BPF_K, 0));
  CHILD("seccomp", "division by x = 0 kills", {
    struct sock_filter rest[] = {STMT(BPF_LDX | BPF_IMM, 0), STMT(BPF_ALU | BPF_DIV | BPF_X, 0), STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    answer_with(SYS_getppid, rest, 3);
    syscall(SYS_getppid);
  });
}

int main(int argc, char **argv) {
  if (argc > 1) {
    CALL(getppid, "after execve");
    SAY("seccomp", "after execve", "%s", mode());
    return 0;
  }
  SAY("seccomp", "without", "%s", mode());
  answers();
  traps();
  several();
  arithmetic();
  return 0;
}
