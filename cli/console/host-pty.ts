/** A pseudo-terminal of the host made by node-pty, with nobody at it yet: screen, picocom or any serial tool attaches to its path. */
import { ReadStream } from 'node:tty';
import { HostOutput } from './host-output.ts';

/** The native part of node-pty: makes a pair; descriptors of both sides and the slave's path. */
interface PtyBinding {
  open(columns: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string };
  resize(master: number, columns: number, rows: number): void;
}

export class HostPty {
  /** Of the host's slave side: what one attaches to. */
  readonly path: string;
  /** What is typed there. */
  readonly input: ReadStream;
  /** What is shown there. */
  readonly output: HostOutput;
  readonly #native: PtyBinding;
  readonly #master: number;
  /** Kept open, or the master would report a hang-up while nobody is attached. */
  readonly #slave: ReadStream;
  #isOpen = true;

  private constructor(native: PtyBinding, columns: number, rows: number) {
    const { master, slave, pty } = native.open(columns, rows);
    this.#native = native;
    this.#master = master;
    this.path = pty;
    this.input = new ReadStream(master);
    this.input.on('error', () => undefined);
    this.output = new HostOutput(master);
    // The guest's own line discipline echoes and edits; the host's must not do it a second time.
    this.#slave = new ReadStream(slave);
    this.#slave.setRawMode(true);
    this.#slave.pause();
  }

  /** Rejects on a host without Unix pseudo-terminals. The answer makes one. */
  static async opener(): Promise<(columns: number, rows: number) => HostPty> {
    const { native } = (await import('node-pty')) as unknown as { native: PtyBinding | null };
    if (native === null) throw new Error('--console pty needs a host with Unix pseudo-terminals');
    return (columns, rows) => new HostPty(native, columns, rows);
  }

  resize(columns: number, rows: number): void {
    if (this.#isOpen) this.#native.resize(this.#master, columns, rows);
  }

  /** Once what has been written is with the host. */
  async close(): Promise<void> {
    await this.output.drain();
    this.#isOpen = false;
    this.input.destroy();
    this.#slave.destroy();
  }
}
