/** Limits of the programs that a machine starts, each with its children. Source: getrlimit(2). */
import {
  RLIMIT_AS,
  RLIMIT_CPU,
  RLIMIT_FSIZE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_STACK,
} from '../../linuxabi/abi/resource.ts';
import { Limits } from '../../linuxabi/process/limits.ts';
import { argumentError } from './guest-error.ts';

/** Soft and hard limit at once; what is left out stays as Linux has it after boot. */
export interface MachineLimits {
  /** Processes of one user (RLIMIT_NPROC); root is not bound by it, as in Linux. */
  readonly processes?: number;
  /** Open files of one process (RLIMIT_NOFILE). */
  readonly openFiles?: number;
  /** Memory of one process (RLIMIT_AS). */
  readonly memoryBytes?: number;
  /** Largest file that may be written (RLIMIT_FSIZE). */
  readonly fileSizeBytes?: number;
  /** Processor time of one process (RLIMIT_CPU). */
  readonly cpuSeconds?: number;
  readonly stackBytes?: number;
}

const resourceOf: Readonly<Record<keyof MachineLimits, number>> = {
  processes: RLIMIT_NPROC,
  openFiles: RLIMIT_NOFILE,
  memoryBytes: RLIMIT_AS,
  fileSizeBytes: RLIMIT_FSIZE,
  cpuSeconds: RLIMIT_CPU,
  stackBytes: RLIMIT_STACK,
};

/**
 * Throws where a limit is unknown or not a whole number ≥ 0.
 * @internal
 */
export function limitsOf(wanted: MachineLimits): Limits {
  const limits = new Limits();
  for (const [name, value] of Object.entries(wanted) as [keyof MachineLimits, number | undefined][]) {
    if (value === undefined) continue;
    const resource = resourceOf[name];
    if (resource === undefined) throw argumentError(`there is no limit '${name}'`);
    if (!Number.isSafeInteger(value) || value < 0) throw argumentError(`limit ${name}: ${value} is no whole number`);
    limits.set(resource, { soft: value, hard: value });
  }
  return limits;
}
