/**
 * One execution of a command that is JavaScript: its streams, and the calls that its program inside makes for them (command-program.ts),
 * one at a time. What the owner's streams ask for waits here until the program comes for its next call; the program waits while there is nothing
 * that its descriptors are ready for.
 */
import { Readable, Writable } from 'node:stream';
import { guestAddress } from '../../cpu/address.ts';
import { Gpr } from '../../cpu/state-layout.ts';
import { Ready } from '../../kernel/open-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { EAGAIN, EINTR, EIO, EPIPE } from '../../linuxabi/abi/errno.ts';
import { WAIT } from '../../linuxabi/blocking.ts';
import { readBytes, writeBytes } from '../../linuxabi/guest-string.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import { BUFFER_ADDRESS, BUFFER_BYTES } from './command-program.ts';
import { guestError } from './guest-error.ts';

type Done = (error?: Error | null) => void;

/** Bytes that the owner has given to a stream, and that the program has not written yet. */
interface Output {
  readonly fd: number;
  bytes: Uint8Array;
  readonly done: Done;
}

const READ = 0;
const WRITE = 1;
const EXIT_GROUP = 231;

export class CommandRun {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Woken when the owner wants something of the program. */
  readonly queue = new WaitQueue();
  readonly #thread: LinuxThread;
  readonly #abort = new AbortController();
  readonly #outputs: Output[] = [];
  /** Whose result the program brings next. */
  #called: Output | 'input' | undefined;
  #wantsInput = false;
  #status: number | undefined;

  constructor(thread: LinuxThread) {
    this.#thread = thread;
    this.stdin = new Readable({
      read: () => {
        this.#wantsInput = true;
        this.queue.wake();
      },
    });
    this.stdout = this.#output(1);
    this.stderr = this.#output(2);
    // A program that writes where nobody reads fails or is killed; its host is not.
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.on('error', () => undefined);
  }

  /** Aborts when the program inside has been ended by somebody else. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  #output(fd: number): Writable {
    return new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        if (this.#abort.signal.aborted) {
          done(guestError(-EPIPE, { syscall: 'write' }));
          return;
        }
        this.#outputs.push({ fd, bytes: chunk, done });
        this.queue.wake();
      },
    });
  }

  /** What has been written goes out first, then the program ends. */
  async finish(status: number): Promise<void> {
    await Promise.all([this.stdout, this.stderr].map(ended));
    this.#status = status & 0xff;
    this.queue.wake();
  }

  /** The program is no more. */
  ended(): void {
    if (this.#status !== undefined) return;
    this.#abort.abort();
    this.stdin.destroy();
    for (const { done } of this.#outputs.splice(0)) done(guestError(-EPIPE, { syscall: 'write' }));
  }

  // --- for the program inside, in its own turns ------------------------------------------------------------------------

  /** It brings the result of its last call. Throws GuestFault when it is none of ours and has no such buffer. */
  takeResult(result: number): void {
    const called = this.#called;
    this.#called = undefined;
    if (called === undefined) return;
    if (called === 'input') this.#inputCame(result);
    else this.#outputWent(called, result);
  }

  #inputCame(result: number): void {
    if (result === -EINTR || result === -EAGAIN) return;
    this.#wantsInput = false;
    if (result > 0) {
      const bytes = readBytes(this.#thread.memory, guestAddress(BUFFER_ADDRESS), Math.min(result, BUFFER_BYTES));
      process.nextTick(() => this.stdin.push(bytes));
    } else if (result === 0) {
      process.nextTick(() => this.stdin.push(null));
    } else {
      process.nextTick(() => this.stdin.destroy(guestError(result, { syscall: 'read' })));
    }
  }

  #outputWent(output: Output, result: number): void {
    const written = result === -EINTR || result === -EAGAIN ? 0 : result;
    if (written > output.bytes.length) this.#settle(output, guestError(-EIO, { syscall: 'write' }));
    else if (written < 0) this.#settle(output, guestError(written, { syscall: 'write' }));
    else {
      output.bytes = output.bytes.subarray(written);
      if (output.bytes.length === 0) this.#settle(output);
    }
  }

  #settle(output: Output, error?: Error): void {
    this.#outputs.splice(this.#outputs.indexOf(output), 1);
    process.nextTick(output.done, error);
  }

  /** Number of its next call, with the arguments in its registers; WAIT while there is nothing to do. */
  nextCall(): number {
    const output = this.#outputs.find(({ fd }) => this.#isReady(fd, Ready.Writable));
    if (output !== undefined) {
      const piece = output.bytes.subarray(0, BUFFER_BYTES);
      writeBytes(this.#thread.memory, guestAddress(BUFFER_ADDRESS), piece);
      this.#called = output;
      return this.#call(WRITE, output.fd, piece.length);
    }
    if (this.#status !== undefined) return this.#call(EXIT_GROUP, this.#status, 0);
    if (!this.#wantsInput || !this.#isReady(0, Ready.Readable)) return WAIT;
    this.#called = 'input';
    return this.#call(READ, 0, BUFFER_BYTES);
  }

  #call(number: number, first: number, lengthBytes: number): number {
    const { state } = this.#thread.cpu;
    state.setNumber(Gpr.rdi, first);
    state.setNumber(Gpr.rsi, BUFFER_ADDRESS);
    state.setNumber(Gpr.rdx, lengthBytes);
    return number;
  }

  /** A call on a descriptor that is closed, or whose other side is, answers at once too. */
  #isReady(fd: number, wanted: number): boolean {
    const description = this.#thread.process.files.get(fd);
    return description === undefined || (description.file.readiness() & (wanted | Ready.HangUp | Ready.Error)) !== 0;
  }

  /** What may wake a program that waits for its next call. */
  queues(): WaitQueue[] {
    const files = [0, 1, 2].map((fd) => this.#thread.process.files.get(fd)?.file.waitQueue);
    return [this.queue, ...new Set(files.filter((queue) => queue !== undefined))];
  }
}

/** Everything that was written to it has gone, or it has failed. */
function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) {
      resolve();
      return;
    }
    stream.once('close', resolve);
    stream.end();
  });
}
