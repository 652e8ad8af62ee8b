/** One terminal on the page: xterm.js in a tab's panel, on a channel of the link. After a lost connection it is attached anew, and drawn anew. */
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { h } from '../dom.ts';
import type { Link } from '../link.ts';
import { isPageShortcut } from '../shortcuts.ts';
import type { Theme } from '../theme.ts';
import { copyText } from './clipboard.ts';
import { TERMINAL_FONTS, terminalThemes } from './terminal-theme.ts';

const SCROLLBACK_LINES = 5000;
/** Of what is typed without a connection. */
const MOST_HELD_BYTES = 64 * 1024;
const FONT_SIZE = 14;
const PHONE_FONT_SIZE = 12;

export interface PaneListener {
  titled(title: string): void;
  rang(): void;
  /** Its program has ended. */
  ended(status: number | null, signal: string | null): void;
  /** Enter, after the end. */
  dismissed(): void;
}

export class TerminalPane {
  readonly id: number;
  readonly element: HTMLElement;
  readonly #link: Link;
  readonly #listener: PaneListener;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #encoder = new TextEncoder();
  readonly #resizes: ResizeObserver;
  readonly #sights: IntersectionObserver;
  readonly #untheme: () => void;
  /** Undefined: not attached. */
  #channel: number | undefined;
  /** Typed meanwhile: goes out when the terminal is attached again, as over any slow line. */
  readonly #held: Uint8Array[] = [];
  #isOver = false;
  #isSeen = false;

  constructor(id: number, link: Link, theme: Theme, listener: PaneListener) {
    this.id = id;
    this.#link = link;
    this.#listener = listener;
    this.element = h('div', { class: 'screen', id: `terminal-${id}`, 'aria-describedby': 'way-out' });
    this.#terminal = new Terminal({
      fontFamily: TERMINAL_FONTS,
      fontSize: matchMedia('(max-width: 44rem)').matches ? PHONE_FONT_SIZE : FONT_SIZE,
      lineHeight: 1.15,
      scrollback: SCROLLBACK_LINES,
      theme: terminalThemes[theme.scheme],
      macOptionIsMeta: true,
      screenReaderMode: true,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.attachCustomKeyEventHandler((event) => this.#wants(event));
    this.#terminal.onData((text) => this.input(text));
    this.#terminal.onBinary((text) => this.#send(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    this.#terminal.onTitleChange((title) => listener.titled(title));
    this.#terminal.onBell(() => listener.rang());
    const repaint = (): void => void (this.#terminal.options.theme = terminalThemes[theme.scheme]);
    theme.onChange.add(repaint);
    this.#untheme = () => theme.onChange.delete(repaint);
    this.#resizes = new ResizeObserver(() => this.#refit());
    this.#sights = new IntersectionObserver((entries) => {
      this.#isSeen = entries.at(-1)!.isIntersecting;
      this.#refit();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get channel(): number | undefined {
    return this.#channel;
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** The element is in the document from now on. */
  open(): void {
    this.#terminal.open(this.element);
    this.#resizes.observe(this.element);
    this.#sights.observe(this.element);
  }

  /** The screen comes on this channel, from its beginning. */
  async attach(channel: number): Promise<void> {
    if (this.#isOver) return;
    this.#channel = channel;
    this.#terminal.reset();
    this.#link.channels.set(channel, (bytes) =>
      this.#terminal.write(bytes, () => this.#link.taken(channel, bytes.length)),
    );
    this.#fit.fit();
    const attached = this.#link.call('attach', { terminal: this.id, channel, ...this.size });
    for (const bytes of this.#held.splice(0)) this.#link.input(channel, bytes);
    await attached;
  }

  /** The connection is lost. */
  detached(): void {
    if (this.#channel !== undefined) this.#link.channels.delete(this.#channel);
    this.#channel = undefined;
  }

  input(text: string): void {
    if (this.#isOver) {
      if (text === '\r') this.#listener.dismissed();
      return;
    }
    this.#send(this.#encoder.encode(text));
  }

  paste(text: string): void {
    this.#terminal.paste(text);
  }

  async copy(): Promise<void> {
    if (this.#terminal.hasSelection()) await copyText(this.#terminal.getSelection());
  }

  /** The terminal has this size now, by the word of whoever used it last. */
  resized(columns: number, rows: number): void {
    if (columns !== this.#terminal.cols || rows !== this.#terminal.rows) this.#terminal.resize(columns, rows);
  }

  ended(status: number | null, signal: string | null): void {
    this.#isOver = true;
    this.#terminal.write(
      `\r\n\x1b[0;2m[${signal === null ? `ended with status ${status}` : `ended by ${signal}`}; Enter closes]\x1b[0m\r\n`,
    );
    this.#listener.ended(status, signal);
  }

  focus(): void {
    this.#terminal.focus();
  }

  dispose(): void {
    this.#resizes.disconnect();
    this.#sights.disconnect();
    this.#untheme();
    this.detached();
    this.#terminal.dispose();
    this.element.remove();
  }

  #send(bytes: Uint8Array): void {
    if (this.#channel !== undefined && this.#link.input(this.#channel, bytes)) return;
    const held = this.#held.reduce((sum, { length }) => sum + length, 0);
    if (held + bytes.length <= MOST_HELD_BYTES) this.#held.push(bytes);
  }

  /**
   * A hidden terminal has no size of its own. xterm.js too learns from an observer, made before ours, that it is seen again, and a size that it is given
   * earlier it takes only in part.
   */
  #refit(): void {
    if (!this.#isSeen || this.element.clientHeight === 0) return;
    const before = this.size;
    this.#fit.fit();
    const { columns, rows } = this.size;
    if (this.#channel === undefined || this.#isOver || (before.columns === columns && before.rows === rows)) return;
    this.#link.call('resize', { channel: this.#channel, columns, rows }).catch(() => undefined);
  }

  /** Whether a key is the terminal's. Those with Ctrl and Shift that no program can tell from others are the page's. */
  #wants(event: KeyboardEvent): boolean {
    if (isPageShortcut(event)) return false;
    const withBoth = event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey;
    const isCopy = (withBoth && event.code === 'KeyC') || (event.ctrlKey && !event.shiftKey && event.code === 'Insert');
    // The browser's own paste comes as an event that xterm.js takes.
    const isPaste =
      (withBoth && event.code === 'KeyV') || (event.shiftKey && !event.ctrlKey && event.code === 'Insert');
    if (isCopy) {
      event.preventDefault();
      if (event.type === 'keydown') void this.copy();
    }
    return !isCopy && !isPaste;
  }
}
