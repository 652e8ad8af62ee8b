/**
 * System calls as records for somebody who looks at them live: each with its text as strace has it, when it has ended. So that a busy guest
 * is not slowed by somebody who can't read that fast, only as many calls are put into words as there is budget; the rest are counted.
 */
import { toHostString } from '../../kernel/byte-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { isKilled } from '../signal/send.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { SyscallTracer } from '../strace.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { CallText, callName, isError, resultSeen } from './call-text.ts';
import { signalText } from './siginfo-text.ts';

export interface CallRecord {
  readonly pid: number;
  readonly tid: number;
  /** Name of the thread. */
  readonly program: string;
  /** Of the call; of a signal `signal`. */
  readonly name: string;
  /** `write(1, "x", 1)`, or what strace says of a signal. */
  readonly text: string;
  /** In strace's words; of a signal nothing. */
  readonly result: string;
  readonly outcome: 'success' | 'error' | 'signal' | 'killed';
  /** When the call was made, on the machine's clock. */
  readonly startNs: number;
  readonly durationNs: number;
}

export interface CallRecorderOptions {
  readonly nowNs: () => number;
  readonly selected: (name: string) => boolean;
  /** Only this process's. */
  readonly pid?: number | undefined;
  readonly take: (record: CallRecord) => void;
}

interface OpenCall {
  readonly text: CallText;
  readonly atEntry: string;
  readonly startNs: number;
}

export class CallRecorder implements SyscallTracer {
  /** So many calls and signals more are recorded: for the owner to renew. */
  budget = 0;
  /** Those for which there was none. */
  skipped = 0;
  readonly #options: CallRecorderOptions;
  readonly #calls = new Map<LinuxThread, OpenCall>();

  constructor(options: CallRecorderOptions) {
    this.#options = options;
  }

  enter(thread: LinuxThread, definition: SyscallDefinition | undefined, number: number): void {
    const name = callName(definition, number);
    if (!this.#options.selected(name) || !this.#grants(thread)) return;
    const text = new CallText(thread, definition, name);
    this.#calls.set(thread, { text, atEntry: text.atEntry(), startNs: this.#options.nowNs() });
  }

  /** A killed thread never comes back from its call: threadEnded tells of it. */
  exit(thread: LinuxThread, result: number): void {
    const call = this.#calls.get(thread);
    if (call === undefined || isKilled(thread)) return;
    this.#calls.delete(thread);
    const { text } = call;
    const value = resultSeen(thread, text.name, result);
    text.view.result = value;
    this.#tell(thread, call, isError(value) ? 'error' : 'success', text.result(value));
  }

  signal(thread: LinuxThread, info: SignalInfo): void {
    if (!this.#grants(thread)) return;
    const startNs = this.#options.nowNs();
    const what = {
      name: 'signal',
      text: signalText(info),
      result: '',
      outcome: 'signal',
      startNs,
      durationNs: 0,
    } as const;
    this.#options.take({ ...whoIs(thread), ...what });
  }

  threadEnded(thread: LinuxThread): void {
    const call = this.#calls.get(thread);
    this.#calls.delete(thread);
    if (call !== undefined) this.#tell(thread, call, 'killed', '?');
  }

  #grants(thread: LinuxThread): boolean {
    const { pid } = this.#options;
    if (pid !== undefined && thread.process.pid !== pid) return false;
    if (this.budget > 0) {
      this.budget--;
      return true;
    }
    this.skipped++;
    return false;
  }

  #tell(thread: LinuxThread, call: OpenCall, outcome: CallRecord['outcome'], result: string): void {
    const { text, atEntry, startNs } = call;
    this.#options.take({
      ...whoIs(thread),
      name: text.name,
      text: `${text.name}(${atEntry}${text.atExit()})`,
      result,
      outcome,
      startNs,
      durationNs: this.#options.nowNs() - startNs,
    });
  }
}

function whoIs(thread: LinuxThread): Pick<CallRecord, 'pid' | 'tid' | 'program'> {
  return { pid: thread.process.pid, tid: thread.tid, program: toHostString(thread.name) };
}
