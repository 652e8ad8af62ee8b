/** A stretch of the kernel's trace, recorded when asked for, as what threads did: when they ran, which calls they made, what else happened. */
import type { TraceEvent } from '../../kernel/trace/events.ts';
import type { TraceRecord } from '../../kernel/trace/ring.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { EVERY_TRACE_CLASS } from '../../linuxabi/trace-events.ts';
import type { Timeline, TimelineMark, TimelineSpan } from './messages.ts';
import { ThreadNames } from './thread-names.ts';

const NS_PER_US = 1000;
const KERNEL_TRACK = 0;
export const LONGEST_RECORDING_MS = 10_000;

/** Resolves when the time is over. */
export async function recordTimeline(machine: Machine, milliseconds: number): Promise<Timeline> {
  const { control } = machine.kernel.trace;
  const startNs = control.nowNs();
  const { overwritten } = control.ring;
  const added = EVERY_TRACE_CLASS & ~control.mask;
  control.mask |= added;
  const names = new ThreadNames(machine);
  await new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, LONGEST_RECORDING_MS)));
  control.mask &= ~added;
  names.stop();
  const endNs = control.nowNs();
  const records = control.ring.records().filter(({ timeNs }) => timeNs >= startNs);
  const reader = new TimelineReader(names, startNs, endNs);
  for (const record of records) reader.take(record, control.events[record.event]!);
  return reader.finish(control.ring.overwritten - overwritten);
}

interface OpenSpan {
  readonly name: string;
  readonly startUs: number;
}

class TimelineReader {
  readonly #names: ThreadNames;
  readonly #startNs: number;
  readonly #endNs: number;
  readonly #slices: TimelineSpan[] = [];
  readonly #calls: TimelineSpan[] = [];
  readonly #marks: TimelineMark[] = [];
  readonly #openCalls = new Map<number, OpenSpan>();
  #running: { readonly tid: number; readonly startUs: number } | undefined;

  constructor(names: ThreadNames, startNs: number, endNs: number) {
    this.#names = names;
    this.#startNs = startNs;
    this.#endNs = endNs;
  }

  take({ timeNs, fields }: TraceRecord, { name, fields: names, span, format }: TraceEvent): void {
    const atUs = this.#us(timeNs);
    const [first = 0, second = 0] = fields;
    if (span === 'begin')
      this.#openCalls.set(first, { name: syscallTable[second]?.name ?? `call ${second}`, startUs: atUs });
    else if (span === 'end') this.#endCall(first, second, atUs);
    else if (name === 'dispatch') this.#dispatch(first, atUs);
    else if (name === 'park') this.#endSlice(atUs, first);
    else if (name !== 'unpark') {
      const place = names.indexOf('thread');
      this.#marks.push({ tid: place < 0 ? KERNEL_TRACK : fields[place]!, name, atUs, text: inWords(format, fields) });
    }
  }

  finish(lost: number): Timeline {
    const lengthUs = this.#us(this.#endNs);
    this.#endSlice(lengthUs);
    for (const [tid, { name, startUs }] of this.#openCalls) {
      const endNs = this.#names.endNs(tid);
      this.#calls.push({ tid, name, startUs, endUs: endNs === undefined ? lengthUs : this.#us(endNs) });
    }
    const seen = new Set([...this.#slices, ...this.#calls, ...this.#marks].map(({ tid }) => tid));
    return {
      lengthUs,
      threads: [...seen]
        .filter((tid) => tid !== KERNEL_TRACK)
        .toSorted((a, b) => a - b)
        .map((tid) => this.#names.byTid(tid)),
      slices: this.#slices,
      calls: this.#calls,
      marks: this.#marks,
      lost,
    };
  }

  #us(timeNs: number): number {
    return (timeNs - this.#startNs) / NS_PER_US;
  }

  /** A call that had begun before the recording began has no name of its own yet. */
  #endCall(tid: number, number: number, endUs: number): void {
    const open = this.#openCalls.get(tid);
    this.#openCalls.delete(tid);
    const name = open?.name ?? syscallTable[number]?.name ?? `call ${number}`;
    this.#calls.push({ tid, name, startUs: open?.startUs ?? 0, endUs });
  }

  #dispatch(dispatcher: number, startUs: number): void {
    this.#endSlice(startUs);
    const tid = this.#names.byDispatcher(dispatcher);
    if (tid !== undefined) this.#running = { tid, startUs };
  }

  #endSlice(endUs: number, dispatcher?: number): void {
    const running = this.#running;
    if (running === undefined) return;
    if (dispatcher !== undefined && this.#names.byDispatcher(dispatcher) !== running.tid) return;
    this.#running = undefined;
    this.#slices.push({ ...running, name: 'runs', endUs });
  }
}

function inWords(format: string, fields: readonly number[]): string {
  let next = 0;
  return format.replace(/%[dx]/g, (kind) => {
    const value = fields[next++]!;
    return kind === '%x' ? `0x${value.toString(16)}` : String(value);
  });
}
