/** Options of `k42 run` for looking into what runs: GDB, traces of instructions and of the kernel, regions. */
import { UsageError, type OptionRule, type ParsedOptions } from './options.ts';

export const debugRules: readonly OptionRule[] = [
  {
    long: 'gdb',
    short: 'g',
    value: 'PORT|SOCKET',
    help: 'wait for gdb (target remote localhost:PORT) before the program’s first instruction',
  },
  {
    long: 'trace-asm',
    value: 'FILE',
    completes: 'path',
    implied: '-',
    help: 'each instruction executed, with the registers it changed; alone: on standard error',
  },
  {
    long: 'trace-asm-filter',
    value: 'CODE',
    help: 'only this code: symbols and addresses, as main,0x401000-0x401fff',
  },
  {
    long: 'dump-region',
    value: 'CODE',
    help: 'at the end, on standard error: translated regions with this code (main or 0x401000), their blocks and their Wasm',
  },
  {
    long: 'timeline',
    value: 'FILE',
    completes: 'path',
    help: 'the kernel’s trace as a timeline for Perfetto or chrome://tracing',
  },
  { long: 'trace-text', value: 'FILE', completes: 'path', help: 'the kernel’s trace as text, a line per event' },
];

export interface DebugOptions {
  /** A port of this host, or the path of a socket, where gdb will connect. */
  readonly gdb: string | undefined;
  /** Host path; `-`: standard error. */
  readonly traceAsm: string | undefined;
  readonly traceAsmFilter: string | undefined;
  readonly dumpRegion: string | undefined;
  /** Host paths of files to write at the end. */
  readonly timeline: string | undefined;
  readonly traceText: string | undefined;
}

/** Engines that execute with the native engine's own Cpu: the others know neither breakpoints nor regions. */
const NATIVE_ENGINES: readonly string[] = ['native', 'checked'];
const NATIVE_ONLY = ['gdb', 'trace-asm', 'dump-region'];

export function debugOptionsOf(parsed: ParsedOptions, engine: string): DebugOptions {
  const refused = NATIVE_ONLY.find((option) => parsed.has(option) && !NATIVE_ENGINES.includes(engine));
  if (refused !== undefined) {
    throw new UsageError(`--${refused} works with --engine ${NATIVE_ENGINES.join(' and ')}, not with ${engine}`);
  }
  if (parsed.has('trace-asm-filter') && !parsed.has('trace-asm'))
    throw new UsageError('--trace-asm-filter is for --trace-asm');
  return {
    gdb: parsed.value('gdb'),
    traceAsm: parsed.value('trace-asm'),
    traceAsmFilter: parsed.value('trace-asm-filter'),
    dumpRegion: parsed.value('dump-region'),
    timeline: parsed.value('timeline'),
    traceText: parsed.value('trace-text'),
  };
}
