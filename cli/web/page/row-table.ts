/**
 * A table of rows that come anew every second: rows keep their place in the document, and with it the focus and the selection. The arrows go from
 * row to row, Enter opens one; where rows have levels, Left and Right fold and unfold. Source: ARIA Authoring Practices, "Treegrid" and "Grid".
 */
import { h, setAttribute, setText } from './dom.ts';

export interface Column<R> {
  readonly title: string;
  /** Numbers stand at the end. */
  readonly align?: 'end';
  /** Takes what width is left. */
  readonly grows?: true;
  readonly mono?: true;
  text(row: R): string;
  /** For style. */
  tone?(row: R): string | undefined;
  /** The text is a button that does this. */
  act?(row: R): (() => void) | undefined;
}

export interface RowTableOptions<R> {
  readonly label: string;
  readonly columns: readonly Column<R>[];
  /** What is said when there is no row. */
  readonly empty: string;
  key(row: R): string;
  onSelect?(row: R): void;
  /** From 1 on. */
  level?(row: R): number;
  /** Whether those below it are shown; undefined: there are none. */
  expanded?(row: R): boolean | undefined;
  onFold?(row: R): void;
}

interface Shown<R> {
  row: R;
  readonly element: HTMLTableRowElement;
}

export class RowTable<R> {
  readonly element: HTMLElement;
  readonly #options: RowTableOptions<R>;
  readonly #body = h('tbody');
  readonly #empty: HTMLElement;
  readonly #shown = new Map<string, Shown<R>>();
  #selected: string | undefined;
  #reachable: string | undefined;

  constructor(options: RowTableOptions<R>) {
    this.#options = options;
    const heads = options.columns.map(({ title, align, grows }) =>
      h('th', { scope: 'col', class: align === 'end' ? 'end' : undefined, 'data-grows': grows }, title),
    );
    const role = options.level === undefined ? 'grid' : 'treegrid';
    const table = h('table', { role, 'aria-label': options.label }, h('thead', {}, h('tr', {}, ...heads)), this.#body);
    this.#empty = h('p', { class: 'nothing' }, options.empty);
    this.element = h('div', { class: 'table-frame' }, table, this.#empty);
    this.#body.addEventListener('keydown', (event) => this.#key(event));
  }

  get selected(): R | undefined {
    return this.#selected === undefined ? undefined : this.#shown.get(this.#selected)?.row;
  }

  update(rows: readonly R[]): void {
    const keys = rows.map((row) => this.#options.key(row));
    const kept = new Set(keys);
    for (const [key, { element }] of this.#shown) {
      if (kept.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    let place: Element | null = this.#body.firstElementChild;
    rows.forEach((row, index) => {
      const key = keys[index]!;
      const shown = this.#shown.get(key) ?? this.#make(key, row);
      shown.row = row;
      this.#fill(shown);
      if (shown.element === place) place = place.nextElementSibling;
      else this.#body.insertBefore(shown.element, place);
    });
    this.#empty.hidden = rows.length > 0;
    if (this.#reachable === undefined || !kept.has(this.#reachable)) this.#reach(keys[0]);
  }

  /** Marks it; `onSelect` is not told. */
  mark(key: string | undefined): void {
    this.#selected = key;
    for (const [known, { element }] of this.#shown) setAttribute(element, 'aria-selected', String(known === key));
    const shown = key === undefined ? undefined : this.#shown.get(key);
    if (shown !== undefined) this.#reach(key);
  }

  /** To where the marked row can be seen. */
  reveal(): void {
    if (this.#selected !== undefined) this.#shown.get(this.#selected)?.element.scrollIntoView({ block: 'nearest' });
  }

  #make(key: string, row: R): Shown<R> {
    const { onSelect, columns } = this.#options;
    const cells = columns.map(({ align, mono }) =>
      h('td', { class: [align === 'end' ? 'end' : '', mono === true ? 'mono' : ''].join(' ').trim() || undefined }),
    );
    const element = h('tr', { tabindex: -1, 'aria-selected': onSelect && String(key === this.#selected) }, ...cells);
    const shown: Shown<R> = { row, element };
    element.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.closest('button') !== null) return;
      this.#reach(key);
      this.#choose(key);
    });
    this.#shown.set(key, shown);
    return shown;
  }

  #fill({ row, element }: Shown<R>): void {
    const { columns, level, expanded } = this.#options;
    if (level !== undefined) {
      setAttribute(element, 'aria-level', level(row));
      element.style.setProperty('--level', String(level(row) - 1));
      setAttribute(element, 'aria-expanded', expanded?.(row) === undefined ? undefined : String(expanded(row)));
    }
    columns.forEach((column, index) => {
      const cell = element.cells[index]!;
      if (column.tone !== undefined) setAttribute(cell, 'data-tone', column.tone(row));
      const act = column.act?.(row);
      if (act === undefined) setText(cell, column.text(row));
      else this.#fillButton(cell, column.text(row), () => this.#actOf(element, column));
      if (column.grows === true) setAttribute(cell, 'title', column.text(row));
    });
  }

  #fillButton(cell: HTMLElement, text: string, run: () => void): void {
    const known = cell.querySelector('button');
    if (known !== null) {
      setText(known, text);
      return;
    }
    const made = h('button', { type: 'button', class: 'in-row', tabindex: -1 }, text);
    made.addEventListener('click', run);
    cell.replaceChildren(made);
  }

  /** Of the row as it is now. */
  #actOf(element: HTMLTableRowElement, column: Column<R>): void {
    for (const shown of this.#shown.values()) if (shown.element === element) column.act?.(shown.row)?.();
  }

  #reach(key: string | undefined): void {
    const before = this.#reachable === undefined ? undefined : this.#shown.get(this.#reachable);
    before?.element.setAttribute('tabindex', '-1');
    this.#reachable = key;
    const now = key === undefined ? undefined : this.#shown.get(key);
    now?.element.setAttribute('tabindex', '0');
  }

  #choose(key: string): void {
    const shown = this.#shown.get(key);
    if (shown === undefined || this.#options.onSelect === undefined) return;
    this.mark(key);
    this.#options.onSelect(shown.row);
  }

  #key(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLTableRowElement) || event.ctrlKey || event.altKey || event.metaKey) return;
    const rows = [...this.#body.rows];
    const place = rows.indexOf(event.target);
    const [key, shown] = [...this.#shown].find(([, { element }]) => element === event.target) ?? [];
    if (key === undefined || shown === undefined) return;
    const to: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(place + 1, rows.length - 1),
      ArrowUp: Math.max(place - 1, 0),
      Home: 0,
      End: rows.length - 1,
    };
    const target = to[event.key];
    if (target !== undefined) this.#focus(rows[target]!);
    else if (event.key === 'Enter' || event.key === ' ') this.#choose(key);
    else if (event.key === 'ArrowRight' && this.#options.expanded?.(shown.row) === false)
      this.#options.onFold?.(shown.row);
    else if (event.key === 'ArrowLeft' && this.#options.expanded?.(shown.row) === true)
      this.#options.onFold?.(shown.row);
    else return;
    event.preventDefault();
  }

  #focus(element: HTMLTableRowElement): void {
    for (const [key, shown] of this.#shown) if (shown.element === element) this.#reach(key);
    element.focus();
  }
}
