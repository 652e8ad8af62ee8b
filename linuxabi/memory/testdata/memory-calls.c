/*
 * What the memory calls answer to right and wrong arguments. Prints one line per call: its name, and "ok", a value, or
 * the error number. The output is the same on every Linux; addresses are shown relative to the program's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL
#define LIMIT 0x7ffffffff000UL

static void show(const char *name, long result) {
  if (result == -1) printf("%s: errno %d\n", name, errno);
  else printf("%s: %ld\n", name, result);
}

static long ok(const void *result) { return result == MAP_FAILED ? -1 : 0; }

#define MAP(address, length, prot, flags, fd, offset) \
  ok((void *)syscall(SYS_mmap, (void *)(address), (size_t)(length), prot, flags, fd, (off_t)(offset)))
#define CALL(...) show(#__VA_ARGS__, __VA_ARGS__)

static sigjmp_buf back;
static volatile int caught;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)context;
  caught = signal * 100 + info->si_code;
  siglongjmp(back, 1);
}

/* Signal and code that a read (or write) of a byte gives; 0 when it works. */
static int touch(volatile char *address, int write) {
  caught = 0;
  if (sigsetjmp(back, 1) == 0) {
    if (write) *address = 1;
    else (void)*address;
  }
  return caught;
}

static char *fresh(int pages, int prot, int flags) {
  return mmap(NULL, pages * PAGE, prot, flags | MAP_ANONYMOUS, -1, 0);
}

static const int RW = PROT_READ | PROT_WRITE;
static const int PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS;

