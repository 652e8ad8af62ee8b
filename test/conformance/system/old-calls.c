/* Calls that every kernel of today refuses alike, ustat, and what reboot asks before it does anything. */
#include "../conform.h"
#include <sys/sysmacros.h>

#ifndef SYS_uselib
#define SYS_uselib 134
#endif
#define GONE(name, number) CASE(#name, "any arguments", syscall(number, 1, 2, 3, 4, 5, 6))

int main(void) {
  GONE(uselib, 134);
  GONE(_sysctl, 156);
  GONE(create_module, 174);
  GONE(get_kernel_syms, 177);
  GONE(query_module, 178);
  GONE(nfsservctl, 180);
  GONE(getpmsg, 181);
  GONE(putpmsg, 182);
  GONE(afs_syscall, 183);
  GONE(tuxcall, 184);
  GONE(security, 185);
  GONE(set_thread_area, 205);
  GONE(get_thread_area, 211);
  GONE(epoll_ctl_old, 214);
  GONE(epoll_wait_old, 215);
  GONE(vserver, 236);
  CASE("syscall", "a number nobody has", syscall(1000));
  CASE("syscall", "between the old and the new", syscall(400));
  CASE("syscall", "minus one", syscall(-1));
  CASE("syscall", "the largest", syscall(0x7fffffff));

  struct stat here;
  char room[64];
  memset(room, 1, sizeof room);
  stat("/", &here);
  CALL(ustat, "the root's device", (unsigned)here.st_dev, room);
  SAY("ustat", "no names", "%d", room[16] == 0 && room[22] == 0);
  CALL(ustat, "end of memory", (unsigned)here.st_dev, edge(16));
  CALL(ustat, "no such device", 0xfffff, room);
  CALL(ustat, "no such device, no room", 0xfffff, LOW);

  CALL(reboot, "no magic", 0, 0, 0x01234567, 0);
  CALL(reboot, "one magic", 0xfee1dead, 0, 0x01234567, 0);
  CALL(reboot, "no such command", 0xfee1dead, 672274793, 0x1234, 0);
  CHILD("reboot", "a plain user", {
    become_user(1234);
    CALL(reboot, "a plain user, no magic", 0, 0, 0, 0);
    CALL(reboot, "a plain user", 0xfee1dead, 672274793, 0x01234567, 0);
  });
  return 0;
}
