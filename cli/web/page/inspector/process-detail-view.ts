/** What one process has: who it is, its open descriptors, the regions of its memory. */
import type { DescriptorRow, ProcessDetail, RegionRow } from '../../../control/protocol.ts';
import { button, h, setText } from '../dom.ts';
import { address, kib } from '../format.ts';
import { RowTable } from '../row-table.ts';
import { TabList } from '../tab-list.ts';
import type { Navigator } from './panel.ts';

export class ProcessDetailView {
  readonly element: HTMLElement;
  readonly #title = h('h3');
  readonly #facts = h('dl', { class: 'facts' });
  readonly #descriptors: RowTable<DescriptorRow>;
  readonly #regions: RowTable<RegionRow>;
  readonly #tabs: TabList;
  #pid = 0;

  constructor(navigator: Navigator) {
    const object = {
      title: 'Object',
      align: 'end',
      text: ({ object: id }: DescriptorRow | RegionRow) => `#${id}`,
      act:
        ({ object: id }: DescriptorRow | RegionRow) =>
        () =>
          navigator.toObject(id),
    } as const;
    this.#descriptors = new RowTable<DescriptorRow>({
      label: 'Descriptors',
      empty: 'No descriptor is open.',
      key: ({ fd }) => String(fd),
      columns: [
        { title: 'FD', align: 'end', text: ({ fd }) => String(fd) },
        { title: 'Leads to', grows: true, mono: true, text: ({ target }) => target },
        { title: 'Access', text: ({ access }) => access },
        { title: 'Flags', mono: true, text: ({ flags }) => flags.replaceAll('O_', '').toLowerCase() },
        { title: 'Kind', text: ({ implementation }) => implementation },
        object,
      ],
    });
    this.#regions = new RowTable<RegionRow>({
      label: 'Memory',
      empty: 'It has no memory.',
      key: ({ start }) => String(start),
      columns: [
        { title: 'Start', align: 'end', mono: true, text: ({ start }) => address(start) },
        { title: 'Size', align: 'end', text: ({ start, end }) => kib((end - start) / 1024) },
        { title: 'Resident', align: 'end', text: ({ residentKiB }) => kib(residentKiB) },
        { title: 'Mode', mono: true, text: ({ permissions }) => permissions },
        { title: 'Shows', grows: true, mono: true, text: ({ name }) => name },
        { title: 'Kind', text: ({ implementation }) => implementation },
        object,
      ],
    });
    this.#tabs = new TabList({ label: 'What the process has', onSelect: (id) => this.#select(id) });
    const descriptors = h('div', { id: 'panel-descriptors', class: 'sub-panel' }, this.#descriptors.element);
    const regions = h('div', { id: 'panel-regions', class: 'sub-panel' }, this.#regions.element);
    this.#tabs.add('descriptors', 'Descriptors', descriptors);
    this.#tabs.add('regions', 'Memory', regions);
    const calls = button('Watch its calls', () => navigator.toCalls(this.#pid), { class: 'quiet' });
    this.element = h(
      'section',
      { class: 'detail', 'aria-label': 'The process', hidden: true },
      h('div', { class: 'detail-head' }, this.#title, calls),
      this.#facts,
      h('div', { class: 'strip sub' }, this.#tabs.element),
      descriptors,
      regions,
    );
    this.#select('descriptors');
  }

  /** Undefined: it is no longer there. */
  show(detail: ProcessDetail | undefined): void {
    this.element.hidden = detail === undefined;
    if (detail === undefined) return;
    this.#pid = detail.pid;
    setText(this.#title, `${detail.name || 'init'} · ${detail.pid}`);
    this.#showFacts([
      ['Command', detail.argv.join(' ') || '—'],
      ['Folder', detail.cwd || '—'],
      ['User', `${detail.uid}:${detail.gid}`],
      ['Group, session', `${detail.group}, ${detail.session}`],
    ]);
    this.#tabs.setLabel('descriptors', `Descriptors ${detail.descriptors.length}`);
    this.#tabs.setLabel('regions', `Memory ${detail.regions.length}`);
    this.#descriptors.update(detail.descriptors);
    this.#regions.update(detail.regions);
  }

  #showFacts(facts: readonly (readonly [string, string])[]): void {
    const known = [...this.#facts.querySelectorAll('dd')];
    if (known.length === facts.length) facts.forEach(([, value], index) => setText(known[index]!, value));
    else this.#facts.replaceChildren(...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
  }

  #select(id: string): void {
    this.#tabs.select(id);
    for (const panel of this.element.querySelectorAll<HTMLElement>('.sub-panel'))
      panel.hidden = panel.id !== `panel-${id}`;
  }
}
