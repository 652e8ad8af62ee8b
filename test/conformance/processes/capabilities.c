/* capget, capset, the bounding and the ambient set, securebits; what execve makes of them. */
#include "conform.h"
#include <sys/prctl.h>

struct header { unsigned version; int pid; };
struct words { unsigned effective, permitted, inheritable; };
#define V1 0x19980330
#define V3 0x20080522

static void show(const char *call, const char *label) {
  struct header header = {V3, 0};
  struct words words[2] = {0};
  RAW(capget, &header, words);
  unsigned skip = ~(1u << 24);
  SAY(call, label, "%08x %08x %08x", words[0].effective & skip, words[0].permitted & skip, words[0].inheritable & skip);
}

static long set(unsigned effective, unsigned permitted, unsigned inheritable) {
  struct header header = {V3, 0};
  struct words words[2] = {{effective, permitted, inheritable}, {0, 0, 0}};
  return RAW(capset, &header, words);
}

#define AMBIENT(label, what, which) CALL(prctl, "PR_CAP_AMBIENT: " label, PR_CAP_AMBIENT, what, which, 0, 0)

int main(int argc, char **argv) {
  if (argc > 1) {
    show("execve", argv[1]);
    SAY("execve", argv[1], "ambient CAP_KILL %ld", RAW(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0));
    SAY("execve", argv[1], "keepcaps %ld securebits %ld", RAW(prctl, PR_GET_KEEPCAPS), RAW(prctl, PR_GET_SECUREBITS));
    return 0;
  }
  struct header header = {V3, 0};
  struct words words[2];
  CALL(capget, "null data", &header, 0);
  header.version = 0x1234;
  CALL(capget, "unknown version", &header, words);
  SAY("capget", "version told", "%x", header.version);
  header.version = 0x1234;
  CALL(capget, "unknown version, null data", &header, 0);
  header = (struct header){V3, -1};
  CALL(capget, "negative pid", &header, words);
  header = (struct header){V3, 999999};
  CALL(capget, "nobody", &header, words);
  header = (struct header){V1, 0};
  CALL(capget, "version 1", &header, words);
  CALL(capget, "bad header", LOW, words);
  header = (struct header){V3, 0};
  CALL(capget, "bad data", &header, LOW);
  CALL(capset, "bad header", LOW, words);
  CALL(capset, "bad data", &header, LOW);
  header = (struct header){V3, 1};
  CALL(capset, "another process", &header, words);
  header = (struct header){0x77, 0};
  CALL(capset, "unknown version", &header, words);

  CHILD("capset", "fewer", CASE("capset", "drop all but KILL and SETPCAP", set(0x120, 0x120, 0)); show("capset", "two left");
        CASE("capset", "effective beyond permitted", set(0x121, 0x120, 0)); CASE("capset", "permitted grows", set(0x120, 0x121, 0));
        CASE("capset", "inheritable from bounding with SETPCAP", set(0x120, 0x120, 0x1)); show("capset", "one inheritable");
        CASE("capset", "not effective", set(0, 0x120, 0)); CASE("capset", "inheritable without SETPCAP", set(0, 0x120, 0x2));
        CASE("capset", "inheritable from permitted", set(0, 0x120, 0x20)); CASE("capset", "inheritable gone", set(0, 0x120, 0));
        CASE("capset", "effective again", set(0x20, 0x120, 0)); CASE("capset", "nothing", set(0, 0, 0)); show("capset", "none left"));

  CALL(prctl, "PR_CAPBSET_READ KILL", PR_CAPBSET_READ, 5);
  CALL(prctl, "PR_CAPBSET_READ 41", PR_CAPBSET_READ, 41);
  CALL(prctl, "PR_CAPBSET_READ -1", PR_CAPBSET_READ, -1);
  CHILD("prctl", "bounding set", CALL(prctl, "PR_CAPBSET_DROP KILL", PR_CAPBSET_DROP, 5); CALL(prctl, "PR_CAPBSET_READ dropped", PR_CAPBSET_READ, 5);
        CALL(prctl, "PR_CAPBSET_DROP 41", PR_CAPBSET_DROP, 41); show("prctl", "still held");
        execl("/proc/self/exe", "capabilities", "as root with a smaller bounding set", (char *)0));
  CHILD("prctl", "bounding set without SETPCAP", set(0x20, 0x20, 0); CALL(prctl, "PR_CAPBSET_DROP without SETPCAP", PR_CAPBSET_DROP, 5));

  AMBIENT("is set", PR_CAP_AMBIENT_IS_SET, 5);
  AMBIENT("raise not inheritable", PR_CAP_AMBIENT_RAISE, 5);
  AMBIENT("bad capability", PR_CAP_AMBIENT_RAISE, 99);
  AMBIENT("unknown", 9, 5);
  AMBIENT("lower what is not set", PR_CAP_AMBIENT_LOWER, 5);
  AMBIENT("clear all", PR_CAP_AMBIENT_CLEAR_ALL, 0);
  AMBIENT("clear all with argument", PR_CAP_AMBIENT_CLEAR_ALL, 5);
  CHILD("prctl", "ambient", set(0xffffffff & ~(1u << 24), 0xffffffff & ~(1u << 24), 0x20); AMBIENT("raise", PR_CAP_AMBIENT_RAISE, 5); AMBIENT("is raised", PR_CAP_AMBIENT_IS_SET, 5);
        RAW(prctl, PR_SET_KEEPCAPS, 1); RAW(setresuid, 1000, 1000, 1000); AMBIENT("after setuid", PR_CAP_AMBIENT_IS_SET, 5); show("prctl", "after setuid");
        set(0x20, 0x20, 0x20); AMBIENT("raised again", PR_CAP_AMBIENT_RAISE, 5); execl("/proc/self/exe", "capabilities", "user with ambient", (char *)0));
  CHILD("prctl", "ambient goes with inheritable", set(0x20, 0x20, 0x20); AMBIENT("raise", PR_CAP_AMBIENT_RAISE, 5); set(0x20, 0x20, 0);
        AMBIENT("no longer inheritable", PR_CAP_AMBIENT_IS_SET, 5));

  CALL(prctl, "PR_GET_SECUREBITS", PR_GET_SECUREBITS);
  CALL(prctl, "PR_SET_SECUREBITS unknown bit", PR_SET_SECUREBITS, 0x10000);
  CHILD("prctl", "keep caps", CALL(prctl, "PR_SET_KEEPCAPS 2", PR_SET_KEEPCAPS, 2); CALL(prctl, "PR_SET_KEEPCAPS 1", PR_SET_KEEPCAPS, 1); CALL(prctl, "PR_GET_KEEPCAPS", PR_GET_KEEPCAPS);
        CALL(prctl, "PR_GET_SECUREBITS with keepcaps", PR_GET_SECUREBITS); execl("/proc/self/exe", "capabilities", "root after keepcaps", (char *)0));
  CHILD("prctl", "NOROOT", CALL(prctl, "PR_SET_SECUREBITS NOROOT locked", PR_SET_SECUREBITS, 3); CALL(prctl, "PR_SET_SECUREBITS unlock", PR_SET_SECUREBITS, 0);
        execl("/proc/self/exe", "capabilities", "root without privilege", (char *)0));
  CHILD("prctl", "NO_SETUID_FIXUP", CALL(prctl, "PR_SET_SECUREBITS NO_SETUID_FIXUP", PR_SET_SECUREBITS, 4); RAW(setresuid, 1000, 1000, 1000); show("prctl", "user with all"));
  CHILD("prctl", "ambient raise locked", CALL(prctl, "PR_SET_SECUREBITS NO_CAP_AMBIENT_RAISE", PR_SET_SECUREBITS, 0x40); set(0x120, 0x120, 0x20); AMBIENT("raise forbidden", PR_CAP_AMBIENT_RAISE, 5));
  CHILD("prctl", "keepcaps locked", CALL(prctl, "PR_SET_SECUREBITS KEEP_CAPS_LOCKED", PR_SET_SECUREBITS, 0x20); CALL(prctl, "PR_SET_KEEPCAPS locked", PR_SET_KEEPCAPS, 1));
  CHILD("execve", "a user", become_user(1000); show("capget", "user"); CALL(prctl, "PR_SET_SECUREBITS as user", PR_SET_SECUREBITS, 1);
        CALL(prctl, "PR_CAPBSET_DROP as user", PR_CAPBSET_DROP, 5); CALL(prctl, "PR_SET_KEEPCAPS as user", PR_SET_KEEPCAPS, 1);
        CASE("capset", "user grows", set(1, 1, 0)); execl("/proc/self/exe", "capabilities", "user", (char *)0));
  CHILD("execve", "root again in the real id", RAW(setresuid, 0, 1000, 1000); show("capget", "real root"); execl("/proc/self/exe", "capabilities", "real root", (char *)0));

  /* What single capabilities allow. */
  CHILD("kill", "CAP_KILL", set(0x80, 0x80, 0); RAW(setresuid, 7, 7, 7);
        CALL(kill, "without CAP_KILL", getppid(), 0));
  CHILD("sethostname", "without CAP_SYS_ADMIN", set(0x20, 0x20, 0); CALL(sethostname, "without CAP_SYS_ADMIN", "x", 1));
  CHILD("setuid", "without CAP_SETUID", set(0x20, 0x20, 0); CALL(setuid, "root without CAP_SETUID", 1000));
  CHILD("setgid", "without CAP_SETGID", set(0x20, 0x20, 0); CALL(setgid, "root without CAP_SETGID", 1000); CALL(setgroups, "root without CAP_SETGID", 0, 0));
  CHILD("chroot", "without CAP_SYS_CHROOT", set(0x20, 0x20, 0); CALL(chroot, "without CAP_SYS_CHROOT", "/"));
  CHILD("setpriority", "without CAP_SYS_NICE", set(0x20, 0x20, 0); CALL(setpriority, "without CAP_SYS_NICE", 0, 0, -5));
  CHILD("mlock", "without CAP_IPC_LOCK", set(0x20, 0x20, 0); CALL(mknodat, "without CAP_MKNOD", -100, "null-device", S_IFCHR | 0600, 0x103));
  return 0;
}
