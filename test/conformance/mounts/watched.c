/* What inotify tells of a tree that is unmounted. */
#include "isolated.h"
#include <sys/inotify.h>

static char room[4096] __attribute__((aligned(8)));

static void show(int fd, const char *label) {
  char text[300] = "";
  long got = read(fd, room, sizeof room);
  for (long at = 0; at < got;) {
    struct inotify_event *event = (void *)(room + at);
    sprintf(text + strlen(text), "%s%d:%x", text[0] ? " " : "", event->wd, event->mask);
    at += sizeof *event + event->len;
  }
  SAY("inotify", label, "%s", text[0] ? text : "nothing");
}

int main(void) {
  isolate();
  int fd = inotify_init1(IN_NONBLOCK);
  mkdir("m", 0755);
  mkdir("b", 0755);
  RAW(mount, "none", "m", "tmpfs", 0L, (void *)0);
  close(open("m/f", O_CREAT | O_RDWR, 0644));
  SAY("inotify_add_watch", "a file", "%d", inotify_add_watch(fd, "m/f", IN_MODIFY));
  CALL(mount, "at a second place", "m", "b", (void *)0, (long)MS_BIND, (void *)0);
  CALL(umount2, "the first", "m", 0);
  show(fd, "still mounted");
  int file = open("b/f", O_RDWR);
  write(file, "x", 1);
  close(file);
  show(fd, "through the second");
  CALL(umount2, "the second", "b", 0);
  show(fd, "unmounted");
  CALL(inotify_rm_watch, "gone", fd, 1);
  return 0;
}
