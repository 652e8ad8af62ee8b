/**
 * Load averages over 1, 5 and 15 minutes. Samples are due every 5 s, as in Linux; they are taken when someone asks, from the processor
 * time used since, so that an idle machine needs no timer. Source: kernel/sched/loadavg.c.
 */
const SAMPLE_NS = 5e9;
const MINUTES = [1, 5, 15] as const;
/** After so many samples even the slowest average has forgotten. */
const SAMPLES_LIMIT = 2000;

export class LoadAverage {
  readonly #loads = [0, 0, 0];
  #lastNs: number;
  #lastCpuNs = 0;

  constructor(nowNs: number) {
    this.#lastNs = nowNs;
  }

  /** `cpuNs`: used since boot; `runnable`: now. */
  sample(nowNs: number, cpuNs: number, runnable: number): readonly number[] {
    const due = Math.floor((nowNs - this.#lastNs) / SAMPLE_NS);
    if (due > 0) {
      const busy = Math.min(1, (cpuNs - this.#lastCpuNs) / (nowNs - this.#lastNs));
      const active = busy * Math.max(1, runnable);
      for (const [index, minutes] of MINUTES.entries()) {
        const decay = Math.exp(-SAMPLE_NS / (minutes * 60e9)) ** Math.min(due, SAMPLES_LIMIT);
        this.#loads[index] = this.#loads[index]! * decay + active * (1 - decay);
      }
      this.#lastNs += due * SAMPLE_NS;
      this.#lastCpuNs = cpuNs;
    }
    return this.#loads;
  }
}
