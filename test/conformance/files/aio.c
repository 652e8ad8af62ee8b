/* Asynchronous I/O: io_setup, io_submit, io_getevents, io_pgetevents, io_cancel, io_destroy. */
#include "conform.h"
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

static aio_context_t context;
static struct io_event events[16];
static int file;

static struct iocb make(int opcode, int fd, void *buffer, size_t length, long offset) {
  struct iocb request;
  memset(&request, 0, sizeof request);
  request.aio_data = 0x1234567890abcdef;
  request.aio_lio_opcode = opcode;
  request.aio_fildes = fd;
  request.aio_buf = (uintptr_t)buffer;
  request.aio_nbytes = length;
  request.aio_offset = offset;
  return request;
}

static long submit(struct iocb *request) {
  struct iocb *list[1] = {request};
  return RAW(io_submit, context, 1, list);
}

/* Submits one and waits for its event: "submitted: result". */
static void one(const char *label, struct iocb request) {
  errno = 0;
  long submitted = submit(&request);
  if (submitted != 1) {
    SAY("io_submit", label, "%s", submitted == -1 ? errno_name(errno) : "none");
    return;
  }
  struct timespec limit = {5, 0};
  memset(events, 0, sizeof events);
  long count = RAW(io_getevents, context, 1, 1, events, &limit);
  int whole = events[0].data == request.aio_data && events[0].obj == (uintptr_t)&request && events[0].res2 == 0;
  long result = events[0].res;
  char number[24];
  sprintf(number, "%ld", result);
  SAY("io_submit", label, "%ld event%s, result %s", count, whole ? "" : " (other members)",
      result < 0 ? errno_name(-result) : number);
}

static void contexts(void) {
  aio_context_t other = 0, used = 5;
  CALL(io_setup, "nothing", 0, &other);
  CALL(io_setup, "in use", 1, &used);
  CALL(io_setup, "bad pointer", 1, LOW);
  CALL(io_setup, "too many", 0x10000000, &other);
  CALL(io_setup, "ok", 4, &other);
  SAY("io_setup", "a context", "%d", other != 0);
  CALL(io_destroy, "ok", other);
  CALL(io_destroy, "again", other);
  CALL(io_destroy, "null", 0);
  CALL(io_destroy, "no context", &other);
  CALL(io_submit, "no context", other, 0, 0);
  CALL(io_getevents, "no context", other, 0, 1, events, 0);
  CALL(io_getevents, "no context, bad counts", other, 2, 1, events, 0);
}

