/* The owner of a description, what O_PATH descriptors tell, hints, and attributes that statx knows. */
#include "conform.h"
#include <linux/stat.h>
#include <pthread.h>
#include <sys/socket.h>

struct owner {
  int type, id;
};

static int told;

static void tell(int signal) {
  told = syscall(SYS_gettid);
}

static void *owner_thread(void *fd) {
  struct owner self = {0, syscall(SYS_gettid)};
  SAY("fcntl", "F_SETOWN_EX to a thread", "%ld", RAW(fcntl, (int)(long)fd, 15, &self));
  told = 0;
  write((int)(long)fd + 1, "x", 1);
  while (told == 0) sleep_ms(1);
  SAY("fcntl", "the thread is told", "%d", told == self.id);
  return 0;
}

static void owners(int file) {
  struct owner owner = {0, 0};
  CALL(fcntl, "F_GETOWN_EX of nobody", file, 16, &owner);
  SAY("fcntl", "type of nobody", "%d %d", owner.type, owner.id);
  CALL(fcntl, "F_SETOWN to nobody there", file, F_SETOWN, 999999);
  CALL(fcntl, "F_SETOWN to no group there", file, F_SETOWN, -999999);
  CALL(fcntl, "F_SETOWN smallest", file, F_SETOWN, 0x80000000);
  CALL(fcntl, "F_SETOWN to oneself", file, F_SETOWN, getpid());
  CALL(fcntl, "F_GETOWN_EX", file, 16, &owner);
  SAY("fcntl", "a process", "%d %d", owner.type, owner.id == getpid());
  CALL(fcntl, "F_SETOWN 0", file, F_SETOWN, 0);
  CALL(fcntl, "F_GETOWN_EX", file, 16, &owner);
  SAY("fcntl", "nobody again", "%d %d", owner.type, owner.id);
  owner = (struct owner){7, getpid()};
  CALL(fcntl, "F_SETOWN_EX of no type", file, 15, &owner);
  owner = (struct owner){1, 999999};
  CALL(fcntl, "F_SETOWN_EX to nobody there", file, 15, &owner);
  owner = (struct owner){2, getpgrp()};
  CALL(fcntl, "F_SETOWN_EX to a group", file, 15, &owner);
  SAY("fcntl", "F_GETOWN of a group", "%d", fcntl(file, F_GETOWN) == -getpgrp());
  pid_t child = fork();
  if (child == 0) _exit(0);
  CALL(fcntl, "F_SETOWN to a child", file, F_SETOWN, child);
  waitpid(child, 0, 0);
  CALL(fcntl, "F_GETOWN of one who has ended", file, F_GETOWN);
  CALL(fcntl, "F_SETSIG 64", file, F_SETSIG, 64);
  CALL(fcntl, "F_SETSIG 65", file, F_SETSIG, 65);
  CALL(fcntl, "F_SETSIG -1", file, F_SETSIG, -1);
  CALL(fcntl, "F_GETSIG", file, F_GETSIG);
}

static void threads(void) {
  int pipes[2];
  signal(SIGIO, tell);
  pipe(pipes);
  fcntl(pipes[0], F_SETFL, O_ASYNC);
  pthread_t thread;
  pthread_create(&thread, 0, owner_thread, (void *)(long)pipes[0]);
  pthread_join(thread, 0);
}

static void users(void) {
  int pipes[2];
  pipe(pipes);
  told = 0;
  signal(SIGIO, tell);
  fcntl(pipes[0], F_SETFL, O_ASYNC);
  pid_t setter = fork();
  if (setter == 0) {
    become_user(1000);
    fcntl(pipes[0], F_SETOWN, getppid());
    _exit(0);
  }
  waitpid(setter, 0, 0);
  write(pipes[1], "x", 1);
  SAY("fcntl", "a user's choice does not signal root", "%d", told != 0);
}

static void paths(void) {
  int path = open("f", O_PATH | O_APPEND | O_NONBLOCK);
  SAY("fcntl", "F_GETFL of O_PATH", "%o", fcntl(path, F_GETFL));
  path = open(".", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  SAY("fcntl", "F_GETFL of O_PATH and O_DIRECTORY", "%o", fcntl(path, F_GETFL));
  CALL(fcntl, "F_SETFL of O_PATH", path, F_SETFL, 0);
  CALL(fcntl, "F_GETOWN of O_PATH", path, F_GETOWN);
}

static void hints(int file) {
  uint64_t hint = 9;
  CALL(fcntl, "F_GET_RW_HINT", file, 1035, &hint);
  SAY("fcntl", "no hint", "%d", (int)hint);
  for (hint = 0; hint < 7; hint++) CALL(fcntl, "F_SET_RW_HINT 0 to 6", file, 1036, &hint);
  CALL(fcntl, "F_GET_RW_HINT", open("f", O_RDONLY), 1035, &hint);
  SAY("fcntl", "the hint is the file's", "%d", (int)hint);
  CALL(fcntl, "F_SET_RW_HINT badly", file, 1036, LOW);
  CALL(fcntl, "no such command", file, 9999, 0);
}

static void roots(void) {
  struct statx now;
  CALL(statx, "", AT_FDCWD, "/", 0, STATX_BASIC_STATS, &now);
  SAY("statx", "a root of a mount", "%d %d", (now.stx_attributes & 0x2000) != 0,
      (now.stx_attributes_mask & 0x2000) != 0);
  CALL(statx, "", AT_FDCWD, "f", 0, STATX_BASIC_STATS, &now);
  SAY("statx", "not a root", "%d %d", (now.stx_attributes & 0x2000) != 0, (now.stx_attributes_mask & 0x2000) != 0);
}

int main(void) {
  int file = open("f", O_RDWR | O_CREAT, 0644);
  owners(file);
  threads();
  users();
  paths();
  hints(file);
  roots();
  return 0;
}
