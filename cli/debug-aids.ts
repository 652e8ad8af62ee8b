/** What the options of debug-options.ts ask for, over a session: around its engine, told of its machine, written out at its end. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import type { Engine } from '../cpu/engine.ts';
import { NativeEngine } from '../cpu/native-engine.ts';
import { traceText } from '../kernel/trace/trace.ts';
import type { InstructionTrace } from '../linuxabi/debug/instruction-trace.ts';
import type { RegionDump } from '../linuxabi/debug/region-dump.ts';
import type { Machine } from '../linuxabi/machine.ts';
import type { LinuxThread } from '../linuxabi/process/thread.ts';
import type { DebugOptions } from './debug-options.ts';
import type { GdbServer } from './gdb-server.ts';
import { writeTimeline } from './timeline-file.ts';

const STANDARD_ERROR = 2;
/** Text that waits to be written, in characters, and for how long. */
const MOST_WAITING = 1 << 16;
const FLUSH_MS = 200;

export class DebugAids {
  /** The session's engine, or around it. */
  readonly engine: Engine;
  readonly #options: DebugOptions;
  readonly #gdb: GdbServer | undefined;
  readonly #trace: InstructionTrace | undefined;
  readonly #output: TraceOutput | undefined;
  readonly #dump: RegionDump | undefined;

  private constructor(options: DebugOptions, parts: Parts) {
    this.#options = options;
    this.engine = parts.engine;
    this.#gdb = parts.gdb;
    this.#trace = parts.trace;
    this.#output = parts.output;
    this.#dump = parts.dump;
  }

  static async open(options: DebugOptions, engine: Engine, note: (text: string) => void): Promise<DebugAids> {
    const parts: Parts = { engine, gdb: undefined, trace: undefined, output: undefined, dump: undefined };
    if (options.traceAsm !== undefined) await openTrace(parts, options.traceAsm, options.traceAsmFilter);
    if (options.dumpRegion !== undefined) await openDump(parts, engine, options.dumpRegion);
    if (options.gdb !== undefined)
      parts.gdb = await (await import('./gdb-server.ts')).GdbServer.open(options.gdb, note);
    return new DebugAids(options, parts);
  }

  /** Whether the kernel's trace is wanted. */
  get tracesKernel(): boolean {
    return this.#options.timeline !== undefined || this.#options.traceText !== undefined;
  }

  machineMade(machine: Machine): void {
    if (this.#trace !== undefined) this.#trace.machine = machine;
    if (this.#dump !== undefined) this.#dump.machine = machine;
  }

  programLoaded(thread: LinuxThread): void {
    this.#gdb?.attach(thread);
  }

  /** The machine has stopped. */
  finish(machine: Machine): void {
    this.#output?.close();
    const { timeline, traceText: textFile } = this.#options;
    if (timeline !== undefined) writeTimeline(timeline, machine);
    if (textFile !== undefined) writeFileSync(textFile, `${traceText(machine.kernel.trace).join('\n')}\n`);
    if (this.#dump !== undefined) process.stderr.write(`${this.#dump.lines().join('\n')}\n`);
  }

  async close(): Promise<void> {
    await this.#gdb?.close();
  }
}

interface Parts {
  engine: Engine;
  gdb: GdbServer | undefined;
  trace: InstructionTrace | undefined;
  output: TraceOutput | undefined;
  dump: RegionDump | undefined;
}

async function openTrace(parts: Parts, file: string, filter: string | undefined): Promise<void> {
  const { engine } = parts;
  if (!(engine instanceof NativeEngine)) throw new TypeError('--trace-asm needs the native engine');
  const { InstructionTrace: Trace } = await import('../linuxabi/debug/instruction-trace.ts');
  const { SteppingEngine } = await import('../cpu/stepping-engine.ts');
  const { parseCodeFilter } = await import('../linuxabi/debug/code-filter.ts');
  const output = new TraceOutput(file);
  parts.output = output;
  parts.trace = new Trace((line) => output.line(line), filter === undefined ? undefined : parseCodeFilter(filter));
  parts.engine = new SteppingEngine(engine, parts.trace);
}

async function openDump(parts: Parts, engine: Engine, code: string): Promise<void> {
  if (!(engine instanceof NativeEngine)) throw new TypeError('--dump-region needs the native engine');
  const { RegionDump: Dump } = await import('../linuxabi/debug/region-dump.ts');
  const { parseCodeFilter } = await import('../linuxabi/debug/code-filter.ts');
  const dump = new Dump(parseCodeFilter(code));
  engine.onRegion = (region) => dump.regionFound(region);
  parts.dump = dump;
}

/** Lines into a file, or to standard error: many at once, but none waits long. */
class TraceOutput {
  readonly #descriptor: number;
  readonly #timer = setInterval(() => this.#flush(), FLUSH_MS).unref();
  #waiting = '';

  /** `-`: standard error. */
  constructor(file: string) {
    this.#descriptor = file === '-' ? STANDARD_ERROR : openSync(file, 'w');
  }

  line(text: string): void {
    this.#waiting += `${text}\n`;
    if (this.#waiting.length >= MOST_WAITING) this.#flush();
  }

  #flush(): void {
    if (this.#waiting !== '') writeWhole(this.#descriptor, Buffer.from(this.#waiting));
    this.#waiting = '';
  }

  close(): void {
    clearInterval(this.#timer);
    this.#flush();
    if (this.#descriptor !== STANDARD_ERROR) closeSync(this.#descriptor);
  }
}

/** A pipe that is full is waited for: the program is not to run ahead of its trace. */
function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (failure) {
      const { code } = failure as NodeJS.ErrnoException;
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      else if (code === 'EPIPE') return;
      else throw failure;
    }
  }
}
