/** The page: a terminal, and a line that says what the machine in the worker is doing. */
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { terminalThemes } from '../../web/page/terminals/terminal-theme.ts';
import { Theme } from '../../web/page/theme.ts';
import { keepStylesWithinPolicy } from '../../web/page/within-policy.ts';
import type { PageMessage, WorkerMessage } from '../messages.ts';

const SCROLLBACK_LINES = 10_000;
const FONTS = "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace";
/** Where the server has them. */
const ROOT = '/root.tar';
const INTERPRETER = '/interpreter.wasm';

keepStylesWithinPolicy();
const theme = new Theme();
const terminal = new Terminal({
  fontFamily: FONTS,
  scrollback: SCROLLBACK_LINES,
  theme: terminalThemes[theme.scheme],
  screenReaderMode: true,
  macOptionIsMeta: true,
});
theme.onChange.add((scheme) => void (terminal.options.theme = terminalThemes[scheme]));
const fit = new FitAddon();
terminal.loadAddon(fit);
const screen = document.querySelector<HTMLElement>('#screen')!;
const status = document.querySelector<HTMLElement>('#status')!;
terminal.open(screen);
fit.fit();

/** A shell has ended and a key begins another. */
let isOver = false;
const worker = startWorker();

function startWorker(): Worker | undefined {
  if (!crossOriginIsolated) {
    say(
      'This page needs shared memory, which browsers give only to pages of https or of this computer: open it as localhost.',
      'failed',
    );
    return undefined;
  }
  const made = new Worker('/worker.js', { type: 'module', name: 'machine' });
  made.onmessage = ({ data }: MessageEvent<WorkerMessage>) => take(data);
  made.onerror = ({ message }) => say(message || 'The machine could not be loaded.', 'failed');
  return made;
}

function tell(message: PageMessage, transfer: readonly Transferable[] = []): void {
  worker?.postMessage(message, [...transfer]);
}

function say(text: string, state: 'loading' | 'running' | 'over' | 'failed'): void {
  status.textContent = text;
  status.dataset['state'] = state;
}

function take(message: WorkerMessage): void {
  switch (message.type) {
    case 'progress':
      say(message.text, 'loading');
      break;
    case 'started':
      isOver = false;
      say('Running in this page', 'running');
      terminal.focus();
      break;
    case 'output':
      terminal.write(message.bytes, () => tell({ type: 'shown', bytes: message.bytes.length }));
      break;
    case 'ended':
      isOver = true;
      say(`The shell has ended with status ${message.status}: Enter starts another`, 'over');
      break;
    case 'failed':
      say(message.text, 'failed');
      break;
  }
}

function type(bytes: Uint8Array<ArrayBuffer>): void {
  if (isOver) {
    if (bytes.includes(0x0d)) tell({ type: 'shell' });
    return;
  }
  tell({ type: 'input', bytes }, [bytes.buffer]);
}

terminal.onData((text) => type(new TextEncoder().encode(text)));
terminal.onBinary((text) => type(Uint8Array.from(text, (character) => character.charCodeAt(0))));
terminal.onResize(({ cols, rows }) => tell({ type: 'resize', window: { columns: cols, rows } }));
new ResizeObserver(() => fit.fit()).observe(screen);

const url = (path: string): string => new URL(path, location.href).href;
const { cols: columns, rows } = terminal;
tell({ type: 'boot', root: url(ROOT), interpreter: url(INTERPRETER), window: { columns, rows } });
