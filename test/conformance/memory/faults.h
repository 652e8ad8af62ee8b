/* Touching memory that may not be there. */
#ifndef FAULTS_H
#define FAULTS_H
#include "conform.h"
#include <setjmp.h>

#define PAGE 4096L
static sigjmp_buf fault_exit;
static volatile int fault_signal, fault_code;

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  fault_signal = number;
  fault_code = info->si_code;
  siglongjmp(fault_exit, 1);
}

static void catch_faults(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGBUS, &action, 0);
}

/* The byte there, or the fault: "7", "SIGBUS 2". */
static const char *look(const volatile char *at) {
  static char text[4][24];
  static int turn;
  char *out = text[turn++ % 4];
  if (sigsetjmp(fault_exit, 1) == 0) sprintf(out, "%d", *at);
  else sprintf(out, "%s %d", signal_name(fault_signal), fault_code);
  return out;
}

static const char *poke(volatile char *at, char value) {
  static char text[4][24];
  static int turn;
  char *out = text[turn++ % 4];
  if (sigsetjmp(fault_exit, 1) == 0) {
    *at = value;
    strcpy(out, "written");
  } else sprintf(out, "%s %d", signal_name(fault_signal), fault_code);
  return out;
}

static char *__attribute__((unused)) anonymous(long pages) {
  return mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Room where nothing is mapped. */
static char *__attribute__((unused)) hole(long pages) {
  char *at = mmap(0, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(at, pages * PAGE);
  return at;
}
#endif
