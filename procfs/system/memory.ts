/** Memory of the machine: meminfo, vmstat, zoneinfo, buddyinfo, slabinfo, swaps. Source: proc_meminfo(5); fs/proc/meminfo.c. */
import type { ProcCapabilities, SystemFacts } from '../capabilities.ts';
import { kib, KIB_PER_PAGE, PAGE_BYTES, right } from '../format.ts';

/** The pool of them is empty, but they would be this large. */
const HUGE_PAGE_KIB = 2048;

interface Sizes {
  readonly total: number;
  readonly free: number;
  readonly cached: number;
  readonly shared: number;
  readonly anonymous: number;
}

/** In KiB. */
function sizesOf(system: SystemFacts): Sizes {
  const total = kib(system.memoryBytes);
  const cached = kib(system.fileBytes) + kib(system.sharedBytes);
  const anonymous = kib(system.usedBytes);
  return { total, free: Math.max(0, total - anonymous - cached), cached, shared: kib(system.sharedBytes), anonymous };
}

/** Rows of meminfo, in KiB. */
function memoryRows(system: SystemFacts): readonly (readonly [string, number])[] {
  const { total, free, cached, shared, anonymous } = sizesOf(system);
  return [
    ['MemTotal', total],
    ['MemFree', free],
    ['MemAvailable', free + cached - shared],
    ['Buffers', 0],
    ['Cached', cached],
    ['SwapCached', 0],
    ['Active', anonymous],
    ['Inactive', cached],
    ['Active(anon)', anonymous],
    ['Inactive(anon)', shared],
    ['Active(file)', 0],
    ['Inactive(file)', cached - shared],
    ['Unevictable', 0],
    ['Mlocked', 0],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', 0],
    ['Writeback', 0],
    ['AnonPages', anonymous],
    ['Mapped', cached],
    ['Shmem', shared],
    ['KReclaimable', 0],
    ['Slab', 0],
    ['SReclaimable', 0],
    ['SUnreclaim', 0],
    ['KernelStack', 0],
    ['PageTables', 0],
    ['SecPageTables', 0],
    ['NFS_Unstable', 0],
    ['Bounce', 0],
    ['WritebackTmp', 0],
    ['CommitLimit', kib(system.commitLimitBytes)],
    ['Committed_AS', kib(system.committedBytes)],
    ['VmallocTotal', 34_359_738_367],
    ['VmallocUsed', 0],
    ['VmallocChunk', 0],
    ['Percpu', 0],
    ['HardwareCorrupted', 0],
    ['AnonHugePages', 0],
    ['ShmemHugePages', 0],
    ['ShmemPmdMapped', 0],
    ['FileHugePages', 0],
    ['FilePmdMapped', 0],
  ];
}

function kibRow(name: string, value: number): string {
  return `${`${name}:`.padEnd(16)}${right(value, 8)} kB\n`;
}

function hugePagesRow(name: string): string {
  return `${`HugePages_${name}:`.padEnd(16)}${right(0, 8)}\n`;
}

export function renderMeminfo({ census }: ProcCapabilities): string {
  const system = census.system();
  const total = kib(system.memoryBytes);
  return (
    memoryRows(system)
      .map(([name, value]) => kibRow(name, value))
      .join('') +
    ['Total', 'Free', 'Rsvd', 'Surp'].map((name) => hugePagesRow(name)).join('') +
    kibRow('Hugepagesize', HUGE_PAGE_KIB) +
    kibRow('Hugetlb', 0) +
    kibRow('DirectMap4k', total)
  );
}

/** Of /proc/meminfo's rows those that are told of a node too, in the order they have there. Source: drivers/base/node.c, node_read_meminfo. */
const NODE_ROWS = [
  ...['SwapCached', 'Active', 'Inactive', 'Active(anon)', 'Inactive(anon)', 'Active(file)', 'Inactive(file)'],
  ...['Unevictable', 'Mlocked', 'Dirty', 'Writeback', 'FilePages', 'Mapped', 'AnonPages', 'Shmem', 'KernelStack'],
  ...['PageTables', 'SecPageTables', 'NFS_Unstable', 'Bounce', 'WritebackTmp', 'KReclaimable', 'Slab', 'SReclaimable'],
  ...['SUnreclaim', 'AnonHugePages', 'ShmemHugePages', 'ShmemPmdMapped', 'FileHugePages', 'FilePmdMapped'],
];

/** /sys/devices/system/node/node0/meminfo: all memory is of the one node. */
export function renderNodeMeminfo({ census }: ProcCapabilities): string {
  const system = census.system();
  const { total, free, cached } = sizesOf(system);
  const values = new Map([...memoryRows(system), ['FilePages', cached]]);
  const rows = [
    kibRow('MemTotal', total),
    kibRow('MemFree', free),
    kibRow('MemUsed', total - free),
    ...NODE_ROWS.map((name) => kibRow(name, values.get(name) ?? 0)),
    ...['Total', 'Free', 'Surp'].map((name) => hugePagesRow(name)),
  ];
  return rows.map((row) => `Node 0 ${row}`).join('');
}

export function renderVmstat({ census }: ProcCapabilities): string {
  const system = census.system();
  const { free, cached, shared, anonymous } = sizesOf(system);
  const pages = (value: number): number => Math.floor(value / KIB_PER_PAGE);
  const rows: readonly (readonly [string, number])[] = [
    ['nr_free_pages', pages(free)],
    ['nr_inactive_anon', pages(shared)],
    ['nr_active_anon', pages(anonymous)],
    ['nr_inactive_file', pages(cached - shared)],
    ['nr_active_file', 0],
    ['nr_unevictable', 0],
    ['nr_mlock', 0],
    ['nr_anon_pages', pages(anonymous)],
    ['nr_mapped', pages(cached)],
    ['nr_file_pages', pages(cached)],
    ['nr_dirty', 0],
    ['nr_writeback', 0],
    ['nr_shmem', pages(shared)],
    ['pgpgin', 0],
    ['pgpgout', 0],
    ['pswpin', 0],
    ['pswpout', 0],
    ['pgfault', system.pageFaults],
    ['pgmajfault', 0],
    ['oom_kill', 0],
  ];
  return rows.map(([name, value]) => `${name} ${value}\n`).join('');
}

export function renderZoneinfo({ census }: ProcCapabilities): string {
  const system = census.system();
  const pages = Math.floor(system.memoryBytes / PAGE_BYTES);
  const { free } = sizesOf(system);
  return (
    `Node 0, zone   Normal\n  pages free     ${Math.floor(free / KIB_PER_PAGE)}\n` +
    `        boost    0\n        min      0\n        low      0\n        high     0\n` +
    `        spanned  ${pages}\n        present  ${pages}\n        managed  ${pages}\n`
  );
}

/** Free memory as blocks of 2^0 … 2^10 pages, as large as they can be. */
export function renderBuddyinfo({ census }: ProcCapabilities): string {
  const largest = 10;
  let pages = Math.floor(sizesOf(census.system()).free / KIB_PER_PAGE);
  const counts: number[] = [];
  for (const order of Array.from({ length: largest + 1 }, (_, index) => largest - index)) {
    const count = Math.floor(pages / 2 ** order);
    pages -= count * 2 ** order;
    counts.unshift(count);
  }
  return `Node 0, zone   Normal ${counts.map((count) => right(count, 6)).join(' ')} \n`;
}
