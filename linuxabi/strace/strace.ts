/**
 * --strace: strace -f of what runs in a machine, in strace's own format. A line is begun when a call is made, with what is known
 * then, and ended with its result; when another thread has something to say in between, the line is broken with
 * `<unfinished ...>` and taken up with `<... name resumed>`. Source: strace(1), and its syscall.c and strace.c.
 */
import { Gpr } from '../../cpu/state-layout.ts';
import { bytesFromString } from '../../kernel/byte-string.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { signalName } from '../abi/signal.ts';
import type { LinuxThread } from '../process/thread.ts';
import { isKilled } from '../signal/send.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { StartedProgram, SyscallTracer } from '../strace.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { CallText, callName, isError, resultSeen } from './call-text.ts';
import { quote } from './show.ts';
import { signalText } from './siginfo-text.ts';
import { SyscallSummary } from './summary.ts';

/** Results stand in this column. */
const RESULT_COLUMN = 40;
const NS_PER_SECOND = 1e9;
const WORDS_SHOWN = 32;
const WORD_LENGTH = 32;

export interface StraceOptions {
  readonly write: (text: string) => void;
  readonly nowNs: () => number;
  /** Real time in seconds, for the `timestamps`. */
  readonly timeSeconds?: () => number;
  /** Which calls are shown; every one when absent. */
  readonly selected?: (name: string) => boolean;
  /** -T, -ttt. */
  readonly times?: 'on' | 'off';
  readonly timestamps?: 'on' | 'off';
  /** -c: a table at the end instead of lines; -C: both. */
  readonly mode?: 'lines' | 'summary' | 'both';
  /** How a line says whose it is: `[pid N]` while there are several (on a terminal), or `N` always (-f with -o). */
  readonly owner?: 'several' | 'always';
}

interface OpenCall {
  readonly text: CallText;
  readonly startNs: number;
}

export class Strace implements SyscallTracer {
  readonly summary = new SyscallSummary();
  readonly #options: StraceOptions;
  readonly #calls = new Map<LinuxThread, OpenCall>();
  /** Ignored signals that came during a call: told behind it. */
  readonly #ignored = new Map<LinuxThread, SignalInfo[]>();
  readonly #known = new Set<number>();
  readonly #alive = new Set<number>();
  /** The thread whose line is begun and not ended, and how far it reaches. */
  #current: LinuxThread | undefined;
  #column = 0;

  constructor(options: StraceOptions) {
    this.#options = options;
  }

