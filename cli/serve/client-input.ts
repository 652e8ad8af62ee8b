/** Standard input of this process on its way to a program, at most a WINDOW ahead of what the program has read. */
import type { Readable } from 'node:stream';
import { FrameKind, WINDOW, type FrameSocket } from '../control/frames.ts';

const INPUT = 0;
const EMPTY = new Uint8Array(0);

export class ClientInput {
  readonly #source: Readable;
  readonly #frames: FrameSocket;
  #underWay = 0;

  /** `filter` sees what is typed first, and says what of it goes on. */
  constructor(source: Readable, frames: FrameSocket, filter: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
    this.#source = source;
    this.#frames = frames;
    source.on('data', (chunk: Uint8Array) => this.#send(filter(chunk)));
    source.on('end', () => frames.send(FrameKind.End, INPUT));
    source.on('error', () => frames.send(FrameKind.End, INPUT));
  }

  taken(count: number): void {
    this.#underWay = Math.max(0, this.#underWay - count);
    if (this.#underWay < WINDOW / 2 && this.#source.isPaused()) this.#source.resume();
  }

  stop(): void {
    this.#source.pause();
    this.#source.removeAllListeners('data');
  }

  #send(bytes: Uint8Array = EMPTY): void {
    if (bytes.length === 0) return;
    this.#underWay += bytes.length;
    this.#frames.send(FrameKind.Data, INPUT, bytes);
    if (this.#underWay >= WINDOW) this.#source.pause();
  }
}