static void transfers(void) {
  static char buffer[64];
  strcpy(buffer, "hello, world");
  struct iovec parts[2] = {{buffer, 3}, {buffer + 20, 3}};
  one("write", make(IOCB_CMD_PWRITE, file, buffer, 12, 2));
  memset(buffer, 0, sizeof buffer);
  one("read", make(IOCB_CMD_PREAD, file, buffer, 64, 4));
  SAY("io_submit", "what was read", "%s", buffer);
  one("read at the end", make(IOCB_CMD_PREAD, file, buffer, 64, 14));
  one("read beyond the end", make(IOCB_CMD_PREAD, file, buffer, 64, 1 << 20));
  one("read nothing", make(IOCB_CMD_PREAD, file, buffer, 0, 0));
  one("read vector", make(IOCB_CMD_PREADV, file, parts, 2, 2));
  SAY("io_submit", "vector", "%.3s %.3s", buffer, buffer + 20);
  one("write vector", make(IOCB_CMD_PWRITEV, file, parts, 2, 20));
  one("negative offset", make(IOCB_CMD_PREAD, file, buffer, 1, -1));
  one("huge length", make(IOCB_CMD_PREAD, file, buffer, (size_t)-1, 0));
  one("bad descriptor", make(IOCB_CMD_PREAD, 999, buffer, 1, 0));
  one("bad operation", make(99, file, buffer, 1, 0));
  one("no operation", make(IOCB_CMD_NOOP, file, buffer, 1, 0));
  one("bad vector", make(IOCB_CMD_PREADV, file, LOW, 1, 0));
  one("too many parts", make(IOCB_CMD_PREADV, file, parts, 5000, 0));
  one("kernel's buffer", make(IOCB_CMD_PREAD, file, HIGH, 1, 0));
  one("unmapped buffer", make(IOCB_CMD_PREAD, file, LOW, 1, 0));
  one("sync", make(IOCB_CMD_FSYNC, file, 0, 0, 0));
  one("data sync", make(IOCB_CMD_FDSYNC, file, 0, 0, 0));
  one("sync with a buffer", make(IOCB_CMD_FSYNC, file, buffer, 0, 0));
  one("sync with a length", make(IOCB_CMD_FSYNC, file, 0, 1, 0));
  struct iocb request = make(IOCB_CMD_PREAD, file, buffer, 1, 0);
  request.aio_reserved2 = 1;
  one("reserved member", request);
  request = make(IOCB_CMD_PREAD, file, buffer, 1, 0);
  request.aio_rw_flags = 0x40000000;
  one("unknown flag", request);
  request = make(IOCB_CMD_PWRITE, file, buffer, 1, 0);
  request.aio_rw_flags = RWF_APPEND;
  one("append", request);
  struct stat now;
  fstat(file, &now);
  SAY("io_submit", "appended", "%ld", (long)now.st_size);
  int reading = open("a", O_RDONLY), writing = open("a", O_WRONLY), directory = open(".", O_RDONLY | O_DIRECTORY);
  one("write to what is read", make(IOCB_CMD_PWRITE, reading, buffer, 1, 0));
  one("read what is written", make(IOCB_CMD_PREAD, writing, buffer, 1, 0));
  one("read directory", make(IOCB_CMD_PREAD, directory, buffer, 1, 0));
  one("sync what is read", make(IOCB_CMD_FSYNC, reading, 0, 0, 0));
  SAY("lseek", "the cursor stays", "%ld", (long)lseek(file, 0, SEEK_CUR));
  close(reading);
  close(writing);
  close(directory);
}

static void lists(void) {
  static char buffer[8];
  struct iocb good = make(IOCB_CMD_PREAD, file, buffer, 1, 0), bad = make(IOCB_CMD_PREAD, 999, buffer, 1, 0), another = good;
  struct iocb *list[4] = {&good, &another, &bad, &good};
  CALL(io_submit, "none", context, 0, 0);
  CALL(io_submit, "negative", context, -1L, list);
  CALL(io_submit, "bad list", context, 1, LOW);
  struct iocb *faulty[2] = {&good, LOW};
  CALL(io_submit, "up to the first bad one", context, 4, list);
  CALL(io_submit, "up to the first unreadable one", context, 2, faulty);
  CALL(io_submit, "the first is bad", context, 1, &list[2]);
  CALL(io_getevents, "fewer than asked", context, 1, 1, events, 0);
  CALL(io_getevents, "the rest", context, 2, 8, events, 0);
  struct timespec none = {0, 0}, little = {0, 10000000};
  CALL(io_getevents, "nothing, no time", context, 1, 1, events, &none);
  CALL(io_getevents, "nothing wanted", context, 0, 1, events, 0);
  CALL(io_getevents, "nothing, some time", context, 1, 1, events, &little);
  CALL(io_getevents, "more than fit", context, 2, 1, events, &none);
  CALL(io_getevents, "negative", context, -1L, 1L, events, &none);
  CALL(io_getevents, "bad time", context, 1, 1, events, LOW);
  submit(&good);
  CALL(io_getevents, "bad place", context, 1, 1, LOW, &none);
  CALL(io_getevents, "still there", context, 1, 1, events, &none);
  struct {
    void *set;
    size_t size;
  } wrong = {&none, 4};
  CALL(io_pgetevents, "bad mask", context, 0, 1, events, &none, &wrong);
  CALL(io_pgetevents, "no mask", context, 0L, 1L, events, &none, (void *)0);
}

static void ignore(int number) {
  (void)number;
}

