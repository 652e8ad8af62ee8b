/** What one process has: its program, descriptors and memory, each with the kernel object behind it. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { toHostString } from '../../kernel/byte-string.ts';
import type { Reference } from '../../kernel/reference.ts';
import { O_ACCMODE, O_CLOEXEC, O_LARGEFILE, O_RDWR, O_WRONLY, openFlagNames } from '../../linuxabi/abi/fcntl.ts';
import { regionFacts, residentWithin } from '../../linuxabi/adapters/memory-census.ts';
import { ProcPlaces } from '../../linuxabi/adapters/proc-places.ts';
import type { Description } from '../../linuxabi/fs/description.ts';
import { OnExec } from '../../linuxabi/fs/fd-table.ts';
import { shownPath } from '../../linuxabi/fs/mount.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import type { LinuxProcess } from '../../linuxabi/process/process.ts';
import { KIB_PER_PAGE } from './resident-size.ts';
import type { DescriptorRow, ProcessDetail, RegionRow } from './protocol.ts';

/** Pages of one process whose presence is looked at; beyond, regions say nothing of it. */
const MOST_PAGES_COUNTED = 1 << 18;
const ACCESS_NAMES = ['read', 'write', 'read-write', ''] as const;

/** Throws when there is no such process. */
export function processDetail(machine: Machine, pid: number): ProcessDetail {
  const process = machine.tasks.processes.get(pid);
  if (process === undefined) throw new Error(`there is no process ${pid}`);
  const { credentials, group, session, exited } = process;
  return {
    pid,
    parentPid: process.parent?.pid ?? 0,
    name: toHostString(process.leader?.name ?? ''),
    executable: toHostString(process.executable),
    argv: process.argv.map(toHostString),
    cwd: exited ? '' : toHostString(shownPath(process.fs.cwd, process.fs.root)),
    uid: credentials.uid,
    gid: credentials.gid,
    group: group.pgid,
    session: session.sid,
    descriptors: exited ? [] : descriptorsOf(machine, process),
    regions: regionsOf(process),
  };
}

function descriptorsOf(machine: Machine, process: LinuxProcess): DescriptorRow[] {
  const places = new ProcPlaces(machine);
  return [...process.files.descriptors()].map(([fd, description]) => {
    const onExec = process.files.onExec(fd) === OnExec.Close ? O_CLOEXEC : 0;
    return {
      fd,
      target: targetOf(places, process, fd, description),
      access: ACCESS_NAMES[description.flags & O_ACCMODE] ?? '',
      flags: flagsText((description.flags & ~O_ACCMODE) | onExec),
      holders: description.holders,
      ...objectOf(description.reference),
    };
  });
}

function targetOf(places: ProcPlaces, process: LinuxProcess, fd: number, description: Description): string {
  const { pid } = process;
  if (description.node === undefined && description.location === undefined) return toHostString(description.label);
  const place = places.find({ scope: 'process', pid, tid: pid, fd }, 'fd');
  return toHostString(typeof place === 'number' ? description.label : shownPath(place, process.fs.root));
}

/** As O_NONBLOCK|O_CLOEXEC, without the access mode and what every 64-bit program has. */
function flagsText(flags: number): string {
  return Object.entries(openFlagNames)
    .filter(([, bit]) => bit !== O_WRONLY && bit !== O_RDWR && bit !== O_LARGEFILE && (flags & bit) === bit)
    .map(([name]) => name)
    .join('|');
}

function objectOf(reference: Reference<object>): Pick<DescriptorRow, 'object' | 'type' | 'implementation'> {
  const { type, implementation } = reference.owner.description;
  return { object: reference.id, type, implementation };
}

function regionsOf({ image }: LinuxProcess): RegionRow[] {
  if (image === undefined) return [];
  let counted = 0;
  return [...image.space.regions].map((region): RegionRow => {
    const { start, end, readable, writable, executable, shared, name } = regionFacts(region);
    counted += (end - start) / PAGE_SIZE;
    const resident = counted > MOST_PAGES_COUNTED ? undefined : residentWithin(image.space, start, end) * KIB_PER_PAGE;
    return {
      start,
      end,
      permissions: `${readable ? 'r' : '-'}${writable ? 'w' : '-'}${executable ? 'x' : '-'}${shared ? 's' : 'p'}`,
      name: toHostString(name),
      residentKiB: resident,
      ...objectOf(region.attributes.object),
    };
  });
}
