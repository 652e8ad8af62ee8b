/** Keeps what is read from a stream at most a WINDOW ahead of what the other end of a connection says it has taken. */
import type { Readable } from 'node:stream';
import { WINDOW } from '../control/frames.ts';

export class FlowWindow {
  readonly #source: Readable;
  #underWay = 0;

  constructor(source: Readable) {
    this.#source = source;
  }

  sent(byteCount: number): void {
    this.#underWay += byteCount;
    if (this.#underWay >= WINDOW) this.#source.pause();
  }

  taken(byteCount: number): void {
    this.#underWay = Math.max(0, this.#underWay - byteCount);
    if (this.#underWay < WINDOW / 2 && this.#source.isPaused()) this.#source.resume();
  }
}
