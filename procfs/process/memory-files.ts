/** Files that show a program's memory itself: cmdline, environ, auxv, mem, pagemap. Source: proc(5), one page for each. */
import { EINVAL, EIO } from '../../linuxabi/abi/errno.ts';
import type { ProcCapabilities, Subject } from '../capabilities.ts';
import type { BytesEntry } from '../entry.ts';
import { PAGE_BYTES } from '../format.ts';

/** Longest text of arguments that is looked through for a title set by the program. */
const TITLE_LIMIT = 4096;

const NOTHING = new Uint8Array(0);

function readBytes(subject: Subject, bag: ProcCapabilities, start: number, end: number): Uint8Array {
  if (end <= start) return NOTHING;
  bag.meter.charge(end - start);
  const bytes = new Uint8Array(end - start);
  const count = bag.tasks.readMemory(subject, start, bytes);
  return bytes.subarray(0, Math.max(0, count));
}

/** The arguments as they are now. A program that wrote over their end has set a title. Source: fs/proc/base.c, get_mm_cmdline. */
export function renderCmdline(subject: Subject, bag: ProcCapabilities): Uint8Array {
  const memory = bag.census.memory(subject);
  if (memory === undefined) return NOTHING;
  const { argumentsStart, argumentsEnd, environmentEnd } = memory;
  const bytes = readBytes(subject, bag, argumentsStart, argumentsEnd);
  if (bytes.length === 0 || bytes.at(-1) === 0) return bytes;
  const end = Math.min(environmentEnd, argumentsStart + TITLE_LIMIT);
  const title = readBytes(subject, bag, argumentsStart, Math.max(end, argumentsEnd));
  const stop = title.indexOf(0);
  return stop < 0 ? title : title.subarray(0, stop);
}

export function renderEnviron(subject: Subject, bag: ProcCapabilities): Uint8Array {
  const memory = bag.census.memory(subject);
  return memory === undefined ? NOTHING : readBytes(subject, bag, memory.argumentsEnd, memory.environmentEnd);
}

function copy(from: Uint8Array, position: number, into: Uint8Array): number {
  const part = from.subarray(position, position + into.length);
  into.set(part);
  return part.length;
}

export const auxv: BytesEntry = {
  kind: 'bytes',
  mode: 0o400,
  guard: 'inspect',
  read: (subject, bag, position, into) => copy(bag.census.auxiliaryVector(subject), position, into),
};

/** Positions are addresses. */
export const mem: BytesEntry = {
  kind: 'bytes',
  mode: 0o600,
  guard: 'attach',
  read: (subject, bag, position, into) => {
    if (bag.census.memory(subject) === undefined || into.length === 0) return 0;
    const count = bag.tasks.readMemory(subject, position, into);
    return count > 0 ? count : -EIO;
  },
  write: (subject, bag, position, from) => {
    if (bag.census.memory(subject) === undefined || from.length === 0) return 0;
    const count = bag.tasks.writeMemory(subject, position, from);
    return count > 0 ? count : -EIO;
  },
};

const ENTRY_BYTES = 8;
/** Bits of the upper word of an entry: present, page of a file or shared, exclusively mapped. */
const PRESENT = 2 ** 31;
const FILE_OR_SHARED = 2 ** 29;

/** A 64-bit entry for each page, without frame numbers, as those without privilege see it. Source: admin-guide/mm/pagemap.rst. */
export const pagemap: BytesEntry = {
  kind: 'bytes',
  mode: 0o400,
  guard: 'inspect',
  read: (subject, bag, position, into) => {
    if (position % ENTRY_BYTES !== 0 || into.length % ENTRY_BYTES !== 0) return -EINVAL;
    if (bag.census.memory(subject) === undefined) return 0;
    const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
    const first = (position / ENTRY_BYTES) * PAGE_BYTES;
    const regions = [...bag.census.regions(subject)];
    into.fill(0);
    for (const entry of Array.from({ length: into.length / ENTRY_BYTES }).keys()) {
      bag.meter.spend(1);
      const address = first + entry * PAGE_BYTES;
      const region = regions.find(({ start, end }) => start <= address && address < end);
      if (region === undefined) continue;
      if (bag.census.residentPages(subject, address, address + PAGE_BYTES).pages === 0) continue;
      const kind = region.inode !== 0 || region.shared ? FILE_OR_SHARED : 0;
      view.setUint32(entry * ENTRY_BYTES + 4, PRESENT + kind, true);
    }
    return into.length;
  },
};
