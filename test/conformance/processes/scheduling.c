/* Policies, parameters, attributes and affinity. */
#include "conform.h"
#include <sched.h>

struct attr { unsigned size, policy; unsigned long flags; int nice; unsigned priority; unsigned long runtime, deadline, period; unsigned util_min, util_max; };

static void policies(const char *who) {
  struct { const char *name; int policy, priority; } rows[] = {
    {"OTHER 0", 0, 0}, {"OTHER 1", 0, 1}, {"FIFO 0", 1, 0}, {"FIFO 1", 1, 1}, {"FIFO 99", 1, 99}, {"FIFO 100", 1, 100}, {"RR 10", 2, 10}, {"BATCH 0", 3, 0}, {"BATCH 1", 3, 1},
    {"policy 4", 4, 0}, {"IDLE 0", 5, 0}, {"DEADLINE", 6, 0}, {"policy 7", 7, 0}, {"policy -1", -1, 0}, {"OTHER negative", 0, -1}, {"RESET_ON_FORK", 0x40000000, 0}, {"OTHER again", 0, 0},
  };
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    char label[60];
    int priority = rows[i].priority, now = -1;
    snprintf(label, sizeof label, "%s: %s", who, rows[i].name);
    CALL(sched_setscheduler, label, 0, rows[i].policy, &priority);
    RAW(sched_getparam, 0, &now);
    SAY("sched_getscheduler", label, "policy %lx priority %d", RAW(sched_getscheduler, 0), now);
  }
}

