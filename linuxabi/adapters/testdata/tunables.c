/*
 * Tunables of /proc/sys take effect. Prints a line for each. They belong to the whole machine, so this runs in k42 alone; those of the network and of IPC
 * can be tried natively as well: "unshare -n -i ./tunables own".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void set(const char *name, const char *value) {
  char path[200];
  snprintf(path, sizeof path, "/proc/sys/%s", name);
  int fd = open(path, O_WRONLY);
  if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value)) printf("%s: %s\n", path, strerrorname_np(errno)), exit(1);
  close(fd);
}

static void show(const char *what, long value) {
  if (value < 0 && errno != 0) printf("%s: %s\n", what, strerrorname_np(errno));
  else printf("%s: %ld\n", what, value);
  fflush(stdout);
  errno = 0;
}

static void text(const char *path) {
  char bytes[100] = "";
  int fd = open(path, O_RDONLY);
  if (fd < 0 || read(fd, bytes, sizeof bytes - 1) < 0) printf("%s: %s\n", path, strerrorname_np(errno));
  else printf("%s: %s", path, bytes);
  fflush(stdout);
  close(fd);
  errno = 0;
}

static int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  getsockopt(fd, level, name, &value, &length);
  return value;
}

static int bound(int fd, unsigned port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  return bind(fd, (void *)&address, sizeof address);
}

static int port_of(int fd) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  return getsockname(fd, (void *)&address, &length) ? -1 : ntohs(address.sin_port);
}

static void internet(void) {
  set("net/ipv4/ip_local_port_range", "40000 40001");
  int first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0), third = socket(AF_INET, SOCK_STREAM, 0);
  bound(first, 0), bound(second, 0);
  printf("ip_local_port_range: %d\n", port_of(first) + port_of(second));
  show("no port left", bound(third, 0));
  set("net/ipv4/tcp_keepalive_time", "77"), set("net/ipv4/tcp_keepalive_intvl", "7"), set("net/ipv4/tcp_keepalive_probes", "3");
  printf("keepalive: %d %d %d\n", option(first, SOL_TCP, TCP_KEEPIDLE), option(first, SOL_TCP, TCP_KEEPINTVL), option(first, SOL_TCP, TCP_KEEPCNT));
  set("net/ipv4/ip_default_ttl", "33");
  show("ip_default_ttl", option(first, SOL_IP, IP_TTL));
  set("net/ipv6/bindv6only", "1");
  int six = socket(AF_INET6, SOCK_STREAM, 0);
  if (six >= 0) show("bindv6only", option(six, SOL_IPV6, IPV6_V6ONLY));
  set("net/ipv4/ip_unprivileged_port_start", "70");
  if (fork() == 0) {
    if (setuid(1000) != 0) exit(1);
    int low = socket(AF_INET, SOCK_STREAM, 0), high = socket(AF_INET, SOCK_STREAM, 0);
    show("port 69", bound(low, 69));
    show("port 70", bound(high, 70));
    exit(0);
  }
  wait(0);
}

/* Datagrams and connections that may wait for their receiver. */
static void local(void) {
  set("net/unix/max_dgram_qlen", "3");
  int to = socket(AF_UNIX, SOCK_DGRAM, 0), from = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0k42-datagrams"};
  bind(to, (void *)&name, sizeof name);
  connect(from, (void *)&name, sizeof name);
  int sent = 0;
  while (send(from, "x", 1, 0) == 1) sent++;
  show("max_dgram_qlen", sent);
  set("net/core/somaxconn", "2");
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un other = {.sun_family = AF_UNIX, .sun_path = "\0k42-connections"};
  bind(server, (void *)&other, sizeof other);
  listen(server, 100);
  int connected = 0;
  while (connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), (void *)&other, sizeof other) == 0) connected++;
  show("somaxconn", connected);
}

