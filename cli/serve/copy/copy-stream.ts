/** The machine's ends of a copy: out of it and into it. */
import { FrameKind, countOf, type FrameReceiver, type FrameSocket } from '../../control/frames.ts';
import { CopyReceiver } from './copy-receiver.ts';
import { CopySender } from './copy-sender.ts';
import type { FileFacts, TreeFiles } from './tree-files.ts';

export class CopyOutStream implements FrameReceiver {
  readonly #sender: CopySender;

  constructor(files: TreeFiles, frames: FrameSocket, path: string, facts: FileFacts) {
    const skipped = (name: string): void =>
      frames.send(FrameKind.Failure, 0, Buffer.from(`${name} is left out: no file, folder or link`));
    this.#sender = new CopySender(files, frames, skipped);
    frames.begin(this);
    void end(frames, this.#sender.send(path, facts));
  }

  frame(kind: number, _channel: number, payload: Uint8Array): void {
    if (kind === FrameKind.Taken) this.#sender.taken(countOf(payload));
  }

  closed(): void {
    this.#sender.closed();
  }
}

export class CopyInStream implements FrameReceiver {
  readonly #receiver: CopyReceiver;
  readonly #frames: FrameSocket;

  constructor(files: TreeFiles, frames: FrameSocket, target: string) {
    this.#receiver = new CopyReceiver(files, frames, target);
    this.#frames = frames;
    frames.begin(this);
  }

  frame(kind: number, _channel: number, payload: Uint8Array): void {
    if (kind === FrameKind.Ended) void end(this.#frames, this.#receiver.finish());
    else if (kind === FrameKind.Data || kind === FrameKind.File) this.#receiver.take(kind, payload);
  }

  /** A copy that breaks off leaves what has been made. */
  closed(): void {
    void this.#receiver.finish().catch(() => undefined);
  }
}

/** Tells how it ended: nothing, or an `error` in words. */
async function end(frames: FrameSocket, work: Promise<void>): Promise<void> {
  try {
    await work;
    frames.sendJson(FrameKind.Ended, {});
  } catch (failure) {
    frames.sendJson(FrameKind.Ended, { error: (failure as Error).message });
  }
  frames.end();
}
