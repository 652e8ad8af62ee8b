/**
 * Trace points of one kernel: a typed function per declared event (events.ts). A point whose class is masked off costs
 * one test. Memory is reserved when the kernel is made.
 */
import { MAX_TRACE_FIELDS, traceEvents } from './events.ts';
import type { TraceEvent } from './events.ts';
import { TraceRing } from './ring.ts';

type Events = (typeof traceEvents)[number];
type Numbers<Fields extends readonly string[]> = { [K in keyof Fields]: number };
export type TraceFunctions = {
  readonly [E in Events as E['name']]: (...fields: Numbers<E['fields']>) => void;
};

export interface TraceControl {
  /** Classes recorded now: bits of TraceClass. */
  mask: number;
  readonly ring: TraceRing;
}

export type Trace = TraceFunctions & { readonly control: TraceControl };

export interface TraceOptions {
  readonly sizeWords: number;
  readonly nowNs: () => number;
  readonly mask?: number;
}

export function createTrace(options: TraceOptions): Trace {
  const control: TraceControl = { mask: options.mask ?? 0, ring: new TraceRing(options.sizeWords) };
  const trace: Record<string, unknown> = { control };
  traceEvents.forEach((event, index) => {
    trace[event.name] = tracePoint(control, event, index, options.nowNs);
  });
  // A copy in one go: an object grown member by member is looked up by hashing, which costs ten times the mask test.
  return Object.freeze({ ...trace }) as Trace;
}

function tracePoint(control: TraceControl, event: TraceEvent, index: number, nowNs: () => number) {
  const count = event.fields.length;
  if (count > MAX_TRACE_FIELDS) throw new Error(`trace event ${event.name} has too many fields`);
  const bit = event.class;
  return (a: number, b: number, c: number, d: number, e: number, f: number): void => {
    if ((control.mask & bit) === 0) return;
    const ring = control.ring;
    const at = ring.begin(index, nowNs(), count);
    if (count > 0) ring.set(at, a);
    if (count > 1) ring.set(at + 1, b);
    if (count > 2) ring.set(at + 2, c);
    if (count > 3) ring.set(at + 3, d);
    if (count > 4) ring.set(at + 4, e);
    if (count > 5) ring.set(at + 5, f);
  };
}

/** The ring as text, a line per record: seconds, event, fields by the event's format. */
export function traceText(trace: Trace): string[] {
  return trace.control.ring.records().map((record) => {
    const event: TraceEvent = traceEvents[record.event]!;
    let next = 0;
    const body = event.format.replace(/%[dx]/g, (kind) => {
      const value = record.fields[next++]!;
      return kind === '%x' ? `0x${value.toString(16)}` : String(value);
    });
    return `${(record.timeNs / 1e9).toFixed(9)} ${event.name} ${body}`;
  });
}
