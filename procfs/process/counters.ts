/** What a task has used: io, schedstat, sched. Source: proc_pid_io(5); Documentation/scheduler/sched-stats.rst. */
import type { ProcCapabilities, Subject } from '../capabilities.ts';
import { left, right } from '../format.ts';

const NS_PER_MS = 1_000_000;

export function renderIo(subject: Subject, { census }: ProcCapabilities): string {
  const { readBytes, writtenBytes, reads, writes } = census.transfers(subject);
  return (
    `rchar: ${readBytes}\nwchar: ${writtenBytes}\nsyscr: ${reads}\nsyscw: ${writes}\n` +
    'read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n'
  );
}

/** Time run, time waited for a processor, slices. */
export function renderSchedstat(subject: Subject, { census }: ProcCapabilities): string {
  const task = census.task(subject);
  if (task === undefined) return '0 0 0\n';
  const slices = task.voluntarySwitches + task.involuntarySwitches;
  return `${Math.floor(task.userNs + task.systemNs)} 0 ${slices}\n`;
}

/** %Ld.%06ld of milliseconds. */
function milliseconds(ns: number): string {
  const whole = Math.floor(ns / NS_PER_MS);
  return `${whole}.${String(Math.floor(ns % NS_PER_MS)).padStart(6, '0')}`;
}

export function renderSched(subject: Subject, { census }: ProcCapabilities): string {
  const task = census.task(subject);
  if (task === undefined) return '';
  const rows: readonly (readonly [string, string | number])[] = [
    ['se.exec_start', milliseconds(census.system().uptimeNs)],
    ['se.vruntime', milliseconds(task.userNs + task.systemNs)],
    ['se.sum_exec_runtime', milliseconds(task.userNs + task.systemNs)],
    ['se.nr_migrations', 0],
    ['nr_switches', task.voluntarySwitches + task.involuntarySwitches],
    ['nr_voluntary_switches', task.voluntarySwitches],
    ['nr_involuntary_switches', task.involuntarySwitches],
    ['se.load.weight', 1_048_576],
    ['policy', task.policy],
    ['prio', 120 + task.nice],
  ];
  const title = `${task.name} (${task.tid}, #threads: ${task.threads})\n`;
  const lines = rows.map(([name, value]) => `${left(name, 45)}:${right(value, 21)}\n`).join('');
  return `${title}${'-'.repeat(67)}\n${lines}`;
}

/** What a sleeping task called, with its arguments, stack pointer and place. Source: proc_pid_syscall(5). */
export function renderSyscall(subject: Subject, { census }: ProcCapabilities): string {
  const task = census.task(subject);
  if (task === undefined) return '';
  const place = ` 0x${task.stackPointer.toString(16)} 0x${task.instructionPointer.toString(16)}\n`;
  if (task.call === undefined) return 'running\n';
  const [number, ...args] = task.call;
  return `${number} ${args.map((value) => `0x${value.toString(16)}`).join(' ')}${place}`;
}

/** POSIX timers. Source: proc_pid_timers(5). */
export function renderTimers(subject: Subject, { census }: ProcCapabilities): string {
  let out = '';
  for (const timer of census.timers(subject)) {
    out += `ID: ${timer.id}\nsignal: ${timer.signal}/${timer.valueHex}\nnotify: ${timer.notify}\nClockID: ${timer.clock}\n`;
  }
  return out;
}
