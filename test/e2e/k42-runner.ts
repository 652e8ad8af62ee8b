/** Runs a case of the command table in k42: a fresh machine on the default root, one engine for all of them. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { assembleMachine } from '../../cli/assemble-machine.ts';
import { createEngine } from '../../cli/engines.ts';
import type { EngineName } from '../../cli/run-options.ts';
import { describeStream, shellStatus } from '../../cli/program.ts';
import { createFiles } from '../../cli/session-files.ts';
import type { Engine } from '../../cpu/engine.ts';
import { toByteString } from '../../kernel/byte-string.ts';
import { NodeKind, type FileNode, type FileServer } from '../../kernel/file-server.ts';
import { O_RDONLY, O_WRONLY } from '../../linuxabi/abi/fcntl.ts';
import { nodeAt } from '../../linuxabi/fs/mount.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import type { SyscallTracer } from '../../linuxabi/strace.ts';
import { FileSource } from '../../rootfs/host/file-source.ts';
import { HostServer } from '../../rootfs/host/host-server.ts';
import { ArchiveServer } from '../../rootfs/tar/archive-server.ts';
import { readTar } from '../../rootfs/tar/tar-reader.ts';
import { CaptureFile } from '../support/guest-machine.ts';
import { environment, fixtures, type CommandResult } from './command-table.ts';

export interface RunOptions {
  readonly tracer?: SyscallTracer;
  /** A host program that stands in the work folder instead of the fixtures. */
  readonly program?: string;
  /** Numbers of processes are above this one. */
  readonly processesAbove?: number;
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

  /** On a folder of the host, which stays as it is. */
  static async openFolder(folder: string): Promise<K42Runner> {
    return new K42Runner(await createEngine('native'), new HostServer(folder, { deviceId: 2, access: 'read-only' }));
  }

  /** Runs `script` in bash, or the program that `options` names. */
  async run(script: string, options: RunOptions = {}): Promise<CommandResult> {
    const machine = this.#boot(options);
    machine.tasks.lastNumber = options.processesAbove ?? machine.tasks.lastNumber;
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
        describeStream(machine, new CaptureFile(), O_RDONLY),
        describeStream(machine, out, O_WRONLY),
        describeStream(machine, err, O_WRONLY),
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
      const status = wait < 0 ? -1 : shellStatus(wait);
      return { stdout: out.text, stderr: err.text, status };
    } finally {
      clearTimeout(timer);
      machine.stop();
    }
  }

  #boot({ tracer, program }: RunOptions): Machine {
    const system = createFiles(this.#lower, 'root');
    fillFolder(nodeAt(system.root), 'work', program === undefined ? fixtures : {});
    if (program !== undefined)
      fillFolder(nodeAt(system.root), 'program', { [basename(program)]: readFileSync(program) }, 0o755);
    return assembleMachine(system, {
      engine: this.#engine,
      random: (into) => void crypto.getRandomValues(into as Uint8Array<ArrayBuffer>),
      log: () => undefined,
      ...(tracer && { tracer }),
    }).machine;
  }
}

/** A folder below /tmp with these files. */
function fillFolder(
  root: FileNode,
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  permissions = 0o644,
): void {
  const owner = { owner: process.getuid?.() ?? 0, group: process.getgid?.() ?? 0 };
  const temporary = root.lookup('tmp');
  if (typeof temporary === 'number') throw new Error('the root has no /tmp');
  const folder = temporary.create(name, { kind: NodeKind.Directory, permissions: 0o755, ...owner });
  if (typeof folder === 'number') throw new Error(`can't make /tmp/${name}: status ${folder}`);
  for (const [file, content] of Object.entries(files)) {
    const node = folder.create(file, { kind: NodeKind.File, permissions, ...owner });
    if (typeof node === 'number') throw new Error(`can't make ${file}: status ${node}`);
    node.write(0, Buffer.from(content));
  }
}
