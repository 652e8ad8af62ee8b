/** What changed in a memory tree: the latest changes, oldest first. Only notes; who wants them asks. */
import type { ByteString } from '../../kernel/byte-string.ts';

export interface Change {
  readonly change: 'write' | 'attributes' | 'create' | 'link' | 'unlink' | 'rename' | 'exchange';
  /** The file, or the directory whose names change. */
  readonly nodeId: number;
  readonly name?: ByteString;
  readonly position?: number;
  readonly count?: number;
}

const KEPT = 4096;

export class Journal {
  readonly #changes: Change[] = [];
  /** All changes, those no longer kept included. */
  total = 0;

  note(change: Change): void {
    this.#changes[this.total++ % KEPT] = change;
  }

  latest(): Change[] {
    const first = this.total % KEPT;
    return this.total <= KEPT ? [...this.#changes] : [...this.#changes.slice(first), ...this.#changes.slice(0, first)];
  }
}
