/* POSIX message queues: mq_open, mq_unlink, mq_timedsend, mq_timedreceive, mq_notify, mq_getsetattr, poll and reads of them. */
#include "../conform.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/resource.h>

static char name[40], other[40];
static char text[20000];

static int make(const char *which, int flags, long count, long size) {
  struct mq_attr attributes = {.mq_maxmsg = count, .mq_msgsize = size};
  return RAW(mq_open, which, flags, 0600, &attributes);
}

static int send(int queue, const char *words, unsigned priority) {
  return RAW(mq_timedsend, queue, words, strlen(words), priority, 0);
}

static const char *receive(int queue) {
  static char answer[200];
  unsigned priority = 0;
  ssize_t count = RAW(mq_timedreceive, queue, text, sizeof text, &priority, 0);
  if (count < 0) return errno_name(errno);
  snprintf(answer, sizeof answer, "%.*s at %u", (int)count, text, priority);
  return answer;
}

static long waiting(int queue) {
  struct mq_attr attributes = {0};
  RAW(mq_getsetattr, queue, 0, &attributes);
  return attributes.mq_curmsgs;
}

static void opening(void) {
  CALL(mq_open, "no such queue", name, O_RDWR, 0, 0);
  CALL(mq_open, "no name", "", O_RDWR | O_CREAT, 0600, 0);
  CALL(mq_open, "a slash at the start", "/k42", O_RDWR | O_CREAT, 0600, 0);
  CALL(mq_open, "a slash within", "k42/k42", O_RDWR | O_CREAT, 0600, 0);
  CALL(mq_open, "a dot", ".", O_RDWR | O_CREAT, 0600, 0);
  CALL(mq_open, "two dots", "..", O_RDWR, 0600, 0);
  CALL(mq_open, "name from nowhere", LOW, O_RDWR, 0, 0);
  CALL(mq_open, "size from nowhere", name, O_RDWR | O_CREAT, 0600, LOW);
  memset(text, 'a', 300);
  text[256] = 0;
  CALL(mq_open, "a long name", text, O_RDWR | O_CREAT, 0600, 0);
  CASE("mq_open", "no messages", make(name, O_RDWR | O_CREAT, 0, 10));
  CASE("mq_open", "no bytes", make(name, O_RDWR | O_CREAT, 10, 0));
  CASE("mq_open", "negative", make(name, O_RDWR | O_CREAT, -1, 10));
  CASE("mq_open", "more messages than anyone may", make(name, O_RDWR | O_CREAT, 1 << 20, 10));
  CASE("mq_open", "longer messages than anyone may", make(name, O_RDWR | O_CREAT, 1, 1 << 30));
  int queue = make(name, O_RDWR | O_CREAT | O_EXCL, 3, 50);
  SAY("mq_open", "made", "%d", queue >= 0);
  SAY("mq_open", "closed by exec", "%d", fcntl(queue, F_GETFD));
  SAY("mq_open", "status flags", "%x", fcntl(queue, F_GETFL));
  CASE("mq_open", "exclusively", make(name, O_RDWR | O_CREAT | O_EXCL, 3, 50));
  int again = make(name, O_RDONLY | O_CREAT | O_NONBLOCK, 9, 90);
  struct mq_attr attributes;
  CALL(mq_getsetattr, "of a second description", again, 0, &attributes);
  SAY("mq_getsetattr", "its size is the first's", "%lx %ld %ld %ld", attributes.mq_flags, attributes.mq_maxmsg, attributes.mq_msgsize, attributes.mq_curmsgs);
  CALL(mq_open, "both access modes", name, 3, 0, 0);
  struct stat status;
  CASE("fstat", "a queue", fstat(queue, &status));
  SAY("fstat", "mode, links, size", "%o %d %d", status.st_mode, (int)status.st_nlink, (int)status.st_size);
  char link[60] = "", path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", queue);
  (void)!readlink(path, link, sizeof link - 1);
  SAY("readlink", "its link in /proc", "%d", strcmp(link + 1, name) == 0 && link[0] == '/');
  CALL(mq_unlink, "it", name);
  CALL(mq_unlink, "again", name);
  CALL(mq_unlink, "no name", "");
  CALL(mq_unlink, "a slash", "/k42");
  CALL(mq_unlink, "from nowhere", LOW);
  CASE("fstat", "still open", fstat(queue, &status));
  SAY("fstat", "links", "%d", (int)status.st_nlink);
  memset(link, 0, sizeof link);
  (void)!readlink(path, link, sizeof link - 1);
  SAY("readlink", "its link in /proc, then", "%s", strchr(link, ' ') ? strchr(link, ' ') : "?");
  CASE("mq_timedsend", "without a name", send(queue, "hello", 0));
  SAY("mq_timedreceive", "by the other description", "%s", receive(again));
  close(queue);
  close(again);
  struct mq_attr defaults;
  mode_t before = umask(027);
  queue = RAW(mq_open, name, O_RDWR | O_CREAT, 0666, 0);
  umask(before);
  CALL(mq_getsetattr, "made without a size", queue, 0, &defaults);
  fstat(queue, &status);
  SAY("mq_open", "umask", "%o", status.st_mode);
  close(queue);
  RAW(mq_unlink, name);
}

