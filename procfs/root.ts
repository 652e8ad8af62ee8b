/** The root of /proc. Source: proc(5). */
import type { ProcCapabilities, Subject } from './capabilities.ts';
import { constant, directory, FixedChildren, systemText } from './entry.ts';
import type { Child, Children, DirectoryEntry, Entry, LinkEntry, Table } from './entry.ts';
import { processDirectory } from './process/directory.ts';
import { sysDirectory } from './sys/tree.ts';
import {
  renderInterrupts,
  renderLoadavg,
  renderLocks,
  renderSoftirqs,
  renderSystemStat,
  renderUptime,
} from './system/activity.ts';
import { renderCpuinfo } from './system/cpuinfo.ts';
import { renderDevices, renderFilesystems, renderVersion } from './system/devices.ts';
import { sysvipc } from './system/ipc.ts';
import { renderBuddyinfo, renderMeminfo, renderVmstat, renderZoneinfo } from './system/memory.ts';
import { ENOENT } from '../linuxabi/abi/errno.ts';

export const SYSTEM: Subject = { pid: 0, tid: 0, scope: 'system', fd: -1 };

const toSelf: LinkEntry = {
  kind: 'link',
  mode: 0o777,
  target: (_subject, { census }) => {
    const { pid } = census.caller();
    return pid === 0 ? -ENOENT : String(pid);
  },
};

const toThreadSelf: LinkEntry = {
  kind: 'link',
  mode: 0o777,
  target: (_subject, { census }) => {
    const { pid, tid } = census.caller();
    return pid === 0 ? -ENOENT : `${pid}/task/${tid}`;
  },
};

const SLABINFO =
  'slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit>' +
  ' <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n';

const systemTable: Table = {
  self: toSelf,
  'thread-self': toThreadSelf,
  buddyinfo: systemText(renderBuddyinfo),
  cgroups: constant('#subsys_name\thierarchy\tnum_cgroups\tenabled\n'),
  cmdline: constant('k42\n'),
  consoles: constant(''),
  cpuinfo: systemText(renderCpuinfo),
  crypto: constant(''),
  devices: systemText(renderDevices),
  diskstats: constant(''),
  execdomains: constant('0-0\tLinux           \t[kernel]\n'),
  filesystems: systemText(renderFilesystems),
  interrupts: systemText(renderInterrupts),
  iomem: constant(''),
  ioports: constant(''),
  'key-users': constant(''),
  keys: constant(''),
  loadavg: systemText(renderLoadavg),
  locks: systemText(renderLocks),
  meminfo: systemText(renderMeminfo),
  misc: constant(''),
  modules: constant(''),
  mounts: { kind: 'link', mode: 0o777, target: () => 'self/mounts' },
  net: { kind: 'link', mode: 0o777, target: () => 'self/net' },
  partitions: constant(''),
  slabinfo: constant(SLABINFO, 0o400),
  softirqs: systemText(renderSoftirqs),
  stat: systemText(renderSystemStat),
  swaps: constant('Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
  sys: sysDirectory,
  sysvipc,
  tty: directory(0o555, { drivers: constant(''), ldiscs: constant('n_tty       0\n') }),
  uptime: systemText(renderUptime),
  version: systemText(renderVersion),
  vmstat: systemText(renderVmstat),
  zoneinfo: systemText(renderZoneinfo),
};

const NUMBER = /^[1-9][0-9]*$/;

/** Who may see processes of others. Source: proc(5), "hidepid". */
export const HidePid = { Nothing: 0, NoAccess: 1, Invisible: 2 } as const;
export type HidePid = (typeof HidePid)[keyof typeof HidePid];

/** The system's files, then a directory for each process. Threads other than leaders are found by number but not listed. */
class RootChildren implements Children {
  readonly #fixed = new FixedChildren(systemTable);
  readonly #hidePid: HidePid;
  readonly #process: Entry;

  constructor(hidePid: HidePid) {
    this.#hidePid = hidePid;
    this.#process = hidePid === HidePid.Nothing ? processDirectory : { ...processDirectory, guard: 'inspect' };
  }

  find(subject: Subject, bag: ProcCapabilities, name: string): Child | undefined {
    if (!NUMBER.test(name)) return this.#fixed.find(subject, bag, name);
    const tid = Number(name);
    const pid = bag.census.processOf(tid);
    return pid === undefined ? undefined : this.#visible(pid, tid, bag);
  }

  *list(subject: Subject, bag: ProcCapabilities): Iterable<readonly [string, Child]> {
    yield* this.#fixed.list(subject, bag);
    for (const pid of bag.census.pids()) {
      const child = this.#visible(pid, pid, bag);
      if (child !== undefined) yield [String(pid), child];
    }
  }

  #visible(pid: number, tid: number, { census }: ProcCapabilities): Child | undefined {
    const subject: Subject = { pid, tid, scope: 'process', fd: -1 };
    if (this.#hidePid === HidePid.Invisible && !census.mayInspect(subject)) return undefined;
    return { entry: this.#process, subject };
  }
}

export function createProcRoot(hidePid: HidePid = HidePid.Nothing): DirectoryEntry {
  return { kind: 'directory', mode: 0o555, children: new RootChildren(hidePid) };
}
