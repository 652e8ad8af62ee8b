/* /dev/ptmx and /dev/pts: making pairs, their names, numbers, nodes and locks. */
#include "pty.h"
#include <dirent.h>
#include <sys/sysmacros.h>

static unsigned number_of(int fd) {
  unsigned number = 99999;
  ioctl(fd, TIOCGPTN, &number);
  return number;
}

static void node(const char *label, const char *path) {
  struct stat facts;
  if (stat(path, &facts) != 0) {
    SAY("stat", label, "%s", errno_name(errno));
    return;
  }
  SAY("stat", label, "type %o owner %d links %d major %d", facts.st_mode & S_IFMT, facts.st_uid, (int)facts.st_nlink, major(facts.st_rdev));
}

static void names(void) {
  char path[40], link[60], target[60];
  struct stat by_path, by_fd, root;
  open_pair();
  unsigned number = number_of(master);
  sprintf(path, "/dev/pts/%u", number);
  node("a slave", path);
  stat("/dev/pts", &root);
  stat(path, &by_path);
  fstat(slave, &by_fd);
  SAY("fstat", "slave", "%s", by_path.st_ino == by_fd.st_ino && by_path.st_dev == by_fd.st_dev ? "as by its path" : "otherwise");
  SAY("stat", "minor", "%s", minor(by_path.st_rdev) == number ? "its number" : "otherwise");
  SAY("stat", "inode", "%s", by_path.st_ino == number + 3 ? "its number and 3" : "otherwise");
  SAY("stat", "device", "%s", by_path.st_dev == root.st_dev ? "of /dev/pts" : "another");
  sprintf(link, "/proc/self/fd/%d", slave);
  ssize_t length = readlink(link, target, sizeof target - 1);
  target[length < 0 ? 0 : length] = 0;
  SAY("readlink", "slave's descriptor", "%s", strcmp(target, path) == 0 ? "its path" : target);
  sprintf(link, "/proc/self/fd/%d", master);
  length = readlink(link, target, sizeof target - 1);
  target[length < 0 ? 0 : length] = 0;
  SAY("readlink", "master's descriptor", "%s", target);
  SAY("open", "through its descriptor's link", "%s", open(link, O_RDWR | O_NOCTTY) >= 0 ? "ok" : errno_name(errno));
  int found = 0;
  DIR *folder = opendir("/dev/pts");
  for (struct dirent *entry; (entry = readdir(folder)) != 0;)
    if (strcmp(entry->d_name, path + 9) == 0) found = entry->d_type == DT_CHR ? 1 : 2;
  closedir(folder);
  SAY("getdents64", "a slave", "%d", found);
  CASE("chmod", "a slave", chmod(path, 0600));
  CASE("chown", "a slave", chown(path, 1000, 1000));
  struct stat changed;
  stat(path, &changed);
  SAY("stat", "changed", "%o %d %d", changed.st_mode & 07777, changed.st_uid, changed.st_gid);
  CASE("unlink", "a slave", unlink(path));
  CASE("rename", "a slave", rename(path, "/dev/pts/x"));
  CASE("open", "a new file", open("/dev/pts/new", O_RDWR | O_CREAT, 0600));
  CASE("mkdir", "a folder", mkdir("/dev/pts/new", 0700));
  sprintf(link, "%s/x", path);
  CASE("open", "a slave as a folder", open(link, O_RDWR));
  CASE("truncate", "a slave", truncate(path, 0));
  CASE("open", "O_TRUNC", close(open(path, O_RDWR | O_TRUNC | O_NOCTTY)));
  CASE("open", "O_EXCL of what is there", open(path, O_RDWR | O_CREAT | O_EXCL | O_NOCTTY, 0600));
  CASE("open", "O_DIRECTORY", open(path, O_RDWR | O_DIRECTORY));
  CHILD("open", "as a user", {
    become_user(1001);
    CASE("open", "another's slave", open(path, O_RDWR | O_NOCTTY));
    int own = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    int unlock = 0;
    ioctl(own, TIOCSPTLCK, &unlock);
    sprintf(path, "/dev/pts/%u", number_of(own));
    node("a user's slave", path);
    SAY("open", "a user's own slave", "%s", open(path, O_RDWR | O_NOCTTY) >= 0 ? "ok" : errno_name(errno));
  });
  close_pair();
}

