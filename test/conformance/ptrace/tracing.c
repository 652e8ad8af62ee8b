/* PTRACE_TRACEME: stops with signals and at calls, registers, memory, steps. */
#include "../conform.h"
#include "tracing.h"

static volatile long word = 0x1234567890;
static const char constant[] = "read-only bytes";

static void signals(void) {
  TRACEE(pid, {
    signal(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    raise(SIGUSR2);
    raise(SIGUSR2);
    raise(SIGCONT);
    raise(SIGTERM);
  });
  resume(CONT, pid, 0);
  expect_stop("an ignored signal", pid);
  siginfo_t info;
  CALL(ptrace, "siginfo", PTRACE_GETSIGINFO, pid, 0, &info);
  SAY("ptrace", "siginfo", "%s, code %d, sender %d", signal_name(info.si_signo), info.si_code, info.si_pid == pid);
  resume(CONT, pid, 0);
  expect_stop("a signal that would kill", pid);
  resume(CONT, pid, 0);
  expect_stop("again", pid);
  resume(CONT, pid, SIGCHLD);
  expect_stop("SIGCONT", pid);
  resume(CONT, pid, 0);
  expect_stop("SIGTERM", pid);
  resume(CONT, pid, SIGTERM);
  expect_stop("passed on", pid);
}

static volatile sig_atomic_t caught;
static void note(int number, siginfo_t *info, void *context) {
  (void)context;
  caught = number == SIGUSR1 ? info->si_value.sival_int + 100 : 1;
}

static void siginfo(void) {
  TRACEE(pid, {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, 0);
    sigaction(SIGUSR2, &action, 0);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 5});
    int first = caught;
    raise(SIGUSR1);
    _exit(first - 100 + caught);
  });
  resume(CONT, pid, 0);
  wait_for(pid);
  siginfo_t info;
  PTRACE(PTRACE_GETSIGINFO, pid, 0, &info);
  SAY("ptrace", "queued value", "%d", info.si_value.sival_int);
  info.si_value.sival_int = 7;
  CALL(ptrace, "set siginfo", PTRACE_SETSIGINFO, pid, 0, &info);
  resume(CONT, pid, SIGUSR1);
  wait_for(pid);
  resume(CONT, pid, SIGUSR2);
  expect_stop("changed value, changed signal", pid);
}

static void calls(void) {
  TRACEE(pid, {
    long answer = syscall(SYS_getppid, 11, 22, 33, 44, 55, 66);
    long second = syscall(SYS_getuid);
    _exit(answer == 77 && second == -1 && errno == EPERM ? 5 : 6);
  });
  CALL(ptrace, "options", PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
  do {
    resume(SYSCALL, pid, 0);
    wait_for(pid);
  } while (REG(pid, orig_rax) != SYS_getppid);
  SAY("ptrace", "at a call", "%ld %ld %ld %ld %ld %ld", REG(pid, rdi), REG(pid, rsi), REG(pid, rdx), REG(pid, r10), REG(pid, r8), REG(pid, r9));
  SAY("ptrace", "result so far", "%ld", REG(pid, rax));
  struct ptrace_syscall_info info;
  CALL(ptrace, "call info", PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
  SAY("ptrace", "call info", "%d %x %lld %lld %d", info.op, info.arch, (long long)info.entry.nr, (long long)info.entry.args[5],
      info.instruction_pointer == (uint64_t)REG(pid, rip));
  CALL(ptrace, "call info, little room", PTRACE_GET_SYSCALL_INFO, pid, 8, &info);
  resume(SYSCALL, pid, 0);
  expect_stop("the call's end", pid);
  SAY("ptrace", "its number", "%ld", REG(pid, orig_rax));
  CALL(ptrace, "call info", PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
  SAY("ptrace", "call info", "%d %d %d", info.op, info.exit.rval == getpid(), info.exit.is_error);
  siginfo_t stop;
  PTRACE(PTRACE_GETSIGINFO, pid, 0, &stop);
  SAY("ptrace", "siginfo of a call", "%s, code %x", signal_name(stop.si_signo), stop.si_code);
  CALL(ptrace, "change the result", POKEUSER, pid, offsetof(struct user_regs_struct, rax), 77);
  resume(SYSCALL, pid, 0);
  expect_stop("the next call", pid);
  CALL(ptrace, "take the call away", POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
  resume(SYSCALL, pid, 0);
  wait_for(pid);
  SAY("ptrace", "result of no call", "%ld", REG(pid, rax));
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, rax), (long)-EPERM);
  resume(SYSCALL, pid, 0);
  wait_for(pid);
  SAY("ptrace", "exit_group", "%d", REG(pid, orig_rax) == SYS_exit_group);
  resume(CONT, pid, 0);
  expect_stop("the end", pid);
}

static void replaced_call(void) {
  TRACEE(pid, _exit(syscall(SYS_getppid, 3, 0, 0) == 3 ? 5 : 6));
  do {
    resume(SYSCALL, pid, 0);
    wait_for(pid);
  } while (REG(pid, orig_rax) != SYS_getppid);
  struct user_regs_struct regs;
  PTRACE(GETREGS, pid, 0, &regs);
  regs.orig_rax = SYS_dup2;
  regs.rdi = 1;
  regs.rsi = 3;
  CALL(ptrace, "another call", SETREGS, pid, 0, &regs);
  resume(CONT, pid, 0);
  expect_stop("the end", pid);
}

static void emulated_call(void) {
  TRACEE(pid, _exit(syscall(SYS_getppid) == 42 ? 5 : 6));
  do {
    resume(31, pid, 0); /* PTRACE_SYSEMU */
    wait_for(pid);
  } while (REG(pid, orig_rax) != SYS_getppid);
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, rax), 42);
  resume(CONT, pid, 0);
  expect_stop("a call that the tracer makes up", pid);
}

