/** /proc/PID/stat: 52 fields, each a name and how it is read. Source: proc_pid_stat(5); fs/proc/array.c, do_task_stat. */
import type { IdentityFacts, LimitFacts, MemoryFacts, ProcCapabilities, Subject, TaskFacts } from '../capabilities.ts';
import { RLIMIT_RSS } from '../../linuxabi/abi/resource.ts';
import { SCHED_DEADLINE } from '../../linuxabi/abi/sched.ts';
import { ticks } from '../format.ts';

export interface StatInput {
  readonly task: TaskFacts;
  readonly identity: IdentityFacts;
  readonly memory: MemoryFacts | undefined;
  readonly residentLimit: LimitFacts;
  /** The reader may look into the process: addresses are shown. */
  readonly shown: boolean;
}

type Field = readonly [name: string, read: (input: StatInput) => number | string];

const NICE_0_PRIORITY = 20;
const DEADLINE_PRIORITY = -101;
/** RLIM_INFINITY, and addresses of those who hide them. */
const UNLIMITED = '18446744073709551615';
/** Signals above 31 have no place in these old fields. */
const OLD_SIGNALS = 0x7fffffff;

/** Source: kernel/sched/core.c, task_prio. */
function priorityOf({ policy, realTimePriority, nice }: TaskFacts): number {
  if (policy === SCHED_DEADLINE) return DEADLINE_PRIORITY;
  return realTimePriority > 0 ? -1 - realTimePriority : NICE_0_PRIORITY + nice;
}

const address = (name: string, read: (memory: MemoryFacts) => number): Field => [
  name,
  ({ memory, shown }) => (memory === undefined || !shown ? 0 : read(memory)),
];

export const statFields: readonly Field[] = [
  ['pid', ({ task }) => task.tid],
  ['comm', ({ task }) => `(${task.name})`],
  ['state', ({ task }) => task.state],
  ['ppid', ({ task }) => task.parentPid],
  ['pgrp', ({ task }) => task.groupId],
  ['session', ({ task }) => task.sessionId],
  ['tty_nr', ({ task }) => task.terminal],
  ['tpgid', ({ task }) => task.terminalGroup],
  ['flags', ({ task }) => task.flags],
  ['minflt', ({ task }) => task.minorFaults],
  ['cminflt', ({ task }) => task.childrenMinorFaults],
  ['majflt', ({ task }) => task.majorFaults],
  ['cmajflt', ({ task }) => task.childrenMajorFaults],
  ['utime', ({ task }) => ticks(task.userNs)],
  ['stime', ({ task }) => ticks(task.systemNs)],
  ['cutime', ({ task }) => ticks(task.childrenUserNs)],
  ['cstime', ({ task }) => ticks(task.childrenSystemNs)],
  ['priority', ({ task }) => priorityOf(task)],
  ['nice', ({ task }) => task.nice],
  ['num_threads', ({ task }) => task.threads],
  ['itrealvalue', () => 0],
  ['starttime', ({ task }) => ticks(task.startNs)],
  ['vsize', ({ memory }) => memory?.sizeBytes ?? 0],
  ['rss', ({ memory }) => memory?.residentPages ?? 0],
  ['rsslim', ({ residentLimit }) => (residentLimit.soft === Infinity ? UNLIMITED : residentLimit.soft)],
  address('startcode', (memory) => memory.codeStart),
  address('endcode', (memory) => memory.codeEnd),
  address('startstack', (memory) => memory.stackStart),
  ['kstkesp', () => 0],
  ['kstkeip', () => 0],
  ['signal', ({ identity }) => identity.pending[0] & OLD_SIGNALS],
  ['blocked', ({ identity }) => identity.blocked[0] & OLD_SIGNALS],
  ['sigignore', ({ identity }) => identity.ignored[0] & OLD_SIGNALS],
  ['sigcatch', ({ identity }) => identity.caught[0] & OLD_SIGNALS],
  ['wchan', ({ task }) => (task.state === 'S' || task.state === 'D' ? 1 : 0)],
  ['nswap', () => 0],
  ['cnswap', () => 0],
  ['exit_signal', ({ task }) => task.exitSignal],
  ['processor', () => 0],
  ['rt_priority', ({ task }) => task.realTimePriority],
  ['policy', ({ task }) => task.policy],
  ['delayacct_blkio_ticks', () => 0],
  ['guest_time', () => 0],
  ['cguest_time', () => 0],
  address('start_data', (memory) => memory.dataStart),
  address('end_data', (memory) => memory.dataEnd),
  address('start_brk', (memory) => memory.heapStart),
  address('arg_start', (memory) => memory.argumentsStart),
  address('arg_end', (memory) => memory.argumentsEnd),
  address('env_start', (memory) => memory.argumentsEnd),
  address('env_end', (memory) => memory.environmentEnd),
  ['exit_code', ({ task, shown }) => (shown ? task.exitCode : 0)],
];

export function renderStat(subject: Subject, { census }: ProcCapabilities): string | number {
  const task = census.task(subject);
  const identity = census.identity(subject);
  if (task === undefined || identity === undefined) return '';
  const input: StatInput = {
    task,
    identity,
    memory: census.memory(subject),
    residentLimit: census.limit(subject, RLIMIT_RSS),
    shown: census.mayInspect(subject),
  };
  return `${statFields.map(([, read]) => read(input)).join(' ')}\n`;
}

/** Pages: size, resident, shared, text, lib, data, dt. Source: proc_pid_statm(5). */
export function renderStatm(subject: Subject, { census }: ProcCapabilities): string {
  const memory = census.memory(subject);
  if (memory === undefined) return '0 0 0 0 0 0 0\n';
  const sums = census.usage(subject);
  const pages = (bytes: number): number => Math.ceil(bytes / 4096);
  const text = pages(memory.codeEnd - memory.codeStart);
  const data = pages(sums.dataBytes + sums.stackBytes);
  return `${pages(memory.sizeBytes)} ${memory.residentPages} ${sums.fileResident + sums.sharedResident} ${text} 0 ${data} 0\n`;
}
