/**
 * The ring as a timeline file in Chrome's JSON trace format, which Perfetto and chrome://tracing open: a span per syscall from its
 * entry to its exit, an instant per other event. Source: "Trace Event Format" of the Catapult project.
 */
import { traceEvents } from './events.ts';
import type { TraceEvent } from './events.ts';
import type { Trace } from './trace.ts';

interface TimelineEvent {
  readonly name: string;
  readonly ph: 'B' | 'E' | 'i';
  /** Microseconds. */
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly s?: 't';
  readonly args: Readonly<Record<string, number>>;
}

const NS_PER_US = 1000;
/** Events that belong to no thread lie on a track of the kernel's own. */
const KERNEL_TRACK = 0;

/** `callName`: the personality's name of a syscall number. */
export function timelineJson(trace: Trace, callName: (number: number) => string): string {
  const events = trace.control.ring.records().map(({ event, timeNs, fields }): TimelineEvent => {
    const declared: TraceEvent = traceEvents[event]!;
    const args = Object.fromEntries(declared.fields.map((name, i) => [name, fields[i]!]));
    const ts = timeNs / NS_PER_US;
    const tid = args['thread'] ?? KERNEL_TRACK;
    if (declared.name === 'syscallEnter') return { name: callName(args['number']!), ph: 'B', ts, pid: 1, tid, args };
    if (declared.name === 'syscallExit') return { name: callName(args['number']!), ph: 'E', ts, pid: 1, tid, args };
    return { name: declared.name, ph: 'i', ts, pid: 1, tid, s: 't', args };
  });
  return `${JSON.stringify({ traceEvents: events, otherData: { overwritten: trace.control.ring.overwritten } })}\n`;
}