static void interruption(void) {
  struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, 0);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGALRM);
  sigprocmask(SIG_BLOCK, &mask, 0);
  raise(SIGALRM);
  sigset_t open_mask;
  sigemptyset(&open_mask);
  unsigned long words[2] = {0, 0};
  struct {
    void *set;
    size_t size;
  } given = {words, 8};
  struct timespec limit = {5, 0};
  CALL(io_pgetevents, "a signal let in", context, 1, 1, events, &limit, &given);
  sigset_t now;
  sigprocmask(SIG_SETMASK, 0, &now);
  SAY("io_pgetevents", "mask afterwards", "%d", sigismember(&now, SIGALRM));
}

static void notification(void) {
  static char buffer[8];
  int counter = eventfd(0, EFD_NONBLOCK);
  struct iocb request = make(IOCB_CMD_PREAD, file, buffer, 1, 0);
  request.aio_flags = IOCB_FLAG_RESFD;
  request.aio_resfd = counter;
  one("with eventfd", request);
  one("with eventfd again", request);
  uint64_t count = 0;
  read(counter, &count, 8);
  SAY("io_submit", "eventfd", "%d", (int)count);
  request.aio_resfd = 999;
  one("bad eventfd", request);
  request.aio_resfd = file;
  one("no eventfd", request);
  close(counter);
}

static void polling(void) {
  int ends[2];
  pipe(ends);
  one("poll, ready", make(IOCB_CMD_POLL, ends[1], (void *)POLLOUT, 0, 0));
  one("poll a file", make(IOCB_CMD_POLL, file, (void *)POLLIN, 0, 0));
  one("poll a file for nothing", make(IOCB_CMD_POLL, file, (void *)POLLPRI, 0, 0));
  one("poll, large mask", make(IOCB_CMD_POLL, ends[0], (void *)0x10001, 0, 0));
  one("poll with an offset", make(IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 1));
  struct iocb request = make(IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
  struct timespec none = {0, 0}, limit = {5, 0};
  CASE("io_submit", "poll, later", submit(&request));
  CALL(io_getevents, "not yet", context, 1, 1, events, &none);
  write(ends[1], "x", 1);
  CALL(io_getevents, "now", context, 1, 1, events, &limit);
  SAY("io_getevents", "poll result", "%lx", (long)events[0].res & (POLLIN | POLLOUT));
  read(ends[0], events, 1);
  CASE("io_submit", "poll, to be cancelled", submit(&request));
  struct iocb other = request;
  CALL(io_cancel, "not submitted", context, &other, events);
  CALL(io_cancel, "submitted", context, &request, events);
  CALL(io_getevents, "cancelled", context, 1, 1, events, &limit);
  SAY("io_getevents", "cancelled result", "%ld", (long)events[0].res);
  CALL(io_cancel, "again", context, &request, events);
  request.aio_key = 7;
  CALL(io_cancel, "wrong key", context, &request, events);
  CALL(io_cancel, "bad pointer", context, LOW, events);
  CALL(io_cancel, "no context", 0x1000, &request, events);
  CASE("io_submit", "poll, hang up", (request.aio_key = 0, submit(&request)));
  close(ends[1]);
  CALL(io_getevents, "hang up", context, 1, 1, events, &limit);
  SAY("io_getevents", "hang up result", "%lx", (long)events[0].res);
  close(ends[0]);
}

static void lifetimes(void) {
  static char buffer[8];
  struct iocb request = make(IOCB_CMD_PREAD, file, buffer, 1, 0);
  CHILD("fork", "child", {
    struct iocb *list[1] = {&request};
    CALL(io_submit, "in a child", context, 1, list);
  });
  int ends[2];
  pipe(ends);
  request = make(IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
  CASE("io_submit", "left pending", submit(&request));
  CALL(io_destroy, "with one pending", context);
  CALL(io_getevents, "destroyed", context, 0, 1, events, 0);
}

int main(void) {
  file = open("a", O_CREAT | O_RDWR, 0644);
  contexts();
  CALL(io_setup, "the context", 16, &context);
  transfers();
  lists();
  notification();
  polling();
  interruption();
  lifetimes();
  return 0;
}
