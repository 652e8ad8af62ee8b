/* Small seccomp filters. */
#ifndef FILTER_H
#define FILTER_H
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <ucontext.h>

#define STMT(code, k) {(unsigned short)(code), 0, 0, k}
#define JUMP(code, k, jt, jf) {(unsigned short)(code), jt, jf, k}
#define LOAD_NUMBER STMT(BPF_LD | BPF_W | BPF_ABS, 0)

static long __attribute__((unused)) set_filter(struct sock_filter *code, unsigned short length, unsigned flags) {
  struct sock_fprog program = {length, code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* This call gets this answer, all others pass. */
static long __attribute__((unused)) block_call_flags(int number, unsigned answer, unsigned flags) {
  struct sock_filter code[] = {LOAD_NUMBER, JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), STMT(BPF_RET | BPF_K, answer),
                               STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  return set_filter(code, 4, flags);
}

static void __attribute__((unused)) block_call(int number, unsigned answer) {
  if (block_call_flags(number, answer, 0) != 0) _exit(96);
}

/* This call is answered by the rest of the program, all others pass. */
static void __attribute__((unused)) answer_with(int number, struct sock_filter *rest, int length) {
  struct sock_filter code[40] = {LOAD_NUMBER, JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 1, 0), STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  memcpy(code + 3, rest, length * sizeof *rest);
  if (set_filter(code, length + 3, 0) != 0) _exit(95);
}
#endif