static void segments(void) {
  set("kernel/shm_rmid_forced", "0");
  int kept = shmget(IPC_PRIVATE, 4096, 0600), orphan = -1, ends[2];
  pipe(ends);
  if (fork() == 0) {
    orphan = shmget(IPC_PRIVATE, 4096, 0600);
    _exit(write(ends[1], &orphan, sizeof orphan) != sizeof orphan);
  }
  wait(0);
  read(ends[0], &orphan, sizeof orphan);
  struct shmid_ds status;
  errno = 0;
  show("orphan", shmctl(orphan, IPC_STAT, &status));
  set("kernel/shm_rmid_forced", "1");
  show("orphan, forced", shmctl(orphan, IPC_STAT, &status));
  show("with a creator", shmctl(kept, IPC_STAT, &status));
  shmdt(shmat(kept, 0, 0));
  show("after its last detach", shmctl(kept, IPC_STAT, &status));
}

static void files(void) {
  int ends[2];
  pipe(ends);
  set("fs/pipe-max-size", "65536");
  set("fs/nr_open", "2000");
  set("fs/protected_hardlinks", "0");
  set("fs/leases-enable", "0");
  close(open("others", O_CREAT | O_WRONLY, 0600));
  chmod(".", 0777);
  show("leases-enable", fcntl(open("others", O_RDONLY), F_SETLEASE, F_RDLCK));
  struct rlimit limit = {2001, 2001};
  show("nr_open", setrlimit(RLIMIT_NOFILE, &limit));
  if (fork() == 0) {
    if (setuid(1000) != 0) exit(1);
    show("pipe-max-size", fcntl(ends[0], F_SETPIPE_SZ, 131072));
    show("at it", fcntl(ends[0], F_SETPIPE_SZ, 65536));
    show("protected_hardlinks off", link("others", "mine"));
    exit(0);
  }
  wait(0);
  text("/proc/sys/vm/drop_caches");
}

static long mapped(size_t length, int flags) {
  void *place = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (place == MAP_FAILED) return -1;
  munmap(place, length);
  return 0;
}

static void memory(void) {
  size_t huge = 1UL << 40;
  errno = 0;
  show("guess", mapped(huge, 0));
  set("vm/overcommit_memory", "1");
  show("always", mapped(huge, 0));
  set("vm/overcommit_kbytes", "102400");
  set("vm/overcommit_memory", "2");
  show("never, within", mapped(50 << 20, 0));
  show("never, beyond", mapped(120 << 20, 0));
  show("never, unreserved", mapped(120 << 20, MAP_NORESERVE));
  void *half = mmap(0, 60 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  show("never, together", mapped(60 << 20, 0));
  munmap(half, 60 << 20);
  show("never, after it", mapped(60 << 20, 0));
  text("/proc/sys/vm/overcommit_ratio");
  set("vm/overcommit_ratio", "40");
  text("/proc/sys/vm/overcommit_kbytes");
  set("vm/overcommit_memory", "0");
  set("vm/mmap_min_addr", "262144");
  if (fork() == 0) {
    if (setuid(1000) != 0) exit(1);
    void *low = mmap((void *)131072, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    show("mmap_min_addr", low == MAP_FAILED ? -1 : 0);
    exit(0);
  }
  wait(0);
}

static void processes(void) {
  set("fs/suid_dumpable", "2");
  if (fork() == 0) {
    if (setuid(1000) != 0) exit(1);
    show("suid_dumpable", prctl(PR_GET_DUMPABLE));
    exit(0);
  }
  wait(0);
  set("kernel/sched_rr_timeslice_ms", "30");
  struct sched_param parameter = {1};
  struct timespec slice;
  sched_setscheduler(0, SCHED_RR, &parameter);
  sched_rr_get_interval(0, &slice);
  show("sched_rr_timeslice_ms", slice.tv_nsec / 1000000);
}

int main(int argc, char **argv) {
  internet();
  local();
  segments();
  if (argc > 1) return 0;
  files();
  memory();
  processes();
}
