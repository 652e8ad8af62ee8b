/** What a terminal has shown, for `k42 logs`: at the pace of the one who reads. */
import { FrameKind, WINDOW, countOf, type FrameReceiver, type FrameSocket } from '../control/frames.ts';
import type { OutputLog } from './output-log.ts';

const OUTPUT = 1;
const PIECE = 64 * 1024;

export interface LogRequest {
  /** Undefined: all that is kept. */
  readonly tailLines: number | undefined;
  readonly until: 'now' | 'end';
}

export class LogStream implements FrameReceiver {
  readonly #log: OutputLog;
  readonly #frames: FrameSocket;
  readonly #until: 'now' | 'end';
  readonly #stop: number;
  #position: number;
  #underWay = 0;
  #isOver = false;

  constructor(log: OutputLog, frames: FrameSocket, { tailLines, until }: LogRequest) {
    this.#log = log;
    this.#frames = frames;
    this.#until = until;
    this.#stop = log.end;
    this.#position = tailLines === undefined ? log.begin : log.startOfLastLines(tailLines);
    log.listeners.add(this.#pump);
    frames.begin(this);
    this.#pump();
  }

  frame(kind: number, _channel: number, payload: Uint8Array): void {
    if (kind !== FrameKind.Taken) return;
    this.#underWay = Math.max(0, this.#underWay - countOf(payload));
    this.#pump();
  }

  closed(): void {
    this.#isOver = true;
    this.#log.listeners.delete(this.#pump);
  }

  readonly #pump = (): void => {
    const stop = this.#until === 'end' ? this.#log.end : this.#stop;
    while (!this.#isOver && this.#position < stop && this.#underWay < WINDOW) this.#send(stop);
    if (!this.#isOver && this.#position >= stop && (this.#until === 'now' || this.#log.ended)) this.#finish();
  };

  #send(stop: number): void {
    const lost = this.#log.begin - this.#position;
    if (lost > 0) {
      this.#frames.send(FrameKind.Failure, 0, Buffer.from(`${lost} bytes are not kept any more`));
      this.#position = this.#log.begin;
    }
    const bytes = this.#log.read(this.#position, Math.min(PIECE, stop - this.#position));
    this.#position += bytes.length;
    this.#underWay += bytes.length;
    this.#frames.send(FrameKind.Data, OUTPUT, bytes);
  }

  #finish(): void {
    this.closed();
    this.#frames.sendJson(FrameKind.Ended, {});
    this.#frames.end();
  }
}
