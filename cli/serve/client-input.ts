/** Standard input of this process on its way to a program, at most a WINDOW ahead of what the program has read. */
import type { Readable } from 'node:stream';
import { FrameKind, type FrameSocket } from '../control/frames.ts';
import { FlowWindow } from './flow-window.ts';

const INPUT = 0;
const EMPTY = new Uint8Array(0);

export class ClientInput {
  readonly #source: Readable;
  readonly #frames: FrameSocket;
  readonly #window: FlowWindow;

  /** `filter` sees what is typed first, and says what of it goes on. */
  constructor(source: Readable, frames: FrameSocket, filter: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
    this.#source = source;
    this.#frames = frames;
    this.#window = new FlowWindow(source);
    source.on('data', (chunk: Uint8Array) => this.#send(filter(chunk)));
    source.on('end', () => frames.send(FrameKind.End, INPUT));
    source.on('error', () => frames.send(FrameKind.End, INPUT));
  }

  taken(count: number): void {
    this.#window.taken(count);
  }

  stop(): void {
    this.#source.pause();
    this.#source.removeAllListeners('data');
  }

  #send(bytes: Uint8Array = EMPTY): void {
    if (bytes.length === 0) return;
    this.#frames.send(FrameKind.Data, INPUT, bytes);
    this.#window.sent(bytes.length);
  }
}
