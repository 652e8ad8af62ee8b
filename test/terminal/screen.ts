/** The screen of a terminal emulator, as text: what its cells show, in which style, and where the cursor is. */
import type { IBufferCell, Terminal as Emulator } from '@xterm/headless';
import headless from '@xterm/headless';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export class Screen {
  readonly #emulator: Emulator;

  /** `answer`: what the emulator says to programs that ask it (device attributes, cursor position). */
  constructor({ columns, rows }: ScreenSize, answer: (text: string) => void) {
    this.#emulator = new headless.Terminal({ cols: columns, rows, scrollback: 0, allowProposedApi: true });
    this.#emulator.onData(answer);
  }

  /** Resolves when the bytes are on the screen. */
  show(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#emulator.write(bytes, resolve));
  }

  resize({ columns, rows }: ScreenSize): void {
    this.#emulator.resize(columns, rows);
  }

  close(): void {
    this.#emulator.dispose();
  }

  /** A line of text per row, without what is blank at its end, beyond the cursor. */
  get lines(): string[] {
    const { cursorX, cursorY } = this.#emulator.buffer.active;
    return this.#rows().map((row, y) => {
      const text = row.map(([cell]) => cell).join('');
      return text.trimEnd().padEnd(y === cursorY ? cursorX : 0);
    });
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Runs of styled cells per row (`bold fg2 "text"`), and the cursor: equal for equal screens. */
  get picture(): string {
    const rows = this.#rows().map((row, index) => `${index}: ${runs(row)}`);
    const { cursorX, cursorY, type } = this.#emulator.buffer.active;
    return [...rows, `cursor ${cursorX},${cursorY} ${type}`].join('\n');
  }

  #rows(): [text: string, style: string][][] {
    const { active } = this.#emulator.buffer;
    return Array.from({ length: this.#emulator.rows }, (_row, y) => {
      const line = active.getLine(active.baseY + y);
      const cells: [string, string][] = [];
      for (let x = 0; x < this.#emulator.cols; x++) {
        const cell = line?.getCell(x);
        if (cell === undefined || cell.getWidth() === 0) continue;
        cells.push([cell.getChars() || ' ', styleOf(cell)]);
      }
      return cells;
    });
  }
}

function runs(row: readonly (readonly [string, string])[]): string {
  const parts: { style: string; text: string }[] = [];
  for (const [text, style] of row) {
    const last = parts.at(-1);
    if (last?.style === style) last.text += text;
    else parts.push({ style, text });
  }
  const last = parts.at(-1);
  if (last?.style === '') last.text = last.text.trimEnd();
  return parts.map(({ style, text }) => (style === '' ? text : `<${style}>${text}</>`)).join('');
}

function styleOf(cell: IBufferCell): string {
  const words: string[] = [];
  if (cell.isBold() !== 0) words.push('bold');
  if (cell.isDim() !== 0) words.push('dim');
  if (cell.isItalic() !== 0) words.push('italic');
  if (cell.isUnderline() !== 0) words.push('underline');
  if (cell.isBlink() !== 0) words.push('blink');
  if (cell.isInverse() !== 0) words.push('inverse');
  if (cell.isInvisible() !== 0) words.push('invisible');
  if (cell.isStrikethrough() !== 0) words.push('struck');
  if (!cell.isFgDefault()) words.push(`fg${cell.getFgColor()}`);
  if (!cell.isBgDefault()) words.push(`bg${cell.getBgColor()}`);
  return words.join(' ');
}
