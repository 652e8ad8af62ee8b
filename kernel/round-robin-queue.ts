/** The scheduling policy without bands and shares: first come, first served, in a ring buffer that grows. */
import type { Dispatcher } from './dispatcher.ts';
import { WAITING_FORMAT, waitingState } from './run-queue.ts';
import type { RunQueue, WaitingState } from './run-queue.ts';
import type { Transferable } from './transfer.ts';

export class RoundRobinQueue implements RunQueue, Transferable {
  readonly exportFormats = [WAITING_FORMAT];
  readonly importFormats = [WAITING_FORMAT];
  #ring: (Dispatcher | undefined)[] = Array.from({ length: 64 });
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get mostUrgent(): number {
    return Infinity;
  }

  add(dispatcher: Dispatcher): void {
    const size = this.#ring.length;
    if (this.#length === size) {
      const ordered = this.#ring.slice(this.#first).concat(this.#ring.slice(0, this.#first));
      ordered.length = size * 2;
      this.#ring = ordered;
      this.#first = 0;
    }
    this.#ring[(this.#first + this.#length++) & (this.#ring.length - 1)] = dispatcher;
  }

  take(): Dispatcher | undefined {
    if (this.#length === 0) return undefined;
    const dispatcher = this.#ring[this.#first];
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#ring.length - 1);
    this.#length--;
    return dispatcher;
  }

  exportState(): WaitingState {
    const mask = this.#ring.length - 1;
    return { waiting: Array.from({ length: this.#length }, (_, i) => this.#ring[(this.#first + i) & mask]!) };
  }

  importState(_format: string, state: unknown): void {
    for (const dispatcher of waitingState(state)) this.add(dispatcher);
  }
}