static void memory(void) {
  TRACEE(pid, {
    pause();
    _exit(word == 0x55 && ((const volatile char *)constant)[0] == 'R' ? 5 : 6);
  });
  long value = 0;
  CALL(ptrace, "peek", PEEKDATA, pid, &word, &value);
  SAY("ptrace", "peeked", "%lx", value);
  CALL(ptrace, "poke", POKEDATA, pid, &word, 0x55);
  SAY("ptrace", "own memory stays", "%lx", word);
  CALL(ptrace, "peek nowhere", PEEKDATA, pid, 8, &value);
  CALL(ptrace, "peek into nowhere", PEEKDATA, pid, &word, 8);
  CALL(ptrace, "poke nowhere", POKEDATA, pid, 8, 1);
  CALL(ptrace, "peek past the address space", PEEKDATA, pid, 0x7ffffffffffcL, &value);
  char *page = edge(4);
  memcpy(page, "abcd", 4);
  CALL(ptrace, "peek at a constant", PEEKDATA, pid, constant, &value);
  CALL(ptrace, "poke a constant", POKEDATA, pid, constant, (value & ~0xffL) | 'R');
  SAY("ptrace", "own constant stays", "%s", constant);
  struct user_regs_struct regs;
  PTRACE(GETREGS, pid, 0, &regs);
  SAY("ptrace", "segments", "%llx %llx %llx %llx %llx %llx", regs.cs, regs.ss, regs.ds, regs.es, regs.fs, regs.gs);
  CALL(ptrace, "kernel code segment", POKEUSER, pid, offsetof(struct user_regs_struct, cs), 0x10);
  CALL(ptrace, "fs base too high", POKEUSER, pid, offsetof(struct user_regs_struct, fs_base), 1L << 60);
  CALL(ptrace, "misaligned register", PEEKUSER, pid, 3, &value);
  CALL(ptrace, "past struct user", PEEKUSER, pid, 928L, &value);
  CALL(ptrace, "last word of struct user", PEEKUSER, pid, 920L, &value);
  CALL(ptrace, "debug register 7", PEEKUSER, pid, offsetof(struct user, u_debugreg[7]), &value);
  CALL(ptrace, "debug register 7 = 0", POKEUSER, pid, offsetof(struct user, u_debugreg[7]), 0);
  CALL(ptrace, "debug register 4", POKEUSER, pid, offsetof(struct user, u_debugreg[4]), 1);
  CALL(ptrace, "poke the word between", POKEUSER, pid, 300, 0);
  CALL(ptrace, "continue with no signal", CONT, pid, 0, 65);
  resume(CONT, pid, 0);
  sleep_ms(5);
  CALL(ptrace, "while it runs", PEEKDATA, pid, &word, &value);
  kill(pid, SIGUSR1);
  expect_stop("a signal in pause", pid);
  SAY("ptrace", "pause was interrupted", "%ld in call %d", REG(pid, rax), REG(pid, orig_rax) == SYS_pause);
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, rax), (long)-EINTR);
  resume(CONT, pid, 0);
  expect_stop("changed memory", pid);
}

