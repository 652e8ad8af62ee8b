/** Resource limits of a process. Source: getrlimit(2), include/asm-generic/resource.h (the defaults at boot). */
import {
  RLIMIT_AS,
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_FSIZE,
  RLIMIT_LOCKS,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RSS,
  RLIMIT_RTPRIO,
  RLIMIT_RTTIME,
  RLIMIT_SIGPENDING,
  RLIMIT_STACK,
  RLIM_NLIMITS,
} from '../abi/resource.ts';

/** Numbers are exact up to 2^53; Infinity is RLIM_INFINITY. */
export interface Limit {
  soft: number;
  hard: number;
}

const defaults: Readonly<Record<number, Limit>> = {
  [RLIMIT_CPU]: { soft: Infinity, hard: Infinity },
  [RLIMIT_FSIZE]: { soft: Infinity, hard: Infinity },
  [RLIMIT_DATA]: { soft: Infinity, hard: Infinity },
  [RLIMIT_STACK]: { soft: 8 << 20, hard: Infinity },
  [RLIMIT_CORE]: { soft: 0, hard: Infinity },
  [RLIMIT_RSS]: { soft: Infinity, hard: Infinity },
  [RLIMIT_NPROC]: { soft: 31_000, hard: 31_000 },
  [RLIMIT_NOFILE]: { soft: 1024, hard: 4096 * 256 },
  [RLIMIT_MEMLOCK]: { soft: 8 << 20, hard: 8 << 20 },
  [RLIMIT_AS]: { soft: Infinity, hard: Infinity },
  [RLIMIT_LOCKS]: { soft: Infinity, hard: Infinity },
  [RLIMIT_SIGPENDING]: { soft: 31_000, hard: 31_000 },
  [RLIMIT_MSGQUEUE]: { soft: 819_200, hard: 819_200 },
  [RLIMIT_NICE]: { soft: 0, hard: 0 },
  [RLIMIT_RTPRIO]: { soft: 0, hard: 0 },
  [RLIMIT_RTTIME]: { soft: Infinity, hard: Infinity },
};

export class Limits {
  readonly #limits: Limit[];

  constructor(from?: Limits) {
    this.#limits = Array.from({ length: RLIM_NLIMITS }, (_, resource) => {
      return { ...(from ? from.get(resource) : defaults[resource]!) };
    });
  }

  /** `resource` is a valid RLIMIT_ number. */
  get(resource: number): Readonly<Limit> {
    return this.#limits[resource]!;
  }

  soft(resource: number): number {
    return this.#limits[resource]!.soft;
  }

  set(resource: number, limit: Limit): void {
    this.#limits[resource] = { ...limit };
  }
}
