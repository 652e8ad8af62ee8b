/* System V shared memory: shmget, shmat, shmdt, shmctl, and what fork, exec, exit and munmap do to attachments. */
#include "../conform.h"
#include <sched.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#define PAGE 4096

static struct shmid_ds stat_of(int id) {
  struct shmid_ds data;
  memset(&data, 0, sizeof data);
  if (RAW(shmctl, id, IPC_STAT, &data) != 0) data.shm_nattch = 999;
  return data;
}

static long attached(int id) {
  return (long)stat_of(id).shm_nattch;
}

/* A key that nobody else has, most likely. */
static key_t key(int number) {
  return (key_t)(0x6b340000 ^ (getpid() << 6) ^ number);
}

static int segment(size_t size) {
  return RAW(shmget, IPC_PRIVATE, size, IPC_CREAT | 0600);
}

static void drop(int id) {
  RAW(shmctl, id, IPC_RMID, 0);
}

static void getting(void) {
  int mine = key(1);
  CALL(shmget, "no such key", mine, PAGE, 0600);
  CALL(shmget, "no bytes", mine, 0, IPC_CREAT | 0600);
  CALL(shmget, "too many bytes", mine, ~0UL, IPC_CREAT | 0600);
  int id = OKAY(shmget, "created", mine, 5000, IPC_CREAT | IPC_EXCL | 0640);
  CASE("shmget", "found again is the same", RAW(shmget, mine, 5000, 0600) == id);
  CASE("shmget", "found with size 0", RAW(shmget, mine, 0, 0) == id);
  CASE("shmget", "a smaller size", RAW(shmget, mine, 10, 0) == id);
  CALL(shmget, "a larger size", mine, 5001, 0);
  CALL(shmget, "exclusively", mine, 5000, IPC_CREAT | IPC_EXCL | 0600);
  CALL(shmget, "exclusively and larger", mine, 9999, IPC_CREAT | IPC_EXCL | 0600);
  struct shmid_ds data = stat_of(id);
  SAY("shmctl", "size is not rounded", "%zu", data.shm_segsz);
  SAY("shmctl", "mode", "%o", data.shm_perm.mode);
  SAY("shmctl", "key is kept", "%d", data.shm_perm.__key == mine);
  SAY("shmctl", "owner and creator", "%d %d", data.shm_perm.uid == geteuid(), data.shm_perm.cuid == geteuid());
  SAY("shmctl", "creating process", "%d", data.shm_cpid == getpid());
  SAY("shmctl", "last process, attachments", "%d %ld", data.shm_lpid, (long)data.shm_nattch);
  SAY("shmctl", "times of a new one", "%ld %ld %d", (long)data.shm_atime, (long)data.shm_dtime, data.shm_ctime > 1000000000);
  CALL(shmctl, "removed", id, IPC_RMID, 0);
  CALL(shmctl, "removed twice", id, IPC_RMID, 0);
  CALL(shmget, "by the key of a removed one", mine, 0, 0);
  int first = segment(1), second = segment(1);
  SAY("shmget", "two private ones differ", "%d", first != second);
  drop(first);
  drop(second);
  int next = segment(1);
  SAY("shmget", "an id is not given again at once", "%d", next != first && next != second);
  drop(next);
}

