/* System V message queues: msgget, msgsnd, msgrcv, msgctl. */
#include "../conform.h"
#include <sys/ipc.h>
#include <sys/msg.h>

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

struct message {
  long type;
  char text[9000];
};

static struct message out, in;

static key_t key(int number) {
  return (key_t)(0x6b360000 ^ (getpid() << 6) ^ number);
}

static int queue(void) {
  return RAW(msgget, IPC_PRIVATE, IPC_CREAT | 0600);
}

static void drop(int id) {
  RAW(msgctl, id, IPC_RMID, 0);
}

static int send(int id, long type, const char *text, int flags) {
  out.type = type;
  strcpy(out.text, text);
  return RAW(msgsnd, id, &out, strlen(text) + 1, flags);
}

/* "3 three", or an errno. */
static const char *receive(int id, size_t size, long type, int flags) {
  static char answer[300];
  memset(&in, 0, sizeof in);
  ssize_t count = RAW(msgrcv, id, &in, size, type, flags);
  if (count < 0) return errno_name(errno);
  snprintf(answer, sizeof answer, "%zd bytes of %ld: %.*s", count, in.type, (int)count, in.text);
  return answer;
}

static struct msqid_ds stat_of(int id) {
  struct msqid_ds data;
  memset(&data, 0, sizeof data);
  RAW(msgctl, id, IPC_STAT, &data);
  return data;
}

static void getting(void) {
  int mine = key(1);
  CALL(msgget, "no such key", mine, 0600);
  int id = OKAY(msgget, "created", mine, IPC_CREAT | IPC_EXCL | 0640);
  CASE("msgget", "found", RAW(msgget, mine, 0) == id);
  CASE("msgget", "created or found", RAW(msgget, mine, IPC_CREAT | 0600) == id);
  CALL(msgget, "exclusively", mine, IPC_CREAT | IPC_EXCL | 0600);
  struct msqid_ds data = stat_of(id);
  SAY("msgctl", "stat of a new one", "%o %lu %lu %d %d", data.msg_perm.mode, data.msg_qnum, data.__msg_cbytes, data.msg_lspid, data.msg_lrpid);
  SAY("msgctl", "times of a new one", "%ld %ld %d", (long)data.msg_stime, (long)data.msg_rtime, data.msg_ctime > 1000000000);
  SAY("msgctl", "key and owner", "%d %d %d", data.msg_perm.__key == mine, data.msg_perm.uid == geteuid(), data.msg_perm.cuid == geteuid());
  CALL(msgctl, "removed", id, IPC_RMID, 0);
  CALL(msgctl, "removed twice", id, IPC_RMID, 0);
  CALL(msgget, "by the key of a removed one", mine, 0);
}

