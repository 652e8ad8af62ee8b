/* SSE exceptions that a program has unmasked end in SIGFPE, with the code that says which. */
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf back;
static int code;

static void handler(int sig, siginfo_t *info, void *context) {
  code = info->si_code;
  siglongjmp(back, sig);
}

static void divide(const char *what, int unmasked, double a, double b) {
  volatile double x = a, y = b, quotient = 0;
  int sig = sigsetjmp(back, 1);
  if (sig == 0) {
    feenableexcept(unmasked);
    for (int i = 0; i < 3000; i++) quotient = x / y;
  }
  fedisableexcept(FE_ALL_EXCEPT);
  feclearexcept(FE_ALL_EXCEPT);
  printf("%s: signal %d, code %d\n", what, sig, sig ? code : 0);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGFPE, &action, 0);
  divide("by zero", FE_DIVBYZERO, 1, 0);
  divide("by zero, masked", FE_INVALID, 1, 0);
  divide("invalid", FE_INVALID, 0, 0);
  divide("overflow", FE_OVERFLOW, 1e300, 1e-300);
  divide("underflow", FE_UNDERFLOW, 1e-300, 1e300);
  divide("inexact", FE_INEXACT, 1, 3);
  divide("exact", FE_ALL_EXCEPT, 6, 3);
  return 0;
}