static void test_mmap(int file, int read_only, int write_only, int directory) {
  CALL(MAP(0, 0, RW, PRIVATE, -1, 0));
  CALL(MAP(0, PAGE, RW, MAP_ANONYMOUS, -1, 0));
  CALL(MAP(0, PAGE, RW, PRIVATE | MAP_SHARED, -1, 0));
  CALL(MAP(0, PAGE, RW, PRIVATE, -1, 1));
  CALL(MAP(0, PAGE, RW, PRIVATE, 99, PAGE));
  CALL(MAP(0, LIMIT, PROT_NONE, PRIVATE, -1, 0));
  CALL(MAP(0, LIMIT + PAGE, PROT_NONE, PRIVATE, -1, 0));
  CALL(MAP(0, -1UL, PROT_NONE, PRIVATE, -1, 0));
  CALL(MAP(0, -5000UL, PROT_NONE, PRIVATE, -1, 0));
  CALL(MAP(1, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0));
  CALL(MAP(LIMIT, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0));
  CALL(MAP(LIMIT - PAGE, 2 * PAGE, RW, PRIVATE | MAP_FIXED, -1, 0));
  CALL(MAP(0xffff800000000000UL, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0));
  CALL(MAP(0xffff800000000000UL, PAGE, RW, PRIVATE, -1, 0));
  CALL(MAP(0, PAGE, RW, MAP_PRIVATE, -1, 0));
  CALL(MAP(0, PAGE, RW, MAP_PRIVATE, 99, 0));
  CALL(MAP(0, PAGE, RW, MAP_PRIVATE, file, 0));
  CALL(MAP(0, PAGE, RW, MAP_PRIVATE, file, 100));
  CALL(MAP(0, 0, RW, MAP_PRIVATE, 99, 0));
  CALL(MAP(0, 0, RW, MAP_PRIVATE, 99, 5));
  CALL(MAP(0, PAGE, RW, MAP_PRIVATE, read_only, 0));
  CALL(MAP(0, PAGE, RW, MAP_SHARED, read_only, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_SHARED, read_only, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_SHARED, write_only, 0));
  CALL(MAP(0, PAGE, PROT_WRITE, MAP_SHARED, write_only, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_PRIVATE, write_only, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_PRIVATE, directory, 0));
  CALL(MAP(0, PAGE, PROT_READ, 0, file, 0));
  CALL(MAP(0, PAGE, PROT_READ, 5, file, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_SHARED_VALIDATE, file, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, file, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0));
  CALL(MAP(0, PAGE, PROT_READ, MAP_PRIVATE, file, 0x7ffffffffffff000L));
  CALL(MAP(0, 1UL << 44, RW, PRIVATE, -1, 0));
  CALL(MAP(0, 1UL << 44, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  CALL(MAP(0, 1UL << 44, RW, PRIVATE | MAP_NORESERVE, -1, 0));
  CALL(MAP(0, 1UL << 44, PROT_READ, PRIVATE, -1, 0));
  char *vast = mmap(NULL, 1UL << 44, PROT_NONE, PRIVATE | MAP_NORESERVE, -1, 0);
  CALL(ok(vast));
  CALL(munmap(vast, 1UL << 44));
  char *area = fresh(2, RW, MAP_PRIVATE);
  CALL(MAP(area, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0));
  CALL(MAP(area + 100, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0));
  CALL(MAP(area + 100, PAGE, RW, PRIVATE, -1, 0));
  area[0] = 9;
  CALL(MAP(area, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0));
  CALL(area[0]);
  char *low = mmap(NULL, PAGE, RW, PRIVATE | MAP_32BIT, -1, 0);
  CALL((uintptr_t)low < (1UL << 31));
  int zero = open("/dev/zero", O_RDWR);
  char *zeros = mmap(NULL, PAGE, RW, MAP_PRIVATE, zero, 0);
  CALL(zeros == MAP_FAILED ? -1 : zeros[7]);
}

static void test_munmap(void) {
  char *area = fresh(4, RW, MAP_PRIVATE);
  CALL(munmap(area + 1, PAGE));
  CALL(munmap(area, 0));
  CALL(munmap(area, -1UL));
  CALL(munmap((void *)LIMIT, 2 * PAGE));
  CALL(munmap(area + PAGE, PAGE));
  CALL(munmap(area + PAGE, PAGE));
  CALL(touch(area, 1));
  CALL(touch(area + PAGE, 1));
  CALL(touch(area + 2 * PAGE, 1));
  CALL(munmap(area, 1));
  CALL(touch(area, 0));
}

static void test_mprotect(int read_only) {
  char *area = fresh(4, RW, MAP_PRIVATE);
  CALL(mprotect(area + 1, PAGE, PROT_READ));
  CALL(mprotect(area, 0, PROT_READ));
  CALL(syscall(SYS_mprotect, area, PAGE, 0x10));
  CALL(syscall(SYS_mprotect, area, PAGE, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP));
  CALL(syscall(SYS_mprotect, area, PAGE, PROT_READ | PROT_GROWSDOWN));
  CALL(syscall(SYS_mprotect, area, -1UL, PROT_READ));
  CALL(mprotect(area, PAGE, PROT_READ));
  CALL(touch(area, 0));
  CALL(touch(area, 1));
  CALL(mprotect(area, PAGE, PROT_NONE));
  CALL(touch(area, 0));
  CALL(mprotect(area, PAGE, PROT_WRITE));
  CALL(touch(area, 0));
  CALL(touch(area, 1));
  munmap(area + 2 * PAGE, PAGE);
  CALL(mprotect(area, 4 * PAGE, PROT_READ));
  CALL(touch(area + PAGE, 1));
  CALL(touch(area + 3 * PAGE, 1));
  char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, read_only, 0);
  CALL(mprotect(shared, PAGE, RW));
  CALL(mprotect(shared, PAGE, PROT_NONE));
  CALL(mprotect(shared, PAGE, PROT_READ));
  char *copy = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, read_only, 0);
  CALL(mprotect(copy, PAGE, RW));
  CALL(touch(copy, 1));
}

