/* inotify: which events come, in which order, with which names; arguments, limits, reading. */
#include "conform.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

static char room[65536] __attribute__((aligned(8)));
static int fd;
static uint32_t last_cookie;

static const char *bits(uint32_t mask) {
  static const struct {
    uint32_t bit;
    const char *name;
  } names[] = {{IN_ACCESS, "ACCESS"}, {IN_MODIFY, "MODIFY"}, {IN_ATTRIB, "ATTRIB"}, {IN_CLOSE_WRITE, "CLOSE_WRITE"},
               {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"}, {IN_OPEN, "OPEN"}, {IN_MOVED_FROM, "MOVED_FROM"}, {IN_MOVED_TO, "MOVED_TO"},
               {IN_CREATE, "CREATE"}, {IN_DELETE, "DELETE"}, {IN_DELETE_SELF, "DELETE_SELF"}, {IN_MOVE_SELF, "MOVE_SELF"},
               {IN_UNMOUNT, "UNMOUNT"}, {IN_Q_OVERFLOW, "Q_OVERFLOW"}, {IN_IGNORED, "IGNORED"}, {IN_ISDIR, "ISDIR"}};
  static char text[200];
  text[0] = 0;
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
    if (mask & names[i].bit) {
      if (text[0]) strcat(text, "|");
      strcat(text, names[i].name);
      mask &= ~names[i].bit;
    }
  if (mask) sprintf(text + strlen(text), "|%x", mask);
  return text;
}

/* Everything in the queue, an event after the other: "wd EVENT name". */
static void show(const char *label) {
  char text[350] = "";
  long got = read(fd, room, sizeof room);
  for (long at = 0; at < got;) {
    struct inotify_event *event = (void *)(room + at);
    const char *cookie = "";
    if (event->cookie != 0) {
      cookie = event->cookie == last_cookie ? " same" : " new";
      last_cookie = event->cookie;
    }
    if (strlen(text) < 290)
      sprintf(text + strlen(text), "%s%d %s%s%s%s", text[0] ? ", " : "", event->wd, bits(event->mask), event->len ? " " : "",
              event->len ? event->name : "", cookie);
    at += sizeof *event + event->len;
  }
  /* Files without a name are called after their number. */
  for (char *name = text; (name = strchr(name, '#')) != 0; name++) {
    size_t digits = strspn(name + 1, "0123456789");
    memmove(name + 1, name + 1 + digits, strlen(name + 1 + digits) + 1);
  }
  SAY("inotify", label, "%s", text[0] ? text : "nothing");
}

static void touch(const char *name) {
  close(open(name, O_CREAT | O_WRONLY, 0644));
}

static void arguments(void) {
  CALL(inotify_init1, "unknown flag", 1);
  int other = open("plain", O_CREAT | O_RDWR, 0644);
  CALL(inotify_add_watch, "bad descriptor", 999, ".", IN_OPEN);
  CALL(inotify_add_watch, "bad descriptor, empty mask", 999, ".", 0);
  CALL(inotify_add_watch, "no inotify", other, ".", IN_OPEN);
  CALL(inotify_add_watch, "empty mask", fd, ".", 0);
  CALL(inotify_add_watch, "unknown bits", fd, ".", IN_OPEN | 0x1000);
  CALL(inotify_add_watch, "bad path", fd, LOW, IN_OPEN);
  CALL(inotify_add_watch, "absent", fd, "absent", IN_OPEN);
  CALL(inotify_add_watch, "empty path", fd, "", IN_OPEN);
  CALL(inotify_add_watch, "only directories", fd, "plain", IN_OPEN | IN_ONLYDIR);
  CALL(inotify_add_watch, "add and create", fd, ".", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE);
  CALL(inotify_rm_watch, "bad descriptor", 999, 1);
  CALL(inotify_rm_watch, "no inotify", other, 1);
  CALL(inotify_rm_watch, "no such watch", fd, 1);
  CALL(read, "nothing there", fd, room, sizeof room);
  CALL(write, "to it", fd, "x", 1);
  CALL(lseek, "in it", fd, 3, SEEK_SET);
  CALL(pread64, "from it", fd, room, sizeof room, 0);
  SAY("fcntl", "flags", "%o", fcntl(fd, F_GETFL) & ~0100000);
  chmod("plain", 0200);
  CHILD("fork", "plain user", {
    become_user(1000);
    CALL(inotify_add_watch, "unreadable", fd, "plain", IN_OPEN);
  });
  chmod("plain", 0644);
  close(other);
}

static void directory_events(void) {
  mkdir("d", 0755);
  CALL(inotify_add_watch, "directory", fd, "d", IN_ALL_EVENTS);
  touch("d/f");
  show("new file");
  int file = open("d/f", O_RDWR);
  write(file, "abc", 3);
  write(file, "def", 3);
  pread(file, room, 3, 0);
  pread(file, room, 0, 0);
  close(file);
  show("used file");
  close(open("d/f", O_WRONLY | O_TRUNC));
  show("truncating open");
  close(open("d/f", O_PATH));
  show("path only");
  truncate("d/f", 5);
  show("truncate");
  chmod("d/f", 0600);
  chown("d/f", 1, 1);
  show("attributes, equal events in a row");
  struct timespec both[2] = {{1, 0}, {2, 0}}, first[2] = {{3, 0}, {0, UTIME_OMIT}}, second[2] = {{0, UTIME_OMIT}, {4, 0}};
  utimensat(AT_FDCWD, "d/f", both, 0);
  utimensat(AT_FDCWD, "d/f", first, 0);
  utimensat(AT_FDCWD, "d/f", second, 0);
  show("times");
  link("d/f", "d/g");
  show("link");
  unlink("d/g");
  show("unlink one name");
  symlink("f", "d/l");
  mknod("d/p", S_IFIFO | 0600, 0);
  mkdir("d/sub", 0755);
  show("other kinds");
  int sub = open("d/sub", O_RDONLY | O_DIRECTORY);
  RAW(getdents64, sub, room, sizeof room);
  close(sub);
  show("read directory below");
  sub = open("d", O_RDONLY | O_DIRECTORY);
  RAW(getdents64, sub, room, sizeof room);
  close(sub);
  show("read directory itself");
  touch("d/sub/deep");
  unlink("d/sub/deep");
  show("deeper");
  rename("d/f", "d/h");
  show("rename within");
  rename("d/h", "h");
  show("rename away");
  rename("h", "d/f");
  show("rename into");
  rename("d/sub", "d/sub2");
  show("rename directory");
  touch("d/x");
  show("another file");
  RAW(renameat2, AT_FDCWD, "d/x", AT_FDCWD, "d/f", RENAME_EXCHANGE);
  show("exchange");
  rename("d/x", "d/f");
  show("rename over");
  setxattr("d/f", "user.a", "1", 1, 0);
  removexattr("d/f", "user.a");
  show("extended attributes");
  int unnamed = open("d", O_TMPFILE | O_RDWR, 0600);
  write(unnamed, "x", 1);
  show("file without name");
  linkat(AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, "d/none", 0);
  close(unnamed);
  show("file without name closed");
  unlink("d/l");
  unlink("d/p");
  rmdir("d/sub2");
  show("removals");
  file = open("d/f", O_RDWR);
  unlink("d/f");
  show("unlink while open");
  write(file, "x", 1);
  show("use without name");
  close(file);
  show("last close");
  rmdir("d");
  show("directory itself removed");
  CALL(inotify_rm_watch, "gone with the directory", fd, 1);
}

static void own_events(void) {
  touch("f");
  int watch = RAW(inotify_add_watch, fd, "f", IN_ALL_EVENTS);
  SAY("inotify_add_watch", "numbers go up", "%d", watch);
  int file = open("f", O_RDWR);
  write(file, "x", 1);
  link("f", "f2");
  rename("f", "f3");
  unlink("f3");
  show("on the file");
  unlink("f2");
  show("last name, still open");
  close(file);
  show("end of the file");
  touch("f");
  touch("over");
  watch = RAW(inotify_add_watch, fd, "f", IN_ALL_EVENTS);
  rename("over", "f");
  show("replaced by rename");
  mkdir("self", 0755);
  RAW(inotify_add_watch, fd, "self", IN_MOVE_SELF | IN_DELETE_SELF);
  rename("self", "self2");
  rmdir("self2");
  show("directory moved, then removed");
}

static void masks(void) {
  touch("m");
  int watch = RAW(inotify_add_watch, fd, "m", IN_OPEN);
  SAY("inotify_add_watch", "same file, same number", "%d", watch == RAW(inotify_add_watch, fd, "./m", IN_CLOSE_WRITE));
  touch("m");
  show("mask replaced");
  RAW(inotify_add_watch, fd, "m", IN_OPEN | IN_MASK_ADD);
  touch("m");
  show("mask added to");
  CALL(inotify_add_watch, "create only, known", fd, "m", IN_OPEN | IN_MASK_CREATE);
  CALL(inotify_rm_watch, "remove", fd, watch);
  show("removed");
  RAW(inotify_add_watch, fd, "m", IN_OPEN | IN_CLOSE | IN_ONESHOT);
  touch("m");
  show("one shot");
  mkdir("e", 0755);
  RAW(inotify_add_watch, fd, "e", IN_MODIFY | IN_DELETE | IN_EXCL_UNLINK);
  int file = open("e/u", O_CREAT | O_RDWR, 0644);
  write(file, "x", 1);
  unlink("e/u");
  write(file, "x", 1);
  show("not without a name");
  close(file);
  symlink("m", "s");
  int through = RAW(inotify_add_watch, fd, "s", IN_OPEN);
  int itself = RAW(inotify_add_watch, fd, "s", IN_DELETE_SELF | IN_DONT_FOLLOW);
  SAY("inotify_add_watch", "a link and its target", "%d", through != itself);
  unlink("s");
  show("link removed");
  rmdir("e");
  unlink("m");
  show("cleared");
}

static void reading(void) {
  mkdir("r", 0755);
  int watch = RAW(inotify_add_watch, fd, "r", IN_CREATE);
  int available = -1;
  struct pollfd ask = {fd, POLLIN | POLLOUT, 0};
  poll(&ask, 1, 0);
  SAY("poll", "empty", "%x", ask.revents);
  touch("r/abcdefghijklmno");
  touch("r/abcdefghijklmnop");
  poll(&ask, 1, 0);
  SAY("poll", "events", "%x", ask.revents);
  ioctl(fd, FIONREAD, &available);
  SAY("ioctl", "FIONREAD", "%d", available);
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  CASE("epoll_ctl", "add", epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
  CASE("epoll_wait", "events", epoll_wait(epoll, &event, 1, 0));
  close(epoll);
  CALL(read, "too small", fd, room, 16);
  CALL(read, "one event", fd, room, 40);
  CALL(read, "bad buffer", fd, LOW, 100);
  ioctl(fd, FIONREAD, &available);
  SAY("ioctl", "FIONREAD after", "%d", available);
  while (read(fd, room, sizeof room) > 0) {
  }
  SAY("fcntl", "blocking", "%d", fcntl(fd, F_SETFL, 0));
  fflush(stdout);
  if (fork() == 0) {
    sleep_ms(20);
    touch("r/late");
    _exit(0);
  }
  show("waited for");
  wait(0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  char path[64], line[300] = "";
  sprintf(path, "/proc/self/fdinfo/%d", fd);
  FILE *info = fopen(path, "r");
  while (fgets(line, sizeof line, info)) {
    unsigned wd, mask;
    unsigned long inode;
    if (sscanf(line, "inotify wd:%x ino:%lx sdev:%*x mask:%x", &wd, &inode, &mask) == 3) {
      struct stat stat_;
      stat("r", &stat_);
      SAY("proc", "fdinfo", "%d %d %x", (int)wd == watch, inode == stat_.st_ino, mask);
    }
  }
  fclose(info);
  sprintf(path, "/proc/self/fd/%d", fd);
  long length = readlink(path, line, sizeof line);
  SAY("proc", "link", "%.*s", (int)length, line);
  int second = RAW(inotify_init1, IN_CLOEXEC);
  SAY("inotify_init1", "close on exec", "%d", fcntl(second, F_GETFD));
  RAW(inotify_add_watch, second, "r", IN_CREATE);
  touch("r/both");
  SAY("read", "two instances", "%ld %ld", (long)read(fd, room, 100), (long)read(second, room, 100));
  close(second);
}

static void child_process(void) {
  mkdir("c", 0755);
  RAW(inotify_add_watch, fd, "c", IN_OPEN | IN_CLOSE);
  int file = open("c/shared", O_CREAT | O_WRONLY, 0644);
  if (fork() == 0) _exit(0);
  wait(0);
  show("a child's end closes nothing");
  dup2(file, 50);
  close(file);
  show("nor does one of two descriptors");
  close(50);
  show("the last one does");
}

/* More events than the queue takes: all up to the limit, then one that says so. */
static void overflow(void) {
  long limit = 0, count = 0;
  FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
  fscanf(file, "%ld", &limit);
  fclose(file);
  touch("o");
  RAW(inotify_add_watch, fd, "o", IN_OPEN | IN_CLOSE);
  for (long i = 0; i < limit / 2 + 10; i++) close(open("o", O_RDONLY));
  struct inotify_event *last = 0;
  for (long got; (got = read(fd, room, sizeof room)) > 0;)
    for (long at = 0; at < got; at += sizeof *last + last->len, count++) last = (void *)(room + at);
  SAY("inotify", "overflow", "%d more than the limit, the last %d %s", (int)(count - limit), last->wd, bits(last->mask));
  close(open("o", O_RDONLY));
  show("after overflow");
}

int main(void) {
  fd = RAW(inotify_init1, IN_NONBLOCK);
  arguments();
  directory_events();
  own_events();
  masks();
  reading();
  child_process();
  overflow();
  return 0;
}
