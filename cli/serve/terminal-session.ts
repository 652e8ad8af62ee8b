/**
 * The host's end of a guest terminal with a program on it. It keeps the screen, so that the program goes on when nobody looks, and any number
 * of viewers may come, go and come again.
 *
 * Pace. A program that shows more than is taken has to wait, but not for everybody:
 * - for the screen kept here, which is parsed as fast as this process can;
 * - for the fastest viewer: while at least one keeps up, slow ones fall behind and get a picture of the screen when they have caught up;
 * - when all viewers are slow, for the first that takes something again, at most PATIENCE_MS: then they are behind, all of them;
 * - for a viewer that asks for it (`whenSlow: 'wait'`), as long as it takes.
 */
import type { Terminal, TerminalDevice } from '../../linuxabi/tty/terminal.ts';
import { OutputLog } from './output-log.ts';
import { SessionScreen } from './session-screen.ts';
import type { Attachment, TerminalSize, TerminalViewer } from './terminal-viewer.ts';
import { ViewerLine, type ViewerHost } from './viewer-line.ts';

export type { Attachment, TerminalSize, TerminalViewer } from './terminal-viewer.ts';

const PATIENCE_MS = 1000;
/** Bytes that wait for the screen's parser before the program has to. */
const SCREEN_LIMIT = 4 * 1024 * 1024;
/** Output of a turn is gathered into pieces of this size. */
const PIECE = 64 * 1024;
/** Rows and columns of a window that makes no sense are brought into this range. */
const LEAST_CELLS = 1;
const MOST_CELLS = 1000;

/** How a program ended: by itself with a status, or by a signal. One of the two is null. */
export interface SessionEnd {
  readonly status: number | null;
  readonly signal: string | null;
}

export interface SessionParts {
  readonly id: number;
  readonly command: readonly string[];
  /** Path inside: `/dev/pts/0`. */
  readonly terminal: Terminal;
  readonly size: TerminalSize;
  readonly scrollbackLines: number;
}

export class TerminalSession implements TerminalDevice, ViewerHost {
  readonly id: number;
  /** Words of the program. */
  readonly command: readonly string[];
  /** What it has shown, as bytes. */
  readonly log = new OutputLog();
  readonly startedMs = Date.now();
  /** Process of the program inside, when it has been started. */
  pid: number | undefined;
  /** Path of a pseudo-terminal of the host that leads here too. */
  hostPath: string | undefined;
  /** Why the program could not be started. */
  refusal: string | undefined;
  /** The program runs, or `refusal` says why not. */
  begun: Promise<void> = Promise.resolve();
  /** How the program ended; undefined while it runs. */
  end: SessionEnd | undefined;
  /** Called once when viewers have been told of the end. */
  onOver: () => void = () => undefined;
  /** Called once when it is over and no program has the terminal open any more. */
  onFree: () => void = () => undefined;
  readonly #terminal: Terminal;
  readonly #screen: SessionScreen;
  readonly #lines = new Set<ViewerLine>();
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  /** Something has been sent in this turn of the host: the rest of the turn's output is gathered. */
  #sent = false;
  #patience: NodeJS.Timeout | undefined;
  #isOver = false;
  #isOpen = true;

  constructor({ id, command, terminal, size, scrollbackLines }: SessionParts) {
    this.id = id;
    this.command = command;
    this.#terminal = terminal;
    const first = sensible(size);
    this.#screen = new SessionScreen(first, scrollbackLines);
    this.#screen.onParsed = () => this.#roomMayHaveCome();
    terminal.resize({ ...first, xPixels: 0, yPixels: 0 });
    terminal.attach(this);
  }

  get columns(): number {
    return this.#terminal.window.columns;
  }

  get rows(): number {
    return this.#terminal.window.rows;
  }

  /** Its path inside: `/dev/pts/0`. */
  get path(): string {
    return this.#terminal.name;
  }

  /** What the program calls its window; empty: nothing. */
  get title(): string {
    return this.#screen.title;
  }

  get viewerCount(): number {
    return this.#lines.size;
  }

