/** The terminals of one machine by index: what /dev/pts shows. Pseudo-terminal pairs, and consoles whose device is the host. */
import { PtyMaster } from './pty.ts';
import { Terminal, type TerminalServices } from './terminal.ts';

/** Source: Documentation/admin-guide/devices.txt: 136 is the first major of the Unix98 slaves. */
export const SLAVE_MAJOR = 136;

export interface PtyEntry {
  readonly index: number;
  readonly terminal: Terminal;
  /** Absent for a console. */
  readonly master: PtyMaster | undefined;
  readonly owner: number;
}

export class PtyTable {
  readonly #entries = new Map<number, PtyEntry>();
  /** Numbers whose master is closed while a slave is still open: not free yet. */
  readonly #lingering = new Set<number>();
  readonly #services: TerminalServices;

  constructor(services: TerminalServices) {
    this.#services = services;
  }

  /** Opens /dev/ptmx: a new pair with the lowest free index, its slave owned by `owner`. */
  createPair(owner: number): PtyMaster {
    const index = this.#freeIndex();
    const terminal = this.#createTerminal(index);
    const master = new PtyMaster(index, terminal, {
      onClose: () => {
        this.#entries.delete(index);
        this.#lingering.add(index);
      },
      onFree: () => void this.#lingering.delete(index),
    });
    this.#entries.set(index, { index, terminal, master, owner });
    return master;
  }

  /** A terminal for the host's side to attach to; it stays until `remove`. */
  createConsole(owner: number): PtyEntry {
    const index = this.#freeIndex();
    const entry = { index, terminal: this.#createTerminal(index), master: undefined, owner };
    this.#entries.set(index, entry);
    return entry;
  }

  remove(index: number): void {
    this.#entries.delete(index);
  }

  get(index: number): PtyEntry | undefined {
    return this.#entries.get(index);
  }

  indices(): readonly number[] {
    return [...this.#entries.keys()].toSorted((a, b) => a - b);
  }

  #createTerminal(index: number): Terminal {
    return new Terminal(`/dev/pts/${index}`, { major: SLAVE_MAJOR, minor: index }, this.#services);
  }

  #freeIndex(): number {
    let index = 0;
    while (this.#entries.has(index) || this.#lingering.has(index)) index++;
    return index;
  }
}
