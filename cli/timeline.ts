/**
 * The ring as a timeline file in Chrome's JSON trace format, which Perfetto and chrome://tracing open: a span from each event that begins
 * one to the one that ends it, an instant per other event. Source: "Trace Event Format" of the Catapult project.
 */
import type { Trace } from '../kernel/trace/trace.ts';

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
/** Events of no span's track lie on the kernel's own. */
const KERNEL_TRACK = 0;

/** `nameOf`: what a span is called, by the second field of its event. */
export function timelineJson({ control }: Pick<Trace, 'control'>, nameOf: (number: number) => string): string {
  const events = control.ring.records().map(({ event, timeNs, fields }): TimelineEvent => {
    const { name, span, fields: names } = control.events[event]!;
    const args = Object.fromEntries(names.map((field, i) => [field, fields[i]!]));
    const ts = timeNs / NS_PER_US;
    if (span === undefined) return { name, ph: 'i', ts, pid: 1, tid: args['thread'] ?? KERNEL_TRACK, s: 't', args };
    return { name: nameOf(fields[1]!), ph: span === 'begin' ? 'B' : 'E', ts, pid: 1, tid: fields[0]!, args };
  });
  return `${JSON.stringify({ traceEvents: events, otherData: { overwritten: control.ring.overwritten } })}\n`;
}
