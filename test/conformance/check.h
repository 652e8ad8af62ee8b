/* Shared by the programs that print what calls answer: CHECK(call) prints the call, its result (-1 on errors) and errno's name. */
#ifndef CHECK_H
#define CHECK_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(call) \
  do { \
    errno = 0; \
    long check_result = (long)(call); \
    printf("%s = %ld %s\n", #call, check_result < 0 ? -1 : check_result, check_result < 0 ? strerrorname_np(errno) : ""); \
  } while (0)

static char scratch_path[] = "/tmp/k42-check-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk) {
  (void)st, (void)kind, (void)walk;
  return remove(path);
}

/* Call at the end, as the user who called enter_scratch. */
static inline void leave_scratch(void) {
  nftw(scratch_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* An empty working directory of its own, umask 022, unbuffered output. */
static inline void enter_scratch(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (mkdtemp(scratch_path) == 0 || chdir(scratch_path) != 0 || chmod(".", 0755) != 0) {
    perror("scratch directory");
    exit(99);
  }
  umask(022);
}
#endif
