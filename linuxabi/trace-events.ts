/** The trace points of the Linux personality: see kernel/trace/events.ts. */
import { FIRST_PERSONALITY_CLASS, TraceClass, type TraceEvent } from '../kernel/trace/events.ts';
import type { TraceFunctions } from '../kernel/trace/trace.ts';

export const LinuxTraceClass = {
  Syscall: FIRST_PERSONALITY_CLASS,
  Process: FIRST_PERSONALITY_CLASS << 1,
  Signal: FIRST_PERSONALITY_CLASS << 2,
} as const;

/** All classes, of the base too. */
export const EVERY_TRACE_CLASS = [...Object.values(TraceClass), ...Object.values(LinuxTraceClass)].reduce(
  (mask: number, bit) => mask | bit,
  0,
);

export const linuxEvents = [
  {
    name: 'syscallEnter',
    class: LinuxTraceClass.Syscall,
    span: 'begin',
    fields: ['thread', 'number', 'first', 'second', 'third'],
    format: 'thread %d call %d (%x, %x, %x)',
  },
  {
    name: 'syscallExit',
    class: LinuxTraceClass.Syscall,
    span: 'end',
    fields: ['thread', 'number', 'result'],
    format: 'thread %d call %d = %d',
  },
  {
    name: 'processForked',
    class: LinuxTraceClass.Process,
    fields: ['parent', 'child'],
    format: 'process %d child %d',
  },
  {
    name: 'programLoaded',
    class: LinuxTraceClass.Process,
    fields: ['process', 'entry'],
    format: 'process %d entry %x',
  },
  {
    name: 'processEnded',
    class: LinuxTraceClass.Process,
    fields: ['process', 'status'],
    format: 'process %d status %d',
  },
  {
    name: 'signalSent',
    class: LinuxTraceClass.Signal,
    fields: ['from', 'to', 'signal'],
    format: 'from %d to %d signal %d',
  },
  {
    name: 'signalDelivered',
    class: LinuxTraceClass.Signal,
    fields: ['thread', 'signal', 'handler'],
    format: 'thread %d signal %d handler %x',
  },
  {
    name: 'adapterFailed',
    class: TraceClass.Object,
    fields: ['adapter', 'reason', 'restarts'],
    format: 'adapter %d reason %d, restart %d',
  },
] as const satisfies readonly TraceEvent[];

export type LinuxTrace = TraceFunctions<typeof linuxEvents>;
