/**
 * A program without a terminal, its three streams over a control connection. Nothing is lost: the program waits when the other end does
 * not take its output, and the other end when the program does not read. A connection that is gone is a closed pipe.
 */
import type { Readable } from 'node:stream';
import { _NSIG } from '../../linuxabi/abi/signal.ts';
import { FrameKind, WINDOW, countOf, type FrameReceiver, type FrameSocket } from '../control/frames.ts';
import type { GuestProcess } from '../library/guest-process.ts';
import { refusal } from '../refusal.ts';
import { FlowWindow } from './flow-window.ts';

/** Status for what is k42's own fault. */
const MACHINE_FAILED = 125;
const INPUT = 0;
const OUTPUT = 1;
const ERRORS = 2;

export class ExecStream implements FrameReceiver {
  readonly #program: GuestProcess;
  readonly #frames: FrameSocket;
  readonly #outputs: readonly (OutputChannel | undefined)[];

  constructor(program: GuestProcess, frames: FrameSocket) {
    this.#program = program;
    this.#frames = frames;
    this.#outputs = [undefined, this.#output(OUTPUT, program.stdout), this.#output(ERRORS, program.stderr)];
    program.stdin!.on('error', () => frames.send(FrameKind.End, INPUT));
    // It may have ended already: a promise tells that too, an event would not.
    program.exited.then(
      (end) => frames.sendJson(FrameKind.Exited, end),
      (failure: unknown) => this.#refused(failure),
    );
    program.on('close', (status, signal) => {
      frames.sendJson(FrameKind.Ended, { status, signal });
      frames.end();
    });
    frames.begin(this);
  }

  frame(kind: number, channel: number, payload: Uint8Array): void {
    switch (kind) {
      case FrameKind.Data:
        if (channel === INPUT) this.#input(payload);
        return;
      case FrameKind.Taken:
        this.#outputs[channel]?.taken(countOf(payload));
        return;
      case FrameKind.End:
        if (channel === INPUT) this.#program.stdin!.end();
        else this.#outputs[channel]?.abandon();
        return;
      case FrameKind.Signal:
        if (payload.length === 1 && payload[0]! <= _NSIG) this.#program.kill(payload[0]);
    }
  }

  closed(): void {
    this.#program.stdin!.end();
    for (const output of this.#outputs) output?.abandon();
  }

  #output(channel: number, stream: Readable | null): OutputChannel {
    return new OutputChannel(stream!, (bytes) =>
      bytes === undefined
        ? this.#frames.send(FrameKind.End, channel)
        : this.#frames.send(FrameKind.Data, channel, bytes),
    );
  }

  #input(payload: Uint8Array): void {
    const stdin = this.#program.stdin!;
    const took = (): void => this.#frames.sendCount(FrameKind.Taken, INPUT, payload.length);
    if (stdin.writableLength > 2 * WINDOW) this.#frames.destroy();
    else if (stdin.writable) stdin.write(payload.slice(), took);
    else took();
  }

  /** It could not be started. */
  #refused(failure: unknown): void {
    const { errno, message } = failure as Error & { readonly errno?: number };
    const { text, status } = errno === undefined ? { text: message, status: MACHINE_FAILED } : refusal(errno);
    this.#frames.send(FrameKind.Failure, 0, Buffer.from(`${this.#program.spawnfile}: ${text}`));
    this.#frames.sendJson(FrameKind.Ended, { status, signal: null });
    this.#frames.end();
  }
}

/** Output of a program on its way, at most a WINDOW ahead of what the other end has taken. */
class OutputChannel {
  readonly #stream: Readable;
  readonly #window: FlowWindow;

  /** `send` is given undefined at the end. */
  constructor(stream: Readable, send: (bytes: Uint8Array | undefined) => void) {
    this.#stream = stream;
    this.#window = new FlowWindow(stream);
    stream.on('data', (bytes: Uint8Array) => {
      send(bytes);
      this.#window.sent(bytes.length);
    });
    stream.on('end', () => send(undefined));
    stream.on('error', () => undefined);
  }

  taken(count: number): void {
    this.#window.taken(count);
  }

  /** Nobody takes it any more: the program gets SIGPIPE when it goes on. */
  abandon(): void {
    this.#stream.destroy();
  }
}