static void attaching(void) {
  int id = segment(2 * PAGE + 100);
  char *a = (char *)RAW(shmat, id, 0, 0);
  SAY("shmat", "anywhere is on a page", "%d", ((uintptr_t)a & (PAGE - 1)) == 0);
  SAY("shmat", "fresh memory is zero", "%d", a[0] | a[PAGE] | a[2 * PAGE + 99]);
  a[2 * PAGE + 4000] = 7;
  SAY("shmat", "the last page is whole", "%d", a[2 * PAGE + 4000]);
  char *b = (char *)RAW(shmat, id, 0, SHM_RDONLY);
  strcpy(a, "seen");
  SAY("shmat", "twice shows the same", "%s %d", b, a != b);
  SAY("shmat", "attachments", "%ld", attached(id));
  CHILD("shmat", "writing what was attached read-only", b[0] = 1);
  CASE("mprotect", "read-only attachment made writable", RAW(mprotect, b, PAGE, PROT_READ | PROT_WRITE));
  CASE("mprotect", "writable attachment made read-only", RAW(mprotect, a, PAGE, PROT_READ));
  SAY("mprotect", "splits an attachment in two", "%ld", attached(id));
  CASE("mprotect", "back", RAW(mprotect, a, PAGE, PROT_READ | PROT_WRITE));
  CALL(shmdt, "all parts", a);
  SAY("shmdt", "attachments", "%ld", attached(id));
  CALL(shmdt, "again", a);
  CALL(shmdt, "inside", b + PAGE);
  CALL(shmdt, "not on a page", b + 1);
  CALL(shmdt, "nothing there", 0x10000);
  CALL(shmdt, "the other", b);
  struct shmid_ds data = stat_of(id);
  SAY("shmctl", "last process", "%d", data.shm_lpid == getpid());
  SAY("shmctl", "times of use", "%d %d", data.shm_atime >= data.shm_ctime, data.shm_dtime >= data.shm_atime);
  CALL(shmat, "no such id", 0x7ffffff0, 0, 0);
  CALL(shmat, "negative id", -1, 0, 0);
  char *place = mmap(0, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL(shmat, "where something is", id, place, 0);
  CALL(shmat, "unaligned", id, place + 5, 0);
  CALL(shmat, "unaligned, rounded, taken", id, place + 5, SHM_RND);
  CALL(shmat, "remap without a place", id, 0, SHM_REMAP);
  CASE("shmat", "remap over it", RAW(shmat, id, place, SHM_REMAP) == (long)place);
  SAY("shmat", "remapped content", "%s", place);
  RAW(shmdt, place);
  RAW(munmap, place, 16 * PAGE);
  CASE("shmat", "rounded down", RAW(shmat, id, place + 123, SHM_RND) == (long)place);
  CASE("munmap", "the middle of an attachment", RAW(munmap, place + PAGE, PAGE));
  SAY("munmap", "attachments after it", "%ld", attached(id));
  CASE("munmap", "the first page", RAW(munmap, place, PAGE));
  SAY("munmap", "attachments after that", "%ld", attached(id));
  CALL(shmdt, "what is left, by the old start", place);
  SAY("shmdt", "attachments", "%ld", attached(id));
  char *c = (char *)RAW(shmat, id, 0, 0);
  char *moved = mremap(c, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  SAY("mremap", "moves an attachment", "%d %s %ld", moved == place, moved == MAP_FAILED ? "-" : moved, attached(id));
  CALL(shmdt, "at the new place", place);
  SAY("shmdt", "attachments", "%ld", attached(id));
  CALL(shmat, "in the kernel's half", id, HIGH, 0);
  CASE("shmat", "executable", (char *)RAW(shmat, id, place, SHM_EXEC) == place);
  unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3};
  memcpy(place, code, sizeof code);
  SAY("shmat", "code in it runs", "%d", ((int (*)(void))place)());
  RAW(shmdt, place);
  drop(id);
}

static void removing(void) {
  int mine = key(2);
  int id = RAW(shmget, mine, PAGE, IPC_CREAT | 0600);
  char *a = (char *)RAW(shmat, id, 0, 0);
  CALL(shmctl, "removed while attached", id, IPC_RMID, 0);
  struct shmid_ds data = stat_of(id);
  SAY("shmctl", "mode until the last detaches", "%o", data.shm_perm.mode);
  SAY("shmctl", "its key", "%d", data.shm_perm.__key);
  CALL(shmget, "its key finds nothing", mine, 0, 0);
  int other = OKAY(shmget, "another with the key", mine, PAGE, IPC_CREAT | IPC_EXCL | 0600);
  char *b = (char *)RAW(shmat, id, 0, 0);
  SAY("shmat", "what is being removed", "%d %ld", b != (char *)-1, attached(id));
  strcpy(b, "still");
  SAY("shmat", "and shared", "%s", a);
  CALL(shmctl, "removed again", id, IPC_RMID, 0);
  CALL(shmdt, "one", a);
  SAY("shmctl", "one left", "%ld", attached(id));
  CALL(shmdt, "the last", b);
  CALL(shmctl, "gone then", id, IPC_STAT, &data);
  CALL(shmat, "gone then", id, 0, 0);
  SAY("shmctl", "the other stays", "%ld", attached(other));
  drop(other);
}

static void processes(void) {
  int id = segment(PAGE);
  char *a = (char *)RAW(shmat, id, 0, 0);
  int go[2], done[2];
  char byte = 0;
  if (pipe(go) != 0 || pipe(done) != 0) exit(97);
  pid_t child = fork();
  if (child == 0) {
    strcpy(a, "from the child");
    (void)!write(done[1], &byte, 1);
    (void)!read(go[0], &byte, 1);
    _exit(0);
  }
  (void)!read(done[0], &byte, 1);
  SAY("fork", "attachments with a child", "%ld", attached(id));
  SAY("fork", "same memory", "%s", a);
  (void)!write(go[1], &byte, 1);
  waitpid(child, 0, 0);
  SAY("exit", "attachments after the child", "%ld", attached(id));
  SAY("exit", "last process is the child", "%d", stat_of(id).shm_lpid == child);
  CHILD("execve", "attached until exec", {
    char *words[] = {"/proc/self/exe", "count", 0, 0}, number[20];
    snprintf(number, sizeof number, "%d", id);
    words[2] = number;
    RAW(shmat, id, 0, 0);
    SAY("execve", "attachments before", "%ld", attached(id));
    execv(words[0], words);
  });
  CHILD("exit", "killed while attached", kill(getpid(), SIGKILL));
  SAY("exit", "attachments after a kill", "%ld", attached(id));
  child = syscall(SYS_vfork);
  if (child == 0) _exit(0);
  waitpid(child, 0, 0);
  SAY("vfork", "attachments after it", "%ld", attached(id));
  CHILD("madvise", "not inherited", {
    RAW(madvise, a, PAGE, 10 /* MADV_DONTFORK */);
    CHILD("fork", "touched in a grandchild", a[0] = 1);
  });
  RAW(shmctl, id, IPC_RMID, 0);
  pid_t last = fork();
  if (last == 0) {
    (void)!read(go[0], &byte, 1);
    _exit(a[0]);
  }
  RAW(shmdt, a);
  SAY("shmctl", "alive while the child has it", "%ld", attached(id));
  (void)!write(go[1], &byte, 1);
  show_end("exit", "of the last", last);
  CASE("shmctl", "gone with it", RAW(shmctl, id, IPC_STAT, &(struct shmid_ds){}));
  close(go[0]), close(go[1]), close(done[0]), close(done[1]);
}

static void locks_and_futexes(void) {
  int id = segment(PAGE);
  int *word = (int *)RAW(shmat, id, 0, 0), *again = (int *)RAW(shmat, id, 0, 0);
  pid_t child = fork();
  if (child == 0) {
    while (*(volatile int *)again == 0) RAW(futex, again, 0 /* FUTEX_WAIT, shared */, 0, 0);
    _exit(*again);
  }
  sleep_ms(10);
  *word = 9;
  RAW(futex, word, 1 /* FUTEX_WAKE, shared */, 1);
  show_end("futex", "shared by way of another attachment", child);
  RAW(shmdt, word);
  RAW(shmdt, again);
  drop(id);
}

static void controlling(void) {
  int id = segment(PAGE);
  struct shmid_ds data = stat_of(id);
  data.shm_perm.mode = 07777;
  data.shm_perm.uid = 1234;
  data.shm_perm.gid = 5678;
  CALL(shmctl, "set", id, IPC_SET, &data);
  data = stat_of(id);
  SAY("shmctl", "what was set", "%o %d %d", data.shm_perm.mode, data.shm_perm.uid, data.shm_perm.gid);
  SAY("shmctl", "the creator stays", "%d", data.shm_perm.cuid == geteuid());
  data.shm_perm.uid = -1;
  CALL(shmctl, "set no owner", id, IPC_SET, &data);
  CALL(shmctl, "set from nowhere", id, IPC_SET, LOW);
  CALL(shmctl, "stat to nowhere", id, IPC_STAT, LOW);
  CALL(shmctl, "no such command", id, 77, &data);
  CALL(shmctl, "negative command", id, -1, &data);
  CALL(shmctl, "negative id", -1, IPC_STAT, &data);
  CALL(shmctl, "set of an unknown id", 0x7ffffff0, IPC_SET, &data);
  CALL(shmctl, "locked", id, SHM_LOCK, 0);
  SAY("shmctl", "mode when locked", "%o", stat_of(id).shm_perm.mode);
  CALL(shmctl, "locked twice", id, SHM_LOCK, 0);
  CALL(shmctl, "unlocked", id, SHM_UNLOCK, 0);
  SAY("shmctl", "mode when unlocked", "%o", stat_of(id).shm_perm.mode);
  CALL(shmctl, "lock of an unknown id", 0x7ffffff0, SHM_LOCK, 0);
  struct shminfo limits;
  CASE("shmctl", "IPC_INFO", RAW(shmctl, 0, IPC_INFO, &limits) >= 0);
  SAY("shmctl", "least size", "%lu", limits.shmmin);
  SAY("shmctl", "per process as many as in all", "%d", limits.shmseg == limits.shmmni);
  struct shm_info usage;
  int highest = RAW(shmctl, 0, SHM_INFO, &usage);
  SAY("shmctl", "SHM_INFO", "%d %d %d", highest >= 0, usage.used_ids > 0, usage.shm_tot > 0);
  CALL(shmctl, "SHM_INFO to nowhere", 0, SHM_INFO, LOW);
  int found = 0, any = 0;
  for (int slot = 0; slot <= highest; slot++) {
    if (RAW(shmctl, slot, SHM_STAT, &data) == id) found++;
    if (RAW(shmctl, slot, SHM_STAT_ANY, &data) == id) any += data.shm_perm.uid == 1234;
  }
  SAY("shmctl", "found by SHM_STAT, SHM_STAT_ANY", "%d %d", found, any);
  CALL(shmctl, "SHM_STAT of no slot", 32767, SHM_STAT, &data);
  drop(id);
}

static void rights(void) {
  int id = RAW(shmget, IPC_PRIVATE, PAGE, 0640), mine = key(3);
  int named = RAW(shmget, mine, PAGE, IPC_CREAT | 0604);
  CHILD("shmget", "as another", {
    struct shmid_ds data;
    become_user(4321);
    CALL(shmat, "without rights", id, 0, 0);
    CALL(shmat, "read-only without rights", id, 0, SHM_RDONLY);
    CALL(shmctl, "stat without rights", id, IPC_STAT, &data);
    CALL(shmctl, "remove by another", id, IPC_RMID, 0);
    CALL(shmctl, "set by another", id, IPC_SET, &data);
    CALL(shmctl, "lock by another", id, SHM_LOCK, 0);
    CASE("shmget", "what may be read", RAW(shmget, mine, 0, 0444) == named);
    CALL(shmget, "asking for more", mine, 0, 0666);
    CASE("shmat", "what may be read", (char *)RAW(shmat, named, 0, SHM_RDONLY) != (char *)-1);
    CALL(shmat, "what may be read, to write", named, 0, 0);
    int highest = RAW(shmctl, 0, SHM_INFO, &(struct shm_info){}), any = 0, denied = 0;
    for (int slot = 0; slot <= highest; slot++) {
      if (RAW(shmctl, slot, SHM_STAT_ANY, &data) == id) any++;
      else continue;
      denied += RAW(shmctl, slot, SHM_STAT, &data) == -1 && errno == EACCES;
    }
    SAY("shmctl", "any may be listed", "%d %d", any, denied);
    int own = RAW(shmget, IPC_PRIVATE, PAGE, 0000);
    CALL(shmat, "one's own without any bits", own, 0, 0);
    CALL(shmctl, "one's own removed", own, IPC_RMID, 0);
  });
  CHILD("shmat", "as one of the group", {
    gid_t groups[] = {0};
    RAW(setgroups, 1, groups);
    RAW(setresgid, 77, 77, 77);
    RAW(setresuid, 4321, 4321, 4321);
    CASE("shmat", "group may read", (char *)RAW(shmat, id, 0, SHM_RDONLY) != (char *)-1);
    CALL(shmat, "group may not write", id, 0, 0);
  });
  drop(id);
  drop(named);
}

/* "0x6b341234": as the listing shows it. */
static void listing(void) {
  int mine = key(4), id = RAW(shmget, mine, 5000, IPC_CREAT | 0640);
  char *a = (char *)RAW(shmat, id, 0, 0), line[600];
  a[0] = 1;
  FILE *file = fopen("/proc/sysvipc/shm", "r");
  int found = 0;
  while (file != 0 && fgets(line, sizeof line, file)) {
    long k, i, size, n, rss;
    int mode, creator, last;
    if (sscanf(line, "%ld %ld %o %ld %d %d %ld %*d %*d %*d %*d %*d %*d %*d %ld", &k, &i, (unsigned *)&mode, &size, &creator, &last, &n, &rss) != 8) continue;
    if (i != id) continue;
    found++;
    SAY("proc", "sysvipc/shm", "%d %o %ld %d %d %ld %ld", (int)k == mine, mode, size, creator == getpid(), last == getpid(), n, rss);
  }
  if (file) fclose(file);
  SAY("proc", "rows of it", "%d", found);
  char wanted[40];
  snprintf(wanted, sizeof wanted, "/SYSV%08x (deleted)\n", mine);
  file = fopen("/proc/self/maps", "r");
  while (file != 0 && fgets(line, sizeof line, file)) {
    unsigned long start, inode;
    char flags[8];
    if (strstr(line, wanted) == 0 || sscanf(line, "%lx-%*x %7s %*x %*x:%*x %lu", &start, flags, &inode) != 3) continue;
    SAY("proc", "in maps", "%d %s inode is the id: %d", (char *)start == a, flags, inode == (unsigned long)id);
  }
  if (file) fclose(file);
  RAW(shmdt, a);
  drop(id);
}

int main(int count, char **words) {
  if (count > 2) {
    SAY("execve", "attachments after", "%ld", attached(atoi(words[2])));
    return 0;
  }
  getting();
  attaching();
  removing();
  processes();
  locks_and_futexes();
  controlling();
  rights();
  listing();
}
