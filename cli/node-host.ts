/** The kernel's Host on Node: monotonic time, the event loop's turns, and sleeps. */
import type { Host, HostAlarm } from '../kernel/host.ts';

const NS_PER_US = 1000;
const NS_PER_MS = 1_000_000;
/** Below this a timer of Node's (whole milliseconds, often one late) is too coarse: turns of the event loop bridge it. */
const FINE_MS = 1.5;

export class NodeHost implements Host {
  readonly #startedMs = performance.now();

  nowNs(): number {
    return Math.floor((performance.now() - this.#startedMs) * NS_PER_MS);
  }

  usedNs(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) * NS_PER_US;
  }

  defer(callback: () => void): void {
    setImmediate(callback);
  }

  wakeAt(deadlineNs: number, callback: () => void): HostAlarm {
    const alarm = new NodeAlarm(() => (deadlineNs - this.nowNs()) / NS_PER_MS, callback);
    alarm.arm();
    return alarm;
  }
}

class NodeAlarm implements HostAlarm {
  readonly #remainingMs: () => number;
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(remainingMs: () => number, callback: () => void) {
    this.#remainingMs = remainingMs;
    this.#callback = callback;
  }

  readonly arm = (): void => {
    const remaining = this.#remainingMs();
    if (remaining <= 0) this.#immediate = setImmediate(this.#callback);
    else if (remaining < FINE_MS) this.#immediate = setImmediate(this.arm);
    // The longest timer Node takes is 2^31 - 1 ms.
    else this.#timeout = setTimeout(this.arm, Math.min(remaining - 1, 2 ** 31 - 1));
  };

  cancel(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
  }
}
