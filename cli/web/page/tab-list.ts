/**
 * A row of tabs. One of them can be reached with Tab; the arrows, Home and End go from there to the others. Where tabs may be closed and
 * renamed: Delete closes the focused one, F2 renames it. Source: ARIA Authoring Practices, "Tabs".
 */
import { h, setAttribute, setText } from './dom.ts';
import { iconButton } from './icons.ts';

export interface TabListOptions {
  readonly label: string;
  onSelect(id: string): void;
  /** Absent: tabs stay. */
  onClose?(id: string): void;
  /** Absent: names stay. */
  onRename?(id: string, name: string): void;
}

interface Tab {
  readonly id: string;
  readonly frame: HTMLElement;
  readonly button: HTMLElement;
  readonly text: HTMLElement;
  readonly close: HTMLElement | undefined;
}

export class TabList {
  readonly element: HTMLElement;
  readonly #options: TabListOptions;
  readonly #tabs: Tab[] = [];
  #selected: string | undefined;

  constructor(options: TabListOptions) {
    this.#options = options;
    this.element = h('div', { class: 'tab-list', role: 'tablist', 'aria-label': options.label });
    this.element.addEventListener('keydown', (event) => this.#key(event));
  }

  get selected(): string | undefined {
    return this.#selected;
  }

  get ids(): readonly string[] {
    return this.#tabs.map(({ id }) => id);
  }

  /** `panel`: the id of what the tab shows. */
  add(id: string, label: string, panel: HTMLElement): void {
    const text = h('span', { class: 'tab-text' }, label);
    const tabId = `tab-${id}`;
    const button = h(
      'button',
      { type: 'button', role: 'tab', id: tabId, 'aria-controls': panel.id, tabindex: -1 },
      text,
    );
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tabId);
    button.addEventListener('click', () => this.#options.onSelect(id));
    button.addEventListener('auxclick', ({ button: which }) => which === 1 && this.#options.onClose?.(id));
    if (this.#options.onRename !== undefined) button.addEventListener('dblclick', () => this.rename(id));
    // Delete does the same from the keyboard.
    const close =
      this.#options.onClose &&
      iconButton('close', `Close ${label}`, () => this.#options.onClose?.(id), { tabindex: -1 });
    const frame = h('div', { class: 'tab', role: 'presentation' }, button, close);
    this.#tabs.push({ id, frame, button, text, close });
    this.element.append(frame);
    this.#mark();
  }

  remove(id: string): void {
    const place = this.#tabs.findIndex((tab) => tab.id === id);
    if (place < 0) return;
    const [tab] = this.#tabs.splice(place, 1);
    const hadFocus = tab!.frame.contains(document.activeElement);
    tab!.frame.remove();
    if (this.#selected === id) {
      this.#selected = undefined;
      const next = this.#tabs[Math.min(place, this.#tabs.length - 1)];
      if (next !== undefined) this.#options.onSelect(next.id);
      if (hadFocus) next?.button.focus();
    }
    this.#mark();
  }

  select(id: string): void {
    this.#selected = id;
    this.#mark();
    this.#find(id)?.frame.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  /** The tab so many places on, round the end. */
  step(places: number): void {
    const from = this.#tabs.findIndex(({ id }) => id === this.#selected);
    const next = this.#tabs.at((from + places) % this.#tabs.length);
    if (next !== undefined) this.#options.onSelect(next.id);
  }

  setLabel(id: string, label: string): void {
    const tab = this.#find(id);
    if (tab === undefined) return;
    setText(tab.text, label);
    setAttribute(tab.button, 'title', label);
    if (tab.close !== undefined) setAttribute(tab.close, 'aria-label', `Close ${label}`);
  }

  /** For style: `ended`, `bell`. */
  setState(id: string, state: string | undefined): void {
    const tab = this.#find(id);
    if (tab !== undefined) setAttribute(tab.frame, 'data-state', state);
  }

  focus(): void {
    this.#find(this.#selected ?? '')?.button.focus();
  }

  /** Asks for a name in the tab's place. */
  rename(id: string): void {
    const tab = this.#find(id);
    if (tab === undefined || this.#options.onRename === undefined) return;
    const input = h('input', { class: 'tab-name', type: 'text', maxlength: 64, 'aria-label': 'Name of the terminal' });
    input.value = tab.text.textContent ?? '';
    let isOver = false;
    const end = (name: string | undefined): void => {
      if (isOver) return;
      isOver = true;
      input.replaceWith(tab.button);
      tab.button.focus();
      if (name !== undefined) this.#options.onRename?.(id, name.trim());
    };
    input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Enter') end(input.value);
      else if (event.key === 'Escape') end(undefined);
    });
    input.addEventListener('blur', () => end(input.value));
    tab.button.replaceWith(input);
    input.select();
  }

  #find(id: string): Tab | undefined {
    return this.#tabs.find((tab) => tab.id === id);
  }

  #mark(): void {
    const reachable = this.#selected ?? this.#tabs[0]?.id;
    for (const { id, button, frame } of this.#tabs) {
      const isSelected = id === this.#selected;
      setAttribute(button, 'aria-selected', String(isSelected));
      setAttribute(button, 'tabindex', id === reachable ? 0 : -1);
      frame.classList.toggle('selected', isSelected);
    }
  }

  #key(event: KeyboardEvent): void {
    const place = this.#tabs.findIndex(({ button }) => button === document.activeElement);
    if (place < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const count = this.#tabs.length;
    const targets: Readonly<Record<string, number>> = {
      ArrowRight: (place + 1) % count,
      ArrowLeft: (place - 1 + count) % count,
      Home: 0,
      End: count - 1,
    };
    const target = targets[event.key];
    const { id } = this.#tabs[place]!;
    if (target !== undefined) {
      const tab = this.#tabs[target]!;
      tab.button.focus();
      this.#options.onSelect(tab.id);
    } else if (event.key === 'Delete') this.#options.onClose?.(id);
    else if (event.key === 'F2') this.rename(id);
    else return;
    event.preventDefault();
  }
}
