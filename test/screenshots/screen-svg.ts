/** A terminal's screen, as xterm.js keeps it without a window, drawn as SVG: text stays text, and the picture is a text file. */
import type { IBufferCell, Terminal } from '@xterm/headless';
import { TERMINAL_FONTS, terminalThemes } from '../../cli/web/page/terminals/terminal-theme.ts';

const CELL = { width: 8.43, height: 17 } as const;
const FONT_SIZE = 14;
const MARGIN = 14;
const TITLE_HEIGHT = 30;
const { dark } = terminalThemes;
const GROUND = dark.background!;
const INK = dark.foreground!;
/** Source: xterm-256color: sixteen, a cube of 6 × 6 × 6, greys. */
const SIXTEEN = [
  dark.black,
  dark.red,
  dark.green,
  dark.yellow,
  dark.blue,
  dark.magenta,
  dark.cyan,
  dark.white,
  dark.brightBlack,
  dark.brightRed,
  dark.brightGreen,
  dark.brightYellow,
  dark.brightBlue,
  dark.brightMagenta,
  dark.brightCyan,
  dark.brightWhite,
].map((colour) => colour!);
const CUBE_STEPS = [0, 95, 135, 175, 215, 255];

interface Look {
  readonly ink: string;
  readonly ground: string;
  /** CSS classes. */
  readonly style: string;
}

interface Run extends Look {
  readonly column: number;
  text: string;
  cells: number;
}

export function screenSvg(terminal: Terminal, title: string, cursor: 'shown' | 'hidden'): string {
  const width = Math.ceil(terminal.cols * CELL.width) + 2 * MARGIN;
  const height = terminal.rows * CELL.height + TITLE_HEIGHT + MARGIN;
  const rows = Array.from({ length: terminal.rows }, (_, row) => drawRow(terminal, row, cursor));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:${FONT_SIZE}px ${TERMINAL_FONTS.replaceAll('"', "'")};white-space:pre}.b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}.d{opacity:.65}.t{font:12px ui-sans-serif,system-ui,sans-serif}</style>
<rect width="${width}" height="${height}" rx="9" fill="${GROUND}"/>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8.5" fill="none" stroke="#2a303c"/>
<path d="M0 ${TITLE_HEIGHT - 6}h${width}" stroke="#2a303c"/>
<circle cx="17" cy="12" r="4.5" fill="#3a4150"/><circle cx="32" cy="12" r="4.5" fill="#3a4150"/><circle cx="47" cy="12" r="4.5" fill="#3a4150"/>
<text class="t" x="${width / 2}" y="16" fill="#97a0b0" text-anchor="middle">${escaped(title)}</text>
${rows.filter((row) => row !== '').join('\n')}
</svg>
`;
}

function drawRow(terminal: Terminal, row: number, cursor: 'shown' | 'hidden'): string {
  const { active } = terminal.buffer;
  const line = active.getLine(active.viewportY + row);
  if (line === undefined) return '';
  const runs: Run[] = [];
  for (let column = 0; column < terminal.cols; column++) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const isCursor = cursor === 'shown' && active.cursorY === row && active.cursorX === column;
    const look = lookOf(cell, isCursor);
    const last = runs.at(-1);
    const text = cell.getChars() || ' ';
    if (last !== undefined && isSame(last, look) && !isCursor) {
      last.text += text;
      last.cells += cell.getWidth();
    } else runs.push({ ...look, column, text, cells: cell.getWidth() });
  }
  return runs.map((run) => drawRun(run, row)).join('');
}

function drawRun({ column, text, cells, ink, ground, style }: Run, row: number): string {
  const x = round(MARGIN + column * CELL.width);
  const top = TITLE_HEIGHT + row * CELL.height;
  const block =
    ground === GROUND
      ? ''
      : `<rect x="${x}" y="${top}" width="${round(cells * CELL.width)}" height="${CELL.height}" fill="${ground}"/>`;
  const shown = text.trimEnd();
  if (shown === '') return block;
  const classes = style === '' ? '' : ` class="${style}"`;
  const length = round((cells - (text.length - shown.length)) * CELL.width);
  const place = `x="${x}" y="${top + 13}" textLength="${length}" lengthAdjust="spacingAndGlyphs"`;
  return `${block}<text ${place}${classes} fill="${ink}">${escaped(shown)}</text>`;
}

function isSame(a: Look, b: Look): boolean {
  return a.ink === b.ink && a.ground === b.ground && a.style === b.style;
}

function lookOf(cell: IBufferCell, isCursor: boolean): Look {
  const isBold = cell.isBold() !== 0;
  let ink = cell.isFgDefault() ? INK : colourOf(cell.getFgColor(), cell.isFgRGB(), isBold);
  let ground = cell.isBgDefault() ? GROUND : colourOf(cell.getBgColor(), cell.isBgRGB(), false);
  if ((cell.isInverse() !== 0) !== isCursor) [ink, ground] = [ground, ink];
  const style = [
    isBold && 'b',
    cell.isItalic() !== 0 && 'i',
    cell.isUnderline() !== 0 && 'u',
    cell.isDim() !== 0 && 'd',
  ];
  return { ink, ground, style: style.filter(Boolean).join(' ') };
}

function colourOf(value: number, isRgb: boolean, isBright: boolean): string {
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  if (value < 16) return SIXTEEN[isBright && value < 8 ? value + 8 : value]!;
  if (value >= 232) return grey(8 + (value - 232) * 10);
  const index = value - 16;
  const parts = [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map((step) => CUBE_STEPS[step]!);
  return `#${parts.map(hex).join('')}`;
}

const hex = (part: number): string => part.toString(16).padStart(2, '0');
const grey = (part: number): string => `#${hex(part).repeat(3)}`;
const round = (value: number): number => Math.round(value * 100) / 100;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
