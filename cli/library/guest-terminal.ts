/** A terminal of the guest with the library's owner at the other end: what node-pty is on the host. */
import { PassThrough } from 'node:stream';
import { O_RDWR } from '../../linuxabi/abi/fcntl.ts';
import type { Session } from '../../linuxabi/process/session.ts';
import type { Terminal } from '../../linuxabi/tty/terminal.ts';
import { HostLine } from '../console/host-line.ts';
import { describeStream } from '../program.ts';
import { argumentError } from './guest-error.ts';
import { GuestOutput } from './guest-output.ts';
import type { MachineHost } from './machine-host.ts';
import type { TerminalSize } from './spawn-options.ts';
import type { StandardStreams } from './standard-streams.ts';

/** Rows and columns are unsigned short in struct winsize. Source: ioctl_tty(2). */
const MOST_CELLS = 0xffff;

export class GuestTerminal {
  /** Its path inside: `/dev/pts/0`. */
  readonly path: string;
  readonly #terminal: Terminal;

  /** @internal */
  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.path = terminal.name;
  }

  get size(): TerminalSize {
    const { columns, rows } = this.#terminal.window;
    return { columns, rows };
  }

  /** The program in the foreground gets SIGWINCH. Throws when a size is no whole number from 0 to 65535. */
  resize({ columns, rows }: TerminalSize): void {
    for (const cells of [columns, rows]) {
      if (!Number.isInteger(cells) || cells < 0 || cells > MOST_CELLS)
        throw argumentError(`a terminal can't have ${cells} rows or columns`);
    }
    this.#terminal.resize({ columns, rows, xPixels: 0, yPixels: 0 });
  }

  /** As when a modem's line goes dead: the session's leader gets SIGHUP, reads end. */
  hangUp(): void {
    this.#terminal.hangUp();
  }
}

/** @internal */
export interface TerminalStreams extends StandardStreams {
  readonly terminal: GuestTerminal;
  /** Makes it the controlling terminal of a new session. */
  adopt(session: Session): void;
}

/**
 * Throws when the size is impossible.
 * @internal
 */
export function openTerminal({ machine, terminals }: MachineHost, size: TerminalSize, owner: number): TerminalStreams {
  const entry = terminals.ptys.createConsole(owner);
  const { terminal } = entry;
  const input = new PassThrough();
  const output = new GuestOutput();
  const shown = new GuestTerminal(terminal);
  shown.resize(size);
  const line = new HostLine(terminal, input, output, () => {
    output.release();
    terminals.ptys.remove(entry.index);
  });
  line.open();
  const open = () => describeStream(machine, terminals.openConsole(entry), O_RDWR);
  return {
    stdin: input,
    stdout: output.stream,
    stderr: null,
    files: [open(), open(), open()],
    terminal: shown,
    adopt: (session) => {
      const [group] = session.groups.values();
      if (group !== undefined) terminal.adopt(session, group);
    },
    end: () => Promise.resolve(),
  };
}
