/**
 * The screen of a guest terminal on the host's side: everything shown is parsed into it, so that a viewer who comes late, comes again, or fell
 * behind is given the picture instead of the bytes. It is xterm.js without a window; what its serializer leaves out is in screen-modes.ts.
 *
 * Parsing is put off to turns of its own: bytes wait here, and the parser gets a batch at a time. A redraw is the parsed picture and the
 * bytes that wait behind it, together: what is fed after it belongs to nobody's redraw.
 */
import { SerializeAddon } from '@xterm/addon-serialize';
import { Terminal } from '@xterm/headless';
import { Flood } from './flood.ts';
import { ScreenModes } from './screen-modes.ts';

/** Bytes parsed between two turns of the host: some milliseconds. */
const BATCH = 128 * 1024;
/** A batch of so many bytes is one of a flood. */
const FLOOD = 32 * 1024;
/** After it the parser rests for so many times as long as it took: most of what comes meanwhile need not be parsed. */
const REST = 6;
const LONGEST_REST_MS = 100;
/** With so many bytes waiting it does not rest: well before the program has to wait for it. */
const RESTLESS = 2 * 1024 * 1024;

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** screen: what is visible; history: the lines that have scrolled out too, as many as are kept. */
export type RedrawExtent = 'screen' | 'history';

interface RedrawRequest {
  readonly extent: RedrawExtent;
  readonly take: (bytes: Uint8Array) => void;
}

interface FarewellRequest {
  /** How much had been fed when it was asked for. */
  readonly afterBytes: number;
  readonly take: (bytes: Uint8Array) => void;
}

export class SessionScreen {
  /** Called when bytes that waited have been parsed. */
  onParsed: () => void = () => undefined;
  readonly #terminal: Terminal;
  readonly #serializer = new SerializeAddon();
  readonly #modes: ScreenModes;
  readonly #flood: Flood;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isParsing = false;
  #rest: NodeJS.Timeout | undefined;
  #redraws: RedrawRequest[] = [];
  #farewells: FarewellRequest[] = [];
  #fedBytes = 0;

  constructor({ columns, rows }: ScreenSize, scrollbackLines: number) {
    this.#terminal = new Terminal({ cols: columns, rows, scrollback: scrollbackLines, allowProposedApi: true });
    this.#terminal.loadAddon(this.#serializer);
    this.#modes = new ScreenModes(this.#terminal);
    this.#flood = new Flood(scrollbackLines);
  }

  get title(): string {
    return this.#modes.title;
  }

  /** Bytes that have been fed and not parsed. */
  get backlogBytes(): number {
    return this.#waitingBytes;
  }

  /** The array is kept: its owner writes nothing into it any more. */
  feed(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#fedBytes += bytes.length;
    if (this.#waitingBytes >= RESTLESS) this.#endRest();
    if (!this.#isParsing && this.#rest === undefined) this.#parse();
  }

  resize({ columns, rows }: ScreenSize): void {
    this.#terminal.resize(columns, rows);
    this.#modes.resized();
  }

  /** `take` is called with what draws this screen on a terminal in any state, now or when the parser pauses next. */
  redraw(extent: RedrawExtent, take: (bytes: Uint8Array) => void): void {
    this.#redraws.push({ extent, take });
    if (!this.#isParsing) this.#answerRedraws();
  }

  /** `take` is called with what brings a terminal that was shown all that has been fed back to its ordinary modes. */
  farewell(take: (bytes: Uint8Array) => void): void {
    this.#farewells.push({ afterBytes: this.#fedBytes, take });
    this.#endRest();
    if (!this.#isParsing) this.#answerFarewells();
  }

  dispose(): void {
    clearTimeout(this.#rest);
    this.#redraws = [];
    this.#waiting = [];
    this.#waitingBytes = 0;
    // Nobody who leaves is kept waiting.
    this.#answerFarewells();
    this.#terminal.dispose();
  }

  #parse(): void {
    const startedMs = performance.now();
    const whole = this.#modes.scrollsWhole;
    const { rows } = this.#terminal;
    if (whole && this.#waitingBytes > BATCH) this.#waiting = this.#flood.thin(this.#waiting, rows);
    const batch: Uint8Array[] = [];
    let size = 0;
    while (size < BATCH && this.#waiting.length > 0) {
      const chunk = this.#waiting.shift()!;
      const taken = chunk.subarray(0, BATCH - size);
      if (taken.length < chunk.length) this.#waiting.unshift(chunk.subarray(taken.length));
      batch.push(taken);
      size += taken.length;
    }
    this.#waitingBytes = this.#waiting.reduce((sum, { length }) => sum + length, 0);
    const bytes = batch.length === 1 ? batch[0]! : Buffer.concat(batch);
    this.#flood.parsed(bytes);
    this.#isParsing = true;
    this.#terminal.write(bytes, () => this.#parsed(bytes.length, startedMs));
  }

  #parsed(batchBytes: number, startedMs: number): void {
    this.#isParsing = false;
    this.#answerRedraws();
    this.#answerFarewells();
    if (batchBytes >= FLOOD && this.#waitingBytes < RESTLESS) this.#beginRest(startedMs);
    this.onParsed();
    if (!this.#isParsing && this.#rest === undefined) this.#parseWaiting();
  }

  #parseWaiting(): void {
    if (this.#waiting.length > 0) this.#parse();
  }

  #beginRest(startedMs: number): void {
    const restMs = Math.min((performance.now() - startedMs) * REST, LONGEST_REST_MS);
    this.#rest ??= setTimeout(() => this.#endRest(), restMs);
  }

  #endRest(): void {
    if (this.#rest === undefined) return;
    clearTimeout(this.#rest);
    this.#rest = undefined;
    if (!this.#isParsing) this.#parseWaiting();
  }

  #answerRedraws(): void {
    const redraws = this.#redraws;
    this.#redraws = [];
    for (const { extent, take } of redraws) take(Buffer.concat([this.#picture(extent), ...this.#waiting]));
  }

  /** Those who were shown nothing that is still to be parsed. */
  #answerFarewells(): void {
    const parsedBytes = this.#fedBytes - this.#waitingBytes;
    const ready = this.#farewells.filter(({ afterBytes }) => afterBytes <= parsedBytes);
    this.#farewells = this.#farewells.filter(({ afterBytes }) => afterBytes > parsedBytes);
    for (const { take } of ready) take(Buffer.from(this.#modes.farewell(), 'utf8'));
  }

  #picture(extent: RedrawExtent): Uint8Array {
    const content = this.#serializer.serialize(extent === 'screen' ? { scrollback: 0 } : {});
    return Buffer.from(`${this.#modes.blank()}${content}${this.#modes.restore()}`, 'utf8');
  }
}
