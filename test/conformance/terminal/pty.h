/*
 * For the programs about terminals: a pseudo-terminal whose both sides this process holds. What is written to the master is typed, what is read
 * from it is shown. Nothing here waits for a time: a read that finds nothing has, on Linux, first carried out what is under way.
 */
#ifndef PTY_H
#define PTY_H
#include "../conform.h"
#include <asm/termbits.h>
#include <poll.h>
#include <sys/ioctl.h>

typedef struct termios termios_t;

static int master, slave;

static void __attribute__((unused)) open_slave(void) {
  char path[32];
  int unlock = 0;
  unsigned number;
  if (ioctl(master, TIOCSPTLCK, &unlock) != 0 || ioctl(master, TIOCGPTN, &number) != 0) exit(96);
  snprintf(path, sizeof path, "/dev/pts/%u", number);
  slave = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (slave < 0) exit(95);
}

/* A new pair; the slave is no controlling terminal, both do not wait. */
static void __attribute__((unused)) open_pair(void) {
  master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (master < 0) {
    perror("ptmx");
    exit(94);
  }
  open_slave();
}

static void __attribute__((unused)) close_pair(void) {
  close(slave);
  close(master);
}

/* Bytes as text: \r \n \t \b, others that are no letters as \xNN. */
static const char *escaped(const unsigned char *bytes, long count) {
  static char texts[4][4096];
  static int turn;
  char *text = texts[turn++ & 3], *end = text;
  for (long i = 0; i < count && end < text + 4000; i++) {
    unsigned char byte = bytes[i];
    if (byte == '\n') end += sprintf(end, "\\n");
    else if (byte == '\r') end += sprintf(end, "\\r");
    else if (byte == '\t') end += sprintf(end, "\\t");
    else if (byte == '\b') end += sprintf(end, "\\b");
    else if (byte < 32 || byte > 126 || byte == '\\') end += sprintf(end, "\\x%02x", byte);
    else *end++ = byte;
  }
  *end = 0;
  return text;
}

static void __attribute__((unused)) type_bytes(const char *bytes, long count) {
  if (write(master, bytes, count) != count) show_text("write", "master", "short");
}

static void __attribute__((unused)) type(const char *text) {
  type_bytes(text, strlen(text));
}

/* All that a program can read now, each read in brackets; "" for an end of file. */
static const char *__attribute__((unused)) got(void) {
  static char text[4096];
  unsigned char bytes[1024];
  char *end = text;
  long count;
  *end = 0;
  while ((count = read(slave, bytes, sizeof bytes)) >= 0 && end < text + 3000) end += sprintf(end, "[%s]", escaped(bytes, count));
  if (errno != EAGAIN) sprintf(end, " %s", errno_name(errno));
  return text;
}

/* The same in raw mode, where it does not matter how many reads it takes. */
static const char *__attribute__((unused)) got_raw(void) {
  unsigned char bytes[1024];
  long length = 0, count;
  while ((count = read(slave, bytes + length, sizeof bytes - length)) > 0) length += count;
  return escaped(bytes, length);
}

/* All that the terminal shows now. */
static const char *__attribute__((unused)) shown(void) {
  unsigned char bytes[2048];
  long length = 0, count;
  while ((count = read(master, bytes + length, sizeof bytes - length)) > 0) length += count;
  return escaped(bytes, length);
}

static termios_t __attribute__((unused)) modes(void) {
  termios_t modes;
  if (ioctl(slave, TCGETS, &modes) != 0) exit(93);
  return modes;
}

static void __attribute__((unused)) set_modes(termios_t modes) {
  if (ioctl(slave, TCSETS, &modes) != 0) show_text("ioctl", "TCSETS", "%s", errno_name(errno));
}

/* Flags of one kind taken out and put in. */
static void __attribute__((unused)) change_input(unsigned out, unsigned in) {
  termios_t now = modes();
  now.c_iflag = (now.c_iflag & ~out) | in;
  set_modes(now);
}

static void __attribute__((unused)) change_output(unsigned out, unsigned in) {
  termios_t now = modes();
  now.c_oflag = (now.c_oflag & ~out) | in;
  set_modes(now);
}

static void __attribute__((unused)) change_local(unsigned out, unsigned in) {
  termios_t now = modes();
  now.c_lflag = (now.c_lflag & ~out) | in;
  set_modes(now);
}

static void __attribute__((unused)) set_char(int which, unsigned char value) {
  termios_t now = modes();
  now.c_cc[which] = value;
  set_modes(now);
}

/* Types, then says what a program reads and what is shown. */
static void __attribute__((unused)) typed(const char *label, const char *text) {
  char read_text[4096];
  type(text);
  strcpy(read_text, got());
  show_text("read", label, "%s shown %s", *read_text ? read_text : "nothing", shown());
}
#endif
