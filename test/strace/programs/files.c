/* Calls on files: what strace shows of their structures and flags. Run in a folder of its own. */
#include "cases.h"
#include <dirent.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <termios.h>

static void make(const char *name, const char *text) {
  int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0644);
  write(fd, text, strlen(text));
  close(fd);
}

CASE(stat) {
  struct stat st;
  make("file", "hello");
  stat("file", &st);
  lstat("missing", &st);
  fstat(0, &st);
  stat("/dev/null", &st);
  fstatat(AT_FDCWD, "file", &st, AT_SYMLINK_NOFOLLOW);
  syscall(SYS_stat, "file", 1L);
  syscall(SYS_stat, 1L, &st);
}
CASE(statx) {
  struct statx sx;
  make("file", "hello");
  statx(AT_FDCWD, "file", AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS, &sx);
  statx(AT_FDCWD, "missing", AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_ALL, &sx);
  statx(AT_FDCWD, "file", 0, STATX_TYPE | STATX_SIZE, &sx);
}
CASE(open_flags) {
  open("a", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  open("a", O_RDONLY | O_NONBLOCK | O_DIRECTORY);
  open("a", O_WRONLY | O_APPEND | O_DSYNC | O_NOCTTY);
  open("a", O_PATH | O_SYNC);
  open(".", O_TMPFILE | O_RDWR, 0640);
  openat(3, "b", O_CREAT | O_RDWR, 04755);
  creat("c", 0644);
  syscall(SYS_open, "missing", 3);
}
CASE(vectors) {
  char a[4] = "abc", b[40];
  memset(b, 'x', sizeof b);
  int fd = open("v", O_RDWR | O_CREAT, 0644);
  struct iovec iov[2] = {{a, 3}, {b, 40}};
  writev(fd, iov, 2);
  pwritev(fd, iov, 2, 5);
  lseek(fd, 0, SEEK_SET);
  readv(fd, iov, 2);
  preadv(fd, iov, 2, 1);
  readv(fd, iov, 0);
  preadv2(fd, iov, 1, 0, RWF_NOWAIT);
  pwritev2(fd, iov, 1, 0, 0);
}
CASE(positions) {
  int fd = open("p", O_RDWR | O_CREAT, 0644);
  pwrite(fd, "data\n\t\"\\\001\0019", 11, 100);
  char buffer[64];
  pread(fd, buffer, 64, 100);
  lseek(fd, -1, SEEK_END);
  lseek(fd, -100, SEEK_SET);
  lseek(fd, 0, SEEK_DATA);
  lseek(fd, 0, SEEK_HOLE);
  lseek(fd, 0, 77);
  ftruncate(fd, 10);
  truncate("p", 3);
  fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4096);
  fsync(fd);
  fdatasync(fd);
  read(fd, (void *)16, 10);
  write(-1, "x", 1);
}
CASE(descriptors) {
  int fd = open("d", O_RDWR | O_CREAT, 0644);
  dup(fd);
  dup2(fd, 10);
  dup3(fd, 11, O_CLOEXEC);
  fcntl(fd, F_GETFD);
  fcntl(11, F_GETFD);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK);
  fcntl(fd, F_DUPFD, 20);
  fcntl(fd, F_DUPFD_CLOEXEC, 30);
  fcntl(fd, F_GETOWN);
  fcntl(99, F_GETFD);
  close(fd);
  close(fd);
  syscall(SYS_close_range, 20, 40, 0);
  syscall(SYS_close_range, 50, ~0U, 4);
}
CASE(locks) {
  int fd = open("l", O_RDWR | O_CREAT, 0644);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 10};
  fcntl(fd, F_SETLK, &lock);
  fcntl(fd, F_GETLK, &lock);
  lock.l_type = F_UNLCK;
  fcntl(fd, F_SETLKW, &lock);
  lock.l_pid = 0;
  lock.l_type = F_RDLCK;
  fcntl(fd, F_OFD_GETLK, &lock);
  flock(fd, LOCK_EX | LOCK_NB);
  flock(fd, LOCK_UN);
  flock(fd, LOCK_SH);
}
CASE(pipes) {
  int fds[2];
  char buffer[8];
  pipe(fds);
  write(fds[1], "ping", 4);
  read(fds[0], buffer, 8);
  fcntl(fds[0], F_GETPIPE_SZ);
  fcntl(fds[0], F_SETPIPE_SZ, 8192);
  pipe2(fds, O_CLOEXEC | O_NONBLOCK);
  read(fds[0], buffer, 8);
  int bytes;
  ioctl(fds[0], FIONREAD, &bytes);
}
CASE(splice) {
  int fds[2], more[2];
  pipe(fds);
  pipe(more);
  make("s", "0123456789");
  int fd = open("s", O_RDONLY);
  off_t offset = 2;
  splice(fd, &offset, fds[1], NULL, 5, SPLICE_F_MOVE);
  tee(fds[0], more[1], 3, SPLICE_F_NONBLOCK);
  sendfile(fds[1], fd, NULL, 4);
  offset = 1;
  sendfile(fds[1], fd, &offset, 4);
  struct iovec iov = {"abc", 3};
  vmsplice(fds[1], &iov, 1, SPLICE_F_MORE);
}
CASE(directories) {
  char buffer[4096];
  mkdir("sub", 0755);
  mkdir("sub", 01777);
  make("sub/x", "");
  int fd = open("sub", O_RDONLY | O_DIRECTORY);
  while (syscall(SYS_getdents64, fd, buffer, sizeof buffer) > 0)
    ;
  fchdir(fd);
  getcwd(buffer, sizeof buffer);
  getcwd(buffer, 1);
  chdir("..");
  mkdirat(fd, "deep", 0700);
  unlinkat(fd, "deep", AT_REMOVEDIR);
  unlinkat(fd, "x", 0);
  rmdir("sub");
  rmdir("missing");
}
CASE(names) {
  char buffer[100];
  make("one", "1");
  rename("one", "two");
  renameat(AT_FDCWD, "two", AT_FDCWD, "three");
  renameat2(AT_FDCWD, "three", AT_FDCWD, "four", RENAME_NOREPLACE);
  renameat2(AT_FDCWD, "four", AT_FDCWD, "gone", RENAME_EXCHANGE);
  link("four", "five");
  linkat(AT_FDCWD, "four", AT_FDCWD, "six", AT_SYMLINK_FOLLOW);
  symlink("a/very/long/target/that/goes/beyond/thirty-two/characters", "sym");
  symlinkat("target", AT_FDCWD, "sym2");
  readlink("sym", buffer, sizeof buffer);
  readlink("four", buffer, sizeof buffer);
  readlinkat(AT_FDCWD, "sym2", buffer, 3);
  unlink("five");
  unlink("missing");
  mknod("fifo", S_IFIFO | 0644, 0);
  mknodat(AT_FDCWD, "plain", S_IFREG | 0600, 0);
  mkfifo("fifo", 0600);
}
CASE(attributes) {
  make("f", "x");
  chmod("f", 0640);
  chmod("f", 06755);
  int fd = open("f", O_RDWR);
  fchmod(fd, 0);
  fchmodat(AT_FDCWD, "f", 0644, 0);
  chown("f", -1, -1);
  fchown(fd, -1, getegid());
  lchown("f", -1, -1);
  fchownat(AT_FDCWD, "f", -1, -1, AT_SYMLINK_NOFOLLOW);
  struct timespec times[2] = {{1000000000, 5}, {0, UTIME_NOW}};
  utimensat(AT_FDCWD, "f", times, 0);
  times[1].tv_nsec = UTIME_OMIT;
  futimens(fd, times);
  utimensat(AT_FDCWD, "f", NULL, AT_SYMLINK_NOFOLLOW);
  access("f", R_OK | W_OK);
  access("f", F_OK);
  access("missing", X_OK);
  syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS);
  umask(077);
  umask(022);
}
CASE(file_systems) {
  struct statfs fs;
  statfs("/proc", &fs);
  statfs("missing", &fs);
  sync();
}
CASE(xattrs) {
  char buffer[100];
  make("f", "x");
  getxattr("f", "user.none", buffer, sizeof buffer);
  setxattr("missing", "user.k", "value", 5, XATTR_CREATE);
  listxattr("missing", buffer, sizeof buffer);
  removexattr("missing", "user.k");
}
CASE(advice) {
  int fd = open("f", O_RDWR | O_CREAT, 0644);
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  posix_fadvise(fd, 0, 100, POSIX_FADV_DONTNEED);
  readahead(fd, 0, 100);
  syscall(SYS_sync_file_range, fd, 0L, 0L, 2);
}
CASE(terminal_on_pipe) {
  struct termios t;
  struct winsize w;
  ioctl(0, TCGETS, &t);
  ioctl(0, TIOCGWINSZ, &w);
  isatty(1);
  ioctl(1, 0x12345678, 5);
  ioctl(0, FIONBIO, &(int){0});
  ioctl(0, FIOCLEX);
}
CASE(pseudo_terminal) {
  struct termios t;
  struct winsize w = {24, 80, 0, 0};
  int number, zero = 0;
  char name[40] = "/dev/pts/";
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  ioctl(master, TIOCSPTLCK, &zero);
  ioctl(master, TIOCGPTN, &number);
  ioctl(master, TIOCSWINSZ, &w);
  ioctl(master, TIOCGWINSZ, &w);
  ioctl(master, TCGETS, &t);
  t.c_lflag &= ~(ECHO | ICANON);
  ioctl(master, TCSETS, &t);
  ioctl(master, TCSETSW, &t);
  ioctl(master, TCSETSF, &t);
  ioctl(master, TCFLSH, TCIOFLUSH);
  ioctl(master, TCSBRK, 1);
  ioctl(master, TCXONC, TCOON);
  ioctl(master, TIOCGPGRP, &number);
}
CASE(memfd) {
  int fd = memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ftruncate(fd, 4096);
}
CASE(copy_range) {
  make("from", "0123456789");
  int from = open("from", O_RDONLY), to = open("to", O_RDWR | O_CREAT, 0644);
  off_t at = 2;
  copy_file_range(from, &at, to, NULL, 4, 0);
  copy_file_range(from, NULL, to, NULL, 4, 0);
}
CASE(bad_memory) {
  open((char *)8, O_RDONLY);
  stat((char *)0, (void *)8);
  write(1, (void *)8, 20);
  writev(1, (void *)8, 2);
  pipe((void *)8);
  readlink("missing", (void *)8, 10);
  getcwd((void *)8, 100);
  uint64_t unreadable[2] = {8, 4};
  syscall(SYS_writev, 1, unreadable, 1);
}
CASE(strings) {
  char text[300];
  for (int i = 0; i < 256; i++) text[i] = i;
  int fd = open("t", O_RDWR | O_CREAT, 0644);
  write(fd, text, 32);
  write(fd, text + 32, 32);
  write(fd, text + 96, 33);
  write(fd, text + 120, 30);
  write(fd, "\0001\1\08\177a\200\3771", 11);
  write(fd, text, 0);
  memset(text, 'n', 299);
  text[299] = 0;
  open(text, O_RDONLY);
  text[200] = 0;
  open(text, O_RDONLY);
}
