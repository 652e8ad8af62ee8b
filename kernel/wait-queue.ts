/**
 * Who waits for an object. Nothing waits inside an object: it answers WouldBlock, the caller adds itself here, parks, and
 * tries again when woken. Waking is a hint: a woken waiter re-checks.
 */
export interface Waiter {
  /** Called at most once per `add`; the waiter has been taken off the queue. `key` is what the waker passed. */
  wake(key: number): void;
}

export class WaitQueue {
  readonly #waiters = new Set<Waiter>();

  get length(): number {
    return this.#waiters.size;
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  /** Wakes up to `count` waiters in order of arrival; returns how many. */
  wake(count = Infinity, key = 0): number {
    // A waiter may put itself back on the queue at once; it then waits for the next wake.
    const most = Math.min(count, this.#waiters.size);
    let woken = 0;
    for (const waiter of this.#waiters) {
      if (woken >= most) break;
      this.#waiters.delete(waiter);
      woken++;
      waiter.wake(key);
    }
    return woken;
  }
}
