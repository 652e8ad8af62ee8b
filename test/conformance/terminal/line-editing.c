/* What the terminal makes of typed lines: editing characters, echo, ends of lines, in the modes that change them. */
#include "pty.h"

static void editing(void) {
  open_pair();
  typed("a line", "abc\r");
  typed("two lines", "one\ntwo\n");
  typed("no end yet", "half");
  typed("its end", " line\n");
  typed("erase", "abx\x7f" "c\n");
  typed("erase nothing", "\x7f\n");
  typed("erase past the start", "a\x7f\x7f\x7f" "b\n");
  typed("kill", "gone\x15kept\n");
  typed("kill nothing", "\x15\n");
  typed("kill with a tab and a control", "a\tb\x01" "c\x15" "d\n");
  typed("word erase", "foo bar\x17" "baz\n");
  typed("word erase of spaces", "foo  bar  \x17!\n");
  typed("word erase of punctuation", "foo.bar,\x17!\x17?\n");
  typed("word erase of everything", "  foo\x17\x17\x17x\n");
  typed("word erase with underscore", "a-b_c1\x17\n");
  typed("erase a tab", "ab\t\x7f|\n");
  typed("erase two tabs", "a\t\t\x7f\x7f|\n");
  typed("erase a tab after a control", "\x01\t\x7f|\n");
  typed("erase a control", "\x01\x7f|\n");
  typed("reprint", "ab\tc\x01\x12" "d\n");
  typed("reprint nothing", "\x12\n");
  typed("literal", "\x16\x03\x16\x7f\x16\x16|\n");
  typed("literal newline", "a\x16\nb\n");
  typed("literal return", "a\x16\rb\n");
  typed("literal end of file", "a\x16\x04" "b\n");
  typed("end of file", "\x04");
  typed("end of file in a line", "ab\x04");
  typed("two ends of file in a line", "ab\x04\x04");
  typed("end of file, then a line", "\x04" "ab\n");
  typed("a line, then end of file", "ab\n\x04");
  typed("zero byte", "");
  type_bytes("a\0b\n", 4);
  SAY("read", "zero byte", "%s", got());
  SAY("read", "zero byte shown", "%s", shown());
  typed("escape and friends", "\x1b[A\x1c\x1d\x1e\x1f\n");
  typed("high bytes", "\xe9\xff\x80\n");
  typed("erase of high bytes", "\xc3\xa9\x7f\n");
  typed("delete of the line's start after output", "x\x15");
  close_pair();
}

static void tabs_after_output(void) {
  open_pair();
  CASE("write", "a prompt", write(slave, "prompt> ", 8));
  typed("erase a tab behind a prompt", "a\t\x7f|\n");
  CASE("write", "a prompt of one letter", write(slave, "$", 1));
  typed("erase tabs behind it", "\t\tb\x7f\x7f\x7f|\n");
  close_pair();
}

static void utf8(void) {
  open_pair();
  change_input(0, IUTF8);
  typed("utf-8, erase two bytes", "a\xc3\xa9\x7f|\n");
  typed("utf-8, erase three bytes", "a\xe2\x82\xac\x7f|\n");
  typed("utf-8, erase four bytes", "a\xf0\x9f\x98\x80\x7f|\n");
  typed("utf-8, word erase", "\xc3\xa9t\xc3\xa9 \xc3\xa0\xc3\xa9\x17|\n");
  typed("utf-8, kill", "\xc3\xa9\xc3\xa9\x15|\n");
  typed("utf-8, stray continuation bytes", "\x80\x80\x7f|\n");
  typed("utf-8, one stray byte after a letter", "a\x80\x7f|\n");
  typed("utf-8, erase a tab after it", "\xc3\xa9\t\x7f|\n");
  typed("utf-8, erase a broken sequence", "a\xe2\x82\x7f|\n");
  close_pair();
}

