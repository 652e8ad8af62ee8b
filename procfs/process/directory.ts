/** The directory of a process and of each of its threads. Source: proc(5); fs/proc/base.c, tgid_base_stuff and tid_base_stuff. */
import { EINVAL } from '../../linuxabi/abi/errno.ts';
import type { ProcCapabilities, Subject } from '../capabilities.ts';
import { constant, directory, text, writableText } from '../entry.ts';
import type { Child, Children, DirectoryEntry, LinkEntry, Place, Table } from '../entry.ts';
import { netDirectory } from '../net/directory.ts';
import { renderIo, renderSched, renderSchedstat, renderSyscall, renderTimers } from './counters.ts';
import { fd, fdinfo } from './descriptors.ts';
import { renderLimits } from './limits.ts';
import { renderMaps, renderNumaMaps, renderSmaps, renderSmapsRollup } from './maps.ts';
import { mapFiles, renderChildren } from './map-files.ts';
import { auxv, mem, pagemap, renderCmdline, renderEnviron } from './memory-files.ts';
import { renderMountInfo, renderMounts, renderMountStats } from './mounts.ts';
import { comm, coredumpFilter, loginuid, oomAdj, oomScore, oomScoreAdj, personality, timerSlack } from './settings.ts';
import { renderStat, renderStatm } from './stat.ts';
import { renderStatus } from './status.ts';

function link(place: Place): LinkEntry {
  return { kind: 'link', mode: 0o777, place, guard: 'inspect' };
}

/** One namespace of each kind in a machine. The last two are what children would get. */
const namespaces = [
  'cgroup',
  'ipc',
  'mnt',
  'net',
  'pid',
  'pid_for_children',
  'time',
  'time_for_children',
  'user',
  'uts',
];
const namespaceTable: Table = Object.fromEntries(
  namespaces.map((name) => [name, link(`ns:${name.replace('_for_children', '')}`)]),
);

/** Security modules label nothing here. Source: fs/proc/base.c, proc_pid_attr_read without a module. */
const label = writableText(
  0o666,
  () => -EINVAL,
  () => -EINVAL,
);
const attributeTable: Table = {
  current: label,
  exec: label,
  fscreate: label,
  keycreate: label,
  prev: text(0o444, () => -EINVAL),
  sockcreate: label,
};

/** "1" to "5" choose what to forget; nothing is remembered. Source: proc_pid_clear_refs(5). */
function clearReferences(_subject: Subject, _bag: ProcCapabilities, written: string): number {
  return /^[1-5]$/.test(written.trim()) ? 0 : -EINVAL;
}

/** The whole range of ids onto itself. Source: user_namespaces(7). */
const idMap = constant('         0          0 4294967295\n', 0o644);

/** In both kinds of directory, in Linux's order as far as both agree. */
const common: Table = {
  fd,
  fdinfo,
  ns: directory(0o511, namespaceTable),
  net: netDirectory,
  environ: text(0o400, renderEnviron, 'inspect'),
  auxv,
  status: text(0o444, renderStatus),
  personality,
  limits: text(0o444, renderLimits),
  sched: text(0o644, renderSched),
  comm,
  syscall: text(0o400, renderSyscall, 'attach'),
  cmdline: text(0o444, renderCmdline),
  stat: text(0o444, renderStat),
  statm: text(0o444, renderStatm),
  maps: text(0o444, renderMaps, 'inspect'),
  numa_maps: text(0o444, renderNumaMaps, 'inspect'),
  mem,
  cwd: link('cwd'),
  root: link('root'),
  exe: link('exe'),
  mounts: { ...text(0o444, renderMounts), tells: 'mounts' },
  mountinfo: { ...text(0o444, renderMountInfo), tells: 'mounts' },
  clear_refs: { kind: 'text', mode: 0o200, store: clearReferences },
  smaps: text(0o444, renderSmaps, 'inspect'),
  smaps_rollup: text(0o444, renderSmapsRollup, 'inspect'),
  pagemap,
  attr: directory(0o555, attributeTable),
  wchan: constant('0'),
  stack: constant('', 0o400),
  schedstat: text(0o444, renderSchedstat),
  cpuset: constant('/\n'),
  cgroup: constant('0::/\n'),
  oom_score: oomScore,
  oom_adj: oomAdj,
  oom_score_adj: oomScoreAdj,
  loginuid,
  sessionid: constant('4294967295'),
  io: text(0o400, renderIo, 'inspect'),
  uid_map: idMap,
  gid_map: idMap,
  projid_map: idMap,
  setgroups: constant('allow\n', 0o644),
  arch_status: constant(''),
  ksm_merging_pages: constant('0\n', 0o400),
  ksm_stat: constant('ksm_rmap_items 0\n', 0o400),
};

const threadDirectory: DirectoryEntry = directory(
  0o555,
  { ...common, children: text(0o444, renderChildren) },
  { owned: 'process' },
);

class TaskChildren implements Children {
  find(subject: Subject, { census }: ProcCapabilities, name: string): Child | undefined {
    const tid = /^[1-9][0-9]*$/.test(name) ? Number(name) : 0;
    if (tid === 0 || census.processOf(tid) !== subject.pid) return undefined;
    return this.#child(subject, tid);
  }

  *list(subject: Subject, { census }: ProcCapabilities): Iterable<readonly [string, Child]> {
    for (const tid of census.tids(subject.pid)) yield [String(tid), this.#child(subject, tid)];
  }

  #child({ pid }: Subject, tid: number): Child {
    return { entry: threadDirectory, subject: { pid, tid, scope: 'thread', fd: -1 } };
  }
}

export const processDirectory: DirectoryEntry = directory(
  0o555,
  {
    task: { kind: 'directory', mode: 0o555, children: new TaskChildren() },
    ...common,
    map_files: mapFiles,
    mountstats: text(0o400, renderMountStats),
    coredump_filter: coredumpFilter,
    autogroup: constant('/autogroup-1 nice 0\n', 0o644),
    timers: text(0o444, renderTimers),
    timerslack_ns: timerSlack,
    timens_offsets: constant('monotonic           0         0\nboottime            0         0\n', 0o644),
  },
  { owned: 'process' },
);
