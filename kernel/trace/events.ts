/**
 * Every static trace point of the system, declared once. From this list come the typed trace functions (trace.ts), the
 * decoder and the formats of the text output. Fields are numbers; `%x` in a format prints hexadecimal, `%d` decimal.
 * To add a point: add a row, call `trace.<name>(...)`.
 */
export const TraceClass = {
  Object: 1,
  Memory: 2,
  Fault: 4,
  Fork: 8,
  Dispatch: 16,
  Syscall: 32,
  Process: 64,
  Signal: 128,
  Wait: 256,
  Cpu: 512,
} as const;
export type TraceClass = (typeof TraceClass)[keyof typeof TraceClass];

export interface TraceEvent {
  readonly name: string;
  readonly class: TraceClass;
  /** At most MAX_TRACE_FIELDS names. */
  readonly fields: readonly string[];
  /** One placeholder per field, in order. */
  readonly format: string;
}

export const MAX_TRACE_FIELDS = 6;

export const traceEvents = [
  { name: 'objectBorn', class: TraceClass.Object, fields: ['factory', 'object'], format: 'factory %d object %d' },
  { name: 'objectDied', class: TraceClass.Object, fields: ['factory', 'object'], format: 'factory %d object %d' },
  {
    name: 'swapPhase',
    class: TraceClass.Object,
    fields: ['object', 'phase', 'inside'],
    format: 'object %d phase %d, %d calls inside',
  },
  {
    name: 'typeUpgraded',
    class: TraceClass.Object,
    fields: ['factory', 'version', 'instances', 'state'],
    format: 'factory %d version %d, %d instances, state %d',
  },
  {
    name: 'regionMapped',
    class: TraceClass.Memory,
    fields: ['space', 'start', 'end', 'permissions'],
    format: 'space %d %x-%x permissions %d',
  },
  {
    name: 'regionUnmapped',
    class: TraceClass.Memory,
    fields: ['space', 'start', 'end'],
    format: 'space %d %x-%x',
  },
  {
    name: 'pageFault',
    class: TraceClass.Fault,
    fields: ['space', 'address', 'access', 'outcome'],
    format: 'space %d address %x access %d outcome %d',
  },
  {
    name: 'spaceForked',
    class: TraceClass.Fork,
    fields: ['parent', 'child', 'regions', 'objects', 'calls', 'pages'],
    format: 'space %d child %d: %d regions, %d new objects, %d calls, %d pages lent',
  },
  {
    name: 'dispatch',
    class: TraceClass.Dispatch,
    fields: ['dispatcher', 'waiting'],
    format: 'dispatcher %d, %d more runnable',
  },
  { name: 'park', class: TraceClass.Wait, fields: ['dispatcher'], format: 'dispatcher %d' },
  { name: 'unpark', class: TraceClass.Wait, fields: ['dispatcher'], format: 'dispatcher %d' },
  {
    name: 'syscallEnter',
    class: TraceClass.Syscall,
    fields: ['thread', 'number', 'first', 'second', 'third'],
    format: 'thread %d call %d (%x, %x, %x)',
  },
  {
    name: 'syscallExit',
    class: TraceClass.Syscall,
    fields: ['thread', 'number', 'result'],
    format: 'thread %d call %d = %d',
  },
  {
    name: 'processForked',
    class: TraceClass.Process,
    fields: ['parent', 'child'],
    format: 'process %d child %d',
  },
  { name: 'programLoaded', class: TraceClass.Process, fields: ['process', 'entry'], format: 'process %d entry %x' },
  { name: 'processEnded', class: TraceClass.Process, fields: ['process', 'status'], format: 'process %d status %d' },
  {
    name: 'signalSent',
    class: TraceClass.Signal,
    fields: ['from', 'to', 'signal'],
    format: 'from %d to %d signal %d',
  },
  {
    name: 'signalDelivered',
    class: TraceClass.Signal,
    fields: ['thread', 'signal', 'handler'],
    format: 'thread %d signal %d handler %x',
  },
  {
    name: 'adapterFailed',
    class: TraceClass.Object,
    fields: ['adapter', 'reason', 'restarts'],
    format: 'adapter %d reason %d, restart %d',
  },
  {
    name: 'codeTranslated',
    class: TraceClass.Cpu,
    fields: ['address', 'instructions', 'bytes'],
    format: 'at %x: %d instructions, %d bytes of code',
  },
] as const satisfies readonly TraceEvent[];
