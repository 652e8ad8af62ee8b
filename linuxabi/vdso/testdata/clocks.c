/* Reads the time by the functions of the vDSO, through libc, and checks that they agree. */
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>

int main(void) {
  struct timespec real, before, after, resolution;
  struct timeval day;
  printf("vdso %d\n", *(int *)getauxval(AT_SYSINFO_EHDR) == 0x464c457f);
  printf("calls %d %d\n", clock_gettime(CLOCK_REALTIME, &real), gettimeofday(&day, NULL));
  time_t now = time(NULL);
  printf("agree %d\n", day.tv_sec - real.tv_sec <= 2 && now - real.tv_sec <= 2 && now >= real.tv_sec);
  clock_gettime(CLOCK_MONOTONIC, &before);
  clock_gettime(CLOCK_MONOTONIC, &after);
  long passed = (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec;
  printf("monotonic %d\n", passed >= 0);
  printf("resolution %d", clock_getres(CLOCK_MONOTONIC, &resolution));
  printf(" %ld\n", resolution.tv_nsec);
  printf("wrong clock %d\n", clock_gettime(12345, &real));
  return 0;
}
