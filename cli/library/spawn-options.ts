/** Options of `machine.spawn`. */
import type { SignalChoice } from './signal-name.ts';

/** pipe: a stream of the host; ignore: /dev/null; inherit: the same descriptor of the Node process. */
export type StandardStream = 'pipe' | 'ignore' | 'inherit';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface SpawnOptions {
  /** Folder of the guest; the machine's `workdir` when absent. */
  readonly cwd?: string;
  /** All of its environment, in place of the machine's. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the program finds as its own name; `program` when absent. */
  readonly argv0?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** For all three, or for each of them; 'pipe' when absent. Not with a terminal. */
  readonly stdio?: StandardStream | readonly [StandardStream, StandardStream, StandardStream];
  /** A terminal of the guest at all three descriptors: what it shows is `stdout`, what is typed goes to `stdin`. */
  readonly terminal?: TerminalSize;
  /** The program is killed after this time; none when absent. */
  readonly timeoutMs?: number;
  /** What it is killed with: SIGTERM when absent. */
  readonly killSignal?: SignalChoice;
  /** The program is killed when it aborts; 'error' then tells an AbortError. */
  readonly signal?: AbortSignal;
}
