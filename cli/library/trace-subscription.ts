/** The kernel's trace as it happens, for listeners outside; see kernel/trace. Without a listener the trace is off. */
import { TraceClass } from '../../kernel/trace/events.ts';
import type { Machine as LinuxMachine } from '../../linuxabi/machine.ts';
import { LinuxTraceClass } from '../../linuxabi/trace-events.ts';
import { argumentError } from './guest-error.ts';

const classBits = {
  object: TraceClass.Object,
  memory: TraceClass.Memory,
  fault: TraceClass.Fault,
  fork: TraceClass.Fork,
  dispatch: TraceClass.Dispatch,
  wait: TraceClass.Wait,
  cpu: TraceClass.Cpu,
  syscall: LinuxTraceClass.Syscall,
  process: LinuxTraceClass.Process,
  signal: LinuxTraceClass.Signal,
} as const;
export type TraceClassName = keyof typeof classBits;

export interface TraceRecord {
  /** `syscallEnter`, `processForked`, …: kernel/trace/events.ts and linuxabi/trace-events.ts have them all. */
  readonly name: string;
  /** On the machine's clock. */
  readonly timeNs: number;
  readonly fields: Readonly<Record<string, number>>;
}

export interface TraceSubscription {
  /** Records that came faster than the listener took them, and were dropped. */
  readonly lost: number;
  remove(): void;
  [Symbol.dispose](): void;
}

/** Records that wait for a listener: more do not come together in a turn of the kernel, as a rule. */
const MOST_WAITING = 1 << 17;

/** @internal */
export class TraceHub {
  readonly #machine: LinuxMachine;
  readonly #listeners = new Set<Listener>();
  #ownMask: number | undefined;

  constructor(machine: LinuxMachine) {
    this.#machine = machine;
  }

  /** The listener is called outside of the kernel's turns, in order. Throws on a class that there is not. */
  subscribe(classes: readonly TraceClassName[], listen: (record: TraceRecord) => void): TraceSubscription {
    let mask = 0;
    for (const name of classes) {
      const bit: number | undefined = classBits[name];
      if (bit === undefined) throw argumentError(`there is no class of trace events '${String(name)}'`);
      mask |= bit;
    }
    const listener = new Listener(mask, listen, () => this.#remove(listener));
    this.#listeners.add(listener);
    this.#update();
    return listener;
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#update();
  }

  #update(): void {
    const { control } = this.#machine.kernel.trace;
    this.#ownMask ??= control.mask;
    control.mask = this.#ownMask;
    for (const { mask } of this.#listeners) control.mask |= mask;
    control.onRecord = this.#listeners.size === 0 ? undefined : this.#take;
  }

  readonly #take = (index: number, timeNs: number, values: readonly number[]): void => {
    const event = this.#machine.kernel.trace.control.events[index]!;
    const fields = Object.fromEntries(event.fields.map((name, place) => [name, values[place]!]));
    for (const listener of this.#listeners)
      if ((listener.mask & event.class) !== 0) listener.push({ name: event.name, timeNs, fields });
  };
}

class Listener implements TraceSubscription {
  readonly mask: number;
  lost = 0;
  readonly #listen: (record: TraceRecord) => void;
  readonly #onRemove: () => void;
  #waiting: TraceRecord[] = [];
  #removed = false;

  constructor(mask: number, listen: (record: TraceRecord) => void, onRemove: () => void) {
    this.mask = mask;
    this.#listen = listen;
    this.#onRemove = onRemove;
  }

  push(record: TraceRecord): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.lost++;
      return;
    }
    if (this.#waiting.length === 0) process.nextTick(() => this.#deliver());
    this.#waiting.push(record);
  }

  #deliver(): void {
    const records = this.#waiting;
    this.#waiting = [];
    for (const record of records) if (!this.#removed) this.#listen(record);
  }

  remove(): void {
    this.#removed = true;
    this.#onRemove();
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}
