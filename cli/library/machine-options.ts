/** What a machine is made of, as the library's user says it. Everything has a default. */
import type { IsaLevel } from '../../cpu/x86/isa-level.ts';
import type { Volume } from '../mount-options.ts';
import type { EngineName } from '../run-options.ts';
import type { MachineLimits } from './machine-limits.ts';

/** A folder or file of the host shown inside: nothing else of its files can be reached. */
export type MachineMount = Omit<Volume, 'access'> & Partial<Pick<Volume, 'access'>>;

/** What programs may reach outside of the machine; nothing but what is named. */
export interface MachineNetwork {
  /** `HOST`, `HOST:PORT` or `*`; the host itself is 10.0.2.2. */
  readonly allow?: readonly string[];
  /** `[ADDRESS:]HOSTPORT:GUESTPORT`: TCP ports of the host (of 127.0.0.1 unless told) that lead inside. */
  readonly publish?: readonly string[];
}

export interface MachineOptions {
  /**
   * Folder, tar archive, or OCI or docker-save image of the host; it stays as it is, changes live in memory. The default root (Debian's
   * busybox and bash, fetched once) when absent.
   */
  readonly root?: string;
  /** Access is 'read-write' where nothing is said. */
  readonly mounts?: readonly MachineMount[];
  /** Added to PATH, HOSTNAME, HOME and what the image sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** `UID[:GID]`, or names of the guest's /etc/passwd and /etc/group; the image's own user or root when absent. */
  readonly user?: string;
  /** Where programs start: absolute, made when it is not there. The image's own or the user's home when absent. */
  readonly workdir?: string;
  /** `k42` when absent. */
  readonly hostname?: string;
  /** Processor that programs see: x86-64-v2 when absent. */
  readonly cpu?: IsaLevel;
  /** `native` when absent. */
  readonly engine?: EngineName;
  /** Absent: the machine's own loopback is all there is. */
  readonly network?: MachineNetwork;
  /** Memory that the machine tells its programs it has (4 GiB when absent). It bounds nothing: see `limits`. */
  readonly memoryBytes?: number;
  readonly limits?: MachineLimits;
  /** Lines for the operator: unknown system calls and instructions, ports that were chosen, the default root's making. */
  readonly log?: (line: string) => void;
}
