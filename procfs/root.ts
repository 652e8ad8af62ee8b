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
import { ENOENT, EPERM } from '../linuxabi/abi/errno.ts';

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

/** Controllers of the one hierarchy there is. Source: cgroups(7); kernel/cgroup/cgroup-v1.c, proc_cgroupstats_show. */
const CGROUPS = `#subsys_name\thierarchy\tnum_cgroups\tenabled\n${['cpu', 'memory', 'pids'].map((name) => `${name}\t0\t1\t1\n`).join('')}`;

/** Nobody is ever stalled. Source: Documentation/accounting/psi.rst. */
const pressure = constant(
  ['some', 'full'].map((who) => `${who} avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`).join(''),
  0o666,
);

/** Name, path, numbers, kind. Source: drivers/tty, show_tty_driver. */
const TTY_DRIVERS =
  '/dev/tty             /dev/tty        5       0 system:/dev/tty\n' +
  '/dev/console         /dev/console    5       1 system:console\n' +
  '/dev/ptmx            /dev/ptmx       5       2 system\n' +
  'pty_slave            /dev/pts      136 0-1048575 pty:slave\n' +
  'pty_master           /dev/ptm      128 0-1048575 pty:master\n';

const systemTable: Table = {
  self: toSelf,
  'thread-self': toThreadSelf,
  buddyinfo: systemText(renderBuddyinfo),
  cgroups: constant(CGROUPS),
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
  pressure: directory(0o555, { cpu: pressure, io: pressure, memory: pressure }),
  tty: directory(0o555, {
    drivers: constant(TTY_DRIVERS),
    ldisc: directory(0o555, {}),
    ldiscs: constant('n_tty       0\n'),
  }),
  uptime: systemText(renderUptime),
  version: systemText(renderVersion),
  vmstat: systemText(renderVmstat),
  zoneinfo: systemText(renderZoneinfo),
};

const NUMBER = /^[1-9][0-9]*$/;

/** Who may see processes of others. Source: proc(5), "hidepid"; include/linux/proc_fs.h. */
export const HidePid = { Nothing: 0, NoAccess: 1, Invisible: 2, NotTraceable: 4 } as const;
export type HidePid = (typeof HidePid)[keyof typeof HidePid];

/** Options of a mount; a remount changes them. */
export interface ProcOptions {
  hidePid: HidePid;
  /** Whose members see everything. */
  group: number;
  /** Processes alone, without the files of the system. */
  subset: 'all' | 'pid';
}

export function defaultProcOptions(): ProcOptions {
  return { hidePid: HidePid.Nothing, group: 0, subset: 'all' };
}

/** Left in the subset of processes. */
const toCallers: Table = { self: toSelf, 'thread-self': toThreadSelf };

/** The system's files, then a directory for each process. Threads other than leaders are found by number but not listed. */
class RootChildren implements Children {
  readonly #system = new FixedChildren(systemTable);
  readonly #callers = new FixedChildren(toCallers);
  readonly #options: ProcOptions;
  readonly #process: Entry;

  constructor(options: ProcOptions) {
    this.#options = options;
    this.#process = {
      ...processDirectory,
      refuse: (subject, bag) => (this.#hides(subject, bag, HidePid.NoAccess) ? -EPERM : 0),
    };
  }

  get #fixed(): FixedChildren {
    return this.#options.subset === 'all' ? this.#system : this.#callers;
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

  #visible(pid: number, tid: number, bag: ProcCapabilities): Child | undefined {
    const subject: Subject = { pid, tid, scope: 'process', fd: -1 };
    return this.#hides(subject, bag, HidePid.Invisible) ? undefined : { entry: this.#process, subject };
  }

  /** Whether the caller is kept from what is hidden from this degree on. Source: fs/proc/base.c, has_pid_permissions. */
  #hides(subject: Subject, { census }: ProcCapabilities, from: HidePid): boolean {
    const { hidePid, group } = this.#options;
    if (hidePid < from) return false;
    if (hidePid !== HidePid.NotTraceable && census.callerIsIn(group)) return false;
    return !census.mayInspect(subject);
  }
}

export function createProcRoot(options: ProcOptions = defaultProcOptions()): DirectoryEntry {
  return { kind: 'directory', mode: 0o555, children: new RootChildren(options) };
}
