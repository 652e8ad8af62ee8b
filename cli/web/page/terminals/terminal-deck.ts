/** The machine's terminals as tabs: those that were there when the page came, those that it opens, and those that others open. */
import type { TerminalRow, WebEvent } from '../../messages.ts';
import { button, h, setAttribute } from '../dom.ts';
import { iconButton } from '../icons.ts';
import type { Link } from '../link.ts';
import type { Notices } from '../notices.ts';
import { TabList } from '../tab-list.ts';
import type { Theme } from '../theme.ts';
import { TerminalPane } from './terminal-pane.ts';
import { touchKeys } from './touch-keys.ts';

const LAST_CHANNEL = 0xffff;
const FIRST_SIZE = { columns: 80, rows: 24 };
/** Which terminal this browser tab looked at last. */
const KEPT = 'k42-terminal';

interface Entry {
  readonly pane: TerminalPane;
  command: string;
  /** What a person called it, else what its program does, else its program. */
  name: string;
  title: string;
}

export class TerminalDeck {
  readonly element: HTMLElement;
  readonly #link: Link;
  readonly #theme: Theme;
  readonly #notices: Notices;
  readonly #tabs: TabList;
  readonly #screens = h('div', { class: 'screens' });
  readonly #empty: HTMLElement;
  readonly #entries = new Map<number, Entry>();
  #lastChannel = 0;
  #isFirst = true;

