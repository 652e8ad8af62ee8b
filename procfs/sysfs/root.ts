/** The part of /sys that programs read: processors, memory, the loopback interface, cgroup's root. Source: sysfs(5). */
import { constant, directory, systemText } from '../entry.ts';
import type { DirectoryEntry, Table } from '../entry.ts';
import { renderNodeMeminfo } from '../system/memory.ts';
import { cgroup } from './cgroup.ts';

const ONE = constant('0\n');

function cache(level: number, type: string, size: string, ways: number): DirectoryEntry {
  return directory(0o755, {
    coherency_line_size: constant('64\n'),
    level: constant(`${level}\n`),
    shared_cpu_list: ONE,
    shared_cpu_map: constant('1\n'),
    size: constant(`${size}\n`),
    type: constant(`${type}\n`),
    ways_of_associativity: constant(`${ways}\n`),
  });
}

const cpu0 = directory(0o755, {
  cache: directory(0o755, {
    index0: cache(1, 'Data', '32K', 8),
    index1: cache(1, 'Instruction', '32K', 4),
    index2: cache(2, 'Unified', '256K', 8),
    index3: cache(3, 'Unified', '8192K', 16),
  }),
  topology: directory(0o755, {
    core_cpus: constant('1\n'),
    core_cpus_list: ONE,
    core_id: ONE,
    core_siblings: constant('1\n'),
    core_siblings_list: ONE,
    die_id: ONE,
    package_cpus: constant('1\n'),
    package_cpus_list: ONE,
    physical_package_id: ONE,
    thread_siblings: constant('1\n'),
    thread_siblings_list: ONE,
  }),
});

const vulnerabilities: Table = Object.fromEntries(
  ['meltdown', 'spectre_v1', 'spectre_v2', 'spec_store_bypass', 'l1tf', 'mds'].map((name) => [
    name,
    constant('Not affected\n'),
  ]),
);

const cpus = directory(0o755, {
  cpu0,
  isolated: constant('\n'),
  kernel_max: constant('0\n'),
  offline: constant('\n'),
  online: ONE,
  possible: ONE,
  present: ONE,
  vulnerabilities: directory(0o755, vulnerabilities),
});

const node0 = directory(0o755, {
  cpulist: ONE,
  cpumap: constant('1\n'),
  distance: constant('10\n'),
  meminfo: systemText(renderNodeMeminfo),
});

const loopback = directory(0o755, {
  address: constant('00:00:00:00:00:00\n'),
  addr_len: constant('6\n'),
  carrier: constant('1\n'),
  flags: constant('0x9\n'),
  ifindex: constant('1\n'),
  mtu: constant('65536\n'),
  operstate: constant('unknown\n'),
  tx_queue_len: constant('1000\n'),
  type: constant('772\n'),
});

const transparentHugepage = directory(0o755, {
  enabled: constant('always madvise [never]\n'),
  defrag: constant('always defer defer+madvise madvise [never]\n'),
  shmem_enabled: constant('always within_size advise [never] deny force\n'),
});

export function createSysRoot(): DirectoryEntry {
  return directory(0o555, {
    block: directory(0o755, {}),
    bus: directory(0o755, {}),
    class: directory(0o755, {
      block: directory(0o755, {}),
      net: directory(0o755, { lo: loopback }),
      tty: directory(0o755, {}),
    }),
    dev: directory(0o755, { block: directory(0o755, {}), char: directory(0o755, {}) }),
    devices: directory(0o755, {
      system: directory(0o755, {
        cpu: cpus,
        node: directory(0o755, { node0, online: ONE, possible: ONE, has_cpu: ONE, has_memory: ONE }),
      }),
      virtual: directory(0o755, { net: directory(0o755, { lo: loopback }) }),
    }),
    firmware: directory(0o755, {}),
    fs: directory(0o755, {
      cgroup,
    }),
    kernel: directory(0o755, {
      mm: directory(0o755, {
        hugepages: directory(0o755, {}),
        transparent_hugepage: transparentHugepage,
      }),
    }),
    module: directory(0o755, {}),
    power: directory(0o755, {}),
  });
}
