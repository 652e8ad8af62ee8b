/* What /sys says of the memory of the first node: libnuma, which top is linked with, warns when it can't read it. */
#include "../conform.h"

int main(void) {
  const char *names[] = {"MemTotal", "MemFree", "MemUsed", "FilePages", "AnonPages", "Shmem", "HugePages_Total"};
  char line[200], name[100];
  unsigned long value;
  int node;
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    FILE *file = fopen("/sys/devices/system/node/node0/meminfo", "r");
    const char *found = file == 0 ? "no node" : "missing";
    while (file != 0 && fgets(line, sizeof line, file) != 0)
      if (sscanf(line, "Node %d %99[^:]: %lu", &node, name, &value) == 3 && node == 0 && strcmp(name, names[i]) == 0) found = "there";
    if (file != 0) fclose(file);
    SAY("read", names[i], "%s", found);
  }
}
