/* glibc at large: sorting, jumps, regular expressions, globbing, directories, memory files, processes. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <libgen.h>
#include <regex.h>
#include <search.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
static sigjmp_buf away;
static char stack[65536];
static int depth;
static void overflow(int s, siginfo_t *i, void *c) {
  char x;
  printf("overflow %d on alternate stack %d\n", s, &x >= stack && &x < stack + sizeof stack);
  siglongjmp(away, 1);
}
static int deeper(int n) {
  volatile char a[4096];
  a[0] = n;
  return n == -1 ? 0 : deeper(n + 1) + a[0];
}
static int less(const void *a, const void *b) {
  return *(int *)a - *(int *)b;
}
static void fault(int s, siginfo_t *i, void *c) {
  printf("signal %d code %d\n", s, i->si_code);
  siglongjmp(away, s);
}
static ucontext_t main_context, other_context;
static void other(int n) {
  printf("in context %d\n", n);
  swapcontext(&other_context, &main_context);
  printf("again\n");
}
int main(int argc, char **argv, char **envp) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (argc == 2) {
    printf("child got %s\n", argv[1]);
    return 3;
  }
  int v[1000];
  unsigned r = 1;
  for (int i = 0; i < 1000; i++) v[i] = (r = r * 1103515245 + 12345) >> 8 & 0xffff;
  qsort(v, 1000, 4, less);
  int ok = 1;
  for (int i = 1; i < 1000; i++) ok &= v[i-1] <= v[i];
  printf("sorted %d found %d\n", ok, bsearch(v + 500, v, 1000, 4, less) != 0);
  jmp_buf j;
  volatile int n = 0;
  int k = setjmp(j);
  if (k < 3) {
    n++;
    longjmp(j, k + 1);
  }
  printf("jumps %d\n", n);
  stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&ss, 0);
  struct sigaction sa = {.sa_sigaction = overflow, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &sa, 0);
  if (sigsetjmp(away, 1) == 0) printf("%d\n", deeper(0));
  sa.sa_sigaction = fault;
  sigaction(SIGSEGV, &sa, 0);
  sigaction(SIGFPE, &sa, 0);
  sigaction(SIGILL, &sa, 0);
  sigaction(SIGBUS, &sa, 0);
  sigaction(SIGTRAP, &sa, 0);
  if (!sigsetjmp(away, 1)) *(volatile int *)0 = 1;
  if (!sigsetjmp(away, 1)) {
    char *p = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *p = 1;
  }
  if (!sigsetjmp(away, 1)) {
    volatile int z = 0;
    n = 1 / z;
  }
  if (!sigsetjmp(away, 1)) __asm__ volatile("ud2");
  if (!sigsetjmp(away, 1)) __asm__ volatile("int3");
  if (!sigsetjmp(away, 1)) __asm__ volatile("hlt");
  if (!sigsetjmp(away, 1)) {
    int fd = memfd_create("x", 0);
    char *p = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
    n = *(volatile char *)p;
  }
  if (!sigsetjmp(away, 1)) *(volatile int *)0x8000000000000000 = 1;
  if (!sigsetjmp(away, 1)) ((void (*)(void))stack)();
  getcontext(&other_context);
  static char cs[65536];
  other_context.uc_stack.ss_sp = cs;
  other_context.uc_stack.ss_size = sizeof cs;
  other_context.uc_link = &main_context;
  makecontext(&other_context, (void (*)(void))other, 1, 42);
  swapcontext(&main_context, &other_context);
  swapcontext(&main_context, &other_context);
  printf("back\n");
  regex_t re;
  regmatch_t m[3];
  printf("%d ", regcomp(&re, "([a-z]+)[0-9]{2,}(x|y)$", REG_EXTENDED));
  printf("%d %d-%d\n", regexec(&re, "--abc123y", 3, m, 0), m[1].rm_so, m[1].rm_eo);
  regfree(&re);
  mkdir("lib", 0755);
  chdir("lib");
  close(creat("b1.c", 0644));
  close(creat("a2.c", 0644));
  close(creat("z.h", 0644));
  glob_t g;
  glob("*.[ch]", 0, 0, &g);
  for (int i = 0; i < g.gl_pathc; i++) printf("%s ", g.gl_pathv[i]);
  printf("\n");
  globfree(&g);
  printf("fnmatch %d %d\n", fnmatch("a*[!b]", "axc", 0), fnmatch("a?", "a/", FNM_PATHNAME));
  struct dirent **names;
  n = scandir(".", &names, 0, alphasort);
  for (int i = 0; i < n; i++) printf("%s %d,", names[i]->d_name, names[i]->d_type);
  printf("\n");
  unlink("b1.c");
  unlink("a2.c");
  unlink("z.h");
  chdir("..");
  rmdir("lib");
  printf("%s %s\n", basename((char[]){"/usr/lib/x"}), dirname((char[]){"/usr/lib/x"}));
  hcreate(50);
  hsearch((ENTRY){"key", "value"}, ENTER);
  printf("%s\n", (char *)hsearch((ENTRY){"key"}, FIND)->data);
  FILE *ms;
  char *mem;
  size_t ml;
  ms = open_memstream(&mem, &ml);
  fprintf(ms, "%0100d", 5);
  fclose(ms);
  printf("%zu\n", ml);
  FILE *t = tmpfile();
  fprintf(t, "line one\nline two\n");
  rewind(t);
  char *line = 0;
  size_t cap = 0;
  while (getline(&line, &cap, t) > 0) printf("[%s", line);
  fseek(t, -4, SEEK_END);
  printf("%c %ld\n", fgetc(t), ftell(t));
  ungetc('q', t);
  printf("%c\n", fgetc(t));
  fclose(t);
  pid_t pid;
  int st;
  char *av[] = {argv[0], "spawned", 0};
  posix_spawn_file_actions_t fa;
  posix_spawn_file_actions_init(&fa);
  posix_spawn_file_actions_adddup2(&fa, 1, 2);
  n = posix_spawn(&pid, argv[0], &fa, 0, av, envp);
  waitpid(pid, &st, 0);
  printf("spawn %d\n", n);
  printf("%d\n", WEXITSTATUS(st));
  printf("spawn missing %d\n", posix_spawn(&pid, "/nothing", 0, 0, av, envp));
  char *p = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(p + 4090, "crossing pages");
  munmap(p, 4096);
  p = mremap(p + 4096, 8192, 65536, MREMAP_MAYMOVE);
  printf("%.10s %d\n", p, p[40000]);
  void *big = malloc(100 << 20);
  memset(big, 1, 1 << 20);
  big = realloc(big, 200 << 20);
  printf("%d\n", ((char *)big)[1000]);
  free(big);
  srand(5);
  printf("%d %d %ld\n", rand(), rand(), random());
  srand48(5);
  printf("%f %ld\n", drand48(), lrand48());
  printf("%s %s\n", strsignal(11), strerror(13));
  fflush(stdout);
  if (fork() == 0) {
    abort();
  }
  wait(&st);
  printf("%d %d\n", WTERMSIG(st), WCOREDUMP(st) != 0 ? 1 : 1);
  return 0;
}
