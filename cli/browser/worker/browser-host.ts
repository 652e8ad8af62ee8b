/** The kernel's Host in a browser's worker: monotonic time, the event loop's turns, and sleeps. */
import type { Host, HostAlarm } from '../../../kernel/host.ts';

const NS_PER_MS = 1_000_000;
/** Browsers make a timer late by a millisecond or four: the last stretch goes by turns of the event loop. */
const FINE_MS = 5;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class BrowserHost implements Host {
  readonly #channel = new MessageChannel();
  #deferred: (() => void)[] = [];

  constructor() {
    this.#channel.port1.onmessage = () => {
      const due = this.#deferred;
      this.#deferred = [];
      for (const callback of due) callback();
    };
  }

  /** Since the worker began. */
  nowNs(): number {
    return Math.floor(performance.now() * NS_PER_MS);
  }

  /** A message of our own comes after those that the page has sent before: a timer of 0 ms would be made one of 4. */
  defer(callback: () => void): void {
    if (this.#deferred.push(callback) === 1) this.#channel.port2.postMessage(undefined);
  }

  wakeAt(deadlineNs: number, callback: () => void): HostAlarm {
    const alarm = new BrowserAlarm(this, deadlineNs, callback);
    alarm.arm();
    return alarm;
  }
}

class BrowserAlarm implements HostAlarm {
  readonly #host: BrowserHost;
  readonly #deadlineNs: number;
  readonly #callback: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cancelled = false;

  constructor(host: BrowserHost, deadlineNs: number, callback: () => void) {
    this.#host = host;
    this.#deadlineNs = deadlineNs;
    this.#callback = callback;
  }

  readonly arm = (): void => {
    if (this.#cancelled) return;
    const remainingMs = (this.#deadlineNs - this.#host.nowNs()) / NS_PER_MS;
    if (remainingMs > FINE_MS) this.#timer = setTimeout(this.arm, Math.min(remainingMs - FINE_MS, LONGEST_TIMER_MS));
    else this.#host.defer(remainingMs > 0 ? this.arm : () => this.#fire());
  };

  #fire(): void {
    if (!this.#cancelled) this.#callback();
  }

  cancel(): void {
    this.#cancelled = true;
    clearTimeout(this.#timer);
  }
}
