// A file that a program runs from can't be written, and one that is open for writing can't be run.
#include "../conform.h"
#include "../check.h"

static void copy_self(const char *to) {
  char block[65536];
  int from = open("/proc/self/exe", O_RDONLY), into = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
  long count;
  while ((count = read(from, block, sizeof block)) > 0) write(into, block, count);
  close(into);
  close(from);
}

int main(int argc, char **argv) {
  if (argc > 1) { /* runs until its input ends */
    char byte;
    write(1, "", 1);
    read(0, &byte, 1);
    return 0;
  }
  enter_scratch();
  copy_self("program");
  int in[2], out[2];
  pipe(in);
  pipe(out);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[1]);
    execl("./program", "program", "wait", (char *)0);
    _exit(9);
  }
  char byte;
  read(out[0], &byte, 1);
  OKAY(open, "read", "program", O_RDONLY);
  OKAY(open, "write", "program", O_WRONLY);
  OKAY(open, "read and write", "program", O_RDWR);
  OKAY(open, "truncate", "program", O_RDONLY | O_TRUNC);
  OKAY(open, "create", "program", O_WRONLY | O_CREAT, 0644);
  OKAY(open, "create only", "program", O_WRONLY | O_CREAT | O_EXCL, 0644);
  OKAY(open, "path only", "program", O_PATH);
  OKAY(creat, "creat", "program", 0644);
  OKAY(truncate, "running", "program", 0);
  OKAY(truncate, "running, less than nothing", "program", -1);
  OKAY(chmod, "running", "program", 0755);
  CHILD("execve", "a second time", {
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    execl("./program", "program", "wait", (char *)0);
    _exit(9);
  });
  chmod("program", 0644);
  OKAY(truncate, "running, but no longer executable", "program", 0);
  chmod("program", 0755);
  OKAY(rename, "running", "program", "renamed");
  OKAY(open, "write under the new name", "renamed", O_WRONLY);
  close(in[1]);
  show_end("wait4", "the program ends", pid);
  int fd = open("renamed", O_WRONLY);
  SAY("open", "write when it has ended", "%s", fd < 0 ? errno_name(errno) : "ok");
  CHILD("execve", "open for writing", {
    execl("./renamed", "renamed", "wait", (char *)0);
    _exit(errno == ETXTBSY ? 7 : 9);
  });
  close(fd);
  CHILD("execve", "open for reading", {
    open("renamed", O_RDONLY);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    execl("./renamed", "renamed", "wait", (char *)0);
    _exit(9);
  });
  unlink("renamed");
  leave_scratch();
  return 0;
}
