/** adjtimex(2). Source: include/uapi/linux/timex.h. */
export const ADJ_OFFSET_READONLY = 0x2000;
export const ADJ_ADJTIME = 0x8000;
export const ADJ_OFFSET_SINGLESHOT = 0x0001;

export const STA_UNSYNC = 0x0040;
/** The clock is not synchronised. */
export const TIME_ERROR = 5;

/** Offsets in struct timex. */
export const timex = {
  modes: 0,
  maxerror: 24,
  esterror: 32,
  status: 40,
  constant: 48,
  precision: 56,
  tolerance: 64,
  tv_sec: 72,
  tv_usec: 80,
  tick: 88,
  size: 208,
} as const;
