/**
 * Signals sent and not yet taken: one set per thread, one per process. Standard signals are kept once, with the siginfo of
 * the first, and one more for each timer; real-time signals queue. Lowest number first, then order of arrival. Source: signal(7).
 */
import { SIGRTMIN, SI_USER } from '../abi/signal.ts';
import { SignalSet } from './signal-set.ts';
import { userSignal } from './siginfo.ts';
import type { SignalInfo } from './siginfo.ts';

interface Queued {
  readonly info: SignalInfo;
  /** Tells when it arrived. */
  readonly order: number;
  /** Called when it is pending no longer. */
  readonly settle: (() => void) | undefined;
}

/** Those of one signal, the first at `next`. */
interface Line {
  readonly queued: Queued[];
  next: number;
}

/** So many taken ones may stand before the first, then as many as follow. */
const SLACK = 32;

export class PendingSignals {
  readonly set = new SignalSet();
  readonly #lines = new Map<number, Line>();
  #arrived = 0;

  /** A standard signal that is pending already is not kept once more. */
  keeps({ signal, notice }: SignalInfo): boolean {
    return signal >= SIGRTMIN || notice !== undefined || !this.set.has(signal);
  }

  /** False when a standard signal was pending already. `settle` is called when it is pending no longer. */
  add(info: SignalInfo, settle?: () => void): boolean {
    if (!this.keeps(info)) return false;
    this.set.add(info.signal);
    let line = this.#lines.get(info.signal);
    if (line === undefined) this.#lines.set(info.signal, (line = { queued: [], next: 0 }));
    line.queued.push({ info, order: this.#arrived++, settle });
    info.notice?.queued();
    return true;
  }

  /** There was no room for what it would tell: it is only known to be pending. */
  addBare(signal: number): void {
    this.set.add(signal);
  }

  /** Takes the first signal of `wanted`; undefined when there is none. */
  take(wanted: SignalSet): SignalInfo | undefined {
    const low = this.set.low & wanted.low;
    const high = this.set.high & wanted.high;
    if ((low | high) === 0) return undefined;
    const signal = low !== 0 ? lowestBit(low) + 1 : lowestBit(high) + 33;
    const line = this.#lines.get(signal);
    const first = line?.queued[line.next++];
    if (line === undefined || line.next >= line.queued.length) {
      this.#lines.delete(signal);
      this.set.delete(signal);
    } else if (line.next > SLACK && line.next > line.queued.length / 2) {
      line.queued.splice(0, line.next);
      line.next = 0;
    }
    if (first === undefined) return userSignal(signal, SI_USER, 0, 0);
    tell(first);
    return first.info;
  }

  /** In order of arrival. */
  list(): readonly SignalInfo[] {
    const all = [...this.#lines.values()].flatMap(({ queued, next }) => queued.slice(next));
    return all.toSorted((one, other) => one.order - other.order).map(({ info }) => info);
  }

  /** Drops all pending signals of the set. */
  discard(signals: SignalSet): void {
    if ((this.set.low & signals.low) === 0 && (this.set.high & signals.high) === 0) return;
    this.set.deleteAll(signals);
    for (const [signal, { queued, next }] of this.#lines) {
      if (!signals.has(signal)) continue;
      this.#lines.delete(signal);
      queued.slice(next).forEach(tell);
    }
  }

  /** Whose they are has ended. */
  dispose(): void {
    this.discard(EVERY_SIGNAL);
  }
}

const EVERY_SIGNAL = new SignalSet(-1, -1);

function tell({ info, settle }: Queued): void {
  info.notice?.taken(info);
  settle?.();
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