static void types(void) {
  int id = queue();
  send(id, 3, "three", 0);
  send(id, 1, "one", 0);
  send(id, 2, "two", 0);
  send(id, 1, "uno", 0);
  send(id, 7, "seven", 0);
  struct msqid_ds data = stat_of(id);
  SAY("msgctl", "messages and bytes", "%lu %lu", data.msg_qnum, data.__msg_cbytes);
  SAY("msgctl", "last sender", "%d %d", data.msg_lspid == getpid(), data.msg_lrpid);
  SAY("msgrcv", "a copy of the second", "%s", receive(id, 100, 1, MSG_COPY | IPC_NOWAIT));
  SAY("msgrcv", "a copy of the ninth", "%s", receive(id, 100, 9, MSG_COPY | IPC_NOWAIT));
  SAY("msgrcv", "a copy without IPC_NOWAIT", "%s", receive(id, 100, 1, MSG_COPY));
  SAY("msgrcv", "a copy with MSG_EXCEPT", "%s", receive(id, 100, 1, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT));
  SAY("msgrcv", "copies take nothing", "%lu", stat_of(id).msg_qnum);
  SAY("msgrcv", "of a type", "%s", receive(id, 100, 2, 0));
  SAY("msgrcv", "of a type that is not there", "%s", receive(id, 100, 2, IPC_NOWAIT));
  SAY("msgrcv", "of the lowest up to 3", "%s", receive(id, 100, -3, 0));
  SAY("msgrcv", "of any but 3", "%s", receive(id, 100, 3, MSG_EXCEPT));
  SAY("msgrcv", "too long", "%s", receive(id, 2, 0, IPC_NOWAIT));
  SAY("msgrcv", "still there", "%lu", stat_of(id).msg_qnum);
  SAY("msgrcv", "cut", "%s", receive(id, 2, 0, MSG_NOERROR));
  SAY("msgrcv", "of the lowest up to 6", "%s", receive(id, 100, -6, IPC_NOWAIT));
  SAY("msgrcv", "the first", "%s", receive(id, 100, 0, 0));
  SAY("msgrcv", "none left", "%s", receive(id, 100, 0, IPC_NOWAIT));
  data = stat_of(id);
  SAY("msgctl", "empty", "%lu %lu %d", data.msg_qnum, data.__msg_cbytes, data.msg_lrpid == getpid());
  out.type = 9;
  CALL(msgsnd, "no bytes", id, &out, 0, 0);
  SAY("msgrcv", "no bytes", "%s", receive(id, 0, 0, 0));
  send(id, 1, "lowest", 0);
  SAY("msgrcv", "up to the lowest number", "%s", receive(id, 100, (long)1 << 63, IPC_NOWAIT));
  drop(id);
}

static void mistakes(void) {
  int id = queue();
  out.type = 0;
  CALL(msgsnd, "type 0", id, &out, 1, 0);
  out.type = -4;
  CALL(msgsnd, "negative type", id, &out, 1, 0);
  out.type = 1;
  CALL(msgsnd, "too long", id, &out, 8193, 0);
  CALL(msgsnd, "negative length", id, &out, -1L, 0);
  CALL(msgsnd, "from nowhere", id, LOW, 1, 0);
  CALL(msgsnd, "no such queue", 0x7ffffff0, &out, 1, 0);
  CALL(msgsnd, "negative queue", -1, &out, 1, 0);
  long *last = (long *)edge(8);
  *last = 1;
  CALL(msgsnd, "text beyond an edge", id, last, 1, 0);
  CALL(msgsnd, "no text at an edge", id, last, 0, 0);
  CALL(msgrcv, "no text at an edge", id, last, 0, 0, 0);
  CALL(msgrcv, "negative length", id, &in, -1L, 0, 0);
  CALL(msgrcv, "no such queue", 0x7ffffff0, &in, 1, 0, 0);
  CALL(msgrcv, "negative queue", -1, &in, 1, 0, 0);
  send(id, 1, "lost", 0);
  CALL(msgrcv, "to nowhere", id, LOW, 100, 0, 0);
  SAY("msgrcv", "what went nowhere is lost", "%s", receive(id, 100, 0, IPC_NOWAIT));
  CALL(msgctl, "no such command", id, 99, 0);
  CALL(msgctl, "negative command", id, -1, 0);
  CALL(msgctl, "stat to nowhere", id, IPC_STAT, LOW);
  CALL(msgctl, "set from nowhere", id, IPC_SET, LOW);
  drop(id);
}

