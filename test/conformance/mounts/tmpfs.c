/* mount and umount2 of tmpfs: options, limits, flags, who may, when it is busy. */
#include "isolated.h"

static char block[4096];

static void refusals(void) {
  RAW(mkdir, "m", 0755);
  close(open("file", O_CREAT | O_RDWR, 0644));
  CALL(mount, "unknown type", "none", "m", "nonesuch", 0L, (void *)0);
  CALL(mount, "no type", "none", "m", (void *)0, 0L, (void *)0);
  CALL(mount, "bad type", "none", "m", LOW, 0L, (void *)0);
  CALL(mount, "bad source", LOW, "m", "tmpfs", 0L, (void *)0);
  CALL(mount, "bad data", "none", "m", "tmpfs", 0L, LOW);
  CALL(mount, "bad target", "none", LOW, "tmpfs", 0L, (void *)0);
  CALL(mount, "absent", "none", "absent", "tmpfs", 0L, (void *)0);
  CALL(mount, "empty", "none", "", "tmpfs", 0L, (void *)0);
  CALL(mount, "file", "none", "file", "tmpfs", 0L, (void *)0);
  CALL(mount, "unknown option", "none", "m", "tmpfs", 0L, "nonesuch=1");
  CALL(mount, "bad size", "none", "m", "tmpfs", 0L, "size=abc");
  CALL(mount, "bad mode", "none", "m", "tmpfs", 0L, "mode=9");
  CALL(umount2, "not mounted", "m", 0);
  CALL(umount2, "absent", "absent", 0);
  CALL(umount2, "bad flags", "m", 0x100);
  CALL(umount2, "bad path", LOW, 0);
  CHILD("fork", "plain user", {
    become_user(1000);
    CALL(mount, "user", "none", "m", "tmpfs", 0L, (void *)0);
    CALL(mount, "user, absent", "none", "absent", "tmpfs", 0L, (void *)0);
    CALL(umount2, "user", "m", 0);
    CALL(umount2, "user, absent", "absent", 0);
    CALL(pivot_root, "user", "m", "m");
    CALL(unshare, "user", CLONE_NEWNS);
  });
}

static void limits(void) {
  CALL(mount, "with limits", "source", "m", "tmpfs", 0L, "size=64k,nr_inodes=10,mode=700,uid=7,gid=8");
  struct stat root;
  stat("m", &root);
  SAY("stat", "root", "%o %d %d", root.st_mode, root.st_uid, root.st_gid);
  show_mount("mountinfo", "m");
  struct statfs room;
  statfs("m", &room);
  SAY("statfs", "type and room", "%lx %ld %ld %ld %ld", (long)room.f_type, (long)room.f_blocks, (long)room.f_bfree,
      (long)room.f_files, (long)room.f_ffree);
  int fd = open("m/f", O_CREAT | O_RDWR, 0644);
  long written = 0;
  while (write(fd, block, sizeof block) == sizeof block) written++;
  SAY("write", "until full", "%ld blocks, %s", written, errno_name(errno));
  statfs("m", &room);
  SAY("statfs", "full", "%ld %ld", (long)room.f_bfree, (long)room.f_ffree);
  ftruncate(fd, 4096);
  CASE("write", "again", write(fd, block, 1) == 1 ? 0 : -1);
  CASE("fallocate", "too much", fallocate(fd, 0, 0, 1 << 20));
  struct stat now;
  fstat(fd, &now);
  SAY("fallocate", "size after that", "%ld", (long)now.st_size <= 65537);
  close(fd);
  unlink("m/f");
  statfs("m", &room);
  SAY("statfs", "empty again", "%ld %ld", (long)room.f_bfree, (long)room.f_ffree);
  int made = 0;
  char name[16];
  for (; made < 20; made++) {
    sprintf(name, "m/%d", made);
    if (mkdir(name, 0755) != 0) break;
  }
  SAY("mkdir", "until full", "%d, %s", made, errno_name(errno));
  CASE("symlink", "full", symlink("x", "m/l"));
  CASE("open", "full", open("m/new", O_CREAT | O_RDWR, 0600));
  CASE("link", "full", link("m/0", "m/l"));
  rmdir("m/0");
  CASE("open", "room again", open("m/new", O_CREAT | O_RDWR, 0600) >= 0 ? 0 : -1);
  CALL(mount, "remount smaller than what is used", "none", "m", "tmpfs", (long)MS_REMOUNT, "nr_inodes=3");
  CALL(mount, "remount larger", "none", "m", "tmpfs", (long)MS_REMOUNT, "nr_inodes=30,size=128k");
  statfs("m", &room);
  SAY("statfs", "larger", "%ld %ld", (long)room.f_blocks, (long)room.f_files);
  show_mount("mountinfo after remount", "m");
  CALL(umount2, "busy", "m", 0);
  close(open("m/new", O_RDONLY));
  for (int i = 3; i < 64; i++) close(i);
  CALL(umount2, "idle", "m", 0);
  SAY("stat", "gone", "%d", exists("m/new"));
}