  constructor(link: Link, theme: Theme, notices: Notices) {
    this.#link = link;
    this.#theme = theme;
    this.#notices = notices;
    this.#tabs = new TabList({
      label: 'Terminals',
      onSelect: (id) => this.#select(Number(id), 'tab'),
      onClose: (id) => this.#close(Number(id)),
      onRename: (id, name) => this.#rename(Number(id), name),
    });
    this.#empty = h(
      'div',
      { class: 'empty' },
      h('p', {}, 'No terminal is open.'),
      button('New terminal', () => this.open()),
    );
    const add = iconButton('add', 'New terminal (Ctrl+Shift+O)', () => this.open());
    const help = 'Tab belongs to the terminal. Control Shift E leads to the inspector, and back.';
    this.element = h(
      'section',
      { class: 'terminals', 'aria-label': 'Terminals' },
      h('div', { class: 'strip' }, this.#tabs.element, add),
      this.#screens,
      touchKeys(
        (text) => this.#current?.pane.input(text),
        () => this.focus(),
      ),
      h('p', { id: 'way-out', hidden: true }, help),
    );
    this.#screens.append(this.#empty);
    link.onState.add((state) => {
      setAttribute(this.element, 'data-link', state);
      if (state === 'open') this.#report(this.#join());
      else for (const { pane } of this.#entries.values()) pane.detached();
    });
    link.onEvent.add((event) => this.#hear(event));
  }

  open(): void {
    this.#report(this.#open());
  }

  focus(): void {
    const current = this.#current;
    if (current === undefined) this.#empty.querySelector('button')?.focus();
    else current.pane.focus();
  }

  step(places: number): void {
    this.#tabs.step(places);
    this.focus();
  }

  closeCurrent(): void {
    const current = this.#current;
    if (current !== undefined) this.#close(current.pane.id);
  }

  renameCurrent(): void {
    const { selected } = this.#tabs;
    if (selected !== undefined) this.#tabs.rename(selected);
  }

  get #current(): Entry | undefined {
    return this.#entries.get(Number(this.#tabs.selected));
  }

  async #open(): Promise<void> {
    const row = await this.#link.call('openTerminal', this.#current?.pane.size ?? FIRST_SIZE);
    this.#add(row);
    this.#select(row.id, 'terminal');
  }

  /** The link is there, again or for the first time. */
  async #join(): Promise<void> {
    const rows = await this.#link.call('terminals', {});
    const known = [...this.#entries.values()];
    // What ended while the link was lost is told by nobody else.
    const ids = new Set(rows.map(({ id }) => id));
    for (const { pane } of known) if (!ids.has(pane.id) && !pane.isOver) this.#remove(pane.id);
    this.#sync(rows);
    await Promise.all(known.filter(({ pane }) => ids.has(pane.id)).map(({ pane }) => this.#attach(pane)));
    const wasFirst = this.#isFirst;
    this.#isFirst = false;
    if (wasFirst && rows.length === 0) await this.#open();
    if (wasFirst) this.focus();
  }

  #sync(rows: readonly TerminalRow[]): void {
    for (const row of rows) this.#add(row);
    const ids = new Set(rows.map(({ id }) => id));
    if (this.#tabs.selected !== undefined || rows.length === 0) return;
    const kept = Number(sessionStorage.getItem(KEPT));
    this.#select(ids.has(kept) ? kept : rows[0]!.id, 'tab');
  }

  #add({ id, name, command }: TerminalRow): void {
    const known = this.#entries.get(id);
    if (known !== undefined) {
      known.name = name;
      this.#label(id);
      return;
    }
    const pane = new TerminalPane(id, this.#link, this.#theme, {
      titled: (title) => {
        entry.title = title;
        this.#label(id);
      },
      rang: () => this.#tabs.selected !== String(id) && this.#tabs.setState(String(id), 'bell'),
      // What ended as it should, or was closed by somebody, leaves nothing to read.
      ended: (status, signal) => {
        if (status === 0 || signal === 'SIGHUP') this.#remove(id);
        else this.#tabs.setState(String(id), 'ended');
      },
      dismissed: () => this.#remove(id),
    });
    const entry: Entry = { pane, command, name, title: '' };
    this.#entries.set(id, entry);
    this.#screens.append(pane.element);
    this.#tabs.add(String(id), command, pane.element);
    this.#label(id);
    pane.open();
    this.#showEmpty();
    this.#report(this.#attach(pane));
  }

  async #attach(pane: TerminalPane): Promise<void> {
    this.#lastChannel = (this.#lastChannel % LAST_CHANNEL) + 1;
    await pane.attach(this.#lastChannel);
  }

  #label(id: number): void {
    const { name, title, command } = this.#entries.get(id)!;
    this.#tabs.setLabel(String(id), name || title || command.replace(/^-/, ''));
  }

  #select(id: number, focus: 'tab' | 'terminal'): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#tabs.select(String(id));
    if (!entry.pane.isOver) this.#tabs.setState(String(id), undefined);
    for (const { pane } of this.#entries.values()) pane.element.classList.toggle('current', pane.id === id);
    sessionStorage.setItem(KEPT, String(id));
    if (focus === 'terminal') entry.pane.focus();
  }

  #close(id: number): void {
    if (this.#entries.get(id)?.pane.isOver === true) this.#remove(id);
    else this.#report(this.#link.call('closeTerminal', { terminal: id }));
  }

  #rename(id: number, name: string): void {
    this.#report(this.#link.call('renameTerminal', { terminal: id, name }));
  }

  #remove(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const hadFocus = entry.pane.element.contains(document.activeElement);
    this.#entries.delete(id);
    this.#tabs.remove(String(id));
    entry.pane.dispose();
    this.#showEmpty();
    if (hadFocus) this.focus();
  }

  #showEmpty(): void {
    this.#empty.hidden = this.#entries.size > 0;
  }

  #hear(event: WebEvent): void {
    if (event.event === 'terminals') this.#sync(event.terminals);
    if (event.event !== 'size' && event.event !== 'ended') return;
    const entry = [...this.#entries.values()].find(({ pane }) => pane.channel === event.channel);
    if (event.event === 'size') entry?.pane.resized(event.columns, event.rows);
    else entry?.pane.ended(event.status, event.signal);
  }

  #report(step: Promise<unknown>): void {
    step.catch((failure: unknown) => this.#notices.fail(failure));
  }
}
