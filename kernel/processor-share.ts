/**
 * How much of the host's processor a kernel may use: so much time of every period. What a turn uses over its part is paid for in the
 * periods that follow, so that the share holds however short it is against a turn; what a period leaves is not saved up.
 * Source: Documentation/scheduler/sched-bwc.rst.
 */
export const SHARE_PERIOD_NS = 100_000_000;

export class ProcessorShare {
  /** Of one processor; Infinity: no limit. */
  readonly share: number;
  /** Periods in which something ran, and those of them in which it had to wait, for how long in all. */
  periods = 0;
  throttledPeriods = 0;
  throttledNs = 0;
  #periodEndsNs = 0;
  #usedNs = 0;
  #throttledSinceNs: number | undefined;

  constructor(share = Infinity) {
    this.share = share;
  }

  get isLimited(): boolean {
    return this.share !== Infinity;
  }

  get quotaNs(): number {
    return this.share * SHARE_PERIOD_NS;
  }

  /** When the next turn may begin: not later than `nowNs` if it may at once. */
  mayRunAtNs(nowNs: number): number {
    if (!this.isLimited) return nowNs;
    this.#renew(nowNs);
    if (this.#usedNs < this.quotaNs) {
      this.#goOn(nowNs);
      return nowNs;
    }
    if (this.#throttledSinceNs === undefined) {
      this.#throttledSinceNs = nowNs;
      this.throttledPeriods++;
    }
    // Whole periods until the debt is paid: in the last of them there is something left.
    return this.#periodEndsNs + (Math.floor(this.#usedNs / this.quotaNs) - 1) * SHARE_PERIOD_NS;
  }

  charge(ns: number): void {
    this.#usedNs += ns;
  }

  #renew(nowNs: number): void {
    if (nowNs < this.#periodEndsNs) return;
    const periods = Math.floor((nowNs - this.#periodEndsNs) / SHARE_PERIOD_NS) + 1;
    this.#periodEndsNs += periods * SHARE_PERIOD_NS;
    this.#usedNs = Math.max(0, this.#usedNs - periods * this.quotaNs);
    this.periods++;
  }

  #goOn(nowNs: number): void {
    if (this.#throttledSinceNs === undefined) return;
    this.throttledNs += nowNs - this.#throttledSinceNs;
    this.#throttledSinceNs = undefined;
  }
}
