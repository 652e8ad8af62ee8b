/** One viewer of a terminal session: what it gets, what it sends, whether it keeps up. */
import type { Attachment, TerminalSize, TerminalViewer } from './terminal-viewer.ts';

/** Bytes a viewer may be behind before it counts as slow. */
const WINDOW = 1024 * 1024;
/** Typed or pasted bytes that are kept while the program does not read; what is more is lost, as on a real line. */
const INPUT_LIMIT = 4 * 1024 * 1024;

/**
 * joining: waits for the first picture of the screen. live: gets everything. behind: was too slow, gets nothing until it has taken what it
 * was given, then a picture.
 */
export type ViewerState = 'joining' | 'live' | 'behind' | 'gone';

/** What a line needs of its session. */
export interface ViewerHost {
  /** Takes input; how many bytes there was room for. */
  typed(line: ViewerLine, bytes: Uint8Array): number;
  sizeChanged(line: ViewerLine): void;
  drained(line: ViewerLine): void;
  left(line: ViewerLine): void;
}

export class ViewerLine implements Attachment {
  readonly viewer: TerminalViewer;
  state: ViewerState = 'joining';
  /** Of its window; undefined: any size will do. */
  size: TerminalSize | undefined;
  heldInputBytes = 0;
  readonly #host: ViewerHost;
  #held: Uint8Array[] = [];

  constructor(host: ViewerHost, viewer: TerminalViewer, size: TerminalSize | undefined) {
    this.#host = host;
    this.viewer = viewer;
    this.size = size;
  }

  get isFull(): boolean {
    return this.viewer.backlogBytes >= WINDOW;
  }

  output(bytes: Uint8Array): void {
    if (this.state !== 'gone') this.viewer.output(bytes);
  }

  input(bytes: Uint8Array): void {
    if (this.state === 'gone') return;
    const taken = this.#held.length > 0 ? 0 : this.#host.typed(this, bytes);
    if (taken > 0) this.viewer.inputTaken?.(taken);
    const rest = bytes.subarray(taken, taken + INPUT_LIMIT - this.heldInputBytes);
    if (rest.length === 0) return;
    this.#held.push(rest);
    this.heldInputBytes += rest.length;
  }

  /** The program's terminal has room again. */
  offerHeld(): void {
    while (this.#held.length > 0) {
      const first = this.#held[0]!;
      const taken = this.#host.typed(this, first);
      if (taken === 0) return;
      this.heldInputBytes -= taken;
      if (taken === first.length) this.#held.shift();
      else this.#held[0] = first.subarray(taken);
      this.viewer.inputTaken?.(taken);
    }
  }

  resize(columns: number, rows: number): void {
    this.size = { columns, rows };
    if (this.state !== 'gone') this.#host.sizeChanged(this);
  }

  drained(): void {
    if (this.state !== 'gone') this.#host.drained(this);
  }

  detach(): void {
    if (this.state === 'gone') return;
    this.state = 'gone';
    this.#held = [];
    this.heldInputBytes = 0;
    this.#host.left(this);
  }
}
