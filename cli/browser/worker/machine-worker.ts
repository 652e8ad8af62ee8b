/** The worker that has the machine: the page's messages in, the terminal's output out. */
import type { PageMessage, WindowCells, WorkerMessage } from '../messages.ts';
import { BrowserMachine } from './browser-machine.ts';
import { fetchBytes } from './fetched.ts';

const BYTES_PER_MIB = 2 ** 20;

export class MachineWorker {
  readonly #post: (message: WorkerMessage, transfer?: readonly Transferable[]) => void;
  #machine: BrowserMachine | undefined;
  /** The page may change it while the machine is still being made. */
  #window: WindowCells = { columns: 80, rows: 24 };

  constructor(post: (message: WorkerMessage, transfer?: readonly Transferable[]) => void) {
    this.#post = post;
  }

  /** What goes wrong in the end is told to the page. */
  take(message: PageMessage): void {
    this.#take(message).catch((failure: unknown) => this.#fail(failure));
  }

  async #take(message: PageMessage): Promise<void> {
    switch (message.type) {
      case 'boot':
        this.#window = message.window;
        this.#machine = await this.#boot(message.root, message.interpreter);
        this.#machine.run().catch((failure: unknown) => this.#fail(failure));
        return this.#runShell();
      case 'shell':
        return this.#runShell();
      case 'input':
        return this.#machine?.line.receive(message.bytes);
      case 'shown':
        return this.#machine?.line.shown(message.bytes);
      case 'resize':
        this.#window = message.window;
        return this.#machine?.resize(message.window);
    }
  }

  async #boot(root: string, interpreter: string): Promise<BrowserMachine> {
    const showRoot = (bytes: number): void =>
      this.#progress(`Root file system: ${(bytes / BYTES_PER_MIB).toFixed(1)} MiB`);
    const [archive, module] = await Promise.all([fetchBytes(root, showRoot), fetchBytes(interpreter, () => undefined)]);
    this.#progress('Starting the machine');
    return new BrowserMachine({
      root: archive,
      interpreter: module,
      window: this.#window,
      send: (bytes) => this.#post({ type: 'output', bytes }, [bytes.buffer]),
      log: (line) => console.info(`k42: ${line}`),
    });
  }

  async #runShell(): Promise<void> {
    const ended = await this.#machine?.startShell();
    if (ended === undefined) return;
    this.#post({ type: 'started' });
    this.#post({ type: 'ended', status: await ended.status });
  }

  #progress(text: string): void {
    this.#post({ type: 'progress', text });
  }

  #fail(failure: unknown): void {
    this.#post({ type: 'failed', text: failure instanceof Error ? failure.message : String(failure) });
    console.error(failure);
  }
}
