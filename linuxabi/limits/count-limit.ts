/** How many of something one machine may have. Who makes one asks before; a refusal is counted. */
export class CountLimit {
  /** Nothing that a program says goes over it. */
  readonly bound: number;
  /** At most the bound; programs with the privilege may lower it. */
  #maximum: number;
  readonly #current: () => number;
  #peak = 0;
  #refusals = 0;

  constructor(bound: number, current: () => number) {
    this.bound = bound;
    this.#maximum = bound;
    this.#current = current;
  }

  get maximum(): number {
    return this.#maximum;
  }

  set maximum(wanted: number) {
    this.#maximum = Math.min(wanted, this.bound);
  }

  get current(): number {
    return this.#current();
  }

  /** The most that there have been when one more was asked for. */
  get peak(): number {
    return Math.max(this.#peak, this.#current());
  }

  get refusals(): number {
    return this.#refusals;
  }

  /** Whether there may be so many more than there are now (0: one that is there already may stay); `most`: for whom the maximum is not meant. */
  allows(more: number, most = this.#maximum): boolean {
    const count = this.#current() + more;
    if (count > most) {
      this.#refusals++;
      return false;
    }
    if (count > this.#peak) this.#peak = count;
    return true;
  }
}
