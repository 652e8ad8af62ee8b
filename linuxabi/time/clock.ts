/**
 * The machine's clocks. Monotonic time is the host's, in nanoseconds as a number; real time is monotonic time plus an
 * offset taken at boot, kept in two parts because nanoseconds since 1970 do not fit a double.
 */
import { NS_PER_SECOND } from '../abi/time.ts';

export interface WallTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export class Clock {
  readonly #nowNs: () => number;
  /** Real time at monotonic 0. */
  readonly #epochSeconds: number;
  readonly #epochNs: number;
  readonly bootNs: number;

  constructor(nowNs: () => number, realTimeMs: number) {
    this.#nowNs = nowNs;
    this.bootNs = nowNs();
    const seconds = Math.floor(realTimeMs / 1000);
    const nanoseconds = Math.round((realTimeMs - seconds * 1000) * 1e6) - this.bootNs;
    this.#epochSeconds = seconds + Math.floor(nanoseconds / NS_PER_SECOND);
    this.#epochNs = nanoseconds - Math.floor(nanoseconds / NS_PER_SECOND) * NS_PER_SECOND;
  }

  monotonicNs(): number {
    return Math.floor(this.#nowNs());
  }

  realtime(): WallTime {
    const ns = this.monotonicNs() + this.#epochNs;
    const seconds = Math.floor(ns / NS_PER_SECOND);
    return { seconds: this.#epochSeconds + seconds, nanoseconds: ns - seconds * NS_PER_SECOND };
  }

  /** Nanoseconds since the Unix epoch, as files keep them. */
  realtimeNs(): bigint {
    const { seconds, nanoseconds } = this.realtime();
    return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  }

  /** The monotonic time of a point in real time. */
  monotonicOf(time: WallTime): number {
    return (time.seconds - this.#epochSeconds) * NS_PER_SECOND + time.nanoseconds - this.#epochNs;
  }
}
