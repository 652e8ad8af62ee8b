/* Modes of a terminal: what a new one has, what each request gets and sets, what a pseudo-terminal does not let change. */
#include "pty.h"

static void show_modes(const char *label, int fd) {
  struct termios2 all;
  if (CASE("ioctl", label, ioctl(fd, TCGETS2, &all)) != 0) return;
  SAY("ioctl", "flags", "i %o o %o c %o l %o line %d", all.c_iflag, all.c_oflag, all.c_cflag, all.c_lflag, all.c_line);
  SAY("ioctl", "speeds", "%u %u", all.c_ispeed, all.c_ospeed);
  SAY("ioctl", "characters", "%s", escaped(all.c_cc, NCCS));
}

static void new_terminal(void) {
  open_pair();
  show_modes("TCGETS2 of a new slave", slave);
  show_modes("TCGETS2 of its master", master);
  close_pair();
}

static void every_flag(void) {
  open_pair();
  termios_t was = modes(), now;
  struct {
    const char *label;
    tcflag_t *word;
  } words[] = {{"c_iflag", &now.c_iflag}, {"c_oflag", &now.c_oflag}, {"c_cflag", &now.c_cflag}, {"c_lflag", &now.c_lflag}};
  for (int i = 0; i < 4; i++) {
    char label[40], text[400] = "", *end = text;
    for (int bit = 0; bit < 32; bit++) {
      now = was;
      *words[i].word ^= 1u << bit;
      /* ADDRB, new in 6.0. */
      if (words[i].word == &now.c_cflag && bit == 29) continue;
      unsigned wanted = *words[i].word;
      ioctl(slave, TCSETS, &now);
      ioctl(slave, TCGETS, &now);
      if (*words[i].word != wanted) end += sprintf(end, " %d:%o", bit, *words[i].word);
      ioctl(slave, TCSETS, &was);
    }
    sprintf(label, "%s, bits that do not change alone", words[i].label);
    SAY("ioctl", label, "%s", text);
  }
  for (int i = 0; i < NCCS; i++) was.c_cc[i] = 'A' + i;
  was.c_line = 7;
  CASE("ioctl", "TCSETS of every character", ioctl(slave, TCSETS, &was));
  show_modes("TCGETS2 after it", slave);
  close_pair();
}

static void speeds(void) {
  open_pair();
  termios_t now = modes();
  now.c_cflag = (now.c_cflag & ~CBAUD) | B9600;
  set_modes(now);
  show_modes("after B9600", slave);
  now.c_cflag = (now.c_cflag & ~CBAUD) | B0;
  set_modes(now);
  show_modes("after B0", slave);
  struct termios2 all;
  ioctl(slave, TCGETS2, &all);
  all.c_cflag = (all.c_cflag & ~CBAUD) | BOTHER;
  all.c_ispeed = all.c_ospeed = 12345;
  CASE("ioctl", "TCSETS2", ioctl(slave, TCSETS2, &all));
  show_modes("after BOTHER", slave);
  all.c_cflag = (all.c_cflag & ~CBAUD) | B115200 | (B19200 << IBSHIFT);
  CASE("ioctl", "TCSETSW2", ioctl(slave, TCSETSW2, &all));
  show_modes("after two speeds", slave);
  all.c_cflag = (all.c_cflag & ~(CBAUD | CIBAUD)) | B38400;
  CASE("ioctl", "TCSETSF2", ioctl(slave, TCSETSF2, &all));
  close_pair();
}

static void old_requests(void) {
  struct termio old;
  open_pair();
  memset(&old, 0x55, sizeof old);
  CASE("ioctl", "TCGETA", ioctl(slave, TCGETA, &old));
  SAY("ioctl", "TCGETA", "i %o o %o c %o l %o line %d %s", old.c_iflag, old.c_oflag, old.c_cflag, old.c_lflag, old.c_line, escaped(old.c_cc, NCC));
  old.c_lflag &= ~ECHO;
  old.c_cc[0] = 'x';
  CASE("ioctl", "TCSETA", ioctl(slave, TCSETA, &old));
  SAY("ioctl", "after TCSETA", "l %o %s", modes().c_lflag, escaped(modes().c_cc, NCCS));
  type("abc");
  CASE("ioctl", "TCSETAW", ioctl(slave, TCSETAW, &old));
  typed("after TCSETAW", "d\n");
  type("abc");
  struct pollfd look = {slave, POLLIN, 0};
  poll(&look, 1, 0);
  CASE("ioctl", "TCSETAF", ioctl(slave, TCSETAF, &old));
  typed("after TCSETAF", "d\n");
  int value = -1;
  CASE("ioctl", "TIOCGSOFTCAR", ioctl(slave, TIOCGSOFTCAR, &value));
  SAY("ioctl", "TIOCGSOFTCAR", "%d", value);
  value = 1;
  CASE("ioctl", "TIOCSSOFTCAR", ioctl(slave, TIOCSSOFTCAR, &value));
  SAY("ioctl", "TIOCSSOFTCAR", "%d", (modes().c_cflag & CLOCAL) != 0);
  close_pair();
}

