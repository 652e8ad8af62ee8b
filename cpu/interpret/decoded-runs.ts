/**
 * Straight lines that some address space of the engine has decoded, with the bytes they were made from: the next process that
 * runs the same program at the same address copies the records instead of decoding again.
 */

/** Beyond this many all are forgotten. */
const MAX_RUNS = 40_000;

export interface DecodedRun {
  readonly bytes: Uint8Array;
  /** The records as they were when fresh, one after the other. */
  readonly records: Uint32Array;
  /** Whether execution never runs on past the last one. */
  readonly ends: boolean;
}

export class DecodedRuns {
  readonly #runs = new Map<number, DecodedRun>();

  add(rip: number, run: DecodedRun): void {
    if (this.#runs.size >= MAX_RUNS) this.#runs.clear();
    this.#runs.set(rip, run);
  }

  /** The run that starts at an address, if the bytes there are still the same. */
  find(rip: number, bytes: Uint8Array): DecodedRun | undefined {
    const run = this.#runs.get(rip);
    if (run === undefined || run.bytes.length > bytes.length) return undefined;
    for (let i = 0; i < run.bytes.length; i++) if (run.bytes[i] !== bytes[i]) return undefined;
    return run;
  }
}
