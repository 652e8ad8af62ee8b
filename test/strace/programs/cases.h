/* Each CASE is a program of its own: `program NAME` runs it. The test finds the names in the source. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct named_case {
  const char *name;
  void (*run)(void);
};

#define CASE(name)                                                                                 \
  static void case_##name(void);                                                                   \
  static const struct named_case entry_##name                                                      \
      __attribute__((used, section("cases"), aligned(8))) = {#name, case_##name};                  \
  static void case_##name(void)

extern const struct named_case __start_cases[], __stop_cases[];

int main(int argc, char **argv) {
  for (const struct named_case *it = __start_cases; it < __stop_cases; it++)
    if (argc > 1 && strcmp(it->name, argv[1]) == 0) {
      it->run();
      return 0;
    }
  return 99;
}
