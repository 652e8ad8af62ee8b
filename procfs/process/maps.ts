/** maps, smaps, smaps_rollup, numa_maps. Source: proc_pid_maps(5), proc_pid_smaps(5); fs/proc/task_mmu.c. */
import type { ProcCapabilities, RegionFacts, Subject } from '../capabilities.ts';
import { hex, kib, KIB_PER_PAGE, mangle, right } from '../format.ts';

/** Column at which names start. Source: seq_put_hex_ll and seq_pad in show_vma_header_prefix. */
const NAME_COLUMN = 73;

function headerOf(start: number, end: number, permissions: string, place: string, name: string): string {
  const fields = `${hex(start, 8)}-${hex(end, 8)} ${permissions} ${place} `;
  return name === '' ? `${fields}\n` : `${fields.padEnd(NAME_COLUMN)}${mangle(name, '\n')}\n`;
}

function header(region: RegionFacts): string {
  const { readable, writable, executable, shared } = region;
  const permissions = `${readable ? 'r' : '-'}${writable ? 'w' : '-'}${executable ? 'x' : '-'}${shared ? 's' : 'p'}`;
  const device = `${hex(region.deviceMajor, 2)}:${hex(region.deviceMinor, 2)}`;
  return headerOf(
    region.start,
    region.end,
    permissions,
    `${hex(region.offset, 8)} ${device} ${region.inode}`,
    region.name,
  );
}

export function renderMaps(subject: Subject, { census }: ProcCapabilities): string {
  let out = '';
  for (const region of census.regions(subject)) out += header(region);
  return out;
}

/** Pages of a region by what they are, in KiB. */
interface Usage {
  readonly resident: number;
  readonly sharedClean: number;
  readonly sharedDirty: number;
  readonly privateClean: number;
  readonly privateDirty: number;
  readonly anonymous: number;
  readonly locked: number;
}

function usageOf(subject: Subject, { census }: ProcCapabilities, region: RegionFacts): Usage {
  const found = census.residentPages(subject, region.start, region.end);
  const resident = found.pages * KIB_PER_PAGE;
  const written = found.written * KIB_PER_PAGE;
  return {
    resident,
    sharedClean: region.shared ? resident - written : 0,
    sharedDirty: region.shared ? written : 0,
    privateClean: region.shared ? 0 : resident - written,
    privateDirty: region.shared ? 0 : written,
    anonymous: region.shared ? 0 : written,
    locked: region.locked ? resident : 0,
  };
}

function add(a: Usage, b: Usage): Usage {
  return {
    resident: a.resident + b.resident,
    sharedClean: a.sharedClean + b.sharedClean,
    sharedDirty: a.sharedDirty + b.sharedDirty,
    privateClean: a.privateClean + b.privateClean,
    privateDirty: a.privateDirty + b.privateDirty,
    anonymous: a.anonymous + b.anonymous,
    locked: a.locked + b.locked,
  };
}

const NOTHING: Usage = {
  resident: 0,
  sharedClean: 0,
  sharedDirty: 0,
  privateClean: 0,
  privateDirty: 0,
  anonymous: 0,
  locked: 0,
};

function line(name: string, value: number): string {
  return `${`${name}:`.padEnd(16)}${right(value, 8)} kB\n`;
}

function usageLines(usage: Usage, rollup: 'rollup' | 'region'): string {
  const dirty = usage.sharedDirty + usage.privateDirty;
  const parts: readonly (readonly [string, number])[] = [
    ['Pss_Anon', usage.anonymous],
    ['Pss_File', usage.resident - usage.anonymous],
    ['Pss_Shmem', 0],
  ];
  const rows: readonly (readonly [string, number])[] = [
    ['Rss', usage.resident],
    ['Pss', usage.resident],
    ['Pss_Dirty', dirty],
    ...(rollup === 'rollup' ? parts : []),
    ['Shared_Clean', usage.sharedClean],
    ['Shared_Dirty', usage.sharedDirty],
    ['Private_Clean', usage.privateClean],
    ['Private_Dirty', usage.privateDirty],
    ['Referenced', usage.resident],
    ['Anonymous', usage.anonymous],
    ['KSM', 0],
    ['LazyFree', 0],
    ['AnonHugePages', 0],
    ['ShmemPmdMapped', 0],
    ['FilePmdMapped', 0],
    ['Shared_Hugetlb', 0],
    ['Private_Hugetlb', 0],
    ['Swap', 0],
    ['SwapPss', 0],
    ['Locked', usage.locked],
  ];
  return rows.map(([name, value]) => line(name, value)).join('');
}

/** Two letters each. Source: fs/proc/task_mmu.c, show_smap_vma_flags. */
function vmFlags(region: RegionFacts): string {
  const flags: readonly (readonly [boolean, string])[] = [
    [region.readable, 'rd'],
    [region.writable, 'wr'],
    [region.executable, 'ex'],
    [region.shared, 'sh'],
    [true, 'mr'],
    [true, 'mw'],
    [true, 'me'],
    [region.shared, 'ms'],
    [region.growsDown, 'gd'],
    [region.locked, 'lo'],
    [region.fork === 'none', 'dc'],
    [region.noReserve, 'nr'],
    [region.reserved, 'ac'],
    [region.fork === 'wipe', 'wf'],
  ];
  return flags.map(([set, letters]) => (set ? `${letters} ` : '')).join('');
}

export function renderSmaps(subject: Subject, bag: ProcCapabilities): string {
  let out = '';
  for (const region of bag.census.regions(subject)) {
    out += header(region);
    out += line('Size', kib(region.end - region.start)) + line('KernelPageSize', 4) + line('MMUPageSize', 4);
    out += usageLines(usageOf(subject, bag, region), 'region');
    out += `THPeligible:           0\nVmFlags: ${vmFlags(region)}\n`;
  }
  return out;
}

export function renderSmapsRollup(subject: Subject, bag: ProcCapabilities): string {
  let total = NOTHING;
  let first: number | undefined;
  let last = 0;
  for (const region of bag.census.regions(subject)) {
    first ??= region.start;
    last = region.end;
    total = add(total, usageOf(subject, bag, region));
  }
  if (first === undefined) return '';
  return headerOf(first, last, '---p', '00000000 00:00 0', '[rollup]') + usageLines(total, 'rollup');
}

export function renderNumaMaps(subject: Subject, bag: ProcCapabilities): string {
  let out = '';
  for (const region of bag.census.regions(subject)) {
    const { pages, written } = bag.census.residentPages(subject, region.start, region.end);
    const kind = nameInNumaMaps(region);
    const anonymous = written > 0 && !region.shared ? ` anon=${written} dirty=${written}` : '';
    const mapped = pages > written && region.inode !== 0 ? ` mapped=${pages - written}` : '';
    out += `${hex(region.start, 8)} default${kind}${anonymous}${mapped}`;
    if (pages > 0) out += ` N0=${pages} kernelpagesize_kB=4`;
    out += '\n';
  }
  return out;
}

function nameInNumaMaps({ name, inode }: RegionFacts): string {
  if (inode !== 0) return ` file=${mangle(name, '\n\t= ')}`;
  if (name === '[heap]') return ' heap';
  return name === '[stack]' ? ' stack' : '';
}
