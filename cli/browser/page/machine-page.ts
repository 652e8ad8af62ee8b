/** The page: a terminal, and a line that says what the machine in the worker is doing. */
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { TERMINAL_FONTS, terminalThemes } from '../../web/page/terminals/terminal-theme.ts';
import type { Theme } from '../../web/page/theme.ts';
import type { PageMessage, WorkerMessage } from '../messages.ts';

const SCROLLBACK_LINES = 10_000;
/** Where the server has them. */
const ROOT = '/root.tar';
const INTERPRETER = '/interpreter.wasm';
const WORKER = '/worker.js';
const ENTER = 0x0d;

type State = 'loading' | 'running' | 'over' | 'failed';

export interface PageParts {
  /** Where the terminal goes. */
  readonly screen: HTMLElement;
  readonly status: HTMLElement;
  readonly theme: Theme;
}

export class MachinePage {
  readonly #status: HTMLElement;
  readonly #terminal: Terminal;
  readonly #encoder = new TextEncoder();
  readonly #worker = new Worker(WORKER, { type: 'module', name: 'machine' });
  /** A shell has ended and Enter begins another. */
  #isOver = false;

  constructor({ screen, status, theme }: PageParts) {
    this.#status = status;
    this.#terminal = new Terminal({
      fontFamily: TERMINAL_FONTS,
      scrollback: SCROLLBACK_LINES,
      theme: terminalThemes[theme.scheme],
      screenReaderMode: true,
      macOptionIsMeta: true,
    });
    theme.onChange.add((scheme) => void (this.#terminal.options.theme = terminalThemes[scheme]));
    const fit = new FitAddon();
    this.#terminal.loadAddon(fit);
    this.#terminal.open(screen);
    fit.fit();
    new ResizeObserver(() => fit.fit()).observe(screen);
    this.#listen();
  }

  boot(): void {
    const url = (path: string): string => new URL(path, location.href).href;
    const { cols: columns, rows } = this.#terminal;
    this.#tell({ type: 'boot', root: url(ROOT), interpreter: url(INTERPRETER), window: { columns, rows } });
  }

  #listen(): void {
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => this.#take(data);
    this.#worker.onerror = ({ message }) => this.#say(message || 'The machine could not be loaded.', 'failed');
    this.#terminal.onData((text) => this.#input(this.#encoder.encode(text)));
    this.#terminal.onBinary((text) => this.#input(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    this.#terminal.onResize(({ cols, rows }) => this.#tell({ type: 'resize', window: { columns: cols, rows } }));
  }

  #tell(message: PageMessage, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  #say(text: string, state: State): void {
    this.#status.textContent = text;
    this.#status.dataset['state'] = state;
  }

  #take(message: WorkerMessage): void {
    switch (message.type) {
      case 'progress':
        this.#say(message.text, 'loading');
        break;
      case 'started':
        this.#say('Running in this page', 'running');
        this.#terminal.focus();
        break;
      case 'output':
        this.#terminal.write(message.bytes, () => this.#tell({ type: 'shown', bytes: message.bytes.length }));
        break;
      case 'ended':
        this.#isOver = true;
        this.#say(`The shell has ended with status ${message.status}: Enter starts another`, 'over');
        break;
      case 'failed':
        this.#say(message.text, 'failed');
        break;
    }
  }

  #input(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#isOver) this.#tell({ type: 'input', bytes }, [bytes.buffer]);
    else if (bytes.includes(ENTER)) {
      this.#isOver = false;
      this.#tell({ type: 'shell' });
    }
  }
}
