/** One kernel object: who holds it, what it refers to, and what may be put in its place. */
import type { Inspection } from '../../../control/protocol.ts';
import { button, h, setText } from '../dom.ts';
import { plural } from '../format.ts';
import { objectGraph, type GraphNode } from './object-graph.ts';

type LiveObject = Inspection['objects'][number];

/** Nodes at one side of the picture; of more there is a count. */
const MOST_NODES = 8;

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
  #draw(object: LiveObject, { objects, holders }: Inspection): void {
    const byId = new Map(objects.map((each) => [each.id, each]));
    const from = [
      ...holders.filter((holder) => holder.objects.includes(object.id)).map(({ name }) => this.#holderNode(name)),
      ...objects.filter(({ references }) => references.includes(object.id)).map((each) => this.#objectNode(each)),
    ];
    const to = object.references.flatMap((id) => byId.get(id) ?? []).map((each) => this.#objectNode(each));
    const drawn = JSON.stringify([object.id, object.implementation, from, to]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const center = { title: object.type, subtitle: `#${object.id} ${object.implementation}`, open: undefined };
    this.#graph.replaceChildren(objectGraph(center, few(from), few(to)));
  }

  #objectNode({ id, type, implementation }: LiveObject): GraphNode {
    return { title: type, subtitle: `#${id} ${implementation}`, open: () => this.#options.choose(id) };
  }

  #holderNode(name: string): GraphNode {
    const pid = /^process (\d+)/.exec(name)?.[1];
    const [title = name, ...rest] = name.split(' ');
    const open = pid === undefined ? undefined : () => this.#options.toProcess(Number(pid));
    return { title, subtitle: rest.join(' '), open };
  }
}

function few(nodes: readonly GraphNode[]): readonly GraphNode[] {
  if (nodes.length <= MOST_NODES) return nodes;
  const left = nodes.length - MOST_NODES + 1;
  return [...nodes.slice(0, MOST_NODES - 1), { title: `${left} more`, subtitle: '', open: undefined }];
}