static void test_mremap(void) {
  char *area = fresh(4, RW, MAP_PRIVATE);
  memset(area, 'a', 4 * PAGE);
  CALL(ok(mremap(area + 1, PAGE, PAGE, 0)));
  CALL(ok(mremap(area, PAGE, 0, 0)));
  CALL(ok(mremap(area, PAGE, PAGE, 0x100)));
  CALL(ok(mremap(area, PAGE, PAGE, MREMAP_FIXED, area + 2 * PAGE)));
  CALL(ok(mremap(area, 2 * PAGE, 2 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, area + PAGE)));
  CALL(ok(mremap(area, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, area + 100)));
  CALL(ok(mremap(area, 0, PAGE, MREMAP_MAYMOVE)));
  CALL(ok(mremap(area, PAGE, 2 * PAGE, 0)));
  CALL(ok(mremap(area, 4 * PAGE, -1UL, MREMAP_MAYMOVE)));
  CALL(mremap(area, 4 * PAGE, 2 * PAGE, 0) == area);
  CALL(touch(area + 2 * PAGE, 0));
  char *moved = mremap(area, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
  CALL(moved == MAP_FAILED ? -1 : moved[2 * PAGE - 1]);
  CALL(moved[2 * PAGE] + moved[64 * PAGE - 1]);
  char *target = fresh(4, RW, MAP_PRIVATE);
  CALL(mremap(moved, 2 * PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, target) == target);
  CALL(target[5]);
  CALL(target[PAGE]);
  CALL(touch(moved, 0));
  CALL(touch(moved + PAGE, 0));
  CALL(ok(mremap((void *)(16 * PAGE), PAGE, 2 * PAGE, MREMAP_MAYMOVE)));
  char *shared = fresh(2, RW, MAP_SHARED);
  strcpy(shared, "same");
  char *twin = mremap(shared, 0, PAGE, MREMAP_MAYMOVE);
  CALL(twin == MAP_FAILED ? -1 : strcmp(twin, "same"));
  strcpy(twin, "both");
  CALL(strcmp(shared, "both"));
  char *left = fresh(1, RW, MAP_PRIVATE);
  left[0] = 'x';
  char *right = mremap(left, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
  CALL(right == MAP_FAILED ? -1 : right[0]);
  CALL(left[0]);
}

static void test_brk(void) {
  char *start = sbrk(0);
  CALL(brk(start + 100));
  CALL((char *)sbrk(0) - start);
  CALL(touch(start + 99, 1));
  CALL(syscall(SYS_brk, 0) == (long)(start + 100));
  CALL(syscall(SYS_brk, LIMIT) == (long)(start + 100));
  CALL(brk(start + 3 * PAGE));
  start[2 * PAGE] = 5;
  CALL(brk(start + PAGE));
  CALL(brk(start + 3 * PAGE));
  CALL(start[2 * PAGE]);
  struct rlimit data = {1 << 20, RLIM_INFINITY};
  setrlimit(RLIMIT_DATA, &data);
  CALL(brk(start + (64 << 20)));
}

static void test_madvise(int file) {
  char *area = fresh(4, RW, MAP_PRIVATE);
  memset(area, 'a', 4 * PAGE);
  CALL(madvise(area + 1, PAGE, MADV_NORMAL));
  CALL(madvise(area, PAGE, 77));
  CALL(madvise(area, 0, MADV_DONTNEED));
  CALL(madvise(area, -1UL, MADV_DONTNEED));
  CALL(madvise(area, PAGE, MADV_DONTNEED));
  CALL(area[0] * 1000 + area[PAGE]);
  CALL(madvise(area + PAGE, PAGE, MADV_WILLNEED));
  CALL(madvise(area + PAGE, PAGE, MADV_POPULATE_READ));
  CALL(madvise(area + PAGE, PAGE, MADV_POPULATE_WRITE));
  char *mapped = mmap(NULL, PAGE, RW, MAP_PRIVATE, file, 0);
  char *shared = mmap(NULL, PAGE, RW, MAP_SHARED, file, 0);
  char *memory = fresh(1, RW, MAP_SHARED);
  munmap(area + 2 * PAGE, PAGE);
  CALL(madvise(area, 4 * PAGE, MADV_DONTNEED));
  CALL(area[PAGE] + area[3 * PAGE]);
  memory[0] = 'm';
  CALL(madvise(memory, PAGE, MADV_DONTNEED));
  CALL(memory[0]);
  CALL(madvise(memory, PAGE, MADV_REMOVE));
  CALL(memory[0]);
  CALL(madvise(shared, PAGE, MADV_DONTNEED));
  CALL(shared[0]);
  CALL(madvise(area, PAGE, MADV_REMOVE));
  mapped[0] = '!';
  CALL(madvise(mapped, PAGE, MADV_FREE));
  CALL(madvise(mapped, PAGE, MADV_WIPEONFORK));
  CALL(madvise(mapped, PAGE, MADV_REMOVE));
  CALL(madvise(mapped, PAGE, MADV_DONTNEED));
  CALL(mapped[0]);
  unsigned char resident[8];
  CALL(mincore(area + 1, PAGE, resident));
  CALL(mincore(area, PAGE, NULL));
  CALL(mincore(area, 4 * PAGE, resident));
  CALL(mincore(area, 2 * PAGE, resident));
  CALL(msync(area + 1, PAGE, MS_SYNC));
  CALL(msync(area, PAGE, MS_SYNC | MS_ASYNC));
  CALL(msync(area, PAGE, 0x80));
  CALL(msync(area, 0, 0));
  CALL(msync(area, 4 * PAGE, MS_ASYNC));
  CALL(msync(area, 2 * PAGE, MS_SYNC));
}

static void test_fork(void) {
  char *area = fresh(4, RW, MAP_PRIVATE);
  char *shared = fresh(1, RW, MAP_SHARED);
  memset(area, 'p', 4 * PAGE);
  madvise(area + PAGE, PAGE, MADV_WIPEONFORK);
  madvise(area + 2 * PAGE, PAGE, MADV_DONTFORK);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    CALL(area[0]);
    CALL(area[PAGE]);
    CALL(touch(area + 2 * PAGE, 0));
    area[3 * PAGE] = 'c';
    shared[0] = 's';
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  CALL(area[3 * PAGE]);
  CALL(area[PAGE]);
  CALL(shared[0]);
}

static void test_files(int file, const char *path) {
  char *one = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, file, 0);
  char *two = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, file, 0);
  char text[8] = "";
  memcpy(one + 10, "mapped", 6);
  CALL(memcmp(two + 10, "mapped", 6));
  CALL(pread(file, text, 6, 10));
  CALL(memcmp(text, "mapped", 6));
  CALL(pwrite(file, "called", 6, 20));
  CALL(memcmp(one + 20, "called", 6));
  CALL(touch(one + PAGE, 0));
  CALL(touch(one + PAGE - 1, 0));
  CALL(msync(one, PAGE, MS_SYNC));
  munmap(one, 2 * PAGE);
  munmap(two, 2 * PAGE);
  int again = open(path, O_RDONLY);
  CALL(pread(again, text, 6, 10));
  CALL(memcmp(text, "mapped", 6));
  CALL(lseek(again, 0, SEEK_END));
  char *beyond = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, again, 0);
  CALL(beyond[200]);
  CALL(touch(beyond + PAGE, 0));
}

