/* memfd_create and its seals. */
#include "conform.h"
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#define MFD_EXEC 0x10U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#define PAGE 4096L

static int sealed(unsigned seals) {
  int fd = RAW(memfd_create, "m", (long)MFD_ALLOW_SEALING);
  ftruncate(fd, 2 * PAGE);
  fcntl(fd, F_ADD_SEALS, seals);
  return fd;
}

static const char *mapped(int fd, int protection, int how) {
  errno = 0;
  void *at = mmap(0, PAGE, protection, how, fd, 0);
  if (at == MAP_FAILED) return errno_name(errno);
  munmap(at, PAGE);
  return "mapped";
}

static void making(void) {
  char longest[300];
  memset(longest, 'x', sizeof longest);
  longest[249] = 0;
  OKAY(memfd_create, "longest name", longest, 0L);
  longest[249] = 'x';
  longest[250] = 0;
  CALL(memfd_create, "name too long", longest, 0L);
  CALL(memfd_create, "bad name", LOW, 0L);
  CALL(memfd_create, "unknown flag", "m", 0x4000L);
  CALL(memfd_create, "executable and not", "m", (long)(MFD_EXEC | MFD_NOEXEC_SEAL));
  OKAY(memfd_create, "empty name", "", 0L);
  int fd = RAW(memfd_create, "one", (long)MFD_CLOEXEC);
  struct stat now;
  fstat(fd, &now);
  SAY("memfd_create", "attributes", "%o %ld %d", now.st_mode, (long)now.st_size, (int)now.st_nlink);
  SAY("memfd_create", "flags", "%o %d", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
  char path[64], text[64];
  sprintf(path, "/proc/self/fd/%d", fd);
  long length = readlink(path, text, sizeof text);
  SAY("memfd_create", "its link", "%.*s", (int)length, text);
  write(fd, "hello", 5);
  int again = open(path, O_RDONLY);
  length = read(again, text, sizeof text);
  SAY("memfd_create", "opened again", "%.*s", (int)length, text);
  mkdir("dd", 0755);
  int gone = open("dd/gone", O_CREAT | O_RDWR, 0644);
  unlink("dd/gone");
  char place[4096];
  sprintf(path, "/proc/self/fd/%d", gone);
  length = readlink(path, place, sizeof place - 1);
  place[length > 0 ? length : 0] = 0;
  char *shown = strstr(place, "/dd/");
  SAY("readlink", "removed file", "%s", shown == 0 ? place : shown);
  fd = RAW(memfd_create, "no", (long)MFD_NOEXEC_SEAL);
  fstat(fd, &now);
  SAY("memfd_create", "not executable", "%o %x", now.st_mode, fcntl(fd, F_GET_SEALS));
  CASE("fchmod", "executable, sealed", fchmod(fd, 0755));
  CASE("fchmod", "other bits, sealed", fchmod(fd, 0600));
}

static void sealing(void) {
  int plain = RAW(memfd_create, "m", 0L);
  CALL(fcntl, "seals without asking for them", plain, F_GET_SEALS);
  CALL(fcntl, "sealed from the start", plain, F_ADD_SEALS, (long)F_SEAL_GROW);
  int fd = RAW(memfd_create, "m", (long)MFD_ALLOW_SEALING);
  CALL(fcntl, "none", fd, F_GET_SEALS);
  CALL(fcntl, "unknown seal", fd, F_ADD_SEALS, 0x100L);
  CALL(fcntl, "one", fd, F_ADD_SEALS, (long)F_SEAL_GROW);
  CALL(fcntl, "another", fd, F_ADD_SEALS, (long)F_SEAL_SHRINK);
  CALL(fcntl, "both", fd, F_GET_SEALS);
  char path[64];
  sprintf(path, "/proc/self/fd/%d", fd);
  int reading = open(path, O_RDONLY);
  CALL(fcntl, "through a read-only descriptor", reading, F_ADD_SEALS, (long)F_SEAL_WRITE);
  CALL(fcntl, "seen through it", reading, F_GET_SEALS);
  CALL(fcntl, "no more", fd, F_ADD_SEALS, (long)F_SEAL_SEAL);
  CALL(fcntl, "after that", fd, F_ADD_SEALS, (long)F_SEAL_WRITE);
  int pipes[2];
  pipe(pipes);
  CALL(fcntl, "of a pipe", pipes[1], F_GET_SEALS);
  CALL(fcntl, "to a pipe", pipes[1], F_ADD_SEALS, (long)F_SEAL_WRITE);
}

static void sizes(void) {
  int fd = sealed(F_SEAL_SHRINK);
  CASE("ftruncate", "shrink", ftruncate(fd, PAGE));
  CASE("ftruncate", "same", ftruncate(fd, 2 * PAGE));
  CASE("ftruncate", "grow", ftruncate(fd, 3 * PAGE));
  fd = sealed(F_SEAL_GROW);
  CASE("ftruncate", "no growing", ftruncate(fd, 3 * PAGE));
  CASE("ftruncate", "shrinking", ftruncate(fd, PAGE));
  CASE("write", "inside", pwrite(fd, "x", 1, 0));
  CASE("write", "behind the end", pwrite(fd, "x", 1, PAGE));
  CASE("fallocate", "behind the end", fallocate(fd, 0, PAGE, PAGE));
  CASE("fallocate", "inside", fallocate(fd, 0, 0, PAGE));
}

static void writing(void) {
  int fd = sealed(F_SEAL_WRITE);
  CASE("write", "sealed", write(fd, "x", 1));
  CASE("write", "nothing, sealed", write(fd, "x", 0));
  CASE("fallocate", "hole, sealed", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE));
  CASE("ftruncate", "sealed for writing", ftruncate(fd, PAGE));
  SAY("mmap", "shared, writing, sealed", "%s", mapped(fd, PROT_READ | PROT_WRITE, MAP_SHARED));
  SAY("mmap", "private, writing, sealed", "%s", mapped(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE));
  fd = RAW(memfd_create, "m", (long)MFD_ALLOW_SEALING);
  ftruncate(fd, PAGE);
  char *shown = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CALL(fcntl, "while it is mapped for writing", fd, F_ADD_SEALS, (long)F_SEAL_WRITE);
  CALL(fcntl, "for the future", fd, F_ADD_SEALS, (long)F_SEAL_FUTURE_WRITE);
  shown[0] = 5;
  char byte = 0;
  pread(fd, &byte, 1, 0);
  SAY("mmap", "the old mapping still writes", "%d", byte);
  CASE("write", "in the future", write(fd, "x", 1));
  SAY("mmap", "shared, writing, in the future", "%s", mapped(fd, PROT_READ | PROT_WRITE, MAP_SHARED));
  SAY("mmap", "shared, reading, in the future", "%s", mapped(fd, PROT_READ, MAP_SHARED));
  char *reading = mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0);
  CASE("mprotect", "made writable", mprotect(reading, PAGE, PROT_READ | PROT_WRITE));
  munmap(shown, PAGE);
  CALL(fcntl, "not mapped any more", fd, F_ADD_SEALS, (long)F_SEAL_WRITE);
  int source = open("f", O_CREAT | O_RDWR, 0644);
  write(source, "abc", 3);
  lseek(source, 0, SEEK_SET);
  CALL(sendfile, "into a sealed file", fd, source, 0L, 3L);
  CALL(copy_file_range, "into a sealed file", source, 0L, fd, 0L, 3L, 0L);
}

int main(void) {
  making();
  sealing();
  sizes();
  writing();
  return 0;
}
