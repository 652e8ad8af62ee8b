/**
 * Where references lead: for each slot the Root, and on each processor a representative. A local table is only a cache:
 * an empty entry is a miss, which asks the Root. A slot is given out again only after every activity that may still use
 * its reference has ended (activities.ts).
 *
 * The entry of the processor that runs now lies in the reference itself (`local`), so that a call costs one more read
 * than a direct one. The entries of the other processors of this heap wait in their local tables; `switchTo` exchanges
 * them. Processors that are threads of the host have heaps, and so references, of their own and never switch.
 */
import { Activities } from './activities.ts';
import type { Root } from './root.ts';

/** What the table keeps in a reference. */
export interface Translated {
  readonly slot: number;
  /** The representative on the current processor, once there is one. */
  local: object | undefined;
}

interface Slot {
  readonly translated: Translated;
  root: Root<object>;
}

export class TranslationTable {
  readonly activities: Activities;
  #processor = 0;
  readonly #parked: (object | undefined)[][];
  readonly #slots: (Slot | undefined)[] = [];
  readonly #freeSlots: number[] = [];

  constructor(processors = 1, activities = new Activities()) {
    this.activities = activities;
    this.#parked = Array.from({ length: processors }, () => []);
  }

  get processor(): number {
    return this.#processor;
  }

  /** From now on calls are made by this processor. */
  switchTo(processor: number): void {
    const next = this.#parked[processor];
    if (next === undefined) throw new Error(`there is no processor ${processor}`);
    const left = this.#parked[this.#processor]!;
    this.#processor = processor;
    for (let slot = 0; slot < this.#slots.length; slot++) {
      const translated = this.#slots[slot]?.translated;
      if (translated === undefined) continue;
      left[slot] = translated.local;
      translated.local = next[slot];
    }
  }

  takeSlot(): number {
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    this.#slots[slot] = undefined;
    return slot;
  }

  /** A new reference and its Root, or another Root for it: every processor misses at its next call. */
  install(translated: Translated, root: Root<object>): void {
    const { slot } = translated;
    this.#slots[slot] = { translated, root };
    for (const parked of this.#parked) parked[slot] = undefined;
    translated.local = undefined;
  }

  root(translated: Translated): Root<object> {
    const slot = this.#slots[translated.slot];
    if (slot?.translated !== translated) throw new Error(`reference in slot ${translated.slot} used after its end`);
    return slot.root;
  }

  /** The current processor has no representative: the Root installs one. */
  miss(translated: Translated): object {
    const made = this.root(translated).representative(this.#processor);
    translated.local = made;
    return made;
  }

  /** Nobody holds the reference any more; activities under way may still call through it. */
  retire(translated: Translated): void {
    this.activities.afterRunning(() => {
      translated.local = undefined;
      this.#slots[translated.slot] = undefined;
      this.#freeSlots.push(translated.slot);
    });
  }

  /** Slots given out and not free again. */
  get used(): number {
    return this.#slots.length - this.#freeSlots.length;
  }
}
