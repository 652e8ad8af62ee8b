/* What a terminal makes of what programs write (OPOST and its flags), and what holds it back. */
#include "pty.h"

static void written_bytes(const char *label, const char *bytes, long count) {
  long done = write(slave, bytes, count);
  SAY("write", label, "%s shown %s", done == count ? "all" : done < 0 ? errno_name(errno) : "a part", shown());
}

static void written(const char *label, const char *text) {
  written_bytes(label, text, strlen(text));
}

static void flags(void) {
  open_pair();
  written("new line", "a\nb\n");
  written("return", "a\rb\n");
  written("tab", "a\tb\n");
  written("control characters", "\x01\x1b[1m\x7f\n");
  written_bytes("a zero byte", "a\0b\n", 4);
  change_output(ONLCR, 0);
  written("no ONLCR", "a\nb\n");
  change_output(0, OCRNL);
  written("OCRNL", "a\rb\n");
  change_output(0, ONLCR);
  written("OCRNL and ONLCR", "a\rb\n");
  change_output(OCRNL, ONOCR);
  written("ONOCR", "\ra\r\r\n");
  change_output(0, ONLRET);
  written("ONOCR and ONLRET", "ab\n\rc\n");
  change_output(ONOCR | ONLCR, 0);
  written("ONLRET", "ab\n\tc\n");
  change_output(ONLRET, ONLCR | OLCUC);
  written("OLCUC", "abc XYZ {}\n");
  written("OLCUC of Latin letters", "\xe9\xdf\xff\xf7\n");
  change_output(OLCUC, TABDLY);
  written("XTABS", "a\tbcdefgh\tc\n");
  written("XTABS after a return", "abc\r\tx\n");
  written("XTABS after a backspace", "abc\b\b\tx\n");
  written("XTABS after a control", "\x01\x02\tx\n");
  written("XTABS after high bytes", "\xc3\xa9\tx\n");
  change_input(0, IUTF8);
  written("XTABS after a utf-8 letter", "\xc3\xa9\tx\n");
  change_output(TABDLY, TAB1);
  written("TAB1", "a\tb\n");
  change_output(OPOST, 0);
  written("no OPOST", "a\nb\r\tc\n");
  change_output(TAB1, OPOST | FFDLY | NLDLY | CRDLY | BSDLY | VTDLY);
  written("delays", "a\nb\r\f\v\b\n");
  close_pair();
}

static void columns(void) {
  open_pair();
  change_output(0, TABDLY);
  written("to column 2", "ab");
  typed("a tab echoed there", "\tc\n");
  written("no OPOST is not counted", "");
  change_output(OPOST, 0);
  written("letters without OPOST", "abcd");
  change_output(0, OPOST);
  written("then a tab", "\tx\n");
  close_pair();
}

static void both_ways(void) {
  open_pair();
  CASE("write", "a line", write(slave, "one\n", 4));
  type("typed");
  got();
  CASE("write", "another", write(slave, "two\n", 4));
  SAY("read", "in the order it came", "%s", shown());
  struct pollfd look = {master, POLLIN, 0};
  CASE("write", "before an interrupt", write(slave, "kept\n", 5));
  poll(&look, 1, 0);
  type("\x03");
  got();
  SAY("read", "after an interrupt", "%s", shown());
  CASE("write", "before a flush", write(slave, "kept\n", 5));
  poll(&look, 1, 0);
  CASE("ioctl", "TCOFLUSH", ioctl(slave, TCFLSH, TCOFLUSH));
  SAY("read", "what had arrived stays", "%s", shown());
  CASE("write", "before the master's flush", write(slave, "gone\n", 5));
  poll(&look, 1, 0);
  CASE("ioctl", "TCFLSH on the master", ioctl(master, TCFLSH, TCIOFLUSH));
  SAY("read", "after the master's flush", "%s", shown());
  char bytes[4];
  CASE("write", "for short reads", write(slave, "abcdef\n", 7));
  poll(&look, 1, 0);
  CASE("read", "four bytes", read(master, bytes, 4));
  SAY("read", "the rest", "%s", shown());
  close_pair();
}

int main(void) {
  flags();
  columns();
  both_ways();
}