static void busy(void) {
  RAW(mount, "none", "m", "tmpfs", 0L, (void *)0);
  CALL(mount, "on top", "second", "m", "tmpfs", 0L, (void *)0);
  RAW(mkdir, "m/below", 0755);
  CALL(mount, "below", "none", "m/below", "tmpfs", 0L, (void *)0);
  CALL(rmdir, "mount point", "m/below");
  CALL(rename, "mount point", "m/below", "m/other");
  CALL(umount2, "something below", "m", 0);
  CALL(chdir, "into it", "m/below");
  CALL(umount2, "stood in", ".", 0);
  CALL(chdir, "out", here[0] ? here : "/");
  CALL(umount2, "expire, first", "m/below", MNT_EXPIRE);
  CALL(umount2, "expire, second", "m/below", MNT_EXPIRE);
  CALL(umount2, "expire and detach", "m", MNT_EXPIRE | MNT_DETACH);
  int fd = open("m/f", O_CREAT | O_RDWR, 0644);
  CALL(umount2, "open file", "m", 0);
  CALL(umount2, "detach", "m", MNT_DETACH);
  CASE("write", "to the file of a detached mount", write(fd, "hello", 5));
  SAY("stat", "what is below shows", "%d", exists("m/below"));
  close(fd);
  RAW(chdir, "m");
  CALL(mount, "where one stands", "none", ".", "tmpfs", 0L, (void *)0);
  close(open("below", O_CREAT | O_RDWR, 0644));
  CALL(mount, "there again", "none", ".", "tmpfs", 0L, (void *)0);
  CALL(umount2, "where one stands, below it all", ".", 0);
  RAW(chdir, here[0] ? here : "/");
  SAY("stat", "on top", "%d", exists("m/below"));
  CALL(umount2, "the upper", "m", 0);
  CALL(umount2, "the lower", "m", 0);
  symlink("m", "link");
  CALL(umount2, "link, not followed", "link", UMOUNT_NOFOLLOW);
  CALL(umount2, "link, followed", "link", 0);
  CALL(umount2, "no more", "m", 0);
  RAW(mount, "none", "m", "tmpfs", 0L, (void *)0);
  RAW(mkdir, "m/d", 0755);
  RAW(chdir, "m/d");
  CALL(umount2, "detach where one stands", "../../m", MNT_DETACH);
  char path[64];
  long length = RAW(getcwd, path, sizeof path);
  SAY("getcwd", "detached", "%.*s", (int)length, path);
  CASE("mkdir", "detached", mkdir("more", 0755));
  SAY("stat", "detached", "%d", exists("../d/more"));
  RAW(chdir, here[0] ? here : "/");
}

static void mount_flags(void) {
  CALL(mount, "read-only", "none", "m", "tmpfs", (long)MS_RDONLY, (void *)0);
  show_mount("read-only", "m");
  CASE("open", "create, read-only", open("m/f", O_CREAT | O_RDWR, 0644));
  CASE("mkdir", "read-only", mkdir("m/d", 0755));
  CALL(mount, "remount writable", "none", "m", (void *)0, (long)MS_REMOUNT, (void *)0);
  int fd = open("m/f", O_CREAT | O_RDWR, 0755);
  CASE("write", "writable", write(fd, "#!/bin/sh\n", 10));
  CALL(mount, "remount read-only, a writer", "none", "m", (void *)0, (long)(MS_REMOUNT | MS_RDONLY), (void *)0);
  close(fd);
  CALL(mount, "remount read-only", "none", "m", (void *)0, (long)(MS_REMOUNT | MS_RDONLY), (void *)0);
  CASE("open", "to write, read-only", open("m/f", O_RDWR));
  CASE("truncate", "read-only", truncate("m/f", 0));
  CASE("chmod", "read-only", chmod("m/f", 0700));
  CASE("access", "to write, read-only", access("m/f", W_OK));
  CASE("unlink", "read-only", unlink("m/f"));
  CALL(mount, "remount with flags", "none", "m", (void *)0, (long)(MS_REMOUNT | MS_NOEXEC | MS_NODEV | MS_NOSUID), (void *)0);
  show_mount("flags", "m");
  struct statvfs shown;
  statvfs("m", &shown);
  SAY("statfs", "flags", "%lx", shown.f_flag & (ST_RDONLY | ST_NOSUID | 4 | 8));
  CASE("access", "to execute, noexec", access("m/f", X_OK));
  char *none[1] = {0};
  CALL(execve, "noexec", "m/f", none, none);
  fd = open("m/f", O_RDWR);
  errno = 0;
  CASE("mmap", "noexec", mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
  char *page = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  CASE("mprotect", "noexec", mprotect(page, 4096, PROT_READ | PROT_EXEC));
  CALL(umount2, "mapped", "m", 0);
  munmap(page, 4096);
  close(fd);
  mknod("m/null", S_IFCHR | 0666, 1 << 8 | 3);
  CASE("open", "device, nodev", open("m/null", O_RDONLY));
  CALL(umount2, "end", "m", 0);
  CALL(mount, "noatime", "none", "m", "tmpfs", (long)(MS_NOATIME | MS_NODIRATIME), (void *)0);
  show_mount("noatime", "m");
  CALL(mount, "strictatime", "none", "m", (void *)0, (long)(MS_REMOUNT | MS_STRICTATIME), (void *)0);
  show_mount("strictatime", "m");
  CALL(mount, "old mark", "none", "m", (void *)0, (long)(0xc0ed0000u | MS_REMOUNT), (void *)0);
  show_mount("old mark", "m");
  CALL(umount2, "end", "m", 0);
  CALL(mount, "links not followed", "none", "m", "tmpfs", 256L, (void *)0);
  symlink("/", "m/l");
  CASE("open", "through a link", open("m/l", O_RDONLY));
  CALL(readlink, "the link", "m/l", block, 100L);
  CALL(umount2, "end", "m", 0);
}

int main(void) {
  isolate();
  chmod(".", 0755);
  refusals();
  limits();
  busy();
  mount_flags();
  return 0;
}