static void test_locks(void) {
  char *area = fresh(4, RW, MAP_PRIVATE);
  CALL(mlock(area, 2 * PAGE));
  CALL(madvise(area, PAGE, MADV_DONTNEED));
  CALL(msync(area, PAGE, MS_INVALIDATE));
  CALL(munlock(area, 2 * PAGE));
  CALL(mlock(area, -1UL));
  CALL(syscall(SYS_mlock2, area, PAGE, 8));
  CALL(mlockall(0));
  CALL(mlockall(MCL_ONFAULT));
  CALL(mlockall(64));
  munmap(area + PAGE, PAGE);
  CALL(mlock(area, 3 * PAGE));
  CALL(munlock(area, 3 * PAGE));
  CALL(munlockall());
}

int main(void) {
  stack_t stack = {.ss_sp = malloc(SIGSTKSZ * 4), .ss_size = SIGSTKSZ * 4};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  const char *path = "/tmp/k42-memory-calls";
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  char content[100];
  memset(content, 'f', sizeof content);
  if (write(file, content, sizeof content) != sizeof content) return 1;
  int read_only = open(path, O_RDONLY), write_only = open(path, O_WRONLY), directory = open("/tmp", O_RDONLY);
  test_mmap(file, read_only, write_only, directory);
  test_munmap();
  test_mprotect(read_only);
  test_mremap();
  test_madvise(file);
  test_fork();
  test_files(file, path);
  test_locks();
  test_brk();
  unlink(path);
  return 0;
}
