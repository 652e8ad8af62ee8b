/** A machine in a browser's worker: the same kernel, engine and file trees as on Node, a root from an archive, and one terminal. */
import { NativeEngine } from '../../../cpu/native-engine.ts';
import { Processor } from '../../../cpu/processor.ts';
import { O_RDWR } from '../../../linuxabi/abi/fcntl.ts';
import type { Machine } from '../../../linuxabi/machine.ts';
import type { PtyEntry } from '../../../linuxabi/tty/pty-table.ts';
import type { TerminalSystem } from '../../../linuxabi/tty/terminal-system.ts';
import { MemorySource } from '../../../rootfs/byte-source.ts';
import { ArchiveServer } from '../../../rootfs/tar/archive-server.ts';
import { readTar } from '../../../rootfs/tar/tar-reader.ts';
import { assembleOnHost } from '../../assemble-on-host.ts';
import { lookUpUser } from '../../guest-user.ts';
import { loginShell } from '../../login-shell.ts';
import { describeStream, SEARCH_PATH, shellStatus, startProgram } from '../../program.ts';
import { createFiles, DeviceId } from '../../session-files.ts';
import type { WindowCells } from '../messages.ts';
import { BrowserHost } from './browser-host.ts';
import { PageLine } from './page-line.ts';

/** Most that a browser gives at once. Source: Web Cryptography API, getRandomValues. */
const RANDOM_BYTES = 65_536;
/** V8 in Chromium has 1 TiB of addresses for all memories of a process, and keeps 10 GiB for each; some lie in the engine's pool. */
const MOST_TASKS = 64;

export interface BrowserMachineOptions {
  /** A tar archive. */
  readonly root: Uint8Array;
  readonly interpreter: Uint8Array<ArrayBuffer>;
  readonly window: WindowCells;
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly log: (line: string) => void;
}

export interface RunningShell {
  /** When it has ended: its status, or 128 + the signal. */
  readonly status: Promise<number>;
}

export class BrowserMachine {
  readonly line: PageLine;
  readonly #machine: Machine;
  readonly #terminals: TerminalSystem;
  readonly #console: PtyEntry;

  /** Throws when the archive is none. */
  constructor({ root, interpreter, window, send, log }: BrowserMachineOptions) {
    const lower = new ArchiveServer([readTar(new MemorySource(root))], { deviceId: DeviceId.lower });
    const engine = new NativeEngine({ interpreter, processor: new Processor() });
    const { machine, terminals } = assembleOnHost(new BrowserHost(), createFiles(lower, 'archive'), {
      engine,
      random: fillRandom,
      log,
      hostname: 'browser',
      bounds: { tasks: MOST_TASKS },
    });
    this.#machine = machine;
    this.#terminals = terminals;
    this.#console = terminals.ptys.createConsole(0);
    terminals.console = this.#console;
    this.line = new PageLine(this.#console.terminal, send);
    this.resize(window);
  }

  resize({ columns, rows }: WindowCells): void {
    this.#console.terminal.resize({ columns, rows, xPixels: 0, yPixels: 0 });
  }

  /** Until an invariant of the kernel breaks, which rejects. */
  run(): Promise<void> {
    return this.#machine.run();
  }

  /** A login shell on the terminal, which runs when this resolves. Rejects when the root has none. */
  async startShell(): Promise<RunningShell> {
    const { system } = this.#machine.fs;
    const { terminal } = this.#console;
    const open = () => describeStream(this.#machine, this.#terminals.openConsole(this.#console), O_RDWR);
    const user = lookUpUser(system);
    const { started, exited } = startProgram(this.#machine, {
      ...loginShell(system),
      environment: { PATH: SEARCH_PATH, TERM: 'xterm-256color', USER: 'root' },
      cwd: user.home,
      user,
      files: [open(), open(), open()],
      onSession: (session) => {
        const [group] = session.groups.values();
        if (group !== undefined) terminal.adopt(session, group);
      },
    });
    const result = await started;
    if (result !== 0) throw new Error(`the root has no shell that runs: errno ${-result}`);
    return { status: exited.then(shellStatus) };
  }
}

/** The bytes may lie in memory that is shared, which browsers do not fill. */
function fillRandom(into: Uint8Array): void {
  for (let at = 0; at < into.length; at += RANDOM_BYTES) {
    const piece = new Uint8Array(Math.min(RANDOM_BYTES, into.length - at));
    into.set(crypto.getRandomValues(piece), at);
  }
}
