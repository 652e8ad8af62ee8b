/**
 * The Root of a clustered object: what stands behind a reference on all processors together. A processor that has no
 * representative yet asks the Root for one (`representative`), and keeps the answer in its local table. Callers see only
 * the representative and can't tell the kinds of Root apart.
 */
export interface Root<T extends object> {
  /** The object that serves calls from this processor; the same answer each time it is asked for the same one. */
  representative(processor: number): T;
  /** Every representative made so far. */
  representatives(): readonly T[];
}

/** One object serves every processor. */
export class SingleRoot<T extends object> implements Root<T> {
  readonly #object: T;

  constructor(object: T) {
    this.#object = object;
  }

  representative(): T {
    return this.#object;
  }

  representatives(): readonly T[] {
    return [this.#object];
  }
}

/** One representative per processor, made at the first call from there. */
export class ReplicatedRoot<T extends object> implements Root<T> {
  readonly #make: (processor: number) => T;
  readonly #made = new Map<number, T>();

  constructor(make: (processor: number) => T) {
    this.#make = make;
  }

  representative(processor: number): T {
    let made = this.#made.get(processor);
    if (made === undefined) {
      made = this.#make(processor);
      this.#made.set(processor, made);
    }
    return made;
  }

  representatives(): readonly T[] {
    return [...this.#made.values()];
  }
}
