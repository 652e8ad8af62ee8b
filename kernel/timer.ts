/**
 * Timers: absolute deadlines on the host's monotonic clock, in nanoseconds, as numbers. A binary heap; arming and
 * cancelling are O(log n), and equal deadlines expire in the order they were armed.
 */
export class Timer {
  readonly expire: (nowNs: number) => void;
  deadlineNs = Infinity;
  /** Bookkeeping of the queue: position in the heap, −1 when not armed, and order of arming. */
  heapIndex = -1;
  sequence = 0;

  constructor(expire: (nowNs: number) => void) {
    this.expire = expire;
  }

  get armed(): boolean {
    return this.heapIndex >= 0;
  }
}

export class TimerQueue {
  readonly #heap: Timer[] = [];
  #sequence = 0;
  /** Told when the next deadline moved nearer: the main loop, which may be asleep until the old one. */
  onEarlier: () => void = () => {};

  get length(): number {
    return this.#heap.length;
  }

  /** Infinity when no timer is armed. */
  get nextDeadlineNs(): number {
    return this.#heap.length > 0 ? this.#heap[0]!.deadlineNs : Infinity;
  }

  /** Arms a timer, or moves its deadline. */
  arm(timer: Timer, deadlineNs: number): void {
    this.cancel(timer);
    timer.deadlineNs = deadlineNs;
    timer.sequence = this.#sequence++;
    timer.heapIndex = this.#heap.length;
    this.#heap.push(timer);
    this.#up(timer);
    if (timer.heapIndex === 0) this.onEarlier();
  }

  /** A timer for one use; call the answer to cancel it. */
  at(deadlineNs: number, expire: (nowNs: number) => void): () => void {
    const timer = new Timer(expire);
    this.arm(timer, deadlineNs);
    return () => this.cancel(timer);
  }

  cancel(timer: Timer): void {
    const index = timer.heapIndex;
    if (index < 0) return;
    timer.heapIndex = -1;
    const last = this.#heap.pop()!;
    if (last === timer) return;
    this.#heap[index] = last;
    last.heapIndex = index;
    this.#up(last);
    this.#down(last);
  }

  /** Runs every timer due; returns how many. A timer armed meanwhile with a deadline already past runs as well. */
  expire(nowNs: number): number {
    let count = 0;
    while (this.#heap.length > 0 && this.#heap[0]!.deadlineNs <= nowNs) {
      const timer = this.#heap[0]!;
      this.cancel(timer);
      timer.expire(nowNs);
      // A timer that re-arms itself in the past must not keep the machine here for ever.
      if (++count >= 10_000) break;
    }
    return count;
  }

  #up(timer: Timer): void {
    const heap = this.#heap;
    let index = timer.heapIndex;
    while (index > 0) {
      const parent = heap[(index - 1) >> 1]!;
      if (!before(timer, parent)) break;
      heap[index] = parent;
      parent.heapIndex = index;
      index = (index - 1) >> 1;
    }
    heap[index] = timer;
    timer.heapIndex = index;
  }

  #down(timer: Timer): void {
    const heap = this.#heap;
    let index = timer.heapIndex;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, timer)) break;
      heap[index] = heap[child]!;
      heap[index]!.heapIndex = index;
      index = child;
    }
    heap[index] = timer;
    timer.heapIndex = index;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.deadlineNs < b.deadlineNs || (a.deadlineNs === b.deadlineNs && a.sequence < b.sequence);
}
