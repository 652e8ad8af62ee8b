/**
 * A program that runs in a machine, shaped like Node's ChildProcess: the same streams, events and order of events. What it is, where its
 * input comes from and how it ends is here; how it is started is in spawn.ts.
 */
import { EventEmitter } from 'node:events';
import { finished, type Readable, type Writable } from 'node:stream';
import type { LinuxProcess } from '../../linuxabi/process/process.ts';
import { sendToGroup, sendToProcess } from '../../linuxabi/signal/send.ts';
import { userSignal } from '../../linuxabi/signal/siginfo.ts';
import { SI_USER } from '../../linuxabi/abi/signal.ts';
import { programEnd } from '../program.ts';
import type { GuestTerminal } from './guest-terminal.ts';
import type { MachineHost } from './machine-host.ts';
import { nameOfSignal, signalNumber, type SignalChoice } from './signal-name.ts';
import type { StandardStreams } from './standard-streams.ts';

/** How a program ended: by itself with a status, or by a signal. One of the two is null. */
export interface ProgramExit {
  readonly status: number | null;
  /** Its name, as `SIGTERM`. */
  readonly signal: string | null;
}

export interface GuestProcessEvents {
  /** The program runs. */
  readonly spawn: [];
  /** It could not be started, could not be killed, was aborted, or its machine broke. */
  readonly error: [failure: Error];
  /** It has ended; its streams may still hold output. */
  readonly exit: [code: number | null, signal: string | null];
  /** It has ended and its streams too. */
  readonly close: [code: number | null, signal: string | null];
}

/**
 * What a GuestProcess is made of.
 * @internal
 */
export interface GuestProcessParts {
  readonly host: MachineHost;
  readonly pid: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly streams: StandardStreams;
  readonly terminal: GuestTerminal | undefined;
}

export class GuestProcess extends EventEmitter<GuestProcessEvents> {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly spawnfile: string;
  readonly spawnargs: readonly string[];
  /** Its number inside; undefined when it could not be started. */
  pid: number | undefined;
  exitCode: number | null = null;
  signalCode: string | null = null;
  /** `kill` has sent it a signal. */
  killed = false;
  /** The terminal it has, where it was asked for. */
  readonly terminal: GuestTerminal | undefined;
  /** Settles with 'exit', or rejects with 'error' when there will be no exit. */
  readonly exited: Promise<ProgramExit>;
  readonly #host: MachineHost;
  readonly #streams: StandardStreams;
  readonly #process: LinuxProcess | undefined;
  #letGo: (() => void) | undefined;
  #settle: (exit: ProgramExit) => void = () => undefined;
  #fail: (failure: Error) => void = () => undefined;
  #isOver = false;

  /** @internal */
  constructor({ host, pid, program, args, streams, terminal }: GuestProcessParts) {
    super();
    this.#host = host;
    this.#streams = streams;
    this.#process = host.machine.tasks.processes.get(pid);
    this.pid = pid;
    this.spawnfile = program;
    this.spawnargs = args;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.terminal = terminal;
    this.exited = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    // Who does not ask for it learns by the events.
    this.exited.catch(() => undefined);
    host.dependents.add(this);
    this.ref();
  }

  /** Node does not end while the program runs (so from the start). */
  ref(): void {
    if (!this.#isOver) this.#letGo ??= this.#host.alive.hold();
  }

  unref(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }

  /**
   * Sends a signal, SIGTERM when none is named; 0 only asks whether it is there. False when it has ended.
   * Throws ERR_UNKNOWN_SIGNAL.
   */
  kill(signal: SignalChoice = 'SIGTERM'): boolean {
    const number = signalNumber(signal);
    const process = this.#process;
    if (process === undefined || process.exited || this.#isOver) return false;
    if (number > 0) sendToProcess(process, userSignal(number, SI_USER, 0, 0));
    if (number > 0) this.killed = true;
    return true;
  }

  /** As `kill`, for the program and those it has started and left in its process group. */
  killGroup(signal: SignalChoice = 'SIGTERM'): void {
    const number = signalNumber(signal);
    if (this.#process !== undefined) sendToGroup(this.#process.group, userSignal(number, SI_USER, 0, 0));
    this.killed = true;
  }

  /** `await using` ends it and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.kill('SIGKILL');
    await this.exited.catch(() => undefined);
  }

  // --- what happens to it --------------------------------------------------------------------------------------------

  /**
   * Its program has ended with this wait status.
   * @internal
   */
  ended(waitStatus: number): void {
    const { status, signal } = programEnd(waitStatus);
    this.exitCode = status;
    this.signalCode = signal === null ? null : nameOfSignal(signal);
    this.#finish();
    this.#settle({ status: this.exitCode, signal: this.signalCode });
    this.emit('exit', this.exitCode, this.signalCode);
    this.#closeAfterStreams(this.exitCode, this.signalCode);
  }

  /**
   * Its program could not be started.
   * @internal
   */
  notStarted(failure: Error, result: number): void {
    this.pid = undefined;
    this.#finish();
    this.#fail(failure);
    this.#report(failure);
    this.#closeAfterStreams(result, null);
  }

  /** @internal */
  machineFailed(failure: Error): void {
    this.#finish();
    this.stdout?.destroy();
    this.stderr?.destroy();
    this.#fail(failure);
    this.#report(failure);
  }

  /** Somebody who only waits for `exited` has heard of it there. */
  #report(failure: Error): void {
    if (this.listenerCount('error') > 0) this.emit('error', failure);
  }

  #finish(): void {
    this.#isOver = true;
    this.#host.dependents.delete(this);
    this.unref();
    this.stdin?.destroy();
  }

  #closeAfterStreams(code: number | null, signal: string | null): void {
    const outputs = [this.stdout, this.stderr].filter((stream) => stream !== null);
    const ends = outputs.map((stream) => new Promise<void>((resolve) => finished(stream, () => resolve())));
    void Promise.all([...ends, this.#streams.end()]).then(() => this.emit('close', code, signal));
    // As in Node, output that nobody reads is dropped, or 'close' would never come. Who waited for 'exit' may still ask for it.
    setImmediate(() => {
      for (const stream of outputs) if (stream.readableFlowing === null && !isRead(stream)) stream.resume();
    });
  }
}

function isRead(stream: Readable): boolean {
  return stream.listenerCount('readable') > 0;
}
