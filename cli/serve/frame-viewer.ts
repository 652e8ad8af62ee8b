/** A viewer of a terminal session at the other end of a control connection. */
import {
  FrameKind,
  WINDOW,
  countOf,
  sizeOf,
  sizePayload,
  type FrameReceiver,
  type FrameSocket,
} from '../control/frames.ts';
import type { Attachment, TerminalSession, TerminalSize, TerminalViewer } from './terminal-session.ts';

const INPUT = 0;
const OUTPUT = 1;

export interface FrameViewerOptions {
  /** Of its window; undefined: any. */
  readonly size: TerminalSize | undefined;
  readonly whenSlow: 'redraw' | 'wait';
}

export class FrameViewer implements TerminalViewer, FrameReceiver {
  readonly whenSlow: 'redraw' | 'wait';
  backlogBytes = 0;
  readonly #session: TerminalSession;
  readonly #frames: FrameSocket;
  readonly #attachment: Attachment;

  constructor(session: TerminalSession, frames: FrameSocket, { size, whenSlow }: FrameViewerOptions) {
    this.whenSlow = whenSlow;
    this.#session = session;
    this.#frames = frames;
    this.#attachment = session.attach(this, size);
    frames.begin(this);
  }

  // --- from the session ----------------------------------------------------------------------------------------------------

  output(bytes: Uint8Array): void {
    this.backlogBytes += bytes.length;
    this.#frames.send(FrameKind.Data, OUTPUT, bytes);
  }

  resized(columns: number, rows: number): void {
    this.#frames.send(FrameKind.Resize, OUTPUT, sizePayload(columns, rows));
  }

  ended(status: number | null, signal: string | null): void {
    this.#frames.sendJson(FrameKind.Ended, { status, signal });
    this.#frames.end();
  }

  inputTaken(byteCount: number): void {
    this.#frames.sendCount(FrameKind.Taken, INPUT, byteCount);
  }

  // --- from the connection ---------------------------------------------------------------------------------------------------

  frame(kind: number, _channel: number, payload: Uint8Array): void {
    switch (kind) {
      case FrameKind.Data:
        this.#typed(payload);
        return;
      case FrameKind.Taken:
        this.backlogBytes = Math.max(0, this.backlogBytes - countOf(payload));
        this.#attachment.drained();
        return;
      case FrameKind.Resize: {
        const size = sizeOf(payload);
        if (size !== undefined) this.#attachment.resize(size.columns, size.rows);
        return;
      }
      case FrameKind.Detach:
        this.#leave();
    }
  }

  closed(): void {
    this.#attachment.detach();
  }

  /** Who sends more than there is a window for is no client of ours. */
  #typed(payload: Uint8Array): void {
    if (this.#attachment.heldInputBytes > 2 * WINDOW) this.#frames.destroy();
    // The chunk it is a part of is the socket's.
    else this.#attachment.input(payload.slice());
  }

  #leave(): void {
    this.#attachment.detach();
    this.#session.farewell((bytes) => {
      this.#frames.send(FrameKind.Data, OUTPUT, bytes);
      this.#frames.sendJson(FrameKind.Ended, { detached: true });
      this.#frames.end();
    });
  }
}
