/**
 * Straight lines that some address space of the engine has decoded, with the bytes they were made from: the next process that
 * runs the same program at the same address copies the records instead of decoding again. What earlier starts of k42 decoded comes from an archive.
 */
import { RunArchive } from './run-archive.ts';

/** Beyond this many all are forgotten. */
const MAX_RUNS = 40_000;
/** So many new ones are worth a new archive. */
const WORTH_SAVING = 300;
/** An archive holds at most this many: it is read at every start. */
const MAX_SAVED = 8_000;

export interface DecodedRun {
  readonly bytes: Uint8Array;
  /** The records as they were when fresh, one after the other. */
  readonly records: Uint32Array;
  /** Whether execution never runs on past the last one. */
  readonly ends: boolean;
}

export class DecodedRuns {
  readonly #runs = new Map<number, DecodedRun>();
  readonly #archive: RunArchive | undefined;

  /** `archive`: what `archive()` made in an earlier start of the same build. */
  constructor(archive?: Uint8Array) {
    this.#archive = archive && RunArchive.open(archive);
  }

  add(rip: number, run: DecodedRun): void {
    if (this.#runs.size >= MAX_RUNS) this.#runs.clear();
    this.#runs.set(rip, run);
  }

  /** The run that starts at an address, if the bytes there are still the same. */
  find(rip: number, bytes: Uint8Array): DecodedRun | undefined {
    const run = this.#runs.get(rip) ?? this.#archive?.find(rip);
    return run !== undefined && startsWith(bytes, run.bytes) ? run : undefined;
  }

  /** For the next start; undefined when little is new. Of what there is no room for, the oldest is left out. */
  archive(): Uint8Array | undefined {
    if (this.#runs.size < WORTH_SAVING) return undefined;
    const kept = new Map([...this.#runs].slice(-MAX_SAVED));
    for (const [address, run] of this.#archive ?? []) {
      if (kept.size >= MAX_SAVED) break;
      if (!kept.has(address)) kept.set(address, run);
    }
    return RunArchive.encode(kept);
  }
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  if (start.length > bytes.length) return false;
  for (let i = 0; i < start.length; i++) if (start[i] !== bytes[i]) return false;
  return true;
}
