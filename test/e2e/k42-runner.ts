/** Runs a case of the command table in k42: a fresh machine on the default root, one engine for all of them. */
import { createEngine } from '../../cli/engines.ts';
import { NodeHost } from '../../cli/node-host.ts';
import type { EngineName } from '../../cli/run-options.ts';
import { createFiles, mountKernelTrees } from '../../cli/session-files.ts';
import type { Engine } from '../../cpu/engine.ts';
import { FrameStore } from '../../cpu/memory/frame-store.ts';
import { toByteString } from '../../kernel/byte-string.ts';
import { NodeKind, type FileNode, type FileServer } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import { O_RDONLY, O_WRONLY } from '../../linuxabi/abi/fcntl.ts';
import { Description } from '../../linuxabi/fs/description.ts';
import { FsContext } from '../../linuxabi/fs/fs-context.ts';
import { nodeAt } from '../../linuxabi/fs/mount.ts';
import { registerStandardDevices } from '../../linuxabi/fs/standard-devices.ts';
import { Machine } from '../../linuxabi/machine.ts';
import type { SyscallTracer } from '../../linuxabi/strace.ts';
import { FileSource } from '../../rootfs/byte-source.ts';
import { ArchiveServer } from '../../rootfs/tar/archive-server.ts';
import { readTar } from '../../rootfs/tar/tar-reader.ts';
import { CaptureFile } from '../support/guest-machine.ts';
import { environment, fixtures, type CommandResult } from './command-table.ts';

export interface RunOptions {
  readonly tracer?: SyscallTracer;
  readonly path?: string;
  readonly argv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;
const WORK = '/tmp/work';

export class K42Runner {
  readonly #engine: Engine;
  readonly #lower: FileServer;

  private constructor(engine: Engine, lower: FileServer) {
    this.#engine = engine;
    this.#lower = lower;
  }

  /** `archive`: path of the default root. */
  static async open(archive: string, engine: EngineName = 'native'): Promise<K42Runner> {
    return new K42Runner(
      await createEngine(engine),
      new ArchiveServer([readTar(new FileSource(archive))], { deviceId: 2 }),
    );
  }

  /** Runs `script` in bash, or the program that `options` names. */
  async run(script: string, options: RunOptions = {}): Promise<CommandResult> {
    const machine = this.#boot(options.tracer);
    const out = new CaptureFile();
    const err = new CaptureFile();
    const running = machine.run();
    const { started, exited } = machine.spawn({
      path: toByteString(options.path ?? '/bin/bash'),
      argv: (options.argv ?? ['bash', '-c', script]).map(toByteString),
      environment: Object.entries(options.environment ?? { ...environment, PATH: '/bin' }).map(([key, value]) =>
        toByteString(`${key}=${value}`),
      ),
      cwd: WORK,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      files: [
        describe(machine, new CaptureFile(), O_RDONLY),
        describe(machine, out, O_WRONLY),
        describe(machine, err, O_WRONLY),
      ],
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((resolve) => {
      timer = setTimeout(() => resolve(-1), TIMEOUT_MS);
    });
    try {
      const result = await Promise.race([started, running.then(() => -1), late]);
      if (result !== 0) throw new Error(`bash did not start: ${result}`);
      const wait = await Promise.race([exited, running.then(() => -1), late]);
      const status = wait < 0 ? -1 : (wait & 0x7f) === 0 ? (wait >> 8) & 0xff : 128 + (wait & 0x7f);
      return { stdout: out.text, stderr: err.text, status };
    } finally {
      clearTimeout(timer);
      machine.stop();
    }
  }

  #boot(tracer: SyscallTracer | undefined): Machine {
    const system = createFiles(this.#lower, 'root');
    fillWorkFolder(nodeAt(system.root));
    const machine = new Machine({
      engine: this.#engine,
      host: new NodeHost(),
      frames: new FrameStore(),
      fs: new FsContext(system),
      random: (into) => void crypto.getRandomValues(into as Uint8Array<ArrayBuffer>),
      realTimeMs: () => performance.timeOrigin + performance.now(),
      log: () => undefined,
      ...(tracer && { tracer }),
    });
    mountKernelTrees(machine);
    registerStandardDevices(system.devices, machine.random);
    return machine;
  }
}

function describe(machine: Machine, file: OpenFile, flags: number): Description {
  const { system } = machine.fs;
  const factories = system.factories(machine.kernel.factories);
  const location = system.anonymous.create(NodeKind.Fifo, 0, 0, (id) => `pipe:[${id}]`);
  return new Description({ reference: factories.adopt('capture', file), factories, flags, location });
}

function fillWorkFolder(root: FileNode): void {
  const owner = { owner: process.getuid?.() ?? 0, group: process.getgid?.() ?? 0 };
  const temporary = root.lookup('tmp');
  if (typeof temporary === 'number') throw new Error('the root has no /tmp');
  const work = temporary.create('work', { kind: NodeKind.Directory, permissions: 0o755, ...owner });
  if (typeof work === 'number') throw new Error(`can't make ${WORK}: status ${work}`);
  for (const [name, content] of Object.entries(fixtures)) {
    const file = work.create(name, { kind: NodeKind.File, permissions: 0o644, ...owner });
    if (typeof file === 'number') throw new Error(`can't make ${name}: status ${file}`);
    file.write(0, content);
  }
}
