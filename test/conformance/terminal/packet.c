/* Packet mode: what a master reads of the slave's data and of changes of its state. Source: TIOCPKT in ioctl_tty(2). */
#include "pty.h"

#ifndef TIOCPKT_IOCTL
#define TIOCPKT_IOCTL 64
#endif

/* Data in one piece, in however many packets it came. */
static const char *packets(void) {
  static char text[1024];
  unsigned char bytes[256];
  char *end = text;
  long count;
  int before = -1;
  *end = 0;
  while ((count = read(master, bytes, sizeof bytes)) > 0) {
    if (before == TIOCPKT_DATA && bytes[0] == TIOCPKT_DATA) end--;
    else end += sprintf(end, "[%02x%s", bytes[0], count > 1 ? " " : "");
    end += sprintf(end, "%s]", escaped(bytes + 1, count - 1));
    before = bytes[0];
  }
  if (errno != EAGAIN) sprintf(end, " %s", errno_name(errno));
  return text;
}

static const char *ready(void) {
  struct pollfd look = {master, POLLIN | POLLPRI, 0};
  poll(&look, 1, 0);
  return look.revents & POLLPRI ? look.revents & POLLIN ? "in pri" : "pri" : look.revents & POLLIN ? "in" : "nothing";
}

int main(void) {
  int on = 1, off = 0, value = -1;
  char byte;
  open_pair();
  CASE("ioctl", "TIOCGPKT", ioctl(master, TIOCGPKT, &value));
  SAY("ioctl", "TIOCGPKT", "%d", value);
  CASE("ioctl", "TIOCPKT", ioctl(master, TIOCPKT, &on));
  CASE("ioctl", "TIOCGPKT", ioctl(master, TIOCGPKT, &value));
  SAY("ioctl", "TIOCGPKT in packet mode", "%d", value);
  SAY("poll", "nothing", "%s", ready());
  SAY("read", "nothing", "%s", packets());
  CASE("write", "slave", write(slave, "abc\n", 4));
  SAY("poll", "data", "%s", ready());
  SAY("read", "data", "%s", packets());
  CASE("write", "slave", write(slave, "abc", 3));
  SAY("poll", "data again", "%s", ready());
  CASE("read", "a byte", read(master, &byte, 1));
  SAY("read", "the byte", "%02x", byte);
  SAY("read", "the data", "%s", packets());
  CASE("ioctl", "TCFLSH in", ioctl(slave, TCFLSH, TCIFLUSH));
  SAY("poll", "flushed input", "%s", ready());
  SAY("read", "flushed input", "%s", packets());
  CASE("ioctl", "TCFLSH out", ioctl(slave, TCFLSH, TCOFLUSH));
  SAY("read", "flushed output", "%s", packets());
  CASE("ioctl", "TCFLSH both", ioctl(slave, TCFLSH, TCIOFLUSH));
  SAY("read", "flushed both", "%s", packets());
  CASE("ioctl", "TCOOFF", ioctl(slave, TCXONC, TCOOFF));
  SAY("poll", "stopped", "%s", ready());
  SAY("read", "stopped", "%s", packets());
  CASE("ioctl", "TCOON", ioctl(slave, TCXONC, TCOON));
  SAY("read", "started", "%s", packets());
  CASE("ioctl", "TCOOFF", ioctl(slave, TCXONC, TCOOFF));
  CASE("ioctl", "TCOON", ioctl(slave, TCXONC, TCOON));
  SAY("read", "stopped and started", "%s", packets());
  type("\x13");
  got();
  SAY("read", "stopped by ^S", "%s", packets());
  type("\x11");
  got();
  SAY("read", "started by ^Q", "%s", packets());
  change_input(IXON, 0);
  SAY("read", "no IXON", "%s", packets());
  change_input(0, IXON);
  SAY("read", "IXON", "%s", packets());
  set_char(VSTOP, 'x');
  SAY("read", "another stop character", "%s", packets());
  set_char(VSTOP, 0x13);
  SAY("read", "^S again", "%s", packets());
  change_local(ECHO, 0);
  SAY("read", "a change of no matter", "%s", packets());
  change_local(0, EXTPROC);
  SAY("read", "EXTPROC", "%s", packets());
  change_local(0, ECHO);
  SAY("read", "a change under EXTPROC", "%s", packets());
  typed("under EXTPROC a line is not edited", "ab\x7f\x03\r");
  SAY("read", "EXTPROC, packets", "%s", packets());
  change_local(EXTPROC, 0);
  SAY("read", "no EXTPROC", "%s", packets());
  type("\x03");
  got();
  SAY("read", "an interrupt", "%s", packets());
  type("\x1a");
  got();
  CASE("write", "slave", write(slave, "late", 4));
  SAY("poll", "a change before data", "%s", ready());
  SAY("read", "a change before data", "%s", packets());
  termios_t now = modes();
  CASE("ioctl", "TCSETSF", ioctl(slave, TCSETSF, &now));
  SAY("read", "TCSETSF", "%s", packets());
  ioctl(slave, TCFLSH, TCIFLUSH);
  CASE("ioctl", "TIOCPKT again", ioctl(master, TIOCPKT, &on));
  SAY("read", "a change before it stays", "%s", packets());
  ioctl(slave, TCFLSH, TCIFLUSH);
  CASE("ioctl", "TIOCPKT off", ioctl(master, TIOCPKT, &off));
  CASE("write", "slave", write(slave, "plain", 5));
  SAY("read", "no packets", "%s", shown());
  CASE("ioctl", "TIOCPKT on", ioctl(master, TIOCPKT, &on));
  SAY("read", "changes from before are gone", "%s", packets());
  CASE("write", "slave", write(slave, "end", 3));
  close(slave);
  SAY("read", "after the slave's end", "%s", packets());
  close(master);
}