static void messages(void) {
  int queue = make(name, O_RDWR | O_CREAT | O_NONBLOCK, 4, 50);
  int reader = RAW(mq_open, name, O_RDONLY | O_NONBLOCK, 0, 0), writer = RAW(mq_open, name, O_WRONLY | O_NONBLOCK, 0, 0);
  SAY("mq_timedreceive", "empty", "%s", receive(queue));
  send(queue, "low", 1);
  send(queue, "high", 9);
  send(queue, "low too", 1);
  CASE("mq_timedsend", "highest priority", send(queue, "top", 32767));
  CASE("mq_timedsend", "full", send(queue, "more", 1));
  CASE("mq_timedsend", "beyond the highest priority", send(queue, "more", 32768));
  memset(text, 'x', 60);
  CALL(mq_timedsend, "too long", queue, text, 51, 0, 0);
  CALL(mq_timedreceive, "too little room", queue, text, 49, 0, 0);
  CALL(mq_timedsend, "to a reader", reader, "x", 1, 0, 0);
  CALL(mq_timedreceive, "from a writer", writer, text, 50, 0, 0);
  CALL(mq_timedsend, "no descriptor", -1, "x", 1, 0, 0);
  CALL(mq_timedsend, "no queue", 1, "x", 1, 0, 0);
  CALL(mq_timedreceive, "no queue", 1, text, 50, 0, 0);
  SAY("mq_timedreceive", "first", "%s", receive(queue));
  SAY("mq_timedreceive", "second", "%s", receive(reader));
  SAY("mq_timedreceive", "third", "%s", receive(queue));
  SAY("mq_timedreceive", "fourth", "%s", receive(queue));
  CALL(mq_timedsend, "nothing", queue, "", 0, 3, 0);
  SAY("mq_timedreceive", "nothing", "%s", receive(queue));
  CALL(mq_timedsend, "from nowhere", queue, LOW, 5, 3, 0);
  send(queue, "lost", 1);
  CALL(mq_timedreceive, "to nowhere", queue, LOW, 50, 0, 0);
  SAY("mq_timedreceive", "what went nowhere is lost", "%s", receive(queue));
  CALL(read, "how it stands", queue, text, 200);
  text[0] = 0;
  lseek(queue, 0, SEEK_SET);
  send(queue, "12345", 1);
  ssize_t count = read(queue, text, 200);
  SAY("read", "text", "%.*s", count > 0 ? (int)count - 1 : 0, text);
  CALL(write, "refused", queue, "x", 1);
  struct pollfd poll_set = {queue, POLLIN | POLLOUT, 0};
  poll(&poll_set, 1, 0);
  SAY("poll", "one message", "%x", poll_set.revents);
  receive(queue);
  poll(&poll_set, 1, 0);
  SAY("poll", "none", "%x", poll_set.revents);
  for (int i = 0; i < 4; i++) send(queue, "x", 0);
  poll(&poll_set, 1, 0);
  SAY("poll", "full", "%x", poll_set.revents);
  close(queue), close(reader), close(writer);
  RAW(mq_unlink, name);
}

static void attributes(void) {
  int queue = make(name, O_RDWR | O_CREAT, 2, 10);
  struct mq_attr next = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 77}, before = {0};
  CALL(mq_getsetattr, "set and get", queue, &next, &before);
  SAY("mq_getsetattr", "before", "%lx %ld %ld", before.mq_flags, before.mq_maxmsg, before.mq_msgsize);
  CALL(mq_getsetattr, "get", queue, 0, &before);
  SAY("mq_getsetattr", "after", "%lx %ld %ld", before.mq_flags, before.mq_maxmsg, before.mq_msgsize);
  next.mq_flags = O_NONBLOCK | O_APPEND;
  CALL(mq_getsetattr, "another flag", queue, &next, 0);
  CALL(mq_getsetattr, "neither", queue, 0, 0);
  CALL(mq_getsetattr, "to nowhere", queue, 0, LOW);
  CALL(mq_getsetattr, "from nowhere", queue, LOW, 0);
  CALL(mq_getsetattr, "no queue", 1, 0, &before);
  CALL(mq_getsetattr, "no descriptor, another flag", -1, &next, 0);
  close(queue);
  RAW(mq_unlink, name);
}