static void echo_modes(void) {
  open_pair();
  change_local(ECHO, 0);
  typed("no echo", "ab\x7f" "c\x15" "d\n");
  change_local(0, ECHONL);
  typed("no echo but of the newline", "ab\n");
  change_local(ECHONL, ECHO);
  change_local(ECHOE, 0);
  typed("no ECHOE", "abc\x7f\x7f" "d\n");
  typed("no ECHOE, word erase", "foo bar\x17\n");
  typed("no ECHOE, kill", "foo\x15" "bar\n");
  change_local(0, ECHOE);
  change_local(ECHOKE, 0);
  typed("no ECHOKE, kill", "foo\x15" "bar\n");
  change_local(ECHOK, 0);
  typed("no ECHOK, kill", "foo\x15" "bar\n");
  change_local(0, ECHOKE);
  typed("ECHOKE without ECHOK, kill", "foo\x15" "bar\n");
  change_local(0, ECHOK);
  change_local(ECHOCTL, 0);
  typed("no ECHOCTL", "a\x01\x7f|\x1b\n");
  typed("no ECHOCTL, kill", "a\x01" "b\x15|\n");
  typed("no ECHOCTL, literal", "\x16\x01\n");
  typed("no ECHOCTL, tab", "\x01\t\x7f|\n");
  change_local(0, ECHOCTL);
  change_local(0, ECHOPRT);
  typed("ECHOPRT", "abc\x7f\x7f" "d\n");
  typed("ECHOPRT, erase everything", "ab\x7f\x7f\x7f" "c\n");
  typed("ECHOPRT, ended by a newline", "abc\x7f\n");
  typed("ECHOPRT, kill", "abc\x15" "d\n");
  typed("ECHOPRT, word erase", "abc def\x17g\n");
  change_local(ECHOPRT, 0);
  change_local(IEXTEN, 0);
  typed("no IEXTEN", "a\x16\x17\x12" "b\n");
  change_local(0, IEXTEN);
  close_pair();
}

static void special_characters(void) {
  open_pair();
  set_char(VEOL, ';');
  typed("VEOL", "a;b\n");
  set_char(VEOL2, '!');
  typed("VEOL2", "a!b;\n");
  change_local(IEXTEN, 0);
  typed("VEOL2 without IEXTEN", "a!b;\n");
  change_local(0, IEXTEN);
  typed("VEOL and literal", "a\x16;b\n");
  set_char(VERASE, 'e');
  set_char(VKILL, 'k');
  typed("letters that edit", "abe\x7fk\x15" "d\n");
  set_char(VERASE, 0);
  type_bytes("ab\0\n", 4);
  SAY("read", "no VERASE, a zero byte", "%s", got());
  SAY("read", "no VERASE, shown", "%s", shown());
  set_char(VEOF, 'z');
  typed("VEOF", "abz");
  set_char(VEOF, 0);
  typed("no VEOF", "a\x04" "b\n");
  set_char(VERASE, 0x08);
  typed("backspace", "ab\x08" "c\n");
  close_pair();
}

static void input_modes(void) {
  open_pair();
  change_input(ICRNL, 0);
  typed("no ICRNL", "a\rb\n");
  change_input(0, INLCR);
  typed("INLCR", "a\nb\r\n");
  change_input(0, ICRNL);
  typed("INLCR and ICRNL", "a\nb\r");
  change_input(INLCR, IGNCR);
  typed("IGNCR", "a\rb\n");
  change_input(IGNCR, IUCLC);
  typed("IUCLC", "aBC\n");
  change_local(IEXTEN, 0);
  typed("IUCLC without IEXTEN", "aBC\n");
  change_local(0, IEXTEN);
  change_input(IUCLC, ISTRIP);
  typed("ISTRIP", "\xe1\xe2\n");
  change_input(ISTRIP, PARMRK);
  typed("PARMRK", "a\xff\n");
  change_input(PARMRK, INPCK);
  typed("INPCK", "a\xff\n");
  close_pair();
}

