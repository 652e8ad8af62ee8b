/**
 * Trace points of one kernel: a typed function per declared event (events.ts). A point whose class is masked off costs
 * one test. Memory is reserved when the kernel is made.
 */
import { kernelEvents, MAX_TRACE_FIELDS } from './events.ts';
import type { TraceEvent } from './events.ts';
import { TraceRing } from './ring.ts';

type Numbers<Fields extends readonly string[]> = { [K in keyof Fields]: number };
/** A function per event of a list. */
export type TraceFunctions<Events extends readonly TraceEvent[]> = {
  readonly [E in Events[number] as E['name']]: (...fields: Numbers<E['fields']>) => void;
};

export interface TraceControl {
  /** Classes recorded now: bits of TraceClass, and the personality's. */
  mask: number;
  readonly ring: TraceRing;
  readonly nowNs: () => number;
  /** What is declared: a record names its event by its place here. */
  readonly events: TraceEvent[];
  /** Told of each record as it is made: the event by its place, and its fields. It must not throw. */
  onRecord: ((event: number, timeNs: number, fields: readonly number[]) => void) | undefined;
}

export type Trace = TraceFunctions<typeof kernelEvents> & { readonly control: TraceControl };

export interface TraceOptions {
  readonly sizeWords: number;
  readonly nowNs: () => number;
  readonly mask?: number;
}

export function createTrace({ sizeWords, nowNs, mask = 0 }: TraceOptions): Trace {
  const control: TraceControl = { mask, ring: new TraceRing(sizeWords), nowNs, events: [], onRecord: undefined };
  return Object.freeze({ ...declareEvents(control, kernelEvents), control });
}

/** Adds a list of events to a trace; the functions that record them. */
export function declareEvents<const Events extends readonly TraceEvent[]>(
  control: TraceControl,
  events: Events,
): TraceFunctions<Events> {
  const functions: Record<string, unknown> = {};
  for (const event of events) functions[event.name] = tracePoint(control, event, control.events.push(event) - 1);
  // A copy in one go: an object grown member by member is looked up by hashing, which costs ten times the mask test.
  return Object.freeze({ ...functions }) as TraceFunctions<Events>;
}

function tracePoint(control: TraceControl, event: TraceEvent, index: number) {
  const count = event.fields.length;
  if (count > MAX_TRACE_FIELDS) throw new Error(`trace event ${event.name} has too many fields`);
  const bit = event.class;
  return (a: number, b: number, c: number, d: number, e: number, f: number): void => {
    if ((control.mask & bit) === 0) return;
    const ring = control.ring;
    const timeNs = control.nowNs();
    const at = ring.begin(index, timeNs, count);
    if (count > 0) ring.set(at, a);
    if (count > 1) ring.set(at + 1, b);
    if (count > 2) ring.set(at + 2, c);
    if (count > 3) ring.set(at + 3, d);
    if (count > 4) ring.set(at + 4, e);
    if (count > 5) ring.set(at + 5, f);
    control.onRecord?.(index, timeNs, [a, b, c, d, e, f]);
  };
}

/** The ring as text, a line per record: seconds, event, fields by the event's format. */
export function traceText({ control }: Pick<Trace, 'control'>): string[] {
  return control.ring.records().map((record) => {
    const event = control.events[record.event]!;
    let next = 0;
    const body = event.format.replace(/%[dx]/g, (kind) => {
      const value = record.fields[next++]!;
      return kind === '%x' ? `0x${value.toString(16)}` : String(value);
    });
    return `${(record.timeNs / 1e9).toFixed(9)} ${event.name} ${body}`;
  });
}
