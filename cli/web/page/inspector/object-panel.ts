/** The kernel's live objects, by type; of the one that is chosen, its ties, and a button for each implementation that may take its place. */
import type { Inspection } from '../../../control/protocol.ts';
import { h, setAttribute, setText } from '../dom.ts';
import { plural } from '../format.ts';
import type { Link } from '../link.ts';
import type { Notices } from '../notices.ts';
import { RowTable } from '../row-table.ts';
import { ObjectView } from './object-view.ts';
import type { Navigator, Panel } from './panel.ts';
import { Poller } from './poller.ts';

type LiveObject = Inspection['objects'][number];

const EVERY_MS = 2000;
const ALL = '';

export class ObjectPanel implements Panel {
  readonly id = 'objects';
  readonly title = 'Objects';
  readonly element: HTMLElement;
  readonly #link: Link;
  readonly #notices: Notices;
  readonly #poller = new Poller(EVERY_MS, () => this.#refresh());
  readonly #summary = h('p', { class: 'summary' });
  readonly #types = h('select', { 'aria-label': 'Type of the objects' });
  readonly #table: RowTable<LiveObject>;
  readonly #view: ObjectView;
  #inspection: Inspection | undefined;
  #chosen: number | undefined;
  #type = ALL;

  constructor(link: Link, navigator: Navigator, notices: Notices) {
    this.#link = link;
    this.#notices = notices;
    this.#table = new RowTable<LiveObject>({
      label: 'Kernel objects',
      empty: 'There is no such object.',
      key: ({ id }) => String(id),
      onSelect: ({ id }) => this.choose(id),
      columns: [
        { title: 'Object', align: 'end', text: ({ id }) => `#${id}` },
        { title: 'Type', text: ({ type }) => type },
        { title: 'Implementation', text: ({ implementation }) => implementation },
        { title: 'Holders', align: 'end', text: ({ holders }) => String(holders) },
        {
          title: 'Refers to',
          align: 'end',
          text: ({ references }) => (references.length === 0 ? '' : String(references.length)),
        },
        { title: 'Can become', grows: true, text: ({ alternatives }) => alternatives.join(', ') },
      ],
    });
    this.#view = new ObjectView({
      choose: (id) => this.choose(id),
      toProcess: (pid) => navigator.toProcess(pid),
      swap: (object, implementation) => void this.#swap(object, implementation),
    });
    this.#types.addEventListener('change', () => {
      this.#type = this.#types.value;
      this.#draw();
    });
    const head = h('div', { class: 'panel-head' }, this.#types, this.#summary);
    this.element = h('div', { class: 'panel' }, head, this.#table.element, this.#view.element);
  }

  show(): void {
    this.#poller.start();
  }

  hide(): void {
    this.#poller.stop();
  }

  choose(id: number): void {
    this.#chosen = id;
    const type = this.#inspection?.objects.find((object) => object.id === id)?.type;
    if (this.#type !== ALL && type !== this.#type) this.#type = ALL;
    this.#draw();
    this.#table.reveal();
    if (type === undefined) void this.#poller.now();
  }

  async #refresh(): Promise<void> {
    this.#inspection = await this.#link.call('inspect', {});
    this.#draw();
  }

  #draw(): void {
    const inspection = this.#inspection;
    if (inspection === undefined) return;
    this.#drawTypes(inspection);
    const shown = inspection.objects.filter(({ type }) => this.#type === ALL || type === this.#type);
    setText(this.#summary, plural(shown.length, 'object'));
    this.#table.update(shown);
    this.#table.mark(this.#chosen === undefined ? undefined : String(this.#chosen));
    this.#view.show(this.#chosen, inspection);
  }

  #drawTypes({ objects }: Inspection): void {
    const counts = new Map<string, number>();
    for (const { type } of objects) counts.set(type, (counts.get(type) ?? 0) + 1);
    if (this.#type !== ALL && !counts.has(this.#type)) counts.set(this.#type, 0);
    const options = [
      [ALL, 'All types'] as const,
      ...[...counts].toSorted(([a], [b]) => a.localeCompare(b)).map(([type, n]) => [type, `${type} (${n})`] as const),
    ];
    const known = [...this.#types.options];
    if (known.length !== options.length || known.some(({ value }, i) => value !== options[i]![0]))
      this.#types.replaceChildren(...options.map(([value, label]) => h('option', { value }, label)));
    else known.forEach((option, i) => setText(option, options[i]![1]));
    if (this.#types.value !== this.#type) this.#types.value = this.#type;
    setAttribute(this.#types, 'data-filtered', this.#type !== ALL);
  }

  async #swap({ id }: LiveObject, implementation: string): Promise<void> {
    try {
      const { outcome, reason, microseconds } = await this.#link.call('swap', { object: id, implementation });
      if (outcome === 'complete')
        this.#notices.say(`#${id} is ${implementation} now, after ${microseconds.toFixed(0)} µs.`);
      else this.#notices.say(`#${id} stays as it was: ${reason}`, 'bad');
      await this.#poller.now();
    } catch (failure) {
      this.#notices.fail(failure);
    }
  }
}
