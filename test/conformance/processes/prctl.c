/* prctl's options one by one, arch_prctl, personality. */
#include "conform.h"
#include <asm/prctl.h>
#include <sys/prctl.h>
#include <linux/prctl.h>

int main(void) {
  char name[17] = {0};
  int number = -1;
  unsigned long address = 0;
  CALL(prctl, "PR_SET_NAME long", PR_SET_NAME, "0123456789abcdefXYZ");
  CALL(prctl, "PR_GET_NAME", PR_GET_NAME, name);
  SAY("prctl", "name", "%s", name);
  char *end = edge(4);
  memcpy(end, "abc", 4);
  CALL(prctl, "PR_SET_NAME short at the end of a page", PR_SET_NAME, end);
  CALL(prctl, "PR_SET_NAME unterminated at the end of a page", PR_SET_NAME, memcpy(end, "abcd", 4));
  CALL(prctl, "PR_GET_NAME no room", PR_GET_NAME, end);
  CALL(prctl, "PR_SET_NAME bad pointer", PR_SET_NAME, LOW);
  CALL(prctl, "PR_SET_NAME null", PR_SET_NAME, 0);
  CALL(prctl, "PR_SET_NAME empty", PR_SET_NAME, "");

  CALL(prctl, "PR_SET_PDEATHSIG", PR_SET_PDEATHSIG, SIGUSR1);
  CALL(prctl, "PR_GET_PDEATHSIG", PR_GET_PDEATHSIG, &number);
  SAY("prctl", "parent death signal", "%d", number);
  CALL(prctl, "PR_SET_PDEATHSIG 64", PR_SET_PDEATHSIG, 64);
  CALL(prctl, "PR_SET_PDEATHSIG 65", PR_SET_PDEATHSIG, 65);
  CALL(prctl, "PR_SET_PDEATHSIG -1", PR_SET_PDEATHSIG, -1);
  CALL(prctl, "PR_GET_PDEATHSIG bad pointer", PR_GET_PDEATHSIG, LOW);
  CHILD("prctl", "death signal is not inherited", { RAW(prctl, PR_GET_PDEATHSIG, &number); SAY("prctl", "child's death signal", "%d", number); });
  CALL(prctl, "PR_SET_PDEATHSIG 0", PR_SET_PDEATHSIG, 0);
  CHILD("prctl", "parent's death", {
    int ends[2];
    pipe(ends);
    if (fork() == 0) {
      if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        write(ends[1], "x", 1);
        pause();
      }
      char c;
      read(ends[0], &c, 1);
      _exit(0);
    }
    wait(0);
    close(ends[1]);
    char c;
    SAY("prctl", "killed with its parent", "%d", (int)read(ends[0], &c, 1));
  });

  CALL(prctl, "PR_GET_DUMPABLE", PR_GET_DUMPABLE);
  CALL(prctl, "PR_SET_DUMPABLE 2", PR_SET_DUMPABLE, 2);
  CALL(prctl, "PR_SET_DUMPABLE 3", PR_SET_DUMPABLE, 3);
  CALL(prctl, "PR_SET_DUMPABLE 0", PR_SET_DUMPABLE, 0);
  CHILD("prctl", "dumpable after fork", CALL(prctl, "PR_GET_DUMPABLE in the child", PR_GET_DUMPABLE));
  CALL(prctl, "PR_SET_DUMPABLE 1", PR_SET_DUMPABLE, 1);

  CALL(prctl, "PR_GET_UNALIGN", PR_GET_UNALIGN, &number);
  CALL(prctl, "PR_SET_UNALIGN", PR_SET_UNALIGN, 0);
  CALL(prctl, "PR_GET_FPEMU", PR_GET_FPEMU, &number);
  CALL(prctl, "PR_GET_FPEXC", PR_GET_FPEXC, &number);
  CALL(prctl, "PR_GET_ENDIAN", PR_GET_ENDIAN, &number);
  CALL(prctl, "PR_GET_TIMING", PR_GET_TIMING);
  CALL(prctl, "PR_SET_TIMING statistical", PR_SET_TIMING, 0);
  CALL(prctl, "PR_SET_TIMING timestamp", PR_SET_TIMING, 1);
  CALL(prctl, "PR_GET_TSC", PR_GET_TSC, &number);
  SAY("prctl", "tsc", "%d", number);
  CALL(prctl, "PR_SET_TSC 3", PR_SET_TSC, 3);
  CHILD("prctl", "rdtsc forbidden", CALL(prctl, "PR_SET_TSC SIGSEGV", PR_SET_TSC, PR_TSC_SIGSEGV); __builtin_ia32_rdtsc());
  CHILD("prctl", "rdtsc allowed again", prctl(PR_SET_TSC, PR_TSC_SIGSEGV); prctl(PR_SET_TSC, PR_TSC_ENABLE); __builtin_ia32_rdtsc());
  CALL(prctl, "PR_GET_TIMERSLACK", PR_GET_TIMERSLACK);
  CALL(prctl, "PR_SET_TIMERSLACK", PR_SET_TIMERSLACK, 1234);
  CALL(prctl, "PR_GET_TIMERSLACK set", PR_GET_TIMERSLACK);
  CHILD("prctl", "timer slack of a child", CALL(prctl, "PR_GET_TIMERSLACK in the child", PR_GET_TIMERSLACK); prctl(PR_SET_TIMERSLACK, 77); prctl(PR_SET_TIMERSLACK, 0);
        CALL(prctl, "PR_GET_TIMERSLACK default of the child", PR_GET_TIMERSLACK));
  CALL(prctl, "PR_SET_TIMERSLACK 0", PR_SET_TIMERSLACK, 0);
  CALL(prctl, "PR_GET_TIMERSLACK default", PR_GET_TIMERSLACK);
  CALL(prctl, "PR_TASK_PERF_EVENTS_DISABLE", PR_TASK_PERF_EVENTS_DISABLE);
  CALL(prctl, "PR_MCE_KILL_GET", PR_MCE_KILL_GET, 0, 0, 0, 0);
  CALL(prctl, "PR_MCE_KILL_GET with argument", PR_MCE_KILL_GET, 1, 0, 0, 0);
  CALL(prctl, "PR_MCE_KILL early", PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
  CALL(prctl, "PR_MCE_KILL_GET early", PR_MCE_KILL_GET, 0, 0, 0, 0);
  CALL(prctl, "PR_MCE_KILL bad", PR_MCE_KILL, PR_MCE_KILL_SET, 9, 0, 0);
  CALL(prctl, "PR_MCE_KILL clear", PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0);
  CALL(prctl, "PR_MCE_KILL_GET cleared", PR_MCE_KILL_GET, 0, 0, 0, 0);
  CALL(prctl, "PR_SET_CHILD_SUBREAPER", PR_SET_CHILD_SUBREAPER, 5);
  CALL(prctl, "PR_GET_CHILD_SUBREAPER", PR_GET_CHILD_SUBREAPER, &number);
  SAY("prctl", "subreaper", "%d", number);
  CHILD("prctl", "subreaper is not inherited", { prctl(PR_GET_CHILD_SUBREAPER, &number); SAY("prctl", "child is subreaper", "%d", number); });
  CHILD("prctl", "orphans come to the subreaper", {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) {
      if (fork() == 0) { sleep_ms(20); _exit(7); }
      _exit(3);
    }
    int status, sum = 0;
    while (wait(&status) > 0) sum = sum * 10 + WEXITSTATUS(status);
    SAY("prctl", "reaped", "%d", sum);
  });
  CALL(prctl, "PR_GET_CHILD_SUBREAPER bad pointer", PR_GET_CHILD_SUBREAPER, LOW);
  CALL(prctl, "PR_GET_NO_NEW_PRIVS", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  CALL(prctl, "PR_SET_NO_NEW_PRIVS 0", PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
  CALL(prctl, "PR_SET_NO_NEW_PRIVS with arguments", PR_SET_NO_NEW_PRIVS, 1, 0, 1, 0);
  CHILD("prctl", "no new privileges", CALL(prctl, "PR_SET_NO_NEW_PRIVS 1", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (fork() == 0) { CALL(prctl, "PR_GET_NO_NEW_PRIVS inherited", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); _exit(0); } wait(0));
  CALL(prctl, "PR_GET_TID_ADDRESS", PR_GET_TID_ADDRESS, &address);
  SAY("prctl", "tid address", "%s", address != 0 ? "set" : "none");
  CALL(prctl, "PR_GET_THP_DISABLE", PR_GET_THP_DISABLE, 0, 0, 0, 0);
  CALL(prctl, "PR_GET_THP_DISABLE with argument", PR_GET_THP_DISABLE, 1, 0, 0, 0);
  CALL(prctl, "PR_SET_THP_DISABLE", PR_SET_THP_DISABLE, 1, 0, 0, 0);
  CALL(prctl, "PR_GET_THP_DISABLE set", PR_GET_THP_DISABLE, 0, 0, 0, 0);
  CALL(prctl, "PR_SET_THP_DISABLE off", PR_SET_THP_DISABLE, 0, 0, 0, 0);
  CALL(prctl, "PR_MPX_ENABLE_MANAGEMENT", PR_MPX_ENABLE_MANAGEMENT, 0, 0, 0, 0);
  CALL(prctl, "PR_GET_FP_MODE", PR_GET_FP_MODE);
  CALL(prctl, "PR_SVE_GET_VL", PR_SVE_GET_VL);
  CALL(prctl, "PR_PAC_RESET_KEYS", PR_PAC_RESET_KEYS, 0, 0, 0, 0);
  CALL(prctl, "PR_SET_SYSCALL_USER_DISPATCH off", PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0);
  CALL(prctl, "PR_SET_SYSCALL_USER_DISPATCH bad", PR_SET_SYSCALL_USER_DISPATCH, 9, 0, 0, 0);
  CALL(prctl, "PR_GET_MDWE", 66, 0, 0, 0, 0);
  CALL(prctl, "PR_SET_MDWE bad", 65, 8, 0, 0, 0);
  CALL(prctl, "PR_GET_MEMORY_MERGE with argument", 68, 1, 0, 0, 0);
  CALL(prctl, "PR_GET_SECCOMP", PR_GET_SECCOMP);
  CALL(prctl, "PR_SET_SECCOMP bad mode", PR_SET_SECCOMP, 77, 0);
  CALL(prctl, "option 0", 0);
  CALL(prctl, "option -1", -1);
  CALL(prctl, "option 99999", 99999);
  char *area = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL(prctl, "PR_SET_VMA name", PR_SET_VMA, PR_SET_VMA_ANON_NAME, area, 4096, "k42 area");
  CALL(prctl, "PR_SET_VMA unnamed", PR_SET_VMA, PR_SET_VMA_ANON_NAME, area, 4096, 0);
  CALL(prctl, "PR_SET_VMA bad name", PR_SET_VMA, PR_SET_VMA_ANON_NAME, area, 4096, "a[b]");
  CALL(prctl, "PR_SET_VMA misaligned", PR_SET_VMA, PR_SET_VMA_ANON_NAME, area + 1, 4096, "x");
  CALL(prctl, "PR_SET_VMA nothing there", PR_SET_VMA, PR_SET_VMA_ANON_NAME, 4096, 4096, "x");
  CALL(prctl, "PR_SET_VMA unknown", PR_SET_VMA, 7, area, 4096, 0);

  CALL(arch_prctl, "ARCH_GET_GS", ARCH_GET_GS, &address);
  SAY("arch_prctl", "gs", "%lx", address);
  CALL(arch_prctl, "ARCH_SET_GS", ARCH_SET_GS, 0x123456789abc);
  CALL(arch_prctl, "ARCH_GET_GS set", ARCH_GET_GS, &address);
  SAY("arch_prctl", "gs set", "%lx", address);
  CALL(arch_prctl, "ARCH_SET_GS kernel address", ARCH_SET_GS, HIGH);
  CALL(arch_prctl, "ARCH_SET_FS not canonical", ARCH_SET_FS, UNCANONICAL);
  CALL(arch_prctl, "ARCH_GET_GS bad pointer", ARCH_GET_GS, LOW);
  CALL(arch_prctl, "unknown", 0x9999, 0);
  CALL(personality, "query", 0xffffffff);
  CALL(personality, "ADDR_NO_RANDOMIZE", 0x0040000);
  CALL(personality, "back", 0);
  return 0;
}
