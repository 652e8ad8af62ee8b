/** Files whose value a program may set: comm, oom_score_adj, timerslack_ns and their like. Source: proc(5); fs/proc/base.c. */
import { EINVAL } from '../../linuxabi/abi/errno.ts';
import type { ProcCapabilities, Subject, TaskSetting } from '../capabilities.ts';
import { text, writableText } from '../entry.ts';
import type { TextEntry } from '../entry.ts';
import { hex, parseInteger } from '../format.ts';

interface NumberFile {
  readonly mode: number;
  readonly setting: TaskSetting;
  readonly show: (value: number) => string;
  /** From what was written to what is kept; undefined is refused. */
  readonly take?: (value: number) => number | undefined;
}

function within(low: number, high: number) {
  return (value: number): number | undefined => (value < low || value > high ? undefined : value);
}

function numberFile({ mode, setting, show, take = (value) => value }: NumberFile): TextEntry {
  return writableText(
    mode,
    (subject, { tasks }) => show(tasks.get(subject, setting)),
    (subject, { tasks }, written) => {
      const value = parseInteger(written);
      const taken = value === undefined ? undefined : take(value);
      return taken === undefined ? -EINVAL : tasks.set(subject, setting, taken);
    },
  );
}

const OOM_SCALE = 1000;
const OOM_OLD_SCALE = 17;
const OOM_OLD_DISABLE = -17;
const OOM_OLD_MOST = 15;

function toOldAdjustment(adjustment: number): number {
  if (adjustment === OOM_SCALE) return OOM_OLD_MOST;
  return Math.trunc((adjustment * OOM_OLD_SCALE) / OOM_SCALE);
}

function fromOldAdjustment(old: number): number | undefined {
  if (old < OOM_OLD_DISABLE || old > OOM_OLD_MOST) return undefined;
  return old === OOM_OLD_MOST ? OOM_SCALE : Math.trunc((old * OOM_SCALE) / OOM_OLD_SCALE);
}

export const oomScoreAdj = numberFile({
  mode: 0o644,
  setting: 'oom_score_adj',
  show: (value) => `${value}\n`,
  take: within(-OOM_SCALE, OOM_SCALE),
});

export const oomAdj = numberFile({
  mode: 0o644,
  setting: 'oom_score_adj',
  show: (value) => `${toOldAdjustment(value)}\n`,
  take: fromOldAdjustment,
});

export const timerSlack = numberFile({ mode: 0o666, setting: 'timerslack_ns', show: (value) => `${value}\n` });

export const coredumpFilter = numberFile({
  mode: 0o644,
  setting: 'coredump_filter',
  show: (value) => `${hex(value, 8)}\n`,
  take: (value) => (value < 0 ? undefined : value & 0x1ff),
});

export const loginuid = numberFile({ mode: 0o644, setting: 'loginuid', show: (value) => String(value) });

export const personality = text(
  0o400,
  (subject, { tasks }) => `${hex(tasks.get(subject, 'personality'), 8)}\n`,
  'attach',
);

/** In thousandths of the memory: what it uses, moved by its adjustment. Source: fs/proc/base.c, proc_oom_score; mm/oom_kill.c. */
export const oomScore = text(0o444, (subject, { census, tasks }) => {
  const total = Math.max(1, census.system().memoryBytes);
  const used = (census.memory(subject)?.residentPages ?? 0) * 4096;
  const adjustment = tasks.get(subject, 'oom_score_adj');
  if (adjustment === -OOM_SCALE) return '0\n';
  const points = Math.trunc((used * OOM_SCALE) / total) + adjustment;
  return `${Math.max(0, Math.trunc(((OOM_SCALE + points) * 2) / 3))}\n`;
});

export const comm = writableText(0o644, (subject, { census }) => `${census.task(subject)?.name ?? ''}\n`, storeComm);

function storeComm(subject: Subject, { census, tasks }: ProcCapabilities, written: string): number {
  // Only threads of the same process may. Source: fs/proc/base.c, comm_write.
  if (census.caller().pid !== subject.pid) return -EINVAL;
  return tasks.rename(subject, written.replace(/\0.*$/s, ''));
}
