/** `--console pty` of a served machine: each terminal is on a pseudo-terminal of the host too, whose path is told. */
import { HostPty } from '../console/host-pty.ts';
import type { ServedMachine } from './served-machine.ts';
import type { Attachment, TerminalSession, TerminalViewer } from './terminal-session.ts';

class PtyViewer implements TerminalViewer {
  readonly #pty: HostPty;
  readonly #attachment: Attachment;

  constructor(session: TerminalSession, pty: HostPty) {
    this.#pty = pty;
    pty.output.onWritten = () => this.#attachment.drained();
    pty.output.onRoom = () => this.#attachment.drained();
    this.#attachment = session.attach(this);
    pty.input.on('data', (bytes: Uint8Array) => this.#attachment.input(bytes));
  }

  get backlogBytes(): number {
    return this.#pty.output.queuedBytes;
  }

  output(bytes: Uint8Array): void {
    this.#pty.output.enqueue(bytes);
  }

  /** Whoever is at the other end sees it where its own program asks for it. */
  resized(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }

  ended(): void {
    void this.#pty.close();
  }
}

/** From now on; those there are already, and those to come. */
export async function openPtyViewers(served: ServedMachine, tell: (line: string) => void): Promise<void> {
  const opener = await HostPty.opener();
  const open = (session: TerminalSession): void => {
    const pty = opener(session.columns, session.rows);
    session.hostPath = pty.path;
    void new PtyViewer(session, pty);
    tell(`terminal ${session.id} on ${pty.path}: ${session.command.join(' ')}`);
  };
  served.listeners.add({ opened: open });
  for (const session of served.terminals()) open(session);
}
