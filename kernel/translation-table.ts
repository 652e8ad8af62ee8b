/**
 * Where references lead: a table of Roots, and for each processor a local table of representatives with the same slots.
 * Local tables are only caches: an empty entry is a miss, which asks the Root. A slot is given out again only after
 * every activity that may still use the reference has ended (activities.ts).
 */
import { Activities } from './activities.ts';
import type { Root } from './root.ts';

export class TranslationTable {
  readonly activities: Activities;
  /** The local table of the processor that runs now: what `deref` reads. */
  local: (object | undefined)[];
  #processor = 0;
  readonly #locals: (object | undefined)[][];
  readonly #roots: (Root<object> | undefined)[] = [];
  readonly #freeSlots: number[] = [];

  constructor(processors = 1, activities = new Activities()) {
    this.activities = activities;
    this.#locals = Array.from({ length: processors }, () => []);
    this.local = this.#locals[0]!;
  }

  get processor(): number {
    return this.#processor;
  }

  /** From now on calls are made by this processor. */
  switchTo(processor: number): void {
    const local = this.#locals[processor];
    if (local === undefined) throw new Error(`there is no processor ${processor}`);
    this.#processor = processor;
    this.local = local;
  }

  /** A slot for this Root. */
  install(root: Root<object>): number {
    const slot = this.#freeSlots.pop() ?? this.#roots.length;
    this.#roots[slot] = root;
    // No holes: a local table stays an array that the host's compiler reads with one bound check.
    for (const local of this.#locals) {
      while (local.length < slot) local.push(undefined);
      local[slot] = undefined;
    }
    return slot;
  }

  root(slot: number): Root<object> {
    const root = this.#roots[slot];
    if (root === undefined) throw new Error(`nothing stands behind slot ${slot}`);
    return root;
  }

  /** Another Root takes the slot; every processor misses at its next call. */
  replace(slot: number, root: Root<object>): void {
    this.#roots[slot] = root;
    for (const local of this.#locals) local[slot] = undefined;
  }

  /** The current processor has no representative: the Root installs one. */
  miss(slot: number): object {
    const made = this.root(slot).representative(this.#processor);
    this.local[slot] = made;
    return made;
  }

  /** Nobody holds the reference any more; activities under way may still call through it. */
  retire(slot: number): void {
    this.activities.afterRunning(() => {
      this.#roots[slot] = undefined;
      for (const local of this.#locals) local[slot] = undefined;
      this.#freeSlots.push(slot);
    });
  }

  /** Slots given out and not free again. */
  get used(): number {
    return this.#roots.length - this.#freeSlots.length;
  }
}
