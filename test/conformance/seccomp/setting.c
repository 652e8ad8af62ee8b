/* Which filters are accepted, who may set them, strict mode, and threads. */
#include "../conform.h"
#include "filter.h"
#include <pthread.h>

#define TRY(label, ...) \
  do { \
    struct sock_filter code[] = {__VA_ARGS__}; \
    pid_t child = fork(); \
    if (child == 0) { \
      show_okay("seccomp", label, (errno = 0, set_filter(code, sizeof code / sizeof *code, 0))); \
      _exit(0); \
    } \
    int status; \
    waitpid(child, &status, 0); \
    if (status != 0) SAY("seccomp", label, "status %x", status); \
  } while (0)
#define ALLOW STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static void accepted(void) {
  TRY("one return", ALLOW);
  TRY("return of the accumulator", STMT(BPF_LD | BPF_IMM, SECCOMP_RET_ALLOW), STMT(BPF_RET | BPF_A, 0));
  TRY("return of x", STMT(BPF_RET | BPF_X, 0));
  TRY("no return at the end", ALLOW, STMT(BPF_LD | BPF_IMM, 1));
  TRY("load of the last word", STMT(BPF_LD | BPF_W | BPF_ABS, 60), ALLOW);
  TRY("load past the end", STMT(BPF_LD | BPF_W | BPF_ABS, 64), ALLOW);
  TRY("misaligned load", STMT(BPF_LD | BPF_W | BPF_ABS, 2), ALLOW);
  TRY("load of a half word", STMT(BPF_LD | BPF_H | BPF_ABS, 0), ALLOW);
  TRY("load of a byte", STMT(BPF_LD | BPF_B | BPF_ABS, 0), ALLOW);
  TRY("indirect load", STMT(BPF_LD | BPF_W | BPF_IND, 0), ALLOW);
  TRY("length of an IP header", STMT(BPF_LDX | BPF_B | BPF_MSH, 0), ALLOW);
  TRY("extension", STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_CPU), ALLOW);
  TRY("modulo", STMT(BPF_ALU | BPF_MOD | BPF_K, 3), ALLOW);
  TRY("division by zero", STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ALLOW);
  TRY("division by x", STMT(BPF_ALU | BPF_DIV | BPF_X, 0), ALLOW);
  TRY("shift by 31", STMT(BPF_ALU | BPF_LSH | BPF_K, 31), ALLOW);
  TRY("shift by 32", STMT(BPF_ALU | BPF_LSH | BPF_K, 32), ALLOW);
  TRY("shift right by 32", STMT(BPF_ALU | BPF_RSH | BPF_K, 32), ALLOW);
  TRY("memory 15", STMT(BPF_ST, 15), STMT(BPF_LD | BPF_MEM, 15), ALLOW);
  TRY("memory 16", STMT(BPF_ST, 16), ALLOW);
  TRY("memory never stored", STMT(BPF_LD | BPF_MEM, 3), ALLOW);
  TRY("memory stored on one way only", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), STMT(BPF_ST, 3), STMT(BPF_LD | BPF_MEM, 3), ALLOW);
  TRY("memory stored on both ways", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 2), STMT(BPF_ST, 3), STMT(BPF_JMP | BPF_JA, 1), STMT(BPF_STX, 3),
      STMT(BPF_LD | BPF_MEM, 3), ALLOW);
  TRY("memory stored too late", STMT(BPF_LDX | BPF_MEM, 3), STMT(BPF_ST, 3), ALLOW);
  TRY("jump to the end", STMT(BPF_JMP | BPF_JA, 0), ALLOW);
  TRY("jump past the end", STMT(BPF_JMP | BPF_JA, 1), ALLOW);
  TRY("jump back", STMT(BPF_JMP | BPF_JA, 0xffffffff), ALLOW);
  TRY("branch past the end", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0), ALLOW);
  TRY("other branch past the end", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), ALLOW);
  TRY("call", STMT(BPF_JMP | 0x80, 0), ALLOW);
  TRY("no such code", STMT(0xffff, 0), ALLOW);
  TRY("no such class of alu", STMT(BPF_ALU | 0xc0, 0), ALLOW);
  TRY("miscellaneous", STMT(BPF_MISC | BPF_TAX, 0), STMT(BPF_MISC | BPF_TXA, 0), ALLOW);
  TRY("jset, jge, jgt by x", JUMP(BPF_JMP | BPF_JSET | BPF_X, 0, 0, 0), JUMP(BPF_JMP | BPF_JGE | BPF_X, 0, 0, 0),
      JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 0), ALLOW);
}