static void locked(void) {
  termios_t lock, now;
  open_pair();
  memset(&lock, 0x55, sizeof lock);
  CASE("ioctl", "TIOCGLCKTRMIOS", ioctl(slave, TIOCGLCKTRMIOS, &lock));
  SAY("ioctl", "TIOCGLCKTRMIOS", "i %o o %o c %o l %o line %d", lock.c_iflag, lock.c_oflag, lock.c_cflag, lock.c_lflag, lock.c_line);
  lock.c_lflag = ECHO;
  lock.c_cc[VINTR] = 1;
  lock.c_line = 1;
  CASE("ioctl", "TIOCSLCKTRMIOS", ioctl(slave, TIOCSLCKTRMIOS, &lock));
  now = modes();
  now.c_lflag &= ~(ECHO | ICANON);
  now.c_cc[VINTR] = 'x';
  now.c_cc[VQUIT] = 'y';
  now.c_line = 3;
  set_modes(now);
  SAY("ioctl", "TCSETS of locked flags", "l %o %s line %d", modes().c_lflag, escaped(modes().c_cc, 2), modes().c_line);
  close_pair();
}

static void others(void) {
  open_pair();
  int value = -1;
  CASE("ioctl", "TIOCGETD", ioctl(slave, TIOCGETD, &value));
  SAY("ioctl", "TIOCGETD", "%d", value);
  CASE("ioctl", "TIOCSETD to N_TTY", ioctl(slave, TIOCSETD, &value));
  CASE("ioctl", "TIOCEXCL", ioctl(slave, TIOCEXCL));
  CASE("ioctl", "TIOCEXCL again", ioctl(slave, TIOCEXCL));
  CASE("ioctl", "TIOCGEXCL", ioctl(slave, TIOCGEXCL, &value));
  SAY("ioctl", "TIOCGEXCL", "%d", value);
  CHILD("open", "an exclusive terminal, as a user", {
    unsigned number;
    char path[32];
    ioctl(master, TIOCGPTN, &number);
    snprintf(path, sizeof path, "/dev/pts/%u", number);
    chmod(path, 0666);
    become_user(1000);
    CASE("open", "exclusive", open(path, O_RDWR | O_NOCTTY));
    CASE("ioctl", "TIOCNXCL", ioctl(slave, TIOCNXCL));
    SAY("open", "no longer exclusive", "%s", open(path, O_RDWR | O_NOCTTY) >= 0 ? "ok" : errno_name(errno));
  });
  CASE("ioctl", "TIOCOUTQ", ioctl(slave, TIOCOUTQ, &value));
  SAY("ioctl", "TIOCOUTQ", "%d", value);
  CASE("write", "slave", write(slave, "abc", 3));
  CASE("ioctl", "TIOCOUTQ of a pseudo-terminal", ioctl(slave, TIOCOUTQ, &value));
  SAY("ioctl", "TIOCOUTQ of a pseudo-terminal", "%d", value);
  struct pollfd look = {master, POLLIN, 0};
  poll(&look, 1, 0);
  CASE("ioctl", "FIONREAD of the master", ioctl(master, FIONREAD, &value));
  SAY("ioctl", "FIONREAD of the master", "%d", value);
  shown();
  type("ab\ncd");
  look.fd = slave;
  poll(&look, 1, 0);
  CASE("ioctl", "FIONREAD", ioctl(slave, FIONREAD, &value));
  SAY("ioctl", "FIONREAD of a line and a half", "%d", value);
  type("\x04");
  char byte;
  got();
  type("x\x04y\n\x04");
  poll(&look, 1, 0);
  CASE("read", "a byte", read(slave, &byte, 1));
  ioctl(slave, FIONREAD, &value);
  SAY("ioctl", "FIONREAD leaves ends of file out", "%d", value);
  CASE("ioctl", "TCSBRK 0", ioctl(slave, TCSBRK, 0));
  CASE("ioctl", "TCSBRK 1", ioctl(slave, TCSBRK, 1));
  CASE("ioctl", "TCSBRKP", ioctl(slave, TCSBRKP, 1));
  CASE("ioctl", "TIOCSBRK", ioctl(slave, TIOCSBRK));
  CASE("ioctl", "TIOCCBRK", ioctl(slave, TIOCCBRK));
  CASE("ioctl", "TCXONC of an unknown action", ioctl(slave, TCXONC, 9));
  CASE("ioctl", "TCFLSH of an unknown queue", ioctl(slave, TCFLSH, 9));
  CASE("ioctl", "TIOCMGET", ioctl(slave, TIOCMGET, &value));
  CASE("ioctl", "TIOCMSET", ioctl(slave, TIOCMSET, &value));
  CASE("ioctl", "an unknown request", ioctl(slave, 0x54ff, &value));
  CASE("ioctl", "TIOCGPTN of the slave", ioctl(slave, TIOCGPTN, &value));
  CASE("ioctl", "TIOCPKT of the slave", ioctl(slave, TIOCPKT, &value));
  CASE("ioctl", "TIOCGDEV", ioctl(slave, TIOCGDEV, &value));
  SAY("ioctl", "TIOCGDEV", "major %d", value >> 8 & 0xfff);
  close_pair();
}

