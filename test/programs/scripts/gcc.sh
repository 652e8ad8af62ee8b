# Compiles and links a program, dynamically and statically, optimised, from two files; runs it.
set -e
mkdir /tmp/gcc; cd /tmp/gcc
cat > sieve.c <<'C'
#include <stdlib.h>
#include "sieve.h"
int sieve(int limit) {
  char *marks = calloc(limit + 1, 1);
  int count = 0;
  for (int i = 2; i <= limit; i++) {
    if (marks[i]) continue;
    count++;
    for (long j = (long)i * i; j <= limit; j += i) marks[j] = 1;
  }
  free(marks);
  return count;
}
C
echo 'int sieve(int limit);' > sieve.h
cat > main.c <<'C'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include "sieve.h"
static void *run(void *limit) { return (void *)(long)sieve((int)(long)limit); }
int main(int argc, char **argv) {
  pthread_t threads[4];
  for (long i = 0; i < 4; i++) pthread_create(&threads[i], 0, run, (void *)((i + 1) * 1000000));
  for (int i = 0; i < 4; i++) { void *count; pthread_join(threads[i], &count); printf("%ld\n", (long)count); }
  printf("%.12f %d\n", sqrt(argc + 1.0), argc);
  return 3;
}
C
gcc -O2 -Wall -Wextra -c sieve.c; gcc -O2 -Wall -c main.c; gcc -o dynamic main.o sieve.o -lm -lpthread; gcc -O3 -flto -static -o static main.c sieve.c -lm
for p in dynamic static; do ./$p a || echo "status $?"; done
echo 'int main(void) { return undeclared; }' > bad.c; gcc bad.c 2>&1 | head -3 || true
gcc -S -O2 -o - sieve.c | wc -l; ar rc libsieve.a sieve.o; nm libsieve.a | grep ' T '; objdump -d sieve.o | wc -l; size static | wc -l
