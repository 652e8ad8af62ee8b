/**
 * What the System V and POSIX queue adapters are handed, and all they know of the machine. `linuxabi/ipc` implements it.
 * Results are numbers ≥ 0 or −errno.
 */

/** Who makes a call. */
export interface Caller {
  readonly pid: number;
  readonly uid: number;
  readonly euid: number;
  readonly egid: number;
  inGroup(group: number): boolean;
  may(right: Right): boolean;
  /** What it may lock in memory, in bytes. */
  readonly lockLimitBytes: number;
  /** What the POSIX queues of its user may take, in bytes. */
  readonly queueLimitBytes: number;
}

/** The credentials check: capabilities by what they are needed for here. */
export type Right = 'own any' | 'administer' | 'lock memory' | 'exceed limits';

/** Someone parked until another's call, or a removal, gives his result. */
export interface Sleeper {
  /** Ends the wait; only the first result counts. */
  finish(result: number): void;
}

/** Shared memory whose pages come into being when they are touched. `R` is the kernel's own name for it. */
export interface Segment<R> {
  readonly object: R;
  readonly residentBytes: number;
  /** The adapter needs it no more: it ends with its last mapping. */
  release(): void;
}

export interface SegmentWatcher {
  /** Its id, which stands in the place of an inode number where mappings are listed. */
  readonly id: number;
  /** A mapping has come (+1) or gone (−1), by a call or an end of the process `pid`. */
  mapped(change: 1 | -1, pid: number): void;
}

export interface MemoryObjects<R> {
  create(watcher: SegmentWatcher): Segment<R>;
}

/** Work and memory are paid for here; a call that overspends ends with an error. */
export interface Meter {
  spend(units: number): void;
  charge(bytes: number): void;
  /** As many rounds as are paid for: the only loop without an end in sight. */
  rounds(): Iterable<void>;
}

export interface IpcCapabilities {
  /** Seconds since the epoch. */
  nowSeconds(): number;
  /** The (index-th) number of a tunable, as abi/sysctl.ts names it. */
  setting(name: string, index?: number): number;
  readonly meter: Meter;
}