static void on_signal(int number) {
  (void)number;
}

static struct timespec in_ms(long ms) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_nsec += ms * 1000000;
  time.tv_sec += time.tv_nsec / 1000000000;
  time.tv_nsec %= 1000000000;
  return time;
}

static void waits(void) {
  int queue = make(name, O_RDWR | O_CREAT, 1, 50);
  struct timespec past = {1, 0}, odd = {1, 1000000000}, soon = in_ms(20);
  CALL(mq_timedreceive, "time is over", queue, text, 50, 0, &past);
  CALL(mq_timedreceive, "time is odd", queue, text, 50, 0, &odd);
  CALL(mq_timedreceive, "time from nowhere", queue, text, 50, 0, LOW);
  CALL(mq_timedreceive, "odd time, no descriptor", -1, text, 50, 0, &odd);
  CALL(mq_timedreceive, "time runs out", queue, text, 50, 0, &soon);
  CALL(mq_timedsend, "not needed", queue, "x", 1, 0, &past);
  CALL(mq_timedsend, "time is over", queue, "x", 1, 0, &past);
  soon = in_ms(20);
  CALL(mq_timedsend, "time runs out", queue, "x", 1, 0, &soon);
  pid_t child = fork();
  if (child == 0) _exit(send(queue, "waited", 5) == 0 ? 0 : errno);
  asleep(child);
  SAY("mq_timedreceive", "makes room", "%s", receive(queue));
  show_end("mq_timedsend", "woken", child);
  SAY("mq_timedreceive", "what it sent", "%s", receive(queue));
  if ((child = fork()) == 0) {
    SAY("mq_timedreceive", "waited for", "%s", receive(queue));
    _exit(0);
  }
  asleep(child);
  send(queue, "now", 2);
  show_end("mq_timedreceive", "woken", child);
  SAY("mq_timedreceive", "handed over directly", "%ld", waiting(queue));
  if ((child = fork()) == 0) {
    signal(SIGUSR1, on_signal);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, 0);
    SAY("mq_timedreceive", "interrupted", "%s", receive(queue));
    _exit(0);
  }
  asleep(child);
  kill(child, SIGUSR1);
  show_end("mq_timedreceive", "interrupted", child);
  if ((child = fork()) == 0) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, 0);
    SAY("mq_timedreceive", "begun anew", "%s", receive(queue));
    _exit(0);
  }
  asleep(child);
  kill(child, SIGUSR1);
  sleep_ms(5);
  send(queue, "later", 1);
  show_end("mq_timedreceive", "begun anew", child);
  if ((child = fork()) == 0) {
    struct pollfd set = {queue, POLLIN, 0};
    poll(&set, 1, 5000);
    SAY("poll", "woken by a message", "%x", set.revents);
    _exit(0);
  }
  asleep(child);
  send(queue, "polled", 1);
  show_end("poll", "woken", child);
  SAY("mq_timedreceive", "polled", "%s", receive(queue));
  pid_t first = fork();
  if (first == 0) _exit(strcmp(receive(queue), "a at 0") != 0);
  asleep(first);
  pid_t second = fork();
  if (second == 0) _exit(strcmp(receive(queue), "b at 0") != 0);
  asleep(second);
  send(queue, "a", 0);
  send(queue, "b", 0);
  show_end("mq_timedreceive", "who came first", first);
  show_end("mq_timedreceive", "who came second", second);
  close(queue);
  RAW(mq_unlink, name);
}

static volatile int told;
static volatile siginfo_t told_info;
static void on_message(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  told++;
  told_info = *info;
}

