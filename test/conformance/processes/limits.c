/* Resource limits: reading, setting, who may, and what they stop; priorities. */
#include "conform.h"
#include <sys/resource.h>

struct limit { unsigned long soft, hard; };

static void stop_at(const char *label, int resource, unsigned long soft) {
  struct limit limit = {soft, soft};
  if (RAW(setrlimit, resource, &limit) != 0) SAY("setrlimit", label, "%s", errno_name(errno));
}

int main(void) {
  struct limit old, limit = {0, 0};
  int resources[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS,
                     RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME};
  for (int i = 0; i < 16; i++) {
    char label[40];
    snprintf(label, sizeof label, "resource %d: soft to 0 and back", resources[i]);
    RAW(getrlimit, resources[i], &old);
    limit = (struct limit){0, old.hard};
    long a = RAW(setrlimit, resources[i], &limit), b = RAW(prlimit64, 0, resources[i], &old, &limit);
    SAY("setrlimit", label, "%ld %ld soft %ld hard kept %d", a, b, limit.soft, limit.hard == old.hard);
  }
  CALL(getrlimit, "resource 16", 16, &limit);
  CALL(getrlimit, "resource -1", -1, &limit);
  CALL(getrlimit, "bad pointer", 0, LOW);
  CALL(setrlimit, "bad pointer", 0, LOW);
  CALL(setrlimit, "null", 0, 0);
  limit = (struct limit){5, 4};
  CALL(setrlimit, "soft above hard", RLIMIT_CORE, &limit);
  limit = (struct limit){1 << 21, 1 << 30};
  CALL(setrlimit, "more descriptors than nr_open", RLIMIT_NOFILE, &limit);
  CALL(prlimit64, "nobody", 999999, RLIMIT_CORE, 0, &limit);
  CALL(prlimit64, "negative pid", -5, RLIMIT_CORE, 0, &limit);
  CALL(prlimit64, "neither old nor new", 0, RLIMIT_CORE, 0, 0);
  CALL(prlimit64, "bad resource", 0, 77, 0, &limit);
  CHILD("prlimit64", "another user's", become_user(1000); CALL(prlimit64, "of root as a user", getppid(), RLIMIT_CORE, 0, &limit));
  CHILD("setrlimit", "hard limit as user", {
    become_user(1000);
    limit = (struct limit){10, 20};
    CALL(setrlimit, "user lowers", RLIMIT_NOFILE, &limit);
    limit = (struct limit){10, 21};
    CALL(setrlimit, "user raises", RLIMIT_NOFILE, &limit);
    limit = (struct limit){20, 20};
    CALL(setrlimit, "user raises soft", RLIMIT_NOFILE, &limit);
    if (fork() == 0) { CALL(getrlimit, "inherited", RLIMIT_NOFILE, &limit); SAY("getrlimit", "inherited limit", "%ld %ld", limit.soft, limit.hard); _exit(0); }
    wait(0);
  });

  CHILD("setrlimit", "RLIMIT_NOFILE", stop_at("nofile", RLIMIT_NOFILE, 5); int fd; int count = 0; while ((fd = dup(0)) >= 0) count++; SAY("dup", "at the limit", "%s, highest below 5: %d", errno_name(errno), count <= 2);
        CALL(dup2, "to the limit", 0, 5); CALL(dup2, "below the limit", 0, 4); CALL(fcntl, "F_DUPFD at the limit", 0, F_DUPFD, 5); CALL(fcntl, "F_DUPFD full", 0, F_DUPFD, 3);
        CALL(pipe2, "full", (int[2]){0}, 0); CALL(open, "full", "/", 0));
  CHILD("setrlimit", "RLIMIT_FSIZE", {
    signal(SIGXFSZ, SIG_IGN);
    int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    stop_at("fsize", RLIMIT_FSIZE, 10);
    CALL(write, "within the size limit", fd, "12345678", 8);
    CALL(write, "over the size limit", fd, "12345678", 8);
    CALL(write, "at the size limit", fd, "12345678", 8);
    CALL(ftruncate, "over the size limit", fd, 11);
    CALL(ftruncate, "to the size limit", fd, 10);
    CALL(pwrite64, "beyond the size limit", fd, "x", 1, 100);
    CALL(fallocate, "over the size limit", fd, 0, 0, 20);
    signal(SIGXFSZ, SIG_DFL);
    CHILD("write", "SIGXFSZ", write(fd, "x", 1));
    CHILD("ftruncate", "SIGXFSZ", ftruncate(fd, 100));
  });
  CHILD("setrlimit", "RLIMIT_AS", stop_at("as", RLIMIT_AS, 64 << 20); OKAY(mmap, "within the address limit", 0, 1 << 20, 3, 0x22, -1, 0); OKAY(mmap, "over the address limit", 0, 128 << 20, 3, 0x22, -1, 0);
        SAY("brk", "over the address limit", "%d", sbrk(128 << 20) == (void *)-1));
  CHILD("setrlimit", "RLIMIT_DATA", stop_at("data", RLIMIT_DATA, 1 << 20); SAY("brk", "over the data limit", "%d", sbrk(8 << 20) == (void *)-1); OKAY(mmap, "over the data limit", 0, 8 << 20, 3, 0x22, -1, 0);
        OKAY(mmap, "read-only is no data", 0, 8 << 20, 1, 0x22, -1, 0));
  CHILD("setrlimit", "RLIMIT_STACK", {
    stop_at("stack", RLIMIT_STACK, 256 << 10);
    volatile char *deep = (char *)__builtin_frame_address(0) - (1 << 20);
    *deep = 1;
  });
  CHILD("setrlimit", "RLIMIT_NPROC", { become_user(4321); stop_at("nproc", RLIMIT_NPROC, 1); CASE("fork", "over the process limit", fork()); });
  CHILD("setrlimit", "RLIMIT_NPROC does not stop root", { stop_at("nproc", RLIMIT_NPROC, 1); pid_t pid = fork(); if (pid == 0) _exit(0); SAY("fork", "root over the limit", "%d", pid > 0); wait(0); });
  CHILD("setrlimit", "RLIMIT_MEMLOCK", { become_user(1000); stop_at("memlock", RLIMIT_MEMLOCK, 8192); char *p = mmap(0, 16384, 3, 0x22, -1, 0); CALL(mlock, "over the limit", p, 16384); CALL(mlock, "within", p, 8192);
    CALL(mlock, "again", p, 8192); CALL(mlock, "one more", p + 8192, 1); CALL(munlock, "some", p, 4096); CALL(mlock, "room again", p + 8192, 4096); });
  CHILD("setrlimit", "RLIMIT_MEMLOCK 0", { become_user(1000); stop_at("memlock", RLIMIT_MEMLOCK, 0); char *p = mmap(0, 16384, 3, 0x22, -1, 0); CALL(mlock, "no locking at all", p, 4096); CALL(mlockall, "no locking at all", 1); });
  CHILD("setrlimit", "RLIMIT_SIGPENDING", {
    become_user(4322);
    stop_at("sigpending", RLIMIT_SIGPENDING, 3);
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, 0);
    union sigval v = {.sival_int = 1};
    int good = 0;
    while (good < 10 && sigqueue(getpid(), SIGRTMIN, v) == 0) good++;
    SAY("rt_sigqueueinfo", "queued until the limit", "%d %s", good, errno_name(errno));
    CALL(kill, "a standard signal all the same", getpid(), SIGUSR1);
    CALL(kill, "a real-time signal by kill", getpid(), SIGRTMIN + 1);
  });
  CHILD("setrlimit", "RLIMIT_CORE", { stop_at("core", RLIMIT_CORE, 0); int status; pid_t pid = fork(); if (pid == 0) abort(); waitpid(pid, &status, 0); SAY("wait4", "core dumped", "%d", WCOREDUMP(status) != 0); });
  CHILD("setrlimit", "RLIMIT_NICE", { become_user(1000); stop_at("nice", RLIMIT_NICE, 0); CALL(setpriority, "user down", PRIO_PROCESS, 0, 5); CALL(setpriority, "user up again", PRIO_PROCESS, 0, 4); });
  CHILD("setrlimit", "RLIMIT_CPU in the past", stop_at("cpu", RLIMIT_CPU, 1); SAY("setrlimit", "cpu", "set"));

  CALL(getpriority, "self", PRIO_PROCESS, 0);
  CALL(getpriority, "bad which", 3, 0);
  CALL(getpriority, "nobody", PRIO_PROCESS, 999999);
  CALL(getpriority, "no group", PRIO_PGRP, 999999);
  CALL(getpriority, "no user", PRIO_USER, 987654);
  CALL(setpriority, "bad which", 9, 0, 0);
  CALL(setpriority, "nobody", PRIO_PROCESS, 999999, 0);
  CHILD("setpriority", "limits", CALL(setpriority, "far too high", PRIO_PROCESS, 0, 100); CALL(getpriority, "clamped high", PRIO_PROCESS, 0); CALL(setpriority, "far too low", PRIO_PROCESS, 0, -100);
        CALL(getpriority, "clamped low", PRIO_PROCESS, 0); if (fork() == 0) { CALL(getpriority, "inherited", PRIO_PROCESS, 0); _exit(0); } wait(0));
  CHILD("setpriority", "user", become_user(1000); CALL(setpriority, "user: nicer", PRIO_PROCESS, 0, 3); CALL(setpriority, "user: root's process", PRIO_PROCESS, getppid(), 3);
        CALL(setpriority, "user: own user", PRIO_USER, 1000, 4); CALL(getpriority, "user: own user", PRIO_USER, 0));
  return 0;
}