static void arguments(void) {
  static struct sock_filter many[4097];
  for (int i = 0; i < 4097; i++) many[i] = (struct sock_filter)ALLOW;
  struct sock_fprog program = {1, many};
  OKAY(seccomp, "no such operation", 99, 0, &program);
  OKAY(seccomp, "no such flag", SECCOMP_SET_MODE_FILTER, 0x40000000, &program);
  OKAY(seccomp, "no program", SECCOMP_SET_MODE_FILTER, 0, (void *)0);
  CASE("seccomp", "no instructions", set_filter(many, 0, 0));
  CASE("seccomp", "too many instructions", set_filter(many, 4097, 0));
  CASE("seccomp", "instructions nowhere", set_filter((void *)8, 1, 0));
  CASE("seccomp", "instructions past the end of memory", set_filter((void *)edge(8), 2, 0));
  OKAY(seccomp, "strict with flags", SECCOMP_SET_MODE_STRICT, 1, 0);
  OKAY(seccomp, "strict with argument", SECCOMP_SET_MODE_STRICT, 0, &program);
  CASE("prctl", "PR_SET_SECCOMP, no such mode", prctl(PR_SET_SECCOMP, 0, 0));
  CASE("prctl", "PR_SET_SECCOMP, filter without program", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 0));
  CASE("prctl", "PR_GET_SECCOMP", prctl(PR_GET_SECCOMP));
  static const unsigned actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
                                     SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW};
  int available = 0;
  for (int i = 0; i < 7; i++) available += RAW(seccomp, SECCOMP_GET_ACTION_AVAIL, 0, actions + i) == 0;
  SAY("seccomp", "actions", "%d", available);
  unsigned other = 0x12340000;
  OKAY(seccomp, "no such action", SECCOMP_GET_ACTION_AVAIL, 0, &other);
  other = SECCOMP_RET_ERRNO | 1;
  OKAY(seccomp, "action with data", SECCOMP_GET_ACTION_AVAIL, 0, &other);
  OKAY(seccomp, "action with flags", SECCOMP_GET_ACTION_AVAIL, 1, actions);
  OKAY(seccomp, "action nowhere", SECCOMP_GET_ACTION_AVAIL, 0, (void *)0);
  unsigned short sizes[3];
  OKAY(seccomp, "sizes", SECCOMP_GET_NOTIF_SIZES, 0, sizes);
  SAY("seccomp", "sizes", "%d %d %d", sizes[0], sizes[1], sizes[2]);
  OKAY(seccomp, "sizes with flags", SECCOMP_GET_NOTIF_SIZES, 1, sizes);
  CHILD("seccomp", "most filters", {
    int count = 0;
    while (count < 50 && set_filter(many, 4000, 0) == 0) count++;
    SAY("seccomp", "too many instructions in all", "%s", errno_name(errno));
  });
}

static void privileges(void) {
  CHILD("seccomp", "a plain user", {
    become_user(1234);
    CASE("seccomp", "without no_new_privs", block_call_flags(SYS_getppid, SECCOMP_RET_ERRNO, 0));
    CASE("seccomp", "bad filter without no_new_privs", set_filter((void *)8, 1, 0));
    CASE("prctl", "PR_SET_NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CASE("seccomp", "with no_new_privs", block_call_flags(SYS_getppid, SECCOMP_RET_ERRNO | EDOM, 0));
    CALL(getppid, "filtered");
  });
}

static void strict(void) {
  CHILD("seccomp", "strict, exit", {
    CASE("prctl", "PR_SET_SECCOMP strict", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
    syscall(SYS_exit, 5);
  });
  CHILD("seccomp", "strict, exit_group", {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    syscall(SYS_exit_group, 5);
  });
  CHILD("seccomp", "strict, getpid", {
    syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, 0);
    syscall(SYS_getpid);
  });
  CHILD("seccomp", "strict after a filter", {
    block_call(SYS_getppid, SECCOMP_RET_ERRNO);
    CASE("prctl", "PR_SET_SECCOMP, strict after a filter", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
  });
}

static volatile int go;
static int other_tid;

static void *waits(void *filtered) {
  if (filtered) block_call(SYS_getuid, SECCOMP_RET_ERRNO | EDOM);
  other_tid = gettid();
  go = 1;
  while (go != 2) usleep(100);
  CALL(getppid, "in the other thread");
  return 0;
}

static void *dies(void *arg) {
  (void)arg;
  block_call(SYS_getppid, SECCOMP_RET_KILL_THREAD);
  syscall(SYS_getppid);
  return 0;
}

static void threads(void) {
  CHILD("seccomp", "one thread only", {
    pthread_t thread;
    pthread_create(&thread, 0, waits, 0);
    while (go != 1) usleep(100);
    block_call(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV);
    CALL(getppid, "in the caller");
    CASE("seccomp", "all threads", block_call_flags(SYS_getppid, SECCOMP_RET_ERRNO | EDOM, SECCOMP_FILTER_FLAG_TSYNC));
    go = 2;
    pthread_join(thread, 0);
  });
  CHILD("seccomp", "a thread with a filter of its own", {
    pthread_t thread;
    pthread_create(&thread, 0, waits, &thread);
    while (go != 1) usleep(100);
    long answer = block_call_flags(SYS_getppid, SECCOMP_RET_ERRNO | EDOM, SECCOMP_FILTER_FLAG_TSYNC);
    SAY("seccomp", "all threads", "%s", answer == other_tid ? "its tid" : "another answer");
    CASE("seccomp", "all threads, or ESRCH", block_call_flags(SYS_getppid, SECCOMP_RET_ERRNO, SECCOMP_FILTER_FLAG_TSYNC | 16));
    OKAY(getppid, "nothing was set");
    _exit(0);
  });
  CHILD("seccomp", "only a thread is killed", {
    pthread_t thread;
    pthread_create(&thread, 0, dies, 0);
    pthread_join(thread, 0);
    SAY("seccomp", "the process lives", "%d", getpid() > 0);
  });
}

int main(void) {
  accepted();
  arguments();
  privileges();
  strict();
  threads();
  return 0;
}