static void limits(void) {
  int id = queue();
  struct msqid_ds data = stat_of(id);
  data.msg_qbytes = 100;
  data.msg_perm.mode = 07666;
  CALL(msgctl, "room for 100 bytes", id, IPC_SET, &data);
  data = stat_of(id);
  SAY("msgctl", "as set", "%lu %o", data.msg_qbytes, data.msg_perm.mode);
  out.type = 1;
  CALL(msgsnd, "60 bytes", id, &out, 60, IPC_NOWAIT);
  CALL(msgsnd, "60 more", id, &out, 60, IPC_NOWAIT);
  CALL(msgsnd, "40 more", id, &out, 40, IPC_NOWAIT);
  CALL(msgsnd, "none to a full one", id, &out, 0, IPC_NOWAIT);
  CALL(msgsnd, "more than ever fits", id, &out, 101, IPC_NOWAIT);
  receive(id, 100, 0, 0);
  CALL(msgsnd, "60 after one was taken", id, &out, 60, IPC_NOWAIT);
  int count = 0;
  while (RAW(msgrcv, id, &in, 100, 0, IPC_NOWAIT) >= 0) {
  }
  while (RAW(msgsnd, id, &out, 0, IPC_NOWAIT) == 0) count++;
  SAY("msgsnd", "empty messages as many as bytes", "%d", count);
  struct msginfo info;
  CASE("msgctl", "IPC_INFO", RAW(msgctl, 0, IPC_INFO, &info) >= 0);
  SAY("msgctl", "sizes that do not change", "%d %d", info.msgssz, info.msgseg);
  int highest = RAW(msgctl, 0, MSG_INFO, &info), found = 0, any = 0;
  SAY("msgctl", "MSG_INFO", "%d %d", info.msgpool >= 1, info.msgmap >= 100);
  for (int slot = 0; slot <= highest; slot++) {
    found += RAW(msgctl, slot, MSG_STAT, &data) == id;
    any += RAW(msgctl, slot, MSG_STAT_ANY, &data) == id;
  }
  SAY("msgctl", "found by MSG_STAT, MSG_STAT_ANY", "%d %d", found, any);
  CALL(msgctl, "MSG_STAT of no slot", 32767, MSG_STAT, &data);
  drop(id);
}

static void on_signal(int number) {
  (void)number;
}

static void waiting(void) {
  int id = queue();
  pid_t child = fork();
  if (child == 0) {
    SAY("msgrcv", "waited for", "%s", receive(id, 100, 0, 0));
    _exit(0);
  }
  asleep(child);
  send(id, 4, "now", 0);
  show_end("msgrcv", "woken", child);
  SAY("msgctl", "last receiver is the one woken", "%d", stat_of(id).msg_lrpid == child);
  if ((child = fork()) == 0) {
    SAY("msgrcv", "waited for type 5", "%s", receive(id, 100, 5, 0));
    _exit(0);
  }
  asleep(child);
  send(id, 4, "not yet", 0);
  send(id, 5, "this", 0);
  show_end("msgrcv", "woken by its type", child);
  SAY("msgrcv", "the other stays", "%s", receive(id, 100, 0, IPC_NOWAIT));
  if ((child = fork()) == 0) {
    SAY("msgrcv", "waited, too long", "%s", receive(id, 2, 0, 0));
    _exit(0);
  }
  asleep(child);
  send(id, 4, "longer", 0);
  show_end("msgrcv", "woken by what is too long", child);
  SAY("msgrcv", "which stays", "%s", receive(id, 100, 0, IPC_NOWAIT));
  struct msqid_ds data = stat_of(id);
  data.msg_qbytes = 10;
  RAW(msgctl, id, IPC_SET, &data);
  send(id, 1, "12345678", 0);
  if ((child = fork()) == 0) _exit(send(id, 2, "abcdefgh", 0));
  asleep(child);
  SAY("msgsnd", "waits for room", "%lu", stat_of(id).msg_qnum);
  SAY("msgrcv", "making room", "%s", receive(id, 100, 0, 0));
  show_end("msgsnd", "woken", child);
  SAY("msgctl", "last sender is the one woken", "%d", stat_of(id).msg_lspid == child);
  if ((child = fork()) == 0) _exit(send(id, 3, "ijklmnop", 0));
  asleep(child);
  data.msg_qbytes = 100;
  RAW(msgctl, id, IPC_SET, &data);
  show_end("msgctl", "more room wakes a sender", child);
  while (RAW(msgrcv, id, &in, 100, 0, IPC_NOWAIT) >= 0) {
  }
  if ((child = fork()) == 0) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, 0);
    SAY("msgrcv", "interrupted, though SA_RESTART", "%s", receive(id, 100, 0, 0));
    _exit(0);
  }
  asleep(child);
  kill(child, SIGUSR1);
  show_end("msgrcv", "interrupted", child);
  if ((child = fork()) == 0) {
    SAY("msgrcv", "stopped and continued", "%s", receive(id, 100, 0, 0));
    _exit(0);
  }
  asleep(child);
  kill(child, SIGSTOP);
  waitpid(child, 0, WUNTRACED);
  kill(child, SIGCONT);
  sleep_ms(10);
  send(id, 8, "after all", 0);
  show_end("msgrcv", "stopped", child);
  pid_t sender = fork();
  if (sender == 0) {
    struct msqid_ds small = stat_of(id);
    small.msg_qbytes = 1;
    RAW(msgctl, id, IPC_SET, &small);
    send(id, 1, "never", 0);
    _exit(errno == EIDRM);
  }
  if ((child = fork()) == 0) _exit(strcmp(receive(id, 100, 2, 0), "EIDRM") == 0);
  asleep(sender);
  asleep(child);
  drop(id);
  show_end("msgrcv", "removed while waiting", child);
  show_end("msgsnd", "removed while waiting", sender);
}