static void raw_echo(void) {
  open_pair();
  change_local(ICANON, 0);
  type("a\n\r\x01\x7f\x16\t\xe9");
  SAY("read", "raw with echo", "%s", got_raw());
  SAY("read", "raw with echo, shown", "%s", shown());
  change_input(ICRNL, INLCR);
  type("\n\r");
  SAY("read", "raw with INLCR", "%s", got_raw());
  SAY("read", "raw with INLCR, shown", "%s", shown());
  close_pair();
  open_pair();
  change_local(0, EXTPROC);
  typed("EXTPROC", "ab\x7f\x03\x13\r");
  typed("EXTPROC, half a line", "half");
  change_input(0, IUCLC);
  typed("EXTPROC and IUCLC", "ABC\n");
  close_pair();
}

static void latin(void) {
  open_pair();
  typed("word erase of Latin letters", "a \xe9\xc9\xdf\x17|\n");
  typed("word erase of Latin signs", "ab\xd7\xf7\xa0\xbf\x17|\n");
  change_input(0, IUCLC);
  typed("IUCLC of Latin letters", "\xc9\xd7\xde\xdf\n");
  change_input(IUCLC, IUTF8);
  typed("word erase of a letter that begins with a sign", "a\xd7\x90\x17|\n");
  close_pair();
}

static void changes(void) {
  open_pair();
  type("ahead");
  SAY("read", "half a line", "%s", got());
  change_local(ICANON, 0);
  SAY("read", "of which a raw read gets", "%s", got_raw());
  struct pollfd look = {slave, POLLIN, 0};
  type("raw");
  poll(&look, 1, 0);
  change_local(0, ICANON);
  SAY("read", "raw bytes after the change back", "%s", got());
  change_local(ICANON, 0);
  type("raw");
  poll(&look, 1, 0);
  change_local(0, ICANON);
  typed("more behind raw bytes", "end\n");
  type("one\ntwo\nhal");
  char bytes[8];
  CASE("read", "a part of a line", read(slave, bytes, 2));
  change_local(ICANON, 0);
  SAY("read", "then raw", "%s", got_raw());
  change_local(0, ICANON);
  SAY("read", "shown meanwhile", "%s", shown());
  type("flush\nme");
  SAY("read", "to be flushed", "%s", got());
  termios_t now = modes();
  CASE("ioctl", "TCSETSF", ioctl(slave, TCSETSF, &now));
  typed("after TCSETSF", "new\n");
  type("a\nb\n");
  poll(&look, 1, 0);
  CASE("ioctl", "TCFLSH of output", ioctl(slave, TCFLSH, TCOFLUSH));
  SAY("read", "input after it", "%s", got());
  type("a\nb\n");
  poll(&look, 1, 0);
  CASE("ioctl", "TCFLSH of input", ioctl(slave, TCFLSH, TCIFLUSH));
  SAY("read", "after it", "%s", got());
  close_pair();
}

static void long_lines(void) {
  static char line[6000];
  static unsigned char bytes[8192];
  open_pair();
  memset(line, 'x', sizeof line);
  change_local(ECHO, 0);
  long taken = 0;
  for (int i = 0; i < 10; i++) {
    struct pollfd look = {slave, POLLIN, 0};
    type_bytes(line, 500);
    poll(&look, 1, 0);
  }
  type("\n");
  while (read(slave, bytes, 0) == 0 && (taken = read(slave, bytes, sizeof bytes)) == -1 && errno == EAGAIN) {
  }
  SAY("read", "5000 letters and an end", "%ld, the last %s", taken, escaped(bytes + taken - 2, 2));
  typed("a line after it", "next\n");
  close_pair();
}

int main(void) {
  editing();
  tabs_after_output();
  utf8();
  echo_modes();
  special_characters();
  input_modes();
  raw_echo();
  latin();
  changes();
  long_lines();
}
