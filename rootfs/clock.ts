/** Real time for timestamps of files, in nanoseconds since the Unix epoch. File servers take one, so that tests can set it. */
export type RealTimeClock = () => bigint;

/** The host's clock. Microseconds where the host has them; the rest of a nanosecond count is zero. */
export const hostRealTime: RealTimeClock = () =>
  BigInt(Math.floor((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
