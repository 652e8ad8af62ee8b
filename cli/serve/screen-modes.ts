/** Modes of a screen that xterm.js keeps and its serializer does not write, and what a redraw begins and ends with. */
import type { Terminal } from '@xterm/headless';

/** DEC private modes that are on by default. Source: xterm's ctlseqs, "DEC Private Mode Set". */
const CURSOR_VISIBLE = 25;
/** Off by default; only how mouse events are written and the cursor's blinking: the serializer knows the others. */
const TRACKED_OFF = new Set([12, 1005, 1006, 1015, 1016]);
/** Ends what a terminal that shows a picture may have been left in: mouse, focus, paste, keypad, insertion, character set, attributes. */
const RESET_MODES =
  '\x1b[?9;1000;1002;1003;1004;1005;1006;1015;1016;2004l\x1b[?1;45;66l\x1b[?7h\x1b[4l\x1b>\x1b(B\x0f\x1b[0m';
/** These move the cursor too. */
const RESET_MARGINS = '\x1b[?6l\x1b[r';

interface Margins {
  readonly top: number;
  readonly bottom: number;
}

export class ScreenModes {
  title = '';
  readonly #terminal: Terminal;
  readonly #on = new Set<number>();
  #cursorHidden = false;
  #cursorStyle = 0;
  /** Lines drawn instead of letters, as VT100 programs do. */
  #drawsLines = false;
  /** Undefined: the whole screen. */
  #margins: Margins | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const { parser } = terminal;
    // Handlers that answer false leave the sequence to xterm.js.
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, (parameters) => this.#set(parameters, 'on'));
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, (parameters) => this.#set(parameters, 'off'));
    parser.registerCsiHandler({ final: 'r' }, ([top, bottom]) => this.#setMargins(top, bottom));
    parser.registerCsiHandler({ intermediates: ' ', final: 'q' }, ([style]) => {
      this.#cursorStyle = typeof style === 'number' ? style : 0;
      return false;
    });
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, () => this.#reset());
    parser.registerEscHandler({ final: 'c' }, () => this.#reset());
    parser.registerEscHandler({ intermediates: '(', final: '0' }, () => this.#setCharacters('lines'));
    parser.registerEscHandler({ intermediates: '(', final: 'B' }, () => this.#setCharacters('letters'));
    terminal.onTitleChange((title) => {
      this.title = title;
    });
  }

  /** No margins: text that scrolls, scrolls the whole screen. */
  get scrollsWhole(): boolean {
    return this.#margins === undefined;
  }

  /** A new size drops the margins. */
  resized(): void {
    this.#margins = undefined;
  }

  /** Makes a terminal that is in any state an empty one. */
  blank(): string {
    return `\x1b[?1049l${RESET_MODES}${RESET_MARGINS}\x1b[?25h\x1b[H\x1b[2J`;
  }

  /** After the serialized content: what that leaves out. Margins move the cursor, which goes back to its place. */
  restore(): string {
    let text = '';
    const { top, bottom } = this.#margins ?? { top: 0, bottom: 0 };
    if (this.#margins !== undefined) text += `\x1b7\x1b[${top};${bottom}r\x1b8`;
    for (const mode of this.#on) text += `\x1b[?${mode}h`;
    if (this.#cursorStyle !== 0) text += `\x1b[${this.#cursorStyle} q`;
    if (this.#drawsLines) text += '\x1b(0';
    if (this.title !== '') text += `\x1b]2;${this.title}\x07`;
    if (this.#cursorHidden) text += '\x1b[?25l';
    return text;
  }

  /** For a viewer that leaves: an ordinary terminal, the cursor where it can go on. */
  farewell(): string {
    let text = this.#terminal.buffer.active.type === 'alternate' ? '\x1b[?1049l' : '';
    if (this.#terminal.modes.originMode) text += '\x1b[?6l';
    if (this.#margins !== undefined) text += '\x1b7\x1b[r\x1b8';
    text += RESET_MODES;
    if (this.#cursorStyle !== 0) text += '\x1b[0 q';
    return `${text}\x1b[?25h`;
  }

  #set(parameters: readonly (number | number[])[], state: 'on' | 'off'): boolean {
    for (const mode of parameters) {
      if (typeof mode !== 'number') continue;
      if (mode === CURSOR_VISIBLE) this.#cursorHidden = state === 'off';
      if (!TRACKED_OFF.has(mode)) continue;
      if (state === 'on') this.#on.add(mode);
      else this.#on.delete(mode);
    }
    return false;
  }

  #setMargins(first: number | number[] | undefined, last: number | number[] | undefined): boolean {
    const { rows } = this.#terminal;
    const top = typeof first === 'number' && first > 0 ? first : 1;
    const bottom = typeof last === 'number' && last > 0 ? Math.min(last, rows) : rows;
    if (bottom > top) this.#margins = top === 1 && bottom === rows ? undefined : { top, bottom };
    return false;
  }

  #setCharacters(kind: 'lines' | 'letters'): boolean {
    this.#drawsLines = kind === 'lines';
    return false;
  }

  #reset(): boolean {
    this.#on.clear();
    this.#cursorHidden = false;
    this.#cursorStyle = 0;
    this.#drawsLines = false;
    this.#margins = undefined;
    return false;
  }
}
