/**
 * A machine without a console: files in memory, /proc and /dev, output caught. The conformance bench and the tests run single
 * static programs in it.
 */
import { TIMED_OUT } from './limit-options.ts';
import type { IsaLevel } from '../cpu/x86/isa-level.ts';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { toByteString } from '../kernel/byte-string.ts';
import { NodeKind } from '../kernel/file-server.ts';
import { Ready } from '../kernel/open-file.ts';
import { UnseekableFile } from '../kernel/unseekable-file.ts';
import { WaitQueue } from '../kernel/wait-queue.ts';
import { O_RDWR } from '../linuxabi/abi/fcntl.ts';
import { Description } from '../linuxabi/fs/description.ts';
import type { Machine } from '../linuxabi/machine.ts';
import type { SyscallTracer } from '../linuxabi/strace.ts';
import { hostRealTime } from '../rootfs/clock.ts';
import { MemoryServer } from '../rootfs/memfs/memory-server.ts';
import { assembleMachine } from './assemble-machine.ts';
import { createEngine } from './engines.ts';
import type { EngineName } from './run-options.ts';
import { shellStatus } from './program.ts';
import { DeviceId, createFiles } from './session-files.ts';

export interface GuestResult {
  readonly output: string;
  /** Exit status, or 128 + signal. */
  readonly status: number;
  readonly machine: Machine;
}

export interface GuestOptions {
  readonly args?: readonly string[];
  readonly environment?: readonly string[];
  readonly tracer?: SyscallTracer;
  /** Sees the machine before the program starts. */
  readonly prepare?: (machine: Machine) => void;
  /** Processor that the program sees. */
  readonly cpu?: IsaLevel;
  /** The machine is stopped after this time, with the output so far and status TIMED_OUT. */
  readonly timeoutMs?: number;
}

/** Catches what is written to it; reads end at once. */
export class CaptureFile extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  readonly #parts: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#parts).toString('latin1');
  }

  read(): number {
    return 0;
  }

  write(from: Uint8Array): number {
    this.#parts.push(Buffer.from(from));
    return from.length;
  }

  readiness(): number {
    return Ready.Readable | Ready.Writable;
  }
}

export async function createBareMachine(engine: EngineName, tracer?: SyscallTracer, cpu?: IsaLevel): Promise<Machine> {
  const lower = new MemoryServer({ deviceId: DeviceId.lower, type: 'memfs', nowNs: hostRealTime });
  const system = createFiles(lower, 'root');
  const { machine } = assembleMachine(system, {
    engine: await createEngine(engine, cpu, 'dropped'),
    random: (into) => void into.fill(7),
    log: () => undefined,
    ...(tracer && { tracer }),
  });
  makeNode(machine, 'tmp', NodeKind.Directory, 0o1777);
  return machine;
}

/** A new file or folder in the root folder. */
function makeNode(machine: Machine, name: string, kind: NodeKind, permissions: number, content?: Uint8Array): void {
  const { root } = machine.fs.system;
  const node = root.dentry.node!.create(name, { kind, permissions, owner: 0, group: 0 });
  if (typeof node === 'number') throw new Error(`can't make /${name}: status ${node}`);
  if (content !== undefined) node.write(0, content);
}

/** Runs a static program of the host in a fresh machine. */
export async function runGuest(engine: EngineName, program: string, options: GuestOptions = {}): Promise<GuestResult> {
  const machine = await createBareMachine(engine, options.tracer, options.cpu);
  options.prepare?.(machine);
  const name = basename(program);
  makeNode(machine, name, NodeKind.File, 0o755, readFileSync(program));
  const capture = new CaptureFile();
  const running = machine.run();
  const timeout = deadline(options.timeoutMs);
  try {
    const status = await Promise.race([runProgram(machine, name, capture, options, running), timeout.passed]);
    return { output: capture.text, status, machine };
  } finally {
    timeout.cancel();
    machine.stop();
  }
}

async function runProgram(
  machine: Machine,
  name: string,
  capture: CaptureFile,
  { args = [], environment = [] }: GuestOptions,
  running: Promise<void>,
): Promise<number> {
  const factories = machine.fs.system.factories(machine.kernel.factories);
  const description = new Description({ reference: factories.adopt('capture', capture), factories, flags: O_RDWR });
  const { started, exited } = machine.spawn({
    path: toByteString(`/${name}`),
    argv: [`/${name}`, ...args].map(toByteString),
    environment: environment.map(toByteString),
    files: [description, description.retain(), description.retain()],
  });
  const result = await Promise.race([started, running.then(() => 0)]);
  if (result !== 0) throw new Error(`the guest program did not start: errno ${-result}`);
  return shellStatus(await Promise.race([exited, running.then(() => -1)]));
}

function deadline(timeoutMs: number | undefined): { readonly passed: Promise<number>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<number>((resolve) => {
    if (timeoutMs !== undefined) timer = setTimeout(() => resolve(TIMED_OUT), timeoutMs);
  });
  return { passed, cancel: () => clearTimeout(timer) };
}
