/**
 * Neutral results of kernel calls. A call answers a value ≥ 0 (a count, a handle) or one of these, all negative. No
 * personality's numbers appear here: the Linux personality maps them in one table.
 */
export const Status = {
  Ok: 0,
  /** Not now: park on the object's wait queue and try again. */
  WouldBlock: -1,
  NotFound: -2,
  Exists: -3,
  NotDirectory: -4,
  IsDirectory: -5,
  NotEmpty: -6,
  /** The caller lacks the right (ownership, privilege). */
  NotPermitted: -7,
  /** The permission bits refuse. */
  AccessDenied: -8,
  Invalid: -9,
  NotSupported: -10,
  NoSpace: -11,
  ReadOnly: -12,
  /** Two servers are involved where one must be. */
  CrossServer: -13,
  TooManyLinks: -14,
  NameTooLong: -15,
  TooManySymbolicLinks: -16,
  TooLarge: -17,
  /** Nobody is left at the other end of a stream. */
  BrokenStream: -18,
  /** The object can't seek (stream, terminal). */
  NotSeekable: -19,
  BadAddress: -20,
  OutOfMemory: -21,
  Interrupted: -22,
  Busy: -23,
  InputOutput: -24,
  /** Not a terminal, or an operation this kind of object does not have. */
  WrongKind: -25,
  NoDevice: -26,
  TimedOut: -27,
  TextBusy: -28,
  Exhausted: -29,
  BadHandle: -30,
  /** What it spoke of has ended. */
  Gone: -31,
} as const;
export type Status = (typeof Status)[keyof typeof Status];
