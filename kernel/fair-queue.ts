/**
 * The scheduling policy: five fixed bands, and inside a band a proportional share of the processor. A more urgent band
 * runs before any other. Inside one, whoever has the least virtual time is next: processor time used, divided by weight.
 * Someone who slept comes back at the band's own virtual time: he is served soon, but can't claim what he did not use.
 */
import { Band } from './dispatcher.ts';
import type { Dispatcher } from './dispatcher.ts';
import { WAITING_FORMAT, waitingState } from './run-queue.ts';
import type { RunQueue, WaitingState } from './run-queue.ts';
import type { Transferable } from './transfer.ts';

const BANDS = Object.keys(Band).length;
/** How far ahead of its band someone may be: who comes from another band, with all he used there, does not wait for ever. */
const LEAD_LIMIT_NS = 1_000_000_000;

export class FairQueue implements RunQueue, Transferable {
  readonly exportFormats = [WAITING_FORMAT];
  readonly importFormats = [WAITING_FORMAT];
  readonly #bands = Array.from({ length: BANDS }, () => new BandHeap());
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The most urgent band with someone in it; Infinity when there is none. */
  get mostUrgent(): number {
    const band = this.#bands.findIndex((heap) => heap.length > 0);
    return band < 0 ? Infinity : band;
  }

  add(dispatcher: Dispatcher): void {
    this.#bands[dispatcher.band]!.add(dispatcher);
    this.#length++;
  }

  take(): Dispatcher | undefined {
    for (const band of this.#bands) {
      const dispatcher = band.take();
      if (dispatcher === undefined) continue;
      this.#length--;
      return dispatcher;
    }
    return undefined;
  }

  /** Each dispatcher keeps its virtual time itself. */
  exportState(): WaitingState {
    return { waiting: this.#bands.flatMap((band) => band.inOrder()) };
  }

  importState(_format: string, state: unknown): void {
    for (const dispatcher of waitingState(state)) this.add(dispatcher);
  }
}

interface Entry {
  readonly dispatcher: Dispatcher;
  readonly time: number;
  readonly arrival: number;
}

/** A binary heap by virtual time, then by arrival. */
class BandHeap {
  readonly #heap: Entry[] = [];
  /** Virtual time of the band: that of the last one taken; never goes back. */
  #now = 0;
  #arrivals = 0;

  get length(): number {
    return this.#heap.length;
  }

  add(dispatcher: Dispatcher): void {
    const { virtualTimeNs } = dispatcher;
    dispatcher.virtualTimeNs = Math.min(Math.max(virtualTimeNs, this.#now), this.#now + LEAD_LIMIT_NS);
    const entry = { dispatcher, time: dispatcher.virtualTimeNs, arrival: this.#arrivals++ };
    let at = this.#heap.length;
    this.#heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#before(at, above)) return;
      this.#exchange(at, above);
      at = above;
    }
  }

  take(): Dispatcher | undefined {
    const first = this.#heap[0];
    if (first === undefined) return undefined;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    this.#now = Math.max(this.#now, first.time);
    return first.dispatcher;
  }

  inOrder(): Dispatcher[] {
    const before = (a: Entry, b: Entry): number => a.time - b.time || a.arrival - b.arrival;
    return this.#heap.toSorted(before).map(({ dispatcher }) => dispatcher);
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below < this.#heap.length && this.#before(below, least)) least = below;
      }
      if (least === at) return;
      this.#exchange(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a]!, this.#heap[b]!];
    return x.time < y.time || (x.time === y.time && x.arrival < y.arrival);
  }

  #exchange(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }
}
