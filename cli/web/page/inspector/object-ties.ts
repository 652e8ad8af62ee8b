/** What is drawn around one object: two steps to those who refer to it, two to those that it refers to. */
import type { Inspection } from '../../../control/protocol.ts';
import type { Graph, GraphNode } from './object-graph.ts';

type LiveObject = Inspection['objects'][number];

/** Nodes of a column; of more there is a count. */
const MOST_NODES = 7;
const STEPS = 2;

/** Something that refers to objects: another object, or somebody outside the kernel. */
interface Tie {
  readonly key: string;
  readonly title: string;
  readonly subtitle: string;
  readonly references: readonly number[];
  readonly open: (() => void) | undefined;
}

export interface Doors {
  toObject(id: number): void;
  toProcess(pid: number): void;
}

const keyOf = (id: number): string => `object ${id}`;

export function tiesOf(center: LiveObject, { objects, holders }: Inspection, doors: Doors): Graph {
  const all: Tie[] = [
    ...holders.map(({ name, objects: references }): Tie => holderTie(name, references, doors)),
    ...objects.map((object): Tie => objectTie(object, doors)),
  ];
  const byKey = new Map(all.map((tie) => [tie.key, tie]));
  const first = byKey.get(keyOf(center.id))!;
  const seen = new Set([first.key]);
  const fresh = (ties: readonly Tie[]): Tie[] => ties.filter(({ key }) => !seen.has(key) && seen.add(key));
  const columns: GraphNode[][] = [[{ key: first.key, title: first.title, subtitle: first.subtitle }]];
  let [left, right] = [[first], [first]];
  for (let step = 0; step < STEPS; step++) {
    const wanted = new Set(left.map(({ key }) => key));
    const before = left.map(({ key }) => key);
    left = fresh(all.filter(({ references }) => references.some((id) => wanted.has(keyOf(id))))).toSorted(
      (a, b) => middleOf(a, before) - middleOf(b, before),
    );
    right = fresh(right.flatMap(({ references }) => references.flatMap((id) => byKey.get(keyOf(id)) ?? [])));
    if (left.length > 0) columns.unshift(few(left, `left ${step}`));
    if (right.length > 0) columns.push(few(right, `right ${step}`));
  }
  const shown = new Set(columns.flat().map(({ key }) => key));
  const edges = all
    .filter(({ key }) => shown.has(key))
    .flatMap(({ key, references }) => references.map((id) => [key, keyOf(id)] as const))
    .filter(([, to]) => shown.has(to));
  return { columns, edges, center: first.key };
}

/** Where what it refers to stands in a column, on the average: in this order few lines cross. */
function middleOf({ references }: Tie, column: readonly string[]): number {
  const places = references.map((id) => column.indexOf(keyOf(id))).filter((place) => place >= 0);
  return places.reduce((sum, place) => sum + place, 0) / places.length;
}

function objectTie({ id, type, implementation, references }: LiveObject, doors: Doors): Tie {
  return {
    key: keyOf(id),
    title: type,
    subtitle: `#${id} ${implementation}`,
    references,
    open: () => doors.toObject(id),
  };
}

function holderTie(name: string, references: readonly number[], doors: Doors): Tie {
  const [, pid, program] = /^process (\d+) \((.*)\)$/.exec(name) ?? [];
  if (pid !== undefined)
    return {
      key: name,
      title: program || 'init',
      subtitle: `process ${pid}`,
      references,
      open: () => doors.toProcess(Number(pid)),
    };
  const [title = name, ...rest] = name.split(' ');
  return { key: name, title, subtitle: rest.join(' '), references, open: undefined };
}

function few(ties: readonly Tie[], key: string): GraphNode[] {
  const nodes = ties.map(({ open, ...tie }): GraphNode => ({ ...tie, ...(open && { open }) }));
  if (nodes.length <= MOST_NODES) return nodes;
  const rest = nodes.length - MOST_NODES + 1;
  return [...nodes.slice(0, MOST_NODES - 1), { key, title: `${rest} more`, subtitle: '' }];
}