  /**
   * Shows the terminal to a viewer, from a picture of the screen with its history on (none when nothing has been shown yet). Without a size
   * the viewer takes the terminal's as it comes. A session that is over tells of its end behind the picture.
   */
  attach(viewer: TerminalViewer, size?: TerminalSize): Attachment {
    const line = new ViewerLine(this, viewer, size && sensible(size));
    this.#lines.add(line);
    if (size !== undefined) this.#applySize(line);
    viewer.resized(this.columns, this.rows);
    if (this.log.end === 0 && this.#gatheredBytes === 0 && !this.#isOver) line.state = 'live';
    else this.#draw(line, 'history');
    return line;
  }

  /** `take` is given what brings a viewer's terminal back to its ordinary modes, for one that leaves while the program goes on. */
  farewell(take: (bytes: Uint8Array) => void): void {
    this.#screen.farewell(take);
  }

  /** Text of the host's own at the end of what the program has shown. */
  say(text: string): void {
    this.#take(Buffer.from(text, 'utf8'));
  }

  /** As when a modem's line goes dead: the program gets SIGHUP, reads end. */
  hangUp(): void {
    this.#terminal.hangUp();
  }

  /** The program has ended. Viewers are told when what it has shown is on its way. */
  programEnded(end: SessionEnd): void {
    this.end ??= end;
    this.#finishWhenShown();
  }

  // --- the guest terminal's device ---------------------------------------------------------------------------------------

  write(bytes: Uint8Array): number {
    if (!this.#isOver && this.#mustWait()) return 0;
    this.#take(bytes);
    return bytes.length;
  }

  inputRoom(): void {
    for (const line of this.#lines) line.offerHeld();
  }

  /** What has been gathered has been shown as far as the program can tell: a signal character drops only what the terminal still holds. */
  discardOutput(): void {}

  firstOpened(): void {
    this.#isOpen = true;
  }

  lastClosed(): void {
    this.#isOpen = false;
    if (this.#isOver) this.#free();
  }

  // --- the viewers ---------------------------------------------------------------------------------------------------------

  typed(line: ViewerLine, bytes: Uint8Array): number {
    this.#applySize(line);
    return this.#terminal.input(bytes);
  }

  sizeChanged(line: ViewerLine): void {
    line.size = line.size && sensible(line.size);
    this.#applySize(line);
  }

  drained(line: ViewerLine): void {
    if (line.state === 'behind' && line.viewer.backlogBytes === 0) this.#draw(line, 'screen');
    this.#roomMayHaveCome();
  }

  left(line: ViewerLine): void {
    this.#lines.delete(line);
    this.#roomMayHaveCome();
  }

  // --- how ---------------------------------------------------------------------------------------------------------------

  #applySize({ size }: ViewerLine): void {
    if (size === undefined || (size.columns === this.columns && size.rows === this.rows)) return;
    this.#flush();
    this.#screen.resize(size);
    this.#terminal.resize({ ...size, xPixels: 0, yPixels: 0 });
    for (const { viewer } of this.#lines) viewer.resized(size.columns, size.rows);
  }

  #draw(line: ViewerLine, extent: 'screen' | 'history'): void {
    line.state = 'joining';
    this.#flush();
    this.#screen.redraw(extent, (bytes) => {
      if (line.state !== 'joining') return;
      // What is gathered has not been fed to the screen, and will reach this viewer as one that is live.
      line.state = 'live';
      line.output(bytes);
      if (this.#isOver) this.#tellEnd(line);
    });
  }

  /** The first output of a turn goes out at once, for whoever waits for an echo; the rest of the turn in pieces. */
  #take(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    if (this.#sent && this.#gatheredBytes < PIECE) return;
    if (!this.#sent) process.nextTick(this.#turnEnds);
    this.#sent = true;
    this.#flush();
  }

  readonly #turnEnds = (): void => {
    this.#sent = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#gatheredBytes === 0) return;
    const bytes = this.#gathered.length === 1 ? this.#gathered[0]! : Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.log.append(bytes);
    for (const line of this.#lines) if (line.state === 'live') line.output(bytes);
    this.#screen.feed(bytes);
  }

  /** Whether the program has to wait; falls out with viewers that need not be waited for. */
  #mustWait(): boolean {
    if (this.#screen.backlogBytes >= SCREEN_LIMIT) return true;
    const live = [...this.#lines].filter(({ state }) => state === 'live');
    const slow = live.filter((line) => line.isFull);
    if (slow.length === 0) return false;
    if (slow.some(({ viewer }) => viewer.whenSlow === 'wait')) return true;
    if (slow.length === live.length) {
      this.#patience ??= setTimeout(() => this.#losePatience(), PATIENCE_MS);
      return true;
    }
    for (const line of slow) line.state = 'behind';
    return false;
  }

  #losePatience(): void {
    this.#patience = undefined;
    for (const line of this.#lines) {
      if (line.state === 'live' && line.isFull && line.viewer.whenSlow !== 'wait') line.state = 'behind';
    }
    this.#roomMayHaveCome();
  }

  #roomMayHaveCome(): void {
    if (this.#patience !== undefined && [...this.#lines].some((line) => line.state === 'live' && !line.isFull)) {
      clearTimeout(this.#patience);
      this.#patience = undefined;
    }
    this.#terminal.deviceReady();
    this.#finishWhenShown();
  }

  #finishWhenShown(): void {
    if (this.end === undefined || this.#isOver || this.#terminal.pendingOutput > 0) return;
    this.#flush();
    this.#isOver = true;
    clearTimeout(this.#patience);
    for (const line of this.#lines) {
      if (line.state === 'live') this.#tellEnd(line);
      else if (line.state === 'behind') this.#draw(line, 'screen');
    }
    this.log.finish();
    this.onOver();
    if (!this.#isOpen) this.#free();
  }

  #free(): void {
    const { onFree } = this;
    this.onFree = () => undefined;
    onFree();
  }

  #tellEnd(line: ViewerLine): void {
    if (line.state === 'gone' || this.end === undefined) return;
    line.state = 'gone';
    this.#lines.delete(line);
    line.viewer.ended(this.end.status, this.end.signal);
  }
}

function sensible({ columns, rows }: TerminalSize): TerminalSize {
  const cells = (count: number): number =>
    Math.min(MOST_CELLS, Math.max(LEAST_CELLS, Math.trunc(count) || LEAST_CELLS));
  return { columns: cells(columns), rows: cells(rows) };
}
