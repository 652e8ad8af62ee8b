/* printf, scanf and number conversion of every kind, long double included. */
#define _GNU_SOURCE
#include <stddef.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <float.h>
#include <string.h>
#include <wchar.h>
#include <inttypes.h>
#include <time.h>
int main(void) {
  double d[] = {0.0, -0.0, 1.0, 0.1, 1e100, 1e-300, 5e-324, DBL_MAX, M_PI, 123456789.123456789, INFINITY, -INFINITY, NAN, 0.5, 1.5, 2.5};
  for (int i = 0; i < 16; i++) printf("%f|%e|%g|%a|%.0f|%20.10g|%-+15.3e|%#g\n", d[i], d[i], d[i], d[i], d[i], d[i], d[i], d[i]);
  long double l[] = {0.0L, 1.0L, 0.1L, LDBL_MAX, LDBL_MIN, LDBL_EPSILON, -3.14159265358979323846L, 1e4000L, INFINITY};
  for (int i = 0; i < 9; i++) printf("%Lf|%.30Le|%Lg|%La\n", i == 3 || i == 7 ? 1.0L : l[i], l[i], l[i], l[i]);
  printf("%Lf\n", LDBL_MAX);
  printf("%d %5d %-5d| %05d %+d % d %x %X %#x %o %#o %u %hhd %hd %ld %lld %zu %jd %td\n", -1, 42, 42, 42, 42, 42, 255, 255, 255, 8, 8, -1, 300, 70000, -5L, -6LL, (size_t)7, (intmax_t)-8, (ptrdiff_t)9);
  printf("%s|%10s|%-10s|%.2s|%c|%%|%p|%ls|%5.1f|%*d|%-*d|%.*f\n", "str", "right", "left", "trunc", 'c', (void *)0x1234, L"wide", 2.25, 6, 42, 6, 42, 2, 3.14159);
  char b[200];
  for (const char **s = (const char *[]){"1.5", "0x1.8p3", "inf", "nan(12)", "1e999", "-1e-999", "12abc", "  +7", "0.1e", 0}; *s; s++) {
    char *e;
    double v = strtod(*s, &e);
    long double w = strtold(*s, 0);
    float f = strtof(*s, 0);
    printf("%s -> %g %Lg %g rest '%s'\n", *s, v, w, f, e);
  }
  printf("%ld %lu %lld %ld %ld\n", strtol("-0x7f", 0, 16), strtoul("777", 0, 8), strtoll("9999999999999999999", 0, 10), strtol("zz", 0, 36), strtol("12", 0, 0));
  int a, n;
  float f;
  double g;
  long double h;
  char w[20], set[20];
  unsigned u;
  n = sscanf("12 3.5 4.25 1e-5 word [abc] ff", "%d %f %lf %Lf %19s [%19[a-c]] %x", &a, &f, &g, &h, w, set, &u);
  printf("%d: %d %g %g %Lg %s %s %u\n", n, a, f, g, h, w, set, u);
  for (double x = -3; x < 4; x += 0.7)
  printf("%.15g %.15g %.15g %.15g %.15g %.15g %.15g %.15g %.15g\n", sin(x), cos(x), tan(x), exp(x), log(fabs(x)), pow(fabs(x), 2.5), atan2(x, 2), sqrt(fabs(x)), cbrt(x));
  for (long double x = -3; x < 4; x += 0.7L)
  printf("%.18Lg %.18Lg %.18Lg %.18Lg %.18Lg %.18Lg %.18Lg\n", sinl(x), cosl(x), expl(x), logl(fabsl(x)), powl(fabsl(x), 2.5L), atan2l(x, 2), sqrtl(fabsl(x)));
  printf("%.17g %.17g %.17g %ld %ld %.17g %d\n", fmod(10, 3.3), remainder(10, 3.3), floor(-2.5), lround(2.5), lrint(2.5), nearbyint(3.5), ilogb(1000));
  printf("%.17g %.17g %.17g %.17g\n", tgamma(5.5), lgamma(10.1), erf(0.5), j0(1.0));
  printf("%Lg %Lg %Lg\n", fmodl(1e30L, 7), ldexpl(1, 1000), frexpl(1e10L, &n));
  printf("%s\n", setlocale(LC_ALL, "") ? "locale" : "none");
  setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
  tzset();
  for (time_t t = 1700000000; t < 1735000000; t += 7777777) {
    struct tm *m = localtime(&t);
    strftime(b, 200, "%c %Z %z %j %U %G-%V", m);
    printf("%s %ld\n", b, mktime(m) - t);
  }
  struct tm m = {0};
  printf("%s|", strptime("2024-02-29 12:34:56", "%Y-%m-%d %H:%M:%S", &m));
  printf("%d %d %d\n", m.tm_yday, m.tm_wday, m.tm_hour);
  return 0;
}
