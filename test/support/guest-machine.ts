/**
 * A machine for tests that run guest programs: files in memory, /dev, no terminal, output caught. C programs are compiled on
 * the host, run there and in the guest, and compared.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { NodeHost } from '../../cli/node-host.ts';
import { createEngine } from '../../cli/engines.ts';
import type { EngineName } from '../../cli/run-options.ts';
import { mountTree } from '../../cli/session-files.ts';
import { FrameStore } from '../../cpu/memory/frame-store.ts';
import { toByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { Ready } from '../../kernel/open-file.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { O_RDWR } from '../../linuxabi/abi/fcntl.ts';
import { Description } from '../../linuxabi/fs/description.ts';
import { FileSystem } from '../../linuxabi/fs/file-system.ts';
import { FsContext } from '../../linuxabi/fs/fs-context.ts';
import { registerStandardDevices } from '../../linuxabi/fs/standard-devices.ts';
import { Machine } from '../../linuxabi/machine.ts';
import type { SyscallTracer } from '../../linuxabi/strace.ts';
import { hostRealTime } from '../../rootfs/clock.ts';
import { createDeviceTree } from '../../rootfs/dev/device-tree.ts';
import { MemoryServer } from '../../rootfs/memfs/memory-server.ts';

export interface GuestResult {
  readonly output: string;
  /** Exit status, or 128 + signal. */
  readonly status: number;
  readonly machine: Machine;
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

export interface GuestOptions {
  readonly args?: readonly string[];
  readonly environment?: readonly string[];
  readonly tracer?: SyscallTracer;
  /** Sees the machine before the program starts. */
  readonly prepare?: (machine: Machine) => void;
}

export async function createGuestMachine(engine: EngineName, tracer?: SyscallTracer): Promise<Machine> {
  const server = new MemoryServer({ deviceId: 1, type: 'memfs', nowNs: hostRealTime });
  const system = new FileSystem({ server, source: 'root' }, hostRealTime);
  mountTree(system, '/dev', createDeviceTree(5, hostRealTime), 'devtmpfs');
  const machine = new Machine({
    engine: await createEngine(engine),
    host: new NodeHost(),
    frames: new FrameStore(),
    fs: new FsContext(system),
    random: (into) => void into.fill(7),
    realTimeMs: () => performance.timeOrigin + performance.now(),
    log: () => undefined,
    ...(tracer && { tracer }),
  });
  registerStandardDevices(system.devices, machine.random);
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
export async function runGuest(
  engine: EngineName,
  program: string,
  { args = [], environment = [], tracer, prepare }: GuestOptions = {},
): Promise<GuestResult> {
  const machine = await createGuestMachine(engine, tracer);
  prepare?.(machine);
  const name = basename(program);
  makeNode(machine, name, NodeKind.File, 0o755, readFileSync(program));
  const capture = new CaptureFile();
  const factories = machine.fs.system.factories(machine.kernel.factories);
  const description = new Description({ reference: factories.adopt('capture', capture), factories, flags: O_RDWR });
  const running = machine.run();
  const { started, exited } = machine.spawn({
    path: toByteString(`/${name}`),
    argv: [`/${name}`, ...args].map(toByteString),
    environment: environment.map(toByteString),
    files: [description, description.retain(), description.retain()],
  });
  const result = await Promise.race([started, running.then(() => 0)]);
  if (result !== 0) throw new Error(`the guest program did not start: errno ${-result}`);
  const wait = await Promise.race([exited, running.then(() => -1)]);
  machine.stop();
  const status = (wait & 0x7f) === 0 ? (wait >> 8) & 0xff : 128 + (wait & 0x7f);
  return { output: capture.text, status, machine };
}

/** Compiles C sources of the repository into static programs, in a folder of its own. */
export class GuestPrograms {
  readonly folder = mkdtempSync(join(tmpdir(), 'k42-guest-'));

  compile(source: string, flags: readonly string[] = []): string {
    const program = join(this.folder, basename(source, '.c'));
    execFileSync('gcc', ['-O1', '-static', '-w', '-o', program, source, ...flags]);
    return program;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