static void rights(void) {
  int id = RAW(msgget, IPC_PRIVATE, 0604), mine = key(2), hidden = RAW(msgget, mine, IPC_CREAT | 0602);
  send(id, 1, "for all", 0);
  CHILD("msgget", "as another", {
    struct msqid_ds data;
    become_user(4321);
    CASE("msgsnd", "what may only be read", send(id, 1, "no", IPC_NOWAIT));
    SAY("msgrcv", "what may be read", "%s", receive(id, 100, 0, IPC_NOWAIT));
    CASE("msgsnd", "what may be written", send(hidden, 1, "yes", IPC_NOWAIT));
    SAY("msgrcv", "what may only be written", "%s", receive(hidden, 100, 0, IPC_NOWAIT));
    CALL(msgctl, "stat of what may only be written", hidden, IPC_STAT, &data);
    CALL(msgctl, "remove by another", id, IPC_RMID, 0);
    data = stat_of(id);
    CALL(msgctl, "set by another", id, IPC_SET, &data);
    CALL(msgget, "asking for more", mine, 0600);
    int own = queue();
    data = stat_of(own);
    data.msg_qbytes = 1 << 20;
    CALL(msgctl, "more room than allowed", own, IPC_SET, &data);
    data.msg_qbytes = 16384;
    CALL(msgctl, "as much room as allowed", own, IPC_SET, &data);
    drop(own);
  });
  drop(id);
  drop(hidden);
}

static void listing(void) {
  int mine = key(3), id = RAW(msgget, mine, IPC_CREAT | 0640), found = 0;
  char line[300];
  send(id, 1, "hello", 0);
  FILE *file = fopen("/proc/sysvipc/msg", "r");
  while (file != 0 && fgets(line, sizeof line, file)) {
    long k, i, bytes, count, sender, receiver;
    unsigned mode;
    if (sscanf(line, "%ld %ld %o %ld %ld %ld %ld", &k, &i, &mode, &bytes, &count, &sender, &receiver) != 7) {
      SAY("proc", "heading", "%.*s", (int)strcspn(line, "\n"), line);
      continue;
    }
    if (i != id) continue;
    found++;
    SAY("proc", "sysvipc/msg", "%d %o %ld %ld %d %ld", (int)k == mine, mode, bytes, count, sender == getpid(), receiver);
  }
  if (file) fclose(file);
  SAY("proc", "rows of it", "%d", found);
  drop(id);
}

int main(void) {
  getting();
  types();
  mistakes();
  limits();
  waiting();
  rights();
  listing();
}
