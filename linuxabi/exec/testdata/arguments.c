/* Prints its arguments, each in brackets, and the name it was executed by. */
#include <stdio.h>
#include <sys/auxv.h>

int main(int argc, char **argv) {
  for (int i = 0; i < argc; i++) printf("[%s]", argv[i]);
  printf(" %s\n", (char *)getauxval(AT_EXECFN));
  return 0;
}
