/** A program's output on a descriptor of this process: what has been written is acknowledged, so that the sender may go on. */
import { HostOutput } from '../console/host-output.ts';
import { FrameKind, type FrameSocket } from '../control/frames.ts';

/** Acknowledgements are gathered up to so many bytes while there is more to write. */
const ACKNOWLEDGED_AT_ONCE = 128 * 1024;

export class ClientOutput {
  readonly #output: HostOutput;
  readonly #frames: FrameSocket;
  readonly #channel: number;
  #written = 0;
  #isBroken = false;

  constructor(descriptor: number, frames: FrameSocket, channel: number) {
    this.#frames = frames;
    this.#channel = channel;
    this.#output = new HostOutput(descriptor);
    this.#output.onWritten = (byteCount) => this.#wrote(byteCount);
    this.#output.onRoom = () => this.#breakOnce();
  }

  take(bytes: Uint8Array): void {
    if (!this.#isBroken) this.#output.enqueue(bytes);
    else this.#frames.sendCount(FrameKind.Taken, this.#channel, bytes.length);
  }

  drain(): Promise<void> {
    return this.#output.drain();
  }

  #wrote(byteCount: number): void {
    this.#written += byteCount;
    if (this.#written < ACKNOWLEDGED_AT_ONCE && this.#output.queuedBytes > 0) return;
    this.#frames.sendCount(FrameKind.Taken, this.#channel, this.#written);
    this.#written = 0;
  }

  /** The reader has gone: the program is told, as by a pipe. */
  #breakOnce(): void {
    if (!this.#output.broken || this.#isBroken) return;
    this.#isBroken = true;
    this.#frames.send(FrameKind.End, this.#channel);
  }
}
