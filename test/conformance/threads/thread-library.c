/* 64 threads with mutexes, condition variables, barriers, read-write locks, thread data; fork with threads running. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#define THREADS 64
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static int turn, counter, shared, stop;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int inits, destroyed;
static sem_t sem;
static __thread int mine;
static void init(void) {
  inits++;
}
static void destroy(void *p) {
  __atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
  free(p);
}
static void *work(void *arg) {
  int me = (long)arg;
  mine = me;
  pthread_once(&once, init);
  pthread_setspecific(key, malloc(10));
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < 20; i++) {
    pthread_mutex_lock(&lock);
    while (turn != me) pthread_cond_wait(&turn_changed, &lock);
    turn = (turn + 1) % THREADS;
    counter++;
    pthread_cond_broadcast(&turn_changed);
    pthread_mutex_unlock(&lock);
  }
  for (int i = 0; i < 50; i++) {
    if (i % 5) {
      pthread_rwlock_rdlock(&rw);
      volatile int x = shared;
      (void)x;
    } else {
      pthread_rwlock_wrlock(&rw);
      shared++;
    }
    pthread_rwlock_unlock(&rw);
    char *p = malloc(100 + i * me);
    memset(p, me, 100);
    free(p);
  }
  sem_post(&sem);
  return (void *)(long)(mine * 2);
}
static void *spin(void *arg) {
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    char *p = malloc(500);
    free(p);
    fprintf(stderr, "");
  }
  return 0;
}
static void *cancelled(void *arg) {
  pthread_cleanup_push(destroy, malloc(1));
  for (;;) pause();
  pthread_cleanup_pop(0);
  return 0;
}
int main(void) {
  pthread_t t[THREADS];
  long sum = 0;
  void *r;
  pthread_key_create(&key, destroy);
  pthread_barrier_init(&barrier, 0, THREADS);
  sem_init(&sem, 0, 0);
  for (long i = 0; i < THREADS; i++) pthread_create(t + i, 0, work, (void *)i);
  for (int i = 0; i < THREADS; i++) sem_wait(&sem);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(t[i], &r);
    sum += (long)r;
  }
  printf("%d %d %ld %d %d\n", counter, shared, sum, inits, destroyed);
  fflush(stdout);
  for (int i = 0; i < 4; i++) pthread_create(t + i, 0, spin, 0);
  int good = 0, st;
  for (int i = 0; i < 30; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      char *p = malloc(10000);
      memset(p, 1, 10000);
      FILE *f = fopen("/dev/null", "w");
      fprintf(f, "%d", i);
      fclose(f);
      free(p);
      pthread_t c;
      pthread_create(&c, 0, cancelled, 0);
      usleep(100);
      pthread_cancel(c);
      pthread_join(c, &r);
      _exit(r == PTHREAD_CANCELED ? 9 : 1);
    }
    waitpid(pid, &st, 0);
    good += WIFEXITED(st) && WEXITSTATUS(st) == 9;
  }
  stop = 1;
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  struct timespec past = {1, 0};
  pthread_mutex_lock(&lock);
  printf("%d %d\n", good, pthread_cond_timedwait(&turn_changed, &lock, &past) == ETIMEDOUT);
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t e;
  pthread_mutex_init(&e, &a);
  pthread_mutex_lock(&e);
  printf("%d\n", pthread_mutex_lock(&e) == EDEADLK);
  pthread_mutexattr_settype(&a, PTHREAD_MUTEX_NORMAL);
  pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
  pthread_mutex_t pi;
  pthread_mutex_init(&pi, &a);
  printf("pi %d\n", pthread_mutex_lock(&pi));
  return 0;
}