  enter(thread: LinuxThread, definition: SyscallDefinition | undefined, number: number): void {
    this.#attach(thread);
    const name = callName(definition, number);
    if (this.#options.selected?.(name) === false) return;
    const call: OpenCall = { text: new CallText(thread, definition, name), startNs: this.#options.nowNs() };
    this.#calls.set(thread, call);
    if (this.#options.mode === 'summary') return;
    this.#begin(thread);
    this.#put(`${name}(`);
    this.#put(call.text.atEntry());
  }

  exit(thread: LinuxThread, result: number): void {
    const call = this.#calls.get(thread);
    // A killed thread never comes back from its call: threadEnded ends the line.
    if (call === undefined || isKilled(thread)) return;
    this.#calls.delete(thread);
    const seconds = (this.#options.nowNs() - call.startNs) / NS_PER_SECOND;
    const { text } = call;
    const value = resultSeen(thread, text.name, result);
    this.summary.count(text.name, seconds, isError(value));
    if (this.#options.mode === 'summary') return;
    text.view.result = value;
    this.#resume(thread, call);
    this.#put(`${text.atExit()}) `);
    this.#endLine(`= ${text.result(value)}${this.#options.times === 'on' ? ` <${seconds.toFixed(6)}>` : ''}`);
    this.#tellIgnored(thread);
  }

  signal(thread: LinuxThread, info: SignalInfo): void {
    this.#attach(thread);
    this.#line(thread, signalText(info));
  }

  stopped(thread: LinuxThread, signal: number): void {
    this.#line(thread, `--- stopped by ${signalName(signal)} ---`);
  }

  signalIgnored(thread: LinuxThread, info: SignalInfo): void {
    if (!this.#calls.has(thread)) {
      this.signal(thread, info);
      return;
    }
    const waiting = this.#ignored.get(thread) ?? [];
    waiting.push(info);
    this.#ignored.set(thread, waiting);
  }

  programStarted(thread: LinuxThread, { path, argv, environment }: StartedProgram): void {
    this.#attach(thread);
    if (this.#options.selected?.('execve') === false) return;
    this.summary.count('execve', 0, false);
    if (this.#options.mode === 'summary') return;
    const shown = argv.slice(0, WORDS_SHOWN).map(word);
    if (argv.length > WORDS_SHOWN) shown.push('...');
    const count = `${environment.length} var${environment.length === 1 ? '' : 's'}`;
    this.#begin(thread);
    // There is no envp that the kernel was given: the stack pointer stands for it.
    const where = `0x${thread.cpu.state.number(Gpr.rsp).toString(16)}`;
    this.#put(`execve(${quote(bytesFromString(path))}, [${shown.join(', ')}], ${where} /* ${count} */) `);
    this.#endLine('= 0');
  }

  threadEnded(thread: LinuxThread): void {
    // A program that was looked for in vain never ran.
    if (this.#known.size === 0) return;
    this.#attach(thread);
    const call = this.#calls.get(thread);
    this.#calls.delete(thread);
    if (call !== undefined) {
      this.summary.count(call.text.name, (this.#options.nowNs() - call.startNs) / NS_PER_SECOND, false);
      if (this.#options.mode !== 'summary') {
        this.#resume(thread, call);
        this.#put(`${call.text.atExit()}) `);
        this.#endLine('= ?');
      }
    }
    this.#line(thread, endText(thread, call));
    this.#alive.delete(thread.tid);
  }

  /** Ends a line still open, and prints the table in summary mode. */
  finish(): void {
    this.#breakLine();
    if ((this.#options.mode ?? 'lines') !== 'lines') this.#options.write(this.summary.table());
  }

  #tellIgnored(thread: LinuxThread): void {
    const waiting = this.#ignored.get(thread);
    if (waiting === undefined) return;
    this.#ignored.delete(thread);
    for (const info of waiting) this.signal(thread, info);
  }

  #attach(thread: LinuxThread): void {
    if (this.#known.has(thread.tid)) return;
    this.#known.add(thread.tid);
    this.#alive.add(thread.tid);
    const { mode, owner } = this.#options;
    if (this.#known.size === 1 || mode === 'summary' || owner === 'always') return;
    this.#breakLine();
    this.#options.write(`strace: Process ${thread.tid} attached\n`);
  }

  /** Starts a line for the thread, and puts before it what is asked for. */
  #begin(thread: LinuxThread): void {
    this.#breakLine();
    this.#current = thread;
    if (this.#options.owner === 'always') this.#put(`${String(thread.tid).padEnd(5)} `);
    else if (this.#alive.size > 1) this.#put(`[pid ${String(thread.tid).padStart(5)}] `);
    if (this.#options.timestamps === 'on') this.#put(`${(this.#options.timeSeconds?.() ?? 0).toFixed(6)} `);
  }

  #resume(thread: LinuxThread, call: OpenCall): void {
    if (this.#current === thread) return;
    this.#begin(thread);
    this.#put(`<... ${call.text.name} resumed>`);
  }

  #line(thread: LinuxThread, text: string): void {
    if (this.#options.mode === 'summary') return;
    const call = this.#calls.get(thread);
    if (call !== undefined && this.#current === thread) this.#breakLine();
    this.#begin(thread);
    this.#put(text);
    this.#options.write('\n');
    this.#current = undefined;
    this.#column = 0;
  }

  #breakLine(): void {
    if (this.#current === undefined) return;
    this.#options.write(' <unfinished ...>\n');
    this.#current = undefined;
    this.#column = 0;
  }

  #put(text: string): void {
    this.#column += text.length;
    if (text !== '') this.#options.write(text);
  }

  #endLine(result: string): void {
    const gap = ' '.repeat(Math.max(0, RESULT_COLUMN - this.#column));
    this.#options.write(`${gap}${result}\n`);
    this.#current = undefined;
    this.#column = 0;
  }
}

function word(text: ByteString): string {
  return quote(bytesFromString(text.slice(0, WORD_LENGTH))) + (text.length > WORD_LENGTH ? '...' : '');
}

/** The process's end when it is decided (exit_group, a signal), else the status in the call that ended the thread. */
function endText(thread: LinuxThread, call: OpenCall | undefined): string {
  const status = thread.process.exiting ?? (call?.text.name === 'exit' ? (call.text.view.int(0) & 0xff) << 8 : 0);
  const signal = status & 0x7f;
  if (signal === 0) return `+++ exited with ${(status >> 8) & 0xff} +++`;
  return `+++ killed by ${signalName(signal)}${(status & 0x80) === 0 ? '' : ' (core dumped)'} +++`;
}
