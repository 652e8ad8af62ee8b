/* Leases: who may take one, what breaks it, and what the holder hears. */
#include "conform.h"

/* The line of /proc/locks about a lease on this file, without numbers. */
static void listed(const char *label, int fd) {
  struct stat now;
  fstat(fd, &now);
  char line[300], found[300] = "none";
  FILE *locks = fopen("/proc/locks", "r");
  while (fgets(line, sizeof line, locks)) {
    char state[20], type[20], range[40];
    int pid;
    unsigned long inode;
    if (sscanf(line, "%*d: LEASE %19s %19s %d %*x:%*x:%lu %39[^\n]", state, type, &pid, &inode, range) != 5) continue;
    if (inode == now.st_ino) sprintf(found, "%s %s %s, %s", state, type, range, pid == getpid() ? "mine" : "another's");
  }
  fclose(locks);
  SAY("proc", label, "%s", found);
}

static volatile int heard;
static void hear(int number) {
  (void)number;
  heard++;
}

int main(void) {
  signal(SIGIO, hear);
  chmod(".", 0755);
  int rw = open("f", O_CREAT | O_RDWR, 0644);
  CALL(fcntl, "none", rw, F_GETLEASE);
  CALL(fcntl, "read lease on a descriptor for writing", rw, F_SETLEASE, F_RDLCK);
  CALL(fcntl, "write lease", rw, F_SETLEASE, F_WRLCK);
  CALL(fcntl, "it is there", rw, F_GETLEASE);
  CALL(fcntl, "taken down", rw, F_SETLEASE, F_UNLCK);
  CALL(fcntl, "none again", rw, F_GETLEASE);
  CALL(fcntl, "unlock without one", rw, F_SETLEASE, F_UNLCK);
  CALL(fcntl, "bad type", rw, F_SETLEASE, 9);
  close(rw);
  int ro = open("f", O_RDONLY);
  CALL(fcntl, "read lease", ro, F_SETLEASE, F_RDLCK);
  CALL(fcntl, "it is there", ro, F_GETLEASE);
  listed("locks", ro);
  int other = open("f", O_RDONLY);
  SAY("open", "reading does not break it", "%d %d", other >= 0, heard);
  CASE("open", "writing, not waiting", open("f", O_WRONLY | O_NONBLOCK));
  SAY("fcntl", "the holder hears", "%d", heard);
  CALL(fcntl, "being broken down to", ro, F_GETLEASE);
  listed("locks, being broken", ro);
  CALL(fcntl, "let go", ro, F_SETLEASE, F_UNLCK);
  int w = open("f", O_WRONLY | O_NONBLOCK);
  SAY("open", "writing now", "%d", w >= 0);
  CALL(fcntl, "read lease while open for writing", ro, F_SETLEASE, F_RDLCK);
  close(w);
  CALL(fcntl, "read lease again", ro, F_SETLEASE, F_RDLCK);
  heard = 0;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int fd = open("f", O_WRONLY);
    _exit(fd >= 0 ? 0 : 1);
  }
  for (int i = 0; i < 200 && heard == 0; i++) sleep_ms(5);
  SAY("fcntl", "the holder hears of the other process", "%d", heard);
  CALL(fcntl, "let go", ro, F_SETLEASE, F_UNLCK);
  show_end("wait", "writer", child);
  close(other);
  CALL(fcntl, "write lease while another has it open", ro, F_SETLEASE, F_WRLCK);
  close(ro);
  rw = open("f", O_RDWR);
  CALL(fcntl, "write lease again", rw, F_SETLEASE, F_WRLCK);
  heard = 0;
  CASE("open", "reading breaks a write lease", open("f", O_RDONLY | O_NONBLOCK));
  SAY("fcntl", "heard", "%d", heard);
  CALL(fcntl, "downgrade is enough for readers", rw, F_SETLEASE, F_RDLCK);
  close(rw);
  int pipes[2];
  RAW(pipe2, pipes, 0);
  CALL(fcntl, "lease on a pipe", pipes[0], F_SETLEASE, F_RDLCK);
  int dir = open(".", O_RDONLY);
  CALL(fcntl, "lease on a directory", dir, F_SETLEASE, F_RDLCK);
  int path = open("f", O_PATH);
  CALL(fcntl, "lease on O_PATH", path, F_SETLEASE, F_RDLCK);
  RAW(chown, "f", 1, 1);
  RAW(chmod, "f", 0644);
  CHILD("fork", "plain user", {
    become_user(1000);
    int fd = open("f", O_RDONLY);
    CALL(fcntl, "lease on another's file", fd, F_SETLEASE, F_RDLCK);
  });
  return 0;
}
