/* The options of proc: hidepid, gid and subset. Source: proc(5). */
#include "../mounts/isolated.h"
#include <dirent.h>

static pid_t others;

static const char *outcome(long result) {
  if (result < 0) return errno_name(errno);
  if (result > 2) close(result);
  return "ok";
}

/* What a caller sees of a process through the mount at m. */
static void look(const char *who, const char *whose, pid_t pid) {
  char path[64], label[64];
  struct stat found;
  snprintf(path, sizeof path, "m/%d", pid);
  snprintf(label, sizeof label, "%s, %s", who, whose);
  char entry[24], file[24], folder[24];
  snprintf(entry, sizeof entry, "%s", outcome(RAW(stat, path, &found)));
  snprintf(folder, sizeof folder, "%s", outcome(RAW(open, path, O_RDONLY | O_DIRECTORY)));
  snprintf(path, sizeof path, "m/%d/status", pid);
  snprintf(file, sizeof file, "%s", outcome(RAW(open, path, O_RDONLY)));
  int listed = 0;
  DIR *all = opendir("m");
  for (struct dirent *next; all != 0 && (next = readdir(all)) != 0;) listed |= atoi(next->d_name) == pid;
  if (all != 0) closedir(all);
  SAY("stat", label, "%s, file %s, folder %s, %s", entry, file, folder, listed ? "listed" : "not listed");
}

static void as_user(const char *who, int member) {
  CHILD("fork", who, {
    gid_t groups[] = {77};
    setgroups(member, groups);
    setresgid(1000, 1000, 1000);
    setresuid(1000, 1000, 1000);
    look(who, "its own", getpid());
    look(who, "another's", others);
    struct stat found;
    SAY("stat", who, "meminfo %s", outcome(RAW(stat, "m/meminfo", &found)));
    char target[64] = "";
    SAY("readlink", who, "self %s", RAW(readlink, "m/self", target, sizeof target) > 0 && atoi(target) == getpid() ? "right" : "wrong");
  });
}

static void mounted(const char *options) {
  CALL(mount, options, "none", "m", "proc", 0L, options);
  show_mount(options, "m");
  as_user("user", 0);
  as_user("member", 1);
  /* Last: Linux remembers a name that root has looked up. */
  look("root", "another's", others);
  CALL(umount2, options, "m", 0);
}

int main(void) {
  isolate();
  RAW(chmod, ".", 0755);
  RAW(mkdir, "m", 0755);
  others = fork();
  if (others == 0)
    for (;;) pause();
  CALL(mount, "bad number", "none", "m", "proc", 0L, "hidepid=3");
  CALL(mount, "bad name", "none", "m", "proc", 0L, "hidepid=nonesuch");
  CALL(mount, "bad group", "none", "m", "proc", 0L, "gid=x");
  CALL(mount, "bad subset", "none", "m", "proc", 0L, "subset=all");
  CALL(mount, "bad option", "none", "m", "proc", 0L, "nonesuch");
  mounted("hidepid=0");
  mounted("hidepid=1");
  mounted("hidepid=2");
  mounted("hidepid=4");
  mounted("hidepid=invisible,gid=77");
  mounted("hidepid=noaccess,gid=77");
  mounted("hidepid=ptraceable,gid=77");
  mounted("subset=pid");
  CALL(mount, "once more", "none", "m", "proc", 0L, "hidepid=off");
  CALL(mount, "changed", "none", "m", (void *)0, (long)MS_REMOUNT, "hidepid=invisible");
  show_mount("changed", "m");
  as_user("after the change", 0);
  CALL(mount, "badly changed", "none", "m", (void *)0, (long)MS_REMOUNT, "hidepid=9");
  kill(others, SIGKILL);
  waitpid(others, 0, 0);
  RAW(umount2, "m", 0);
  RAW(rmdir, "m");
  return 0;
}
