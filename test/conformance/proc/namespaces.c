/* Files of /proc/self/ns and what they answer. */
#include "conform.h"
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

static ino_t inode(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

int main(void) {
  const char *const kinds[] = {"cgroup", "ipc", "net", "pid", "uts", "user", "mnt"};
  int user = open("/proc/self/ns/user", O_RDONLY);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    char path[60], target[60] = "";
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
    int fd = open(path, O_RDONLY);
    SAY("readlink", kinds[i], "%.*s", readlink(path, target, sizeof target - 1) > 0 ? (int)strcspn(target, "[") : 0, target);
    char number[60];
    snprintf(number, sizeof number, "%s:[%lu]", kinds[i], (unsigned long)inode(fd));
    SAY("fstat", kinds[i], "%s", strcmp(number, target) == 0 ? "the link's number" : number);
    SAY("ioctl", kinds[i], "%#x", ioctl(fd, NS_GET_NSTYPE));
    int owner = ioctl(fd, NS_GET_USERNS);
    if (i < 5) SAY("ioctl", "its owner", "%s", owner < 0 ? errno_name(errno) : inode(owner) == inode(user) ? "the user namespace" : "another");
    if (owner >= 0) SAY("fcntl", "owner", "%d", fcntl(owner, F_GETFD));
    char byte;
    CALL(read, kinds[i], fd, &byte, 1);
    CALL(ioctl, "unknown request", fd, 0xb7ff, 0);
    if (i < 5 && i != 3) CALL(ioctl, "parent", fd, NS_GET_PARENT);
    if (i < 5) CALL(ioctl, "owner's id", fd, NS_GET_OWNER_UID, &byte);
    close(fd);
  }
  int fd = open("/proc/self/ns/uts", O_RDONLY), file = open("/proc/self/stat", O_RDONLY);
  CALL(setns, "its own", fd, 0);
  CALL(setns, "its own, by kind", fd, CLONE_NEWUTS);
  CALL(setns, "other kind", fd, CLONE_NEWNET);
  CALL(setns, "no namespace", file, 0);
  CALL(setns, "bad descriptor", 99, 0);
  CALL(setns, "its own user namespace", user, CLONE_NEWUSER);
  CHILD("setns", "without rights", {
    if (setuid(1000) == 0) CALL(setns, "as another", fd, CLONE_NEWUTS);
  });
}
