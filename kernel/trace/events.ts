/**
 * The static trace points of the base, each declared once. From such lists come the typed trace functions (trace.ts), the decoder and the formats of
 * the text output. Fields are numbers; `%x` in a format prints hexadecimal, `%d` decimal. To add a point: add a row, call
 * `trace.<name>(...)`. A personality declares its own list in the same way (`declareEvents`).
 */
export const TraceClass = {
  Object: 1,
  Memory: 2,
  Fault: 4,
  Fork: 8,
  Dispatch: 16,
  Wait: 32,
  Cpu: 64,
} as const;

/** Classes from this bit on are the personality's. */
export const FIRST_PERSONALITY_CLASS = 1 << 8;

export interface TraceEvent {
  readonly name: string;
  /** One bit. */
  readonly class: number;
  /** At most MAX_TRACE_FIELDS names. */
  readonly fields: readonly string[];
  /** One placeholder per field, in order. */
  readonly format: string;
  /** Begins or ends a span of the timeline: the first field is its track, the second what it is called after. */
  readonly span?: 'begin' | 'end';
}

export const MAX_TRACE_FIELDS = 6;

export const kernelEvents = [
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
    name: 'codeTranslated',
    class: TraceClass.Cpu,
    fields: ['address', 'instructions', 'bytes'],
    format: 'at %x: %d instructions, %d bytes of code',
  },
] as const satisfies readonly TraceEvent[];
