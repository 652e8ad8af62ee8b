/* Output stopped and started again: by ^S and ^Q, by IXANY, by tcflow, and what happens to writers and echo meanwhile. */
#include "pty.h"

static const char *writable(void) {
  struct pollfd look = {slave, POLLOUT, 0};
  poll(&look, 1, 0);
  return look.revents & POLLOUT ? "writable" : "not writable";
}

static void put(const char *label, const char *text) {
  long done = write(slave, text, strlen(text));
  SAY("write", label, "%s shown %s", done < 0 ? errno_name(errno) : done == (long)strlen(text) ? "all" : "a part", shown());
}

int main(void) {
  open_pair();
  put("running", "a\n");
  typed("stop", "\x13");
  SAY("poll", "stopped", "%s", writable());
  put("stopped", "b\n");
  typed("typed while stopped", "hidden\n");
  typed("start", "\x11");
  SAY("poll", "started", "%s", writable());
  put("started", "c\n");
  typed("stop twice, start once", "\x13\x13\x11");
  put("started", "d\n");
  typed("start without a stop", "\x11");
  typed("stop", "\x13");
  typed("a letter does not start it", "x");
  put("stopped", "e\n");
  typed("start", "\x11");
  change_input(0, IXANY);
  typed("stop", "\x13");
  typed("with IXANY a letter does", "y");
  put("started", "f\n");
  typed("end", "\n");
  typed("stop", "\x13");
  typed("an interrupt starts it", "\x03");
  put("started", "g\n");
  change_input(IXANY, 0);
  typed("stop", "\x13");
  change_input(IXON, 0);
  put("no IXON any more", "h\n");
  typed("without IXON they are letters", "\x13\x11\n");
  change_input(0, IXON);
  set_char(VSTOP, 's');
  set_char(VSTART, 's');
  typed("one character for both", "s");
  put("it starts", "i\n");
  set_char(VSTART, 'q');
  typed("letters", "s");
  put("stopped", "j\n");
  typed("letters", "q");
  set_char(VSTOP, 0x13);
  set_char(VSTART, 0x11);
  CASE("ioctl", "TCOOFF", ioctl(slave, TCXONC, TCOOFF));
  SAY("poll", "TCOOFF", "%s", writable());
  put("TCOOFF", "k\n");
  typed("a start character does not undo it", "\x11");
  put("TCOOFF still", "k\n");
  CASE("ioctl", "TCOOFF again", ioctl(slave, TCXONC, TCOOFF));
  CASE("ioctl", "TCOON", ioctl(slave, TCXONC, TCOON));
  put("TCOON", "l\n");
  typed("stop", "\x13");
  CASE("ioctl", "TCOON after a stop character", ioctl(slave, TCXONC, TCOON));
  put("is not undone by it", "m\n");
  typed("start", "\x11");
  CASE("ioctl", "TCIOFF", ioctl(slave, TCXONC, TCIOFF));
  SAY("read", "TCIOFF", "%s", shown());
  CASE("ioctl", "TCION", ioctl(slave, TCXONC, TCION));
  SAY("read", "TCION", "%s", shown());
  CASE("ioctl", "TCOOFF on the master", ioctl(master, TCXONC, TCOOFF));
  put("TCOOFF on the master", "n\n");
  CASE("write", "master", write(master, "typed\n", 6));
  CASE("ioctl", "TCOON on the master", ioctl(master, TCXONC, TCOON));
  SAY("read", "slave", "%s", got());
  SAY("read", "master", "%s", shown());
  typed("stop", "\x13");
  fcntl(slave, F_SETFL, O_RDWR);
  pid_t writer = fork();
  if (writer == 0) {
    CASE("write", "waits for the start", write(slave, "late\n", 5));
    _exit(0);
  }
  asleep(writer);
  SAY("wait4", "the writer", "%d", waitpid(writer, 0, WNOHANG));
  SAY("read", "nothing yet", "%s", shown());
  type("\x11");
  show_end("wait4", "the writer", writer);
  SAY("read", "then", "%s", shown());
  close_pair();
}