static void sets(void) {
  TRACEE(pid, {
    double value = 1.5;
    __asm__ volatile("movsd %0, %%xmm7; int3" : : "m"(value) : "xmm7");
    __asm__ volatile("movsd %%xmm7, %0" : "=m"(value));
    _exit(value == 2.5 ? 5 : 6);
  });
  resume(CONT, pid, 0);
  expect_stop("a breakpoint", pid);
  siginfo_t info;
  PTRACE(PTRACE_GETSIGINFO, pid, 0, &info);
  SAY("ptrace", "siginfo of a breakpoint", "%d", info.si_code);
  struct user_fpregs_struct fp;
  CALL(ptrace, "floating point", GETFPREGS, pid, 0, &fp);
  double low;
  memcpy(&low, (char *)fp.xmm_space + 7 * 16, 8);
  SAY("ptrace", "xmm7", "%g", low);
  SAY("ptrace", "control words", "%x %x", fp.cwd, fp.mxcsr);
  low = 2.5;
  memcpy((char *)fp.xmm_space + 7 * 16, &low, 8);
  CALL(ptrace, "set floating point", SETFPREGS, pid, 0, &fp);
  fp.mxcsr = 0xffffffff;
  CALL(ptrace, "bad MXCSR", SETFPREGS, pid, 0, &fp);
  struct user_regs_struct regs;
  struct iovec part = {&regs, sizeof regs + 64};
  CALL(ptrace, "register set", PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
  SAY("ptrace", "its size", "%d", part.iov_len == sizeof regs);
  SAY("ptrace", "no call", "%lld", regs.orig_rax);
  part.iov_len = 16;
  CALL(ptrace, "a part of it", PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
  SAY("ptrace", "size of the part", "%zu", part.iov_len);
  part.iov_len = 13;
  CALL(ptrace, "no whole words", PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
  part.iov_len = 16;
  CALL(ptrace, "set a part", PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
  CALL(ptrace, "no such set", PTRACE_GETREGSET, pid, 0x999, &part);
  struct iovec small = {&fp, 512};
  CALL(ptrace, "floating point as a set", PTRACE_GETREGSET, pid, NT_PRFPREG, &small);
  SAY("ptrace", "size of that", "%zu", small.iov_len);
  CALL(ptrace, "set to nowhere", PTRACE_GETREGSET, pid, NT_PRSTATUS, LOW);
  resume(CONT, pid, 0);
  expect_stop("changed xmm7", pid);
}

static void steps(void) {
  TRACEE(pid, {
    __asm__ volatile("int3; nop; nop; mov $39, %%eax; syscall; nop" : : : "rax", "rcx", "r11", "memory");
    _exit(3);
  });
  resume(CONT, pid, 0);
  wait_for(pid);
  long place = REG(pid, rip);
  for (int i = 0; i < 2; i++) {
    resume(SINGLESTEP, pid, 0);
    expect_stop("a step", pid);
    SAY("ptrace", "bytes further", "%ld", REG(pid, rip) - place);
  }
  siginfo_t info;
  PTRACE(PTRACE_GETSIGINFO, pid, 0, &info);
  SAY("ptrace", "siginfo of a step", "code %d, place %d", info.si_code, (long)info.si_addr == REG(pid, rip));
  SAY("ptrace", "trap flag", "%d", (REG(pid, eflags) & 0x100) != 0);
  resume(SINGLESTEP, pid, 0);
  wait_for(pid);
  resume(SINGLESTEP, pid, 0);
  expect_stop("a step over a call", pid);
  SAY("ptrace", "bytes further", "%ld", REG(pid, rip) - place);
  SAY("ptrace", "its answer", "%d", REG(pid, rax) == pid);
  resume(CONT, pid, 0);
  expect_stop("runs on", pid);
}

static volatile int handled;
static void handler(int number) {
  handled = number;
}

static void step_into_handler(void) {
  TRACEE(pid, {
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    _exit(handled == SIGUSR1 ? 4 : 5);
  });
  resume(CONT, pid, 0);
  wait_for(pid);
  resume(SINGLESTEP, pid, SIGUSR1);
  expect_stop("a step with a signal", pid);
  SAY("ptrace", "at the handler", "%d", REG(pid, rip) == (long)handler);
  resume(CONT, pid, 0);
  expect_stop("the handler returns", pid);
}

static int __attribute__((noinline)) victim(int value) {
  return value + 1;
}

static void breakpoint(void) {
  TRACEE(pid, {
    int sum = 0;
    for (int i = 0; i < 20000; i++) sum = ((int (*volatile)(int))victim)(sum); /* long enough to be translated */
    raise(SIGUSR1);
    sum = ((int (*volatile)(int))victim)(sum);
    raise(SIGUSR2);
    sum = ((int (*volatile)(int))victim)(sum);
    _exit(sum == 20002 ? 5 : 6);
  });
  resume(CONT, pid, 0);
  expect_stop("before the breakpoint is set", pid);
  long code = 0;
  PTRACE(PEEKDATA, pid, victim, &code);
  CALL(ptrace, "set a breakpoint", POKEDATA, pid, victim, (code & ~0xffL) | 0xcc);
  resume(CONT, pid, 0);
  expect_stop("the breakpoint", pid);
  SAY("ptrace", "right behind it", "%ld", REG(pid, rip) - (long)victim);
  PTRACE(POKEDATA, pid, victim, code);
  PTRACE(POKEUSER, pid, offsetof(struct user_regs_struct, rip), (long)victim);
  resume(CONT, pid, 0);
  expect_stop("taken away again", pid);
  resume(CONT, pid, 0);
  expect_stop("the end", pid);
}

int main(void) {
  signals();
  siginfo();
  calls();
  replaced_call();
  emulated_call();
  memory();
  sets();
  steps();
  step_into_handler();
  breakpoint();
  return 0;
}
