/** What the kernel needs from the machine it runs on. The edge implements it; tests inject their own clock. */
export interface Host {
  /** Monotonic nanoseconds since some point near the kernel's start (exact in a double for 104 days). */
  nowNs(): number;
  /** Processor time that the host's process has used, in nanoseconds, on all its threads. */
  usedNs?(): number;
  /** Calls back soon, after the host had a chance to deliver input and output. */
  defer(callback: () => void): void;
  /** Calls back at `deadlineNs` or a little later. */
  wakeAt(deadlineNs: number, callback: () => void): HostAlarm;
}

export interface HostAlarm {
  cancel(): void;
}
