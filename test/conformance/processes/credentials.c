/* set*id: what root and a plain user may become, and what a change of user does to capabilities and dumpability. */
#include "conform.h"
#include <sys/fsuid.h>
#include <sys/prctl.h>

static void ids(const char *call, const char *label) {
  unsigned r, e, s, g, f, h;
  RAW(getresuid, &r, &e, &s);
  RAW(getresgid, &g, &f, &h);
  SAY(call, label, "%d %d %d %d / %d %d %d %d", r, e, s, (int)RAW(setfsuid, -1), g, f, h, (int)RAW(setfsgid, -1));
}

struct header { unsigned version; int pid; };
struct words { unsigned effective, permitted, inheritable; };
static void caps(const char *call, const char *label) {
  struct header header = {0x20080522, 0};
  struct words words[2] = {0};
  RAW(capget, &header, words);
  /* CAP_SYS_RESOURCE may be missing on a host. */
  SAY(call, label, "e %s p %s i %s dumpable %d", (words[0].effective | 1 << 24) == ~0u ? "all" : words[0].effective == 0 ? "none" : "some",
      (words[0].permitted | 1 << 24) == ~0u ? "all" : words[0].permitted == 0 ? "none" : "some", words[0].inheritable == 0 ? "none" : "some",
      prctl(PR_GET_DUMPABLE));
}

static void step(const char *call, const char *label, long result) {
  char text[80];
  snprintf(text, sizeof text, "%s, ids", label);
  show_number(call, label, result);
  ids(call, text);
  snprintf(text, sizeof text, "%s, capabilities", label);
  caps(call, text);
}

#define STEP(name, label, ...) step(#name, label, (errno = 0, RAW(name, ##__VA_ARGS__)))

static void as_user(void) {
  STEP(setuid, "user: to itself", 1000);
  STEP(setuid, "user: to root", 0);
  STEP(setuid, "user: to another", 1001);
  STEP(setgid, "user: to another", 7);
  STEP(setreuid, "user: real to another", 5, -1);
  STEP(setreuid, "user: effective to another", -1, 5);
  STEP(setresuid, "user: saved to another", -1, -1, 5);
  STEP(setresgid, "user: all kept", -1, -1, -1);
  STEP(setfsuid, "user: to another", 5);
  CALL(setgroups, "user: none", 0, 0);
  CALL(setgroups, "user: too many", 65537, 0);
}

int main(void) {
  caps("capget", "at the start");
  CHILD("setuid", "to a user and back", STEP(setuid, "root to 1000", 1000); STEP(setuid, "back", 0));
  CHILD("setresuid", "effective only, and back", STEP(setresuid, "effective 1000", -1, 1000, -1); STEP(setresuid, "effective 0", -1, 0, -1));
  CHILD("setresuid", "saved 0 kept", STEP(setresuid, "1000 1000 0", 1000, 1000, 0); STEP(setreuid, "swap", -1, 0); STEP(setuid, "for good", 1000));
  CHILD("setresuid", "three", STEP(setresuid, "1 2 3", 1, 2, 3); STEP(setresuid, "rotate", 2, 3, 1); STEP(setuid, "to the real", 2);
        STEP(setuid, "to the saved", 1); STEP(setuid, "to none of them", 3));
  CHILD("setreuid", "rules of the saved id", STEP(setreuid, "1000 1000", 1000, 1000));
  CHILD("setreuid", "only the effective", STEP(setreuid, "-1 1000", -1, 1000); STEP(setreuid, "real from effective", 1000, -1));
  CHILD("setreuid", "only the real", STEP(setreuid, "1000 -1", 1000, -1));
  CHILD("setfsuid", "root", STEP(setfsuid, "to 1000", 1000); STEP(setfsuid, "to 0", 0); STEP(setfsuid, "to -2", -2));
  CHILD("setfsgid", "root", STEP(setfsgid, "to 1000", 1000); STEP(setfsgid, "to 0", 0));
  CHILD("setgid", "root", STEP(setgid, "to 50", 50); STEP(setregid, "60 -1", 60, -1); STEP(setresgid, "1 2 3", 1, 2, 3); STEP(setgid, "to 9", 9));
  CHILD("prctl", "keep capabilities", CALL(prctl, "PR_SET_KEEPCAPS", PR_SET_KEEPCAPS, 1); STEP(setuid, "keeping, to 1000", 1000);
        CALL(prctl, "PR_GET_KEEPCAPS after setuid", PR_GET_KEEPCAPS); STEP(setuid, "kept, not effective: to 0", 0));
  CALL(setuid, "-1", -1);
  CALL(setgid, "-1", -1);
  CALL(setresuid, "all kept", -1, -1, -1);
  CALL(getresuid, "null", 0, 0, 0);
  CALL(getresuid, "bad pointer", LOW, LOW, LOW);
  CALL(getresgid, "above user space", HIGH, HIGH, HIGH);
  CHILD("setgroups", "as root", {
    gid_t list[4] = {9, 4, 7, 4}, back[4] = {0};
    CALL(setgroups, "four", 4, list);
    CALL(getgroups, "four", 4, back);
    SAY("getgroups", "sorted", "%d %d %d %d", back[0], back[1], back[2], back[3]);
    CALL(getgroups, "count", 0, 0);
    CALL(getgroups, "too few", 3, back);
    CALL(getgroups, "negative", -1, back);
    CALL(getgroups, "bad pointer", 4, LOW);
    CALL(setgroups, "bad pointer", 4, LOW);
    CALL(setgroups, "too many", 65537, list);
    CALL(setgroups, "negative", -1, list);
  });
  CHILD("setuid", "a plain user", become_user(1000); as_user());
  return 0;
}
