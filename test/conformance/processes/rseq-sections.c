/* Restartable sequences: what ends one, and where the thread goes on. */
#include "../conform.h"
#include <sched.h>
#include <sys/time.h>
#include <ucontext.h>

#ifndef SYS_rseq
#define SYS_rseq 334
#endif
#define SIGNATURE 0x53053053

static struct {
  uint32_t cpu_id_start, cpu_id;
  uint64_t rseq_cs;
  uint32_t flags, node_id, mm_cid, room;
} area __attribute__((aligned(32)));

static struct {
  uint32_t version, flags;
  uint64_t start, length, abort;
} section __attribute__((aligned(32)));

extern char section_start[], section_end[], section_abort[];

/* Goes round in a section for ever; answers when it has been aborted. */
static int __attribute__((noinline, noclone)) spin(void) {
  int aborted = 0;
  __asm__ volatile(
      "movq %[section], (%[slot])\n"
      "section_start:\n"
      "1: jmp 1b\n"
      "section_end:\n"
      ".long 0x53053053\n"
      "section_abort:\n"
      "movl $1, %[out]\n"
      : [out] "=&r"(aborted)
      : [section] "r"(&section), [slot] "r"(&area.rseq_cs)
      : "memory");
  return aborted;
}

static void forget(void) {
  extern const long __rseq_offset __attribute__((weak));
  char *known = (char *)__builtin_thread_pointer() + (&__rseq_offset ? __rseq_offset : 0);
  for (int size = 32; &__rseq_offset && size <= 256; size += 4)
    if (RAW(rseq, known, size, 1, SIGNATURE) == 0) return;
}

static volatile int at_abort, handled;
static void on_alarm(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  at_abort = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] == (long)section_abort;
  handled++;
}

static void set_up(void) {
  section.version = section.flags = 0;
  section.start = (uint64_t)section_start;
  section.length = section_end - section_start;
  section.abort = (uint64_t)section_abort;
}

static void alarm_ms(long ms) {
  struct itimerval time = {{0, 0}, {0, ms * 1000}};
  setitimer(ITIMER_REAL, &time, 0);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};
  sigaction(SIGALRM, &action, 0);
  sigaction(SIGUSR1, &action, 0);
  forget();
  set_up();
  OKAY(rseq, "register", &area, 32, 0, SIGNATURE);

  CHILD("rseq", "a signal", {
    alarm_ms(5);
    SAY("rseq", "ended by a signal", "%d", spin());
    while (handled == 0) { /* something else may have ended it before */
    }
    SAY("rseq", "no longer in it", "%llx", (long long)area.rseq_cs);
  });
  CHILD("rseq", "outside of it", {
    area.rseq_cs = (uint64_t)&section;
    raise(SIGUSR1);
    SAY("rseq", "a section that the thread is not in", "%llx %d", (long long)area.rseq_cs, at_abort);
  });
  CHILD("rseq", "wrong signature", {
    RAW(rseq, &area, 32, 1, SIGNATURE);
    RAW(rseq, &area, 32, 0, 0x11112222);
    alarm_ms(5);
    spin();
  });
  CHILD("rseq", "another version", {
    section.version = 1;
    alarm_ms(5);
    spin();
  });
  CHILD("rseq", "handler in the section", {
    section.abort = section.start;
    alarm_ms(5);
    spin();
  });
  CHILD("rseq", "section in the kernel", {
    area.rseq_cs = 0xffff800000000000;
    raise(SIGUSR1);
  });
  CHILD("rseq", "section nowhere", {
    area.rseq_cs = 64;
    raise(SIGUSR1);
  });
  CHILD("rseq", "preempted", {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    pid_t other = fork();
    if (other == 0)
      for (;;) getppid(); /* wants the same processor */
    int aborted = spin();
    SAY("rseq", "ended by another thread's turn", "%d", aborted);
    kill(other, SIGKILL);
    waitpid(other, 0, 0);
  });
  return 0;
}
