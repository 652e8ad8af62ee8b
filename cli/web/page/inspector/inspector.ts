/** The machine from inside, beside its terminals: a panel at a time. Only the one that is looked at asks the machine for anything. */
import { h } from '../dom.ts';
import type { Link } from '../link.ts';
import type { Notices } from '../notices.ts';
import { TabList } from '../tab-list.ts';
import type { Theme } from '../theme.ts';
import { CallPanel } from './call-panel.ts';
import { ObjectPanel } from './object-panel.ts';
import type { Navigator, Panel } from './panel.ts';
import { ProcessPanel } from './process-panel.ts';
import { SchedulerPanel } from './scheduler-panel.ts';
import { TimelinePanel } from './timeline-panel.ts';
import { WaitPanel } from './wait-panel.ts';

/** Which panel this browser tab looked at last. */
const KEPT = 'k42-panel';

export class Inspector {
  readonly element: HTMLElement;
  readonly #tabs: TabList;
  readonly #panels: readonly Panel[];
  #isShown = false;

  constructor(link: Link, theme: Theme, notices: Notices) {
    const navigator: Navigator = {
      toObject: (id) => {
        this.#select('objects');
        objects.choose(id);
      },
      toProcess: (pid) => {
        this.#select('processes');
        processes.choose(pid);
      },
      toCalls: (pid) => {
        this.#select('calls');
        calls.watch(pid);
      },
    };
    const processes = new ProcessPanel(link, navigator);
    const objects = new ObjectPanel(link, navigator, notices);
    const calls = new CallPanel(link);
    this.#panels = [
      processes,
      objects,
      new WaitPanel(link, navigator),
      calls,
      new SchedulerPanel(link, notices),
      new TimelinePanel(link, notices, theme),
    ];
    this.#tabs = new TabList({ label: 'Inspector', onSelect: (id) => this.#select(id) });
    for (const { id, title, element } of this.#panels) {
      element.id = `panel-${id}`;
      this.#tabs.add(id, title, element);
    }
    const elements = this.#panels.map(({ element }) => element);
    this.element = h(
      'section',
      { class: 'inspector', id: 'inspector', 'aria-label': 'Inspector' },
      h('div', { class: 'strip' }, this.#tabs.element),
      h('div', { class: 'panels' }, ...elements),
    );
    const kept = sessionStorage.getItem(KEPT);
    this.#select(this.#panels.find(({ id }) => id === kept)?.id ?? 'processes');
    link.onState.add((state) => state === 'open' && this.#current.show());
  }

  show(): void {
    this.#isShown = true;
    this.element.hidden = false;
    this.#current.show();
  }

  hide(): void {
    this.#isShown = false;
    this.element.hidden = true;
    this.#current.hide();
  }

  focus(): void {
    this.#tabs.focus();
  }

  get #current(): Panel {
    return this.#panels.find(({ id }) => id === this.#tabs.selected) ?? this.#panels[0]!;
  }

  #select(id: string): void {
    if (this.#tabs.selected !== undefined && this.#tabs.selected !== id) this.#current.hide();
    this.#tabs.select(id);
    for (const panel of this.#panels) panel.element.hidden = panel.id !== id;
    sessionStorage.setItem(KEPT, id);
    if (this.#isShown) this.#current.show();
  }
}
