/**
 * --strace: strace -f of what runs in a machine, in strace's own format. A line is begun when a call is made, with what is known
 * then, and ended with its result; when another thread has something to say in between, the line is broken with
 * `<unfinished ...>` and taken up with `<... name resumed>`. Source: strace(1), and its syscall.c and strace.c.
 */
import { Gpr } from '../../cpu/state-layout.ts';
import { bytesFromString } from '../../kernel/byte-string.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { errnoNames } from '../abi/errno.ts';
import { signalName } from '../abi/signal.ts';
import { NO_RESULT } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { isKilled } from '../signal/send.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { StartedProgram, SyscallTracer } from '../strace.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { declaredShows } from './declared.ts';
import { errnoTexts, restartTexts } from './errno-text.ts';
import { CallView, hex, quote } from './show.ts';
import { signatures } from './signatures.ts';
import type { Signature } from './signature.ts';
import { signalText } from './siginfo-text.ts';
import { SyscallSummary } from './summary.ts';

/** Results stand in this column. */
const RESULT_COLUMN = 40;
const NS_PER_SECOND = 1e9;
const MAX_ERRNO = 4095;
const WORDS_SHOWN = 32;
const WORD_LENGTH = 32;

/** A call that is not in the table: all six registers. */
const unknownCall = Array.from({ length: 6 }, () => hex);

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
  readonly name: string;
  readonly view: CallView;
  readonly signature: Signature;
  /** Arguments from here on are shown at the end; of `halfShown` only what comes after. */
  shown: number;
  halfShown: boolean;
  readonly startNs: number;
  interrupted: boolean;
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
    const name = definition?.name ?? `syscall_0x${number.toString(16)}`;
    if (this.#options.selected?.(name) === false) return;
    const signature = signatures.get(name) ?? {
      shows: definition === undefined ? unknownCall : declaredShows(definition),
    };
    const call: OpenCall = {
      name,
      view: new CallView(thread),
      signature,
      shown: 0,
      halfShown: false,
      startNs: this.#options.nowNs(),
      interrupted: false,
    };
    this.#calls.set(thread, call);
    if (this.#options.mode === 'summary') return;
    this.#begin(thread);
    this.#put(`${name}(`);
    this.#put(argumentsAtEntry(call));
  }

  exit(thread: LinuxThread, result: number): void {
    const call = this.#calls.get(thread);
    // A killed thread never comes back from its call: threadEnded ends the line.
    if (call === undefined || isKilled(thread)) return;
    this.#calls.delete(thread);
    const seconds = (this.#options.nowNs() - call.startNs) / NS_PER_SECOND;
    const value = result === NO_RESULT ? resultInRegisters(thread, call.name) : result;
    this.summary.count(call.name, seconds, isError(value));
    if (this.#options.mode === 'summary') return;
    call.view.result = value;
    this.#resume(thread, call);
    this.#put(`${argumentsAtExit(call)}) `);
    this.#endLine(`= ${resultText(call, value)}${this.#options.times === 'on' ? ` <${seconds.toFixed(6)}>` : ''}`);
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
      this.summary.count(call.name, (this.#options.nowNs() - call.startNs) / NS_PER_SECOND, false);
      if (this.#options.mode !== 'summary') {
        this.#resume(thread, call);
        this.#put(`${argumentsAtExit(call)}) `);
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
    this.#put(`<... ${call.name} resumed>`);
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

/** What can be said before the call has run: all up to the first argument that the kernel fills in. */
function argumentsAtEntry(call: OpenCall): string {
  const { shows } = call.signature;
  shows.forEach((show, index) => {
    if (show.remember !== undefined) call.view.remember(index, show.remember(call.view, index));
  });
  let text = '';
  for (; call.shown < shows.length; call.shown++) {
    const show = shows[call.shown]!;
    if (show.at === 'exit') return show.comma === 'own' || call.shown === 0 ? text : `${text}, `;
    const value = show.text(call.view, call.shown);
    text += show.comma === 'own' || call.shown === 0 ? value : `, ${value}`;
    if (show.after !== undefined) {
      call.halfShown = true;
      return text;
    }
  }
  return text;
}

function argumentsAtExit(call: OpenCall): string {
  const { shows } = call.signature;
  const first = call.shown;
  let text = '';
  for (let index = first; index < shows.length; index++) {
    const show = shows[index]!;
    if (index === first && call.halfShown) {
      text = show.after?.(call.view, index) ?? '';
      continue;
    }
    const value = show.text(call.view, index);
    text += show.comma === 'own' || index === first ? value : `, ${value}`;
  }
  return text;
}

function isError(result: number): boolean {
  return result < 0 && result >= -MAX_ERRNO;
}

/** execve starts its program with 0; rt_sigreturn brings back what the interrupted code had. */
function resultInRegisters(thread: LinuxThread, name: string): number {
  return name === 'rt_sigreturn' ? thread.cpu.state.long(Gpr.rax) : 0;
}

function resultText({ view, signature, name }: OpenCall, result: number): string {
  if (!isError(result)) return signature.result?.(view, result) ?? String(result);
  const error = errnoNames[-result] ?? `ERRNO_${-result}`;
  const restart = restartTexts[-result];
  if (restart !== undefined && name !== 'rt_sigreturn') return `? ${error} (${restart})`;
  return `-1 ${error} (${errnoTexts[-result] ?? `Unknown error ${-result}`})`;
}

/** The process's end when it is decided (exit_group, a signal), else the status in the call that ended the thread. */
function endText(thread: LinuxThread, call: OpenCall | undefined): string {
  const status = thread.process.exiting ?? (call?.name === 'exit' ? (call.view.int(0) & 0xff) << 8 : 0);
  const signal = status & 0x7f;
  if (signal === 0) return `+++ exited with ${(status >> 8) & 0xff} +++`;
  return `+++ killed by ${signalName(signal)}${(status & 0x80) === 0 ? '' : ' (core dumped)'} +++`;
}
