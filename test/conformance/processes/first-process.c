/* What may be asked of process 1, and done to it by a plain user. */
#include "../conform.h"
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/uio.h>

static void ask(void) {
  struct sched_param parameter;
  cpu_set_t set;
  struct timespec time;
  struct {
    unsigned version;
    int pid;
  } header = {0x20080522, 1};
  unsigned data[6];
  OKAY(sched_getscheduler, "of process 1", 1);
  OKAY(sched_getparam, "of process 1", 1, &parameter);
  OKAY(sched_getaffinity, "of process 1", 1, sizeof set, &set);
  OKAY(sched_rr_get_interval, "of process 1", 1, &time);
  OKAY(getpriority, "of process 1", PRIO_PROCESS, 1);
  OKAY(ioprio_get, "of process 1", 1, 1);
  OKAY(getpgid, "of process 1", 1);
  OKAY(getsid, "of process 1", 1);
  OKAY(capget, "of process 1", &header, data);
  OKAY(clock_gettime, "of process 1", (~1 << 3) | 2, &time);
}

int main(void) {
  ask();
  OKAY(kill, "process 1, no signal", 1, 0);
  OKAY(tkill, "process 1, no signal", 1, 0);
  OKAY(tgkill, "process 1, no signal", 1, 1, 0);
  OKAY(tgkill, "process 1, another group", 2, 1, 0);
  CHILD("setresuid", "a plain user", {
    become_user(1234);
    ask();
    char room[4];
    struct sched_param parameter = {0};
    struct rlimit limit;
    struct iovec own = {room, 4}, other = {(void *)0x400000, 4};
    void *head;
    size_t length;
    OKAY(kill, "a plain user, process 1", 1, 0);
    OKAY(tkill, "a plain user, process 1", 1, 0);
    OKAY(kill, "a plain user, process 1, SIGTERM", 1, SIGTERM);
    OKAY(prlimit64, "a plain user, process 1", 1, RLIMIT_NOFILE, (void *)0, &limit);
    OKAY(process_vm_readv, "a plain user, process 1", 1, &own, 1, &other, 1, 0);
    OKAY(kcmp, "a plain user, process 1", 1, getpid(), 1, 0, 0);
    OKAY(get_robust_list, "a plain user, process 1", 1, &head, &length);
    OKAY(ptrace, "a plain user attaches to process 1", 16, 1, 0, 0);
    OKAY(sched_setscheduler, "a plain user, process 1", 1, 0, &parameter);
    OKAY(setpriority, "a plain user, process 1", PRIO_PROCESS, 1, 5);
    OKAY(setpgid, "a plain user, process 1", 1, 1);
    OKAY(pidfd_open, "a plain user, process 1", 1, 0);
  });
  return 0;
}
