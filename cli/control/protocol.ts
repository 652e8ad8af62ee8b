/**
 * How tools talk to a running k42: JSON, one line per message, over a local socket. A request `{id, method, params}` is answered by
 * `{id, result}` or `{id, error}`, in order. What a peer sends is not to be trusted: lines have a limit, and what is not a request
 * is answered with an error or ends the connection. Methods and their results are in Methods. After the answer to a stream method (of a
 * served machine: cli/serve/serving.ts) the connection carries frames instead of lines (frames.ts).
 */
import type { LiveObject } from '../../kernel/census.ts';
import type { FileFacts } from '../serve/copy/tree-files.ts';

/** Longest request; a peer that sends more is cut off. */
export const REQUEST_LIMIT = 64 * 1024;
/** Longest answer that a client reads. */
export const ANSWER_LIMIT = 64 * 1024 * 1024;

/** What a machine says of itself. */
export interface MachineFacts {
  /** Process of the host it runs in. */
  readonly pid: number;
  readonly version: number;
  readonly hostname: string;
  /** The words it was started with. */
  readonly command: readonly string[];
  readonly upSeconds: number;
  /** A served machine's name (k42 serve), and how many terminals with a program it has. */
  readonly name?: string;
  readonly terminals?: number;
}

export interface Inspection {
  readonly objects: readonly LiveObject[];
  /** Who outside the kernel holds which objects: processes, mounts. */
  readonly holders: readonly { readonly name: string; readonly objects: readonly number[] }[];
  readonly types: readonly {
    readonly type: string;
    readonly implementation: string;
    readonly version: number;
    readonly live: number;
    readonly created: number;
  }[];
}

export interface TaskRow {
  readonly pid: number;
  readonly tid: number;
  readonly parentPid: number;
  readonly name: string;
  readonly uid: number;
  /** R, S, D, T, Z. */
  readonly state: string;
  readonly band: string;
  readonly weight: number;
  readonly nice: number;
  readonly userNs: number;
  readonly systemNs: number;
  readonly syscalls: number;
  readonly residentKiB: number;
  /** The call it waits in. */
  readonly waitsIn: string | undefined;
}

export interface TaskTable {
  /** The kernel's clock, to take differences of two tables by. */
  readonly nowNs: number;
  /** Processor time that programs have used so far, of those too that have ended. */
  readonly busyNs: number;
  readonly objects: number;
  readonly tasks: readonly TaskRow[];
}

export interface DescriptorRow {
  readonly fd: number;
  /** As /proc/PID/fd shows it. */
  readonly target: string;
  /** read, write, read-write. */
  readonly access: string;
  /** `O_NONBLOCK|O_CLOEXEC`. */
  readonly flags: string;
  /** Descriptors of all processes that lead there. */
  readonly holders: number;
  readonly object: number;
  readonly type: string;
  readonly implementation: string;
}

export interface RegionRow {
  readonly start: number;
  readonly end: number;
  /** `rw-p`, as in /proc/PID/maps. */
  readonly permissions: string;
  readonly name: string;
  /** Undefined when there is too much memory to look. */
  readonly residentKiB: number | undefined;
  readonly object: number;
  readonly type: string;
  readonly implementation: string;
}

export interface ProcessDetail {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  readonly executable: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly group: number;
  readonly session: number;
  readonly descriptors: readonly DescriptorRow[];
  readonly regions: readonly RegionRow[];
}

export interface QueueRow {
  /** Counted anew for each table. */
  readonly queue: number;
  /** Whose it is. */
  readonly of: string;
  /** The kernel object it belongs to, where it does. */
  readonly object?: number;
  readonly length: number;
}

export interface WaiterRow {
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  /** The call as far as it is known: `read(0, …)`. */
  readonly call: string;
  /** A signal ends the wait. */
  readonly interruptible: boolean;
  /** Until the wait ends by itself; undefined: never. */
  readonly leftMs: number | undefined;
  readonly queues: readonly number[];
}

export interface WaitTable {
  readonly queues: readonly QueueRow[];
  readonly waiters: readonly WaiterRow[];
}

export interface SwapOutcome {
  readonly outcome: 'complete' | 'aborted';
  readonly reason: string;
  readonly microseconds: number;
}

export interface UpgradeOutcome {
  readonly outcome: 'complete' | 'refused';
  readonly reason: string;
  readonly instances: number;
}

export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: number;
  /** R, S, D, T, Z. */
  readonly state: string;
  /** Its controlling terminal, `pts/0`; empty: none. */
  readonly terminal: string;
  readonly processorSeconds: number;
  readonly residentKiB: number;
  /** Its words; of one that has none left, its name in brackets. */
  readonly command: readonly string[];
}

/** What `k42 ps` and others are told of a terminal. */
export interface TerminalFacts {
  readonly id: number;
  readonly path: string;
  readonly title: string;
  readonly command: readonly string[];
  readonly pid: number | undefined;
  readonly columns: number;
  readonly rows: number;
  readonly viewers: number;
  readonly upSeconds: number;
  /** Of the host, with `--console pty`. */
  readonly hostPath: string | undefined;
}

/** What a program is started with in a served machine. */
export interface StartParams {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
  readonly term?: string | undefined;
}

/** Parameters and result by method. */
export interface Methods {
  readonly hello: { readonly params: object; readonly result: MachineFacts };
  readonly inspect: { readonly params: object; readonly result: Inspection };
  readonly tasks: { readonly params: object; readonly result: TaskTable };
  readonly process: { readonly params: { readonly pid: number }; readonly result: ProcessDetail };
  readonly waits: { readonly params: object; readonly result: WaitTable };
  readonly swap: {
    readonly params: { readonly object: number; readonly implementation: string };
    readonly result: SwapOutcome;
  };
  readonly upgrade: {
    /** `module`: absolute path of a file that the machine's process loads. */
    readonly params: { readonly type: string; readonly module: string };
    readonly result: UpgradeOutcome;
  };
  // Of served machines only.
  readonly terminals: { readonly params: object; readonly result: readonly TerminalFacts[] };
  readonly processes: { readonly params: object; readonly result: readonly ProcessRow[] };
  /** A program on a new terminal that nobody looks at. */
  readonly start: { readonly params: StartParams; readonly result: TerminalFacts };
  /** `signal`: number in Linux; 0 only asks whether the process is there. */
  readonly kill: { readonly params: { readonly pid: number; readonly signal: number }; readonly result: null };
  /** Null: it is not there. */
  readonly stat: {
    readonly params: { readonly path: string; readonly links: 'follow' | 'keep' };
    readonly result: FileFacts | null;
  };
  /** Answered when every program has ended, or after the grace. */
  readonly stop: { readonly params: { readonly graceMs: number }; readonly result: null };
}
export type Method = keyof Methods;
export const PROTOCOL_VERSION = 1;

export interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number | null; readonly error: string };

/** A request, or what is wrong with the line. */
export function parseRequest(line: string): Request | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (!isRecord(value)) return 'not an object';
  const { id, method, params = {} } = value;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return '`id` is not an integer';
  if (typeof method !== 'string') return '`method` is not a string';
  if (!isRecord(params)) return '`params` is not an object';
  return { id, method, params };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
