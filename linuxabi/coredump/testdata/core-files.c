/*
 * Children that crash with different limits, and what their core files hold. With "core" as kernel.core_pattern the lines up to the patterns are the same
 * natively; what follows changes the pattern, so it is for k42 alone.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char in_data[] = "written in the data";
static const char word[] = "on a page of its own";

static void *idle(void *ready) {
  write(*(int *)ready, "x", 1);
  for (;;) pause();
}

static void crash(void) {
  int ends[2];
  char byte;
  pthread_t other;
  pipe(ends);
  pthread_create(&other, 0, idle, &ends[1]);
  read(ends[0], &byte, 1);
  in_data[0] = 'W';
  char *page = mmap((void *)0x20000000, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  strcpy(page, word);
  char *shared = mmap((void *)0x21000000, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  strcpy(shared, "shared");
  __asm__ volatile("mov $0x1234567, %%r12; movl $0, 0x10" ::: "r12", "memory");
}

/* A child that ends by crashing, or by the signal given. */
static pid_t run(rlim_t limit, int signal, int dumpable) {
  pid_t child = fork();
  if (child == 0) {
    struct rlimit both = {limit, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &both);
    prctl(PR_SET_DUMPABLE, dumpable);
    if (signal == 0) crash();
    kill(getpid(), signal);
  }
  int status;
  waitpid(child, &status, 0);
  printf("signal %d, %s\n", WTERMSIG(status), WCOREDUMP(status) ? "core dumped" : "no core");
  fflush(stdout);
  return child;
}

static Elf64_Ehdr *opened(const char *name, size_t *size) {
  int fd = open(name, O_RDONLY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return 0;
  *size = status.st_size;
  printf("mode %o, %s\n", status.st_mode & 07777, status.st_size % 4096 == 0 ? "whole pages" : "cut");
  Elf64_Ehdr *core = mmap(0, *size, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  return core;
}

static void notes(const char *at, const char *end, pid_t child) {
  int threads = 0;
  while (at < end) {
    const Elf64_Nhdr *note = (const void *)at;
    const char *content = at + sizeof *note + ((note->n_namesz + 3) & ~3);
    if (note->n_type == NT_PRSTATUS) {
      const prstatus_t *status = (const void *)content;
      const unsigned long *registers = (const void *)status->pr_reg;
      if (threads++ == 0) printf("first thread: %s, signal %d, r12 %#lx, fpvalid %d\n", status->pr_pid == child ? "the leader" : "another", status->pr_cursig, registers[3], status->pr_fpvalid);
    }
    if (note->n_type == NT_PRPSINFO) {
      const prpsinfo_t *info = (const void *)content;
      printf("process: %s, %s, parent %s\n", info->pr_fname, info->pr_pid == child ? "its pid" : "another", info->pr_ppid == getpid() ? "this" : "another");
    }
    if (note->n_type == NT_SIGINFO) {
      const siginfo_t *info = (const void *)content;
      printf("siginfo: signal %d code %d at %p\n", info->si_signo, info->si_code, info->si_addr);
    }
    if (note->n_type == NT_FILE) {
      const long *words = (const void *)content;
      const char *name = (const void *)(words + 2 + 3 * words[0]);
      printf("files: %s, page %ld, first %s\n", words[0] >= 4 ? "some" : "few", words[1], strrchr(name, '/') + 1);
    }
    at = content + ((note->n_descsz + 3) & ~3);
  }
  printf("threads: %d\n", threads);
}

/* What stands at an address of the process that died. */
static void memory(Elf64_Ehdr *core, const char *what, unsigned long address) {
  const Elf64_Phdr *header = (const void *)((char *)core + core->e_phoff);
  for (int i = 0; i < core->e_phnum; i++, header++)
    if (header->p_type == PT_LOAD && address >= header->p_vaddr && address < header->p_vaddr + header->p_memsz) {
      int held = address < header->p_vaddr + header->p_filesz;
      printf("%s: %s, %s\n", what, held ? (char *)core + header->p_offset + (address - header->p_vaddr) : "not held", header->p_flags & PF_W ? "writable" : "not writable");
      return;
    }
  printf("%s: nowhere\n", what);
}

static void show(const char *name, pid_t child) {
  size_t size;
  Elf64_Ehdr *core = opened(name, &size);
  if (core == 0) {
    printf("no %s\n", name);
    return;
  }
  const Elf64_Phdr *first = (const void *)((char *)core + core->e_phoff);
  printf("ELF type %d machine %d, first header %d\n", core->e_type, core->e_machine, first->p_type);
  notes((char *)core + first->p_offset, (char *)core + first->p_offset + first->p_filesz, child);
  memory(core, "data", (unsigned long)in_data);
  memory(core, "page", 0x20000000);
  memory(core, "shared", 0x21000000);
  memory(core, "code", (unsigned long)crash);
  munmap(core, size);
  unlink(name);
}

static void set(const char *name, const char *value) {
  int fd = open(name, O_WRONLY);
  if (write(fd, value, strlen(value)) < 0) perror(name);
  close(fd);
}

int main(int argc, char **argv) {
  show("core", run(RLIM_INFINITY, 0, 1));
  show("core", run(0, 0, 1));
  show("core", run(4095, SIGQUIT, 1));
  show("core", run(RLIM_INFINITY, SIGTERM, 1));
  show("core", run(RLIM_INFINITY, SIGABRT, 0));
  run(4096, SIGABRT, 1);
  struct stat status;
  printf("limited: %s\n", stat("core", &status) == 0 && status.st_size <= 4096 ? "yes" : "no");
  link("core", "second");
  run(RLIM_INFINITY, SIGABRT, 1);
  unlink("core"), unlink("second");
  symlink("elsewhere", "core");
  run(RLIM_INFINITY, SIGABRT, 1);
  printf("through a link: %s\n", access("elsewhere", F_OK) == 0 ? "written" : "not written");
  unlink("core");
  set("/proc/self/coredump_filter", "0x3");
  fflush(stdout);
  if (argc > 1) return 0;
  set("/proc/sys/kernel/core_pattern", "at.%e.%s.%u.%%.%");
  run(RLIM_INFINITY, SIGABRT, 1);
  printf("pattern: %s\n", access("at.core-files.6.0.%.", F_OK) == 0 ? "as told" : strerror(errno));
  set("/proc/sys/kernel/core_uses_pid", "1");
  set("/proc/sys/kernel/core_pattern", "numbered");
  char name[40];
  sprintf(name, "numbered.%d", run(RLIM_INFINITY, SIGABRT, 1));
  printf("with its pid: %s\n", access(name, F_OK) == 0 ? "as told" : strerror(errno));
  set("/proc/sys/kernel/core_pattern", "|/usr/bin/handler %p");
  run(RLIM_INFINITY, SIGABRT, 1);
}
