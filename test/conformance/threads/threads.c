/* pthreads over clone, futex, robust mutexes, thread exits, exec and fork with several threads. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/futex.h>
#include <time.h>
#include <unistd.h>

#define SHOW(what, call) do { errno = 0; long result_ = (call); printf("%s: %ld %s\n", what, result_, strerror(errno)); } while (0)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int total, turn;
static __thread int mine;
static void *adder(void *a) {
  mine = (int)(long)a;
  for (int i = 0; i < 2000; i++) { pthread_mutex_lock(&lock); total++; pthread_mutex_unlock(&lock); if (i % 100 == 0) sched_yield(); }
  return (void *)(long)(mine * 10);
}
static void *ping(void *a) {
  int who = (int)(long)a;
  for (int i = 0; i < 100; i++) {
    pthread_mutex_lock(&lock);
    while (turn != who) pthread_cond_wait(&cond, &lock);
    turn = !who; pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&lock);
  }
  return 0;
}
static void *die(void *m) { pthread_mutex_lock(m); return 0; }
static void *spin(void *a) { for (;;) pause(); }
static void *execer(void *a) { char *v[] = {"/proc/self/exe", "again", 0}; execv((char *)a, (char *[]){(char *)a, "again", 0}); perror("execv"); return 0; }
static void *forker(void *a) {
  pid_t pid = fork();
  if (pid == 0) { pthread_mutex_lock(&lock); _exit(syscall(SYS_gettid) == getpid() ? 11 : 12); }
  int status; waitpid(pid, &status, 0);
  return (void *)(long)WEXITSTATUS(status);
}
static pthread_t target;
static void got(int s) { printf("signal in target thread %d\n", pthread_equal(pthread_self(), target)); }
static void *sleeper(void *a) { struct timespec t = {5, 0}; int r = nanosleep(&t, 0); return (void *)(long)(r == -1 && errno == EINTR); }
int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (argc > 1) { printf("after exec tid==pid %d\n", syscall(SYS_gettid) == getpid()); return 6; }
  pthread_t t[8]; void *r; long sum = 0;
  for (long i = 0; i < 8; i++) pthread_create(&t[i], 0, adder, (void *)i);
  for (int i = 0; i < 8; i++) { pthread_join(t[i], &r); sum += (long)r; }
  printf("total %d sum %ld mine %d\n", total, sum, mine);
  pthread_create(&t[0], 0, ping, (void *)0); pthread_create(&t[1], 0, ping, (void *)1);
  pthread_join(t[0], 0); pthread_join(t[1], 0);
  printf("ping pong\n");
  pthread_mutexattr_t at; pthread_mutexattr_init(&at); pthread_mutexattr_setrobust(&at, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_t rob; pthread_mutex_init(&rob, &at);
  pthread_create(&t[0], 0, die, &rob); pthread_join(t[0], 0);
  printf("robust %s\n", strerror(pthread_mutex_lock(&rob)));
  printf("consistent %d unlock %d\n", pthread_mutex_consistent(&rob), pthread_mutex_unlock(&rob));
  struct timespec ts; clock_gettime(CLOCK_REALTIME, &ts); ts.tv_nsec += 10000000; if (ts.tv_nsec >= 1000000000) ts.tv_sec++, ts.tv_nsec -= 1000000000;
  pthread_mutex_lock(&lock);
  printf("timedwait %s\n", strerror(pthread_cond_timedwait(&cond, &lock, &ts)));
  pthread_mutex_unlock(&lock);
  int word = 5; struct timespec rel = {0, 1000000};
  SHOW("futex wrong value", syscall(SYS_futex, &word, FUTEX_WAIT, 4, 0));
  SHOW("futex timeout", syscall(SYS_futex, &word, FUTEX_WAIT, 5, &rel));
  SHOW("futex unaligned", syscall(SYS_futex, (char *)&word + 1, FUTEX_WAIT, 5, &rel));
  SHOW("futex bitset 0", syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 5, 0, 0, 0));
  printf("futex wake none %ld\n", syscall(SYS_futex, &word, FUTEX_WAKE, 1));
  printf("futex wake op %ld word %d\n", syscall(SYS_futex, &total, FUTEX_WAKE_OP, 1, 1, &word, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5)), word);
  signal(SIGUSR1, got);
  pthread_create(&target, 0, sleeper, 0); usleep(20000); pthread_kill(target, SIGUSR1);
  pthread_join(target, &r); printf("sleeper interrupted %ld\n", (long)r);
  pthread_create(&t[0], 0, forker, 0); pthread_join(t[0], &r); printf("fork from thread %ld\n", (long)r);
  pthread_create(&t[0], 0, spin, 0); usleep(1000); printf("cancel %d\n", pthread_cancel(t[0])); pthread_join(t[0], &r); printf("cancelled %d\n", r == PTHREAD_CANCELED);
  pid_t pid = fork(); int status;
  if (pid == 0) { pthread_create(&t[0], 0, spin, 0); pthread_create(&t[1], 0, execer, argv[0]); pause(); _exit(1); }
  waitpid(pid, &status, 0); printf("exec from thread: %d\n", WEXITSTATUS(status));
  if ((pid = fork()) == 0) { pthread_create(&t[0], 0, spin, 0); exit(23); }
  waitpid(pid, &status, 0); printf("exit_group with threads: %d\n", WEXITSTATUS(status));
  if ((pid = fork()) == 0) { pthread_create(&t[0], 0, sleeper, 0); kill(getpid(), SIGTERM); pause(); }
  waitpid(pid, &status, 0); printf("killed with threads: %d\n", WTERMSIG(status));
  if ((pid = fork()) == 0) { pthread_create(&t[0], 0, sleeper, 0); syscall(SYS_exit, 33); }
  kill(pid, 0); usleep(10000); kill(pid, SIGUSR1);
  waitpid(pid, &status, 0); printf("leader gone: %s %d\n", WIFEXITED(status) ? "exit" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  return 0;
}
