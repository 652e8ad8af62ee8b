/**
 * Signals sent and not yet taken: one set per thread, one per process. Standard signals are kept once, with the siginfo of
 * the first, and one more for each timer; real-time signals queue. Lowest number first, then order of arrival. Source: signal(7).
 */
import { SIGRTMIN } from '../abi/signal.ts';
import { SignalSet } from './signal-set.ts';
import type { SignalInfo } from './siginfo.ts';

export class PendingSignals {
  readonly set = new SignalSet();
  #queue: SignalInfo[] = [];

  /** Signals queued, for RLIMIT_SIGPENDING. */
  get queued(): number {
    return this.#queue.length;
  }

  /** False when a standard signal was pending already. */
  add(info: SignalInfo): boolean {
    if (info.signal < SIGRTMIN && info.notice === undefined && this.set.has(info.signal)) return false;
    this.set.add(info.signal);
    this.#queue.push(info);
    info.notice?.queued();
    return true;
  }

  /** Takes the first signal of `wanted`; undefined when there is none. */
  take(wanted: SignalSet): SignalInfo | undefined {
    const low = this.set.low & wanted.low;
    const high = this.set.high & wanted.high;
    if ((low | high) === 0) return undefined;
    const signal = low !== 0 ? lowestBit(low) + 1 : lowestBit(high) + 33;
    const index = this.#queue.findIndex((info) => info.signal === signal);
    const [info] = this.#queue.splice(index, 1);
    if (!this.#queue.some((other) => other.signal === signal)) this.set.delete(signal);
    info?.notice?.taken(info);
    return info;
  }

  /** In order of arrival. */
  list(): readonly SignalInfo[] {
    return this.#queue;
  }

  /** Drops all pending signals of the set. */
  discard(signals: SignalSet): void {
    if ((this.set.low & signals.low) === 0 && (this.set.high & signals.high) === 0) return;
    this.set.deleteAll(signals);
    const dropped = this.#queue.filter((info) => signals.has(info.signal));
    this.#queue = this.#queue.filter((info) => !signals.has(info.signal));
    for (const info of dropped) info.notice?.taken(info);
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