static void notifying(void) {
  int queue = make(name, O_RDWR | O_CREAT | O_NONBLOCK, 5, 50);
  struct sigaction action = {.sa_sigaction = on_message, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR2, &action, 0);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 77};
  struct sigevent none = {.sigev_notify = SIGEV_NONE}, odd = {.sigev_notify = 9}, high = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
  CALL(mq_notify, "odd way", queue, &odd);
  CALL(mq_notify, "odd signal", queue, &high);
  CALL(mq_notify, "from nowhere", queue, LOW);
  CALL(mq_notify, "no descriptor", -1, &event);
  CALL(mq_notify, "no queue", 1, &event);
  CALL(mq_notify, "nothing to take back", queue, 0);
  CALL(mq_notify, "by signal", queue, &event);
  CALL(mq_notify, "twice", queue, &event);
  lseek(queue, 0, SEEK_SET);
  char line[200] = "";
  ssize_t count = read(queue, line, 199);
  char *end = strstr(line, "NOTIFY_PID:");
  SAY("read", "who is told", "%.*s%d", end ? (int)(end - line) : 0, line, end != 0 && atoi(end + 11) == getpid() && count > 0);
  CHILD("mq_notify", "another process", {
    CALL(mq_notify, "who is not told", queue, &event);
    CALL(mq_notify, "takes nothing back", queue, 0);
  });
  send(queue, "one", 1);
  SAY("mq_notify", "told", "%d", told);
  SAY("mq_notify", "siginfo", "%d %d %d %d", told_info.si_code, told_info.si_value.sival_int, told_info.si_pid == getpid(), told_info.si_uid);
  send(queue, "two", 1);
  SAY("mq_notify", "told once", "%d", told);
  CALL(mq_notify, "anew, not empty", queue, &event);
  send(queue, "three", 1);
  SAY("mq_notify", "not told when not empty", "%d", told);
  while (waiting(queue) > 0) receive(queue);
  send(queue, "four", 1);
  SAY("mq_notify", "told when empty again", "%d", told);
  receive(queue);
  CALL(mq_notify, "none", queue, &none);
  CALL(mq_notify, "after none", queue, &event);
  CALL(mq_notify, "taken back", queue, 0);
  CALL(mq_notify, "after that", queue, &event);
  pid_t child = fork();
  if (child == 0) {
    fcntl(queue, F_SETFL, 0);
    receive(queue);
    _exit(0);
  }
  asleep(child);
  send(queue, "taken", 1);
  waitpid(child, 0, 0);
  SAY("mq_notify", "not told of what someone waits for", "%d", told);
  fcntl(queue, F_SETFL, O_NONBLOCK);
  CHILD("close", "by a child changes nothing", close(queue));
  CALL(mq_notify, "still there", queue, &event);
  int second = dup(queue);
  close(second);
  CALL(mq_notify, "gone with any descriptor", queue, &event);
  CHILD("exit", "in a child", {
    RAW(mq_notify, queue, 0);
    _exit(0);
  });
  RAW(mq_notify, queue, 0);
  CHILD("mq_notify", "of a child that ends", RAW(mq_notify, queue, &event));
  CALL(mq_notify, "after its end", queue, &event);
  close(queue);
  RAW(mq_unlink, name);
}

static void rights(void) {
  int queue = RAW(mq_open, name, O_RDWR | O_CREAT, 0604, 0), hidden = RAW(mq_open, other, O_RDWR | O_CREAT, 0000, 0);
  CHILD("mq_open", "as another", {
    become_user(4321);
    OKAY(mq_open, "what may be read", name, O_RDONLY, 0, 0);
    CALL(mq_open, "what may be read, to write", name, O_WRONLY, 0, 0);
    CALL(mq_open, "hidden", other, O_RDONLY, 0, 0);
    CALL(mq_unlink, "another's", name);
    CALL(mq_open, "more messages than users may", "k42-user", O_RDWR | O_CREAT, 0600, &(struct mq_attr){.mq_maxmsg = 60000, .mq_msgsize = 10});
    OKAY(mq_open, "one's own, which nobody may open", "k42-user", O_RDWR | O_CREAT, 0000, 0);
    CALL(mq_open, "again", "k42-user", O_RDWR, 0, 0);
    CALL(mq_unlink, "one's own", "k42-user");
    struct rlimit limit = {1000, 1000};
    setrlimit(RLIMIT_MSGQUEUE, &limit);
    CALL(mq_open, "above the limit", "k42-user", O_RDWR | O_CREAT, 0600, 0);
  });
  OKAY(mq_open, "hidden, as root", other, O_RDWR, 0, 0);
  close(queue), close(hidden);
  RAW(mq_unlink, name);
  RAW(mq_unlink, other);
}

int main(void) {
  snprintf(name, sizeof name, "k42-conformance-%d", getpid());
  snprintf(other, sizeof other, "k42-hidden-%d", getpid());
  opening();
  messages();
  attributes();
  waits();
  notifying();
  rights();
}
