/* syslog(2), who may read the kernel's log; sysinfo. */
#include "../conform.h"
#include <sys/sysinfo.h>

int main(void) {
  char room[4096];
  OKAY(syslog, "close", 0, 0, 0);
  OKAY(syslog, "open", 1, 0, 0);
  OKAY(syslog, "read to nowhere", 2, 0, 10);
  OKAY(syslog, "read less than nothing", 2, room, -1);
  CALL(syslog, "read nothing", 2, room, 0);
  OKAY(syslog, "read all to nowhere", 3, 0, 10);
  OKAY(syslog, "read all, less than nothing", 3, room, -1);
  CALL(syslog, "read all, no room", 3, room, 0);
  CALL(syslog, "read all, one byte", 3, room, 1);
  OKAY(syslog, "level 0", 8, 0, 0);
  OKAY(syslog, "level 9", 8, 0, 9);
  OKAY(syslog, "level, no number", 8, 0, -1);
  OKAY(syslog, "unread", 9, 0, 0);
  SAY("syslog", "size of the buffer", "%d", RAW(syslog, 10, 0, 0) >= 4096);
  OKAY(syslog, "no such action", 11, 0, 0);
  OKAY(syslog, "less than none", -1, 0, 0);
  struct sysinfo info;
  OKAY(sysinfo, "nowhere", (void *)0);
  OKAY(sysinfo, "end of memory", edge(100));
  CALL(sysinfo, "the system", &info);
  SAY("sysinfo", "memory", "%d %d", info.totalram > 0 && info.mem_unit > 0, info.freeram <= info.totalram);
  SAY("sysinfo", "processes", "%d", info.procs > 0);
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  SAY("sysinfo", "up", "%d", now.tv_sec - info.uptime >= -1 && now.tv_sec - info.uptime <= 5);
  CHILD("syslog", "a plain user", {
    become_user(1234);
    OKAY(syslog, "a plain user opens", 1, 0, 0);
    OKAY(syslog, "a plain user reads", 2, room, 10);
    OKAY(syslog, "a plain user clears", 5, 0, 0);
    OKAY(syslog, "a plain user, no such action", 11, 0, 0);
  });
  return 0;
}