static void errors(void) {
  open_pair();
  char *before = edge(4);
  int file = open("/dev/null", O_RDWR);
  CASE("ioctl", "TCGETS into nowhere", ioctl(slave, TCGETS, LOW));
  CASE("ioctl", "TCGETS at an edge", ioctl(slave, TCGETS, before));
  CASE("ioctl", "TCSETS from nowhere", ioctl(slave, TCSETS, LOW));
  CASE("ioctl", "TCSETS from an edge", ioctl(slave, TCSETS, before));
  CASE("ioctl", "TCGETS2 into nowhere", ioctl(slave, TCGETS2, HIGH));
  CASE("ioctl", "TCGETA into nowhere", ioctl(slave, TCGETA, HIGH));
  CASE("ioctl", "TIOCGWINSZ into nowhere", ioctl(slave, TIOCGWINSZ, LOW));
  CASE("ioctl", "TIOCSWINSZ from nowhere", ioctl(slave, TIOCSWINSZ, LOW));
  CASE("ioctl", "FIONREAD into nowhere", ioctl(slave, FIONREAD, LOW));
  CASE("ioctl", "TIOCGETD into nowhere", ioctl(slave, TIOCGETD, LOW));
  CASE("ioctl", "TIOCGPTN into nowhere", ioctl(master, TIOCGPTN, LOW));
  CASE("ioctl", "TIOCPKT from nowhere", ioctl(master, TIOCPKT, LOW));
  CASE("ioctl", "TCGETS of no terminal", ioctl(file, TCGETS, before));
  CASE("ioctl", "TIOCGWINSZ of no terminal", ioctl(file, TIOCGWINSZ, before));
  CASE("ioctl", "TIOCGPGRP of no terminal", ioctl(file, TIOCGPGRP, before));
  CASE("read", "into nowhere", read(slave, LOW, 1));
  type("abc\n");
  CASE("read", "a line into nowhere", read(slave, LOW, 10));
  CASE("write", "from nowhere", write(slave, LOW, 10));
  CASE("read", "nothing", read(slave, before, 0));
  CASE("write", "nothing", write(slave, before, 0));
  CASE("lseek", "slave", lseek(slave, 0, SEEK_CUR));
  CASE("lseek", "master", lseek(master, 0, SEEK_CUR));
  CASE("pread64", "slave", pread(slave, before, 1, 0));
  CASE("pwrite64", "slave", pwrite(slave, before, 1, 0));
  close_pair();
}

int main(void) {
  new_terminal();
  every_flag();
  speeds();
  old_requests();
  locked();
  others();
  errors();
}