static void locks(void) {
  char path[40];
  int value = -1;
  master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  sprintf(path, "/dev/pts/%u", number_of(master));
  CASE("ioctl", "TIOCGPTLCK", ioctl(master, TIOCGPTLCK, &value));
  SAY("ioctl", "TIOCGPTLCK", "%d", value);
  CASE("open", "locked", open(path, O_RDWR | O_NOCTTY));
  CASE("ioctl", "TIOCGPTPEER of a locked one", ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY) >= 0);
  value = 0;
  CASE("ioctl", "TIOCSPTLCK", ioctl(master, TIOCSPTLCK, &value));
  int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  SAY("ioctl", "TIOCGPTPEER", "%s", peer >= 0 ? "ok" : errno_name(errno));
  SAY("fcntl", "its flags", "%d", fcntl(peer, F_GETFD));
  SAY("fcntl", "its mode", "%o", fcntl(peer, F_GETFL) & O_ACCMODE);
  SAY("ttyname", "of the peer", "%s", ttyname(peer) != 0 && strcmp(ttyname(peer), path) == 0 ? "its path" : "another");
  CASE("ioctl", "TIOCGPTPEER of a slave", ioctl(peer, TIOCGPTPEER, O_RDWR));
  value = 1;
  CASE("ioctl", "TIOCSPTLCK again", ioctl(master, TIOCSPTLCK, &value));
  CASE("open", "locked again", open(path, O_RDWR | O_NOCTTY));
  close(peer);
  close(master);
}

/* Other programs of the host take and free numbers too: what should be so is so sooner or later. */
#define TRIES 200

static int rising(void) {
  int first = open("/dev/ptmx", O_RDWR | O_NOCTTY), second = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  unsigned low = number_of(first), high = number_of(second);
  close(second);
  close(first);
  return low < high;
}

static int lowest_again(void) {
  int first = open("/dev/ptmx", O_RDWR | O_NOCTTY), second = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  unsigned low = number_of(first);
  close(first);
  first = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  unsigned again = number_of(first);
  close(first);
  close(second);
  return again == low;
}

static int sooner_or_later(int (*is_so)(void)) {
  for (int i = 0; i < TRIES; i++)
    if (is_so()) return 1;
  return 0;
}

static void numbers(void) {
  SAY("open", "two masters", "%s", sooner_or_later(rising) ? "rising" : "falling");
  SAY("open", "the lowest free number", "%s", sooner_or_later(lowest_again) ? "ok" : "another");
  int fd = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
  SAY("open", "/dev/pts/ptmx", "%s", fd >= 0 || errno == EACCES ? "there" : errno_name(errno));
  close(fd);
}

static void transfers(void) {
  open_pair();
  CASE("fcntl", "F_GETFL", fcntl(slave, F_GETFL));
  CASE("fsync", "slave", fsync(slave));
  CASE("ftruncate", "slave", ftruncate(slave, 0));
  CASE("fstatfs", "slave", ({
    struct { long type; char rest[200]; } facts;
    long answer = syscall(SYS_fstatfs, slave, &facts);
    answer < 0 ? answer : facts.type;
  }));
  CASE("isatty", "slave", isatty(slave));
  CASE("isatty", "master", isatty(master));
  struct iovec { char *base; size_t length; } pieces[] = {{"one ", 4}, {"two\n", 4}};
  CASE("writev", "slave", syscall(SYS_writev, slave, pieces, 2));
  SAY("read", "master", "%s", shown());
  CASE("writev", "master", syscall(SYS_writev, master, pieces, 2));
  SAY("read", "slave", "%s", got());
  int ends[2];
  if (pipe(ends) != 0) return;
  CASE("write", "pipe", write(ends[1], "spliced\n", 8));
  shown();
  CASE("splice", "into a slave", syscall(SYS_splice, ends[0], 0, slave, 0, 8, 0));
  SAY("read", "spliced", "%s", shown());
  close_pair();
}

int main(void) {
  names();
  locks();
  numbers();
  transfers();
}