int main(void) {
  int param = 0;
  CHILD("sched_setscheduler", "root", policies("root"));
  CHILD("sched_setscheduler", "user", become_user(1000); policies("user"));
  CALL(sched_setscheduler, "null", 0, 0, 0);
  CALL(sched_setscheduler, "bad pointer", 0, 0, LOW);
  CALL(sched_setscheduler, "nobody", 999999, 0, &param);
  CALL(sched_setscheduler, "negative pid", -1, 0, &param);
  CALL(sched_getscheduler, "nobody", 999999);
  CALL(sched_getscheduler, "negative", -1);
  CALL(sched_getparam, "null", 0, 0);
  CALL(sched_getparam, "bad pointer", 0, LOW);
  CALL(sched_getparam, "nobody", 999999, &param);
  CALL(sched_setparam, "0", 0, &param);
  param = 3;
  CALL(sched_setparam, "3 with OTHER", 0, &param);
  CALL(sched_setparam, "null", 0, 0);
  for (int policy = -1; policy < 8; policy++) {
    char label[20];
    snprintf(label, sizeof label, "%d", policy);
    CALL(sched_get_priority_max, label, policy);
    CALL(sched_get_priority_min, label, policy);
  }
  CHILD("sched_setscheduler", "children", {
    int priority = 5;
    CALL(sched_setscheduler, "FIFO", 0, SCHED_FIFO, &priority);
    if (fork() == 0) { SAY("sched_getscheduler", "inherited", "%ld", RAW(sched_getscheduler, 0)); _exit(0); }
    wait(0);
    CALL(sched_setscheduler, "FIFO, reset on fork", 0, SCHED_FIFO | 0x40000000, &priority);
    if (fork() == 0) { SAY("sched_getscheduler", "reset", "%lx", RAW(sched_getscheduler, 0)); _exit(0); }
    wait(0);
    priority = 7;
    CALL(sched_setparam, "7 with FIFO", 0, &priority);
    struct timespec interval;
    CALL(sched_rr_get_interval, "of FIFO", 0, &interval);
    SAY("sched_rr_get_interval", "FIFO's interval", "%ld %ld", interval.tv_sec, interval.tv_nsec);
    RAW(sched_setscheduler, 0, SCHED_RR, &priority);
    RAW(sched_rr_get_interval, 0, &interval);
    SAY("sched_rr_get_interval", "RR's interval", "%ld %ld", interval.tv_sec, interval.tv_nsec);
  });
  CALL(sched_rr_get_interval, "bad pointer", 0, LOW);
  CALL(sched_rr_get_interval, "nobody", 999999, &param);
  CALL(sched_rr_get_interval, "negative", -1, &param);
  CALL(sched_yield, "once");

  struct attr attr = {0}, big[2];
  CALL(sched_getattr, "self", 0, &attr, sizeof attr, 0);
  SAY("sched_getattr", "attributes", "size %u policy %u flags %lu nice %d priority %u", attr.size, attr.policy, attr.flags, attr.nice, attr.priority);
  CALL(sched_getattr, "too small", 0, &attr, 47, 0);
  CALL(sched_getattr, "smallest", 0, &attr, 48, 0);
  SAY("sched_getattr", "smallest size", "%u", attr.size);
  CALL(sched_getattr, "larger", 0, big, 100, 0);
  CALL(sched_getattr, "too large", 0, big, 5000, 0);
  CALL(sched_getattr, "flags", 0, &attr, sizeof attr, 1);
  CALL(sched_getattr, "null", 0, 0, sizeof attr, 0);
  CALL(sched_getattr, "nobody", 999999, &attr, sizeof attr, 0);
  CHILD("sched_setattr", "root", {
    attr = (struct attr){.size = 48, .policy = SCHED_BATCH, .nice = 7};
    CALL(sched_setattr, "BATCH nice 7", 0, &attr, 0);
    RAW(sched_getattr, 0, &attr, sizeof attr, 0);
    SAY("sched_setattr", "BATCH nice 7 kept", "policy %u nice %d", attr.policy, attr.nice);
    CALL(getpriority, "after sched_setattr", 0, 0);
    attr = (struct attr){.size = 48, .policy = SCHED_FIFO, .priority = 4};
    CALL(sched_setattr, "FIFO 4", 0, &attr, 0);
    attr = (struct attr){.size = 48, .policy = 0, .priority = 4};
    CALL(sched_setattr, "OTHER with priority", 0, &attr, 0);
    attr = (struct attr){.size = 48, .policy = 0, .nice = 50};
    CALL(sched_setattr, "nice 50", 0, &attr, 0);
    RAW(sched_getattr, 0, &attr, sizeof attr, 0);
    SAY("sched_setattr", "nice 50 kept", "nice %d", attr.nice);
    attr = (struct attr){.size = 48, .policy = 77};
    CALL(sched_setattr, "policy 77", 0, &attr, 0);
    attr = (struct attr){.size = 48, .flags = 1};
    CALL(sched_setattr, "reset on fork", 0, &attr, 0);
    attr = (struct attr){.size = 48, .flags = 1 << 20};
    CALL(sched_setattr, "unknown flag", 0, &attr, 0);
    attr = (struct attr){.size = 0};
    CALL(sched_setattr, "size 0", 0, &attr, 0);
    attr = (struct attr){.size = 20};
    CALL(sched_setattr, "size 20", 0, &attr, 0);
    SAY("sched_setattr", "size told", "%u", attr.size);
    CALL(sched_setattr, "null", 0, 0, 0);
    CALL(sched_setattr, "bad pointer", 0, LOW, 0);
    attr = (struct attr){.size = 48};
    CALL(sched_setattr, "call flags", 0, &attr, 1);
    CALL(sched_setattr, "nobody", 999999, &attr, 0);
  });

  unsigned long mask[32] = {0};
  SAY("sched_getaffinity", "fits", "%d", RAW(sched_getaffinity, 0, sizeof mask, mask) >= 8);
  SAY("sched_getaffinity", "own processor", "%d", mask[0] != 0);
  CALL(sched_getaffinity, "length 0", 0, 0, mask);
  CALL(sched_getaffinity, "length 4", 0, 4, mask);
  CALL(sched_getaffinity, "length 9", 0, 9, mask);
  CALL(sched_getaffinity, "bad pointer", 0, sizeof mask, LOW);
  CALL(sched_getaffinity, "nobody", 999999, sizeof mask, mask);
  CALL(sched_setaffinity, "the same", 0, sizeof mask, mask);
  CALL(sched_setaffinity, "bad pointer", 0, 8, LOW);
  CALL(sched_setaffinity, "nobody", 999999, 8, mask);
  unsigned long first = mask[0] & -mask[0], none = 0;
  CALL(sched_setaffinity, "none", 0, 8, &none);
  CALL(sched_setaffinity, "length 0", 0, 0, mask);
  CALL(sched_setaffinity, "first", 0, 8, &first);
  unsigned long now = 0;
  RAW(sched_getaffinity, 0, 8 * 32, mask);
  SAY("sched_getaffinity", "first only", "%d", mask[0] == first);
  unsigned cpu = 99, node = 99;
  CALL(getcpu, "both", &cpu, &node, 0);
  SAY("getcpu", "as set", "%d", cpu == (unsigned)__builtin_ctzl(first) && node != 99);
  CALL(getcpu, "nothing", 0, 0, 0);
  CALL(getcpu, "bad pointer", LOW, 0, 0);
  CALL(ioprio_get, "self", 1, 0);
  CALL(ioprio_get, "bad which", 9, 0);
  CALL(ioprio_get, "nobody", 1, 999999);
  CALL(ioprio_set, "best effort 3", 1, 0, 2 << 13 | 3);
  CALL(ioprio_get, "set", 1, 0);
  CALL(ioprio_set, "class 4", 1, 0, 4 << 13);
  CALL(ioprio_set, "level 8", 1, 0, 2 << 13 | 8);
  CALL(ioprio_set, "none with level", 1, 0, 3);
  CALL(ioprio_set, "idle", 1, 0, 3 << 13);
  CALL(ioprio_set, "bad which", 0, 0, 0);
  CHILD("ioprio_set", "user", become_user(1000); CALL(ioprio_set, "user: real time", 1, 0, 1 << 13); CALL(ioprio_get, "inherited", 1, 0));
  return 0;
}
