/** One kernel object: who holds it, what it refers to, and what may be put in its place. */
import type { Inspection } from '../../../control/protocol.ts';
import { button, h, setText } from '../dom.ts';
import { plural } from '../format.ts';
import { objectGraph } from './object-graph.ts';
import { tiesOf } from './object-ties.ts';

type LiveObject = Inspection['objects'][number];

export interface ObjectViewOptions {
  choose(id: number): void;
  toProcess(pid: number): void;
  swap(object: LiveObject, implementation: string): void;
}

export class ObjectView {
  readonly element: HTMLElement;
  readonly #options: ObjectViewOptions;
  readonly #title = h('h3');
  readonly #facts = h('p', { class: 'summary' });
  readonly #swaps = h('div', { class: 'swaps', role: 'group', 'aria-label': 'Other implementations' });
  readonly #graph = h('div', { class: 'graph-frame' });
  #drawn = '';
  #center: number | undefined;
  #offered = '';

  constructor(options: ObjectViewOptions) {
    this.#options = options;
    const head = h('div', { class: 'detail-head' }, this.#title, this.#swaps);
    this.element = h(
      'section',
      { class: 'detail', 'aria-label': 'The object', hidden: true },
      head,
      this.#facts,
      this.#graph,
    );
  }

  /** Undefined: it has gone. */
  show(id: number | undefined, inspection: Inspection): void {
    const object = inspection.objects.find((each) => each.id === id);
    this.element.hidden = object === undefined;
    if (object === undefined) return;
    setText(this.#title, `#${object.id} · ${object.type}`);
    const { implementation, version, holders } = object;
    setText(this.#facts, `${implementation}, version ${version}, held by ${plural(holders, 'reference')}`);
    this.#offer(object);
    this.#draw(object, inspection);
  }

  #offer(object: LiveObject): void {
    const offered = `${object.id} ${object.alternatives.join(' ')}`;
    if (offered === this.#offered) return;
    this.#offered = offered;
    const buttons = object.alternatives.map((name) =>
      button(`Swap to ${name}`, () => this.#options.swap(object, name)),
    );
    this.#swaps.replaceChildren(...buttons);
  }

  /** Anew only when something has changed: the focus may stand in it. */
  #draw(object: LiveObject, inspection: Inspection): void {
    const { choose, toProcess } = this.#options;
    const graph = tiesOf(object, inspection, { toObject: choose, toProcess });
    const drawn = JSON.stringify(graph);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const hadFocus = this.#graph.contains(document.activeElement);
    const place = this.#graph.scrollLeft;
    this.#graph.replaceChildren(objectGraph(graph));
    const center = this.#graph.querySelector<SVGGElement>('.node.center')!;
    if (this.#center === object.id) this.#graph.scrollLeft = place;
    else center.scrollIntoView({ block: 'nearest', inline: 'center' });
    this.#center = object.id;
    if (hadFocus) center.focus({ preventScroll: true });
  }
}
