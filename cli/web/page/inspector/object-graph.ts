/**
 * One object among those it is tied to, in columns: who refers to it at the left, and who refers to those; what it refers to at the right. Each
 * leads to its own picture.
 */
import { svg } from '../dom.ts';

export interface GraphNode {
  readonly key: string;
  readonly title: string;
  readonly subtitle: string;
  /** Undefined: it leads nowhere. */
  readonly open?: () => void;
}

export interface Graph {
  /** From left to right, none empty. */
  readonly columns: readonly (readonly GraphNode[])[];
  /** From key to key. */
  readonly edges: readonly (readonly [from: string, to: string])[];
  /** Key of the one it is about. */
  readonly center: string;
}

const NODE = { width: 140, height: 40, gap: 10 } as const;
const COLUMN_GAP = 34;
const MARGIN = 4;
const LONGEST_TITLE = 18;
const LONGEST_SUBTITLE = 20;
const STEP = NODE.height + NODE.gap;

interface Point {
  readonly x: number;
  readonly y: number;
}

export function objectGraph({ columns, edges, center }: Graph): SVGSVGElement {
  const rows = Math.max(...columns.map((column) => column.length));
  const height = rows * STEP - NODE.gap + 2 * MARGIN;
  const width = columns.length * (NODE.width + COLUMN_GAP) - COLUMN_GAP + 2 * MARGIN;
  const places = new Map<string, Point>();
  columns.forEach((column, index) => {
    const x = MARGIN + index * (NODE.width + COLUMN_GAP);
    const top = (height - (column.length * STEP - NODE.gap)) / 2;
    column.forEach(({ key }, row) => places.set(key, { x, y: top + row * STEP }));
  });
  const shape = { class: 'graph', viewBox: `0 0 ${width} ${height}`, width, height };
  return svg(
    'svg',
    { ...shape, role: 'group', 'aria-label': 'References of the object' },
    svg('defs', {}, arrow()),
    ...edges.map(([from, to]) => edge(places.get(from), places.get(to))),
    ...columns.flat().map((node) => box(node, places.get(node.key)!, node.key === center ? 'center' : 'other')),
  );
}

function arrow(): SVGElement {
  const shape = { viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' };
  return svg('marker', { id: 'arrow', ...shape }, svg('path', { d: 'M0 0.8L7.2 4L0 7.2z', class: 'arrow' }));
}

function edge(from: Point | undefined, to: Point | undefined): SVGElement | undefined {
  if (from === undefined || to === undefined) return undefined;
  const [x1, y1] = [from.x + NODE.width, from.y + NODE.height / 2];
  const [x2, y2] = [to.x - 2, to.y + NODE.height / 2];
  const bend = (x2 - x1) / 2;
  const d = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  return svg('path', { d, class: 'edge', 'marker-end': 'url(#arrow)' });
}

function box({ title, subtitle, open }: GraphNode, { x, y }: Point, place: 'center' | 'other'): SVGElement {
  const group = svg(
    'g',
    { class: `node ${place}`, transform: `translate(${x} ${y})` },
    svg('title', {}, `${title} ${subtitle}`),
    svg('rect', { width: NODE.width, height: NODE.height, rx: 6 }),
    svg('text', { x: 11, y: 17, class: 'node-title' }, shortened(title, LONGEST_TITLE)),
    svg('text', { x: 11, y: 31, class: 'node-subtitle' }, shortened(subtitle, LONGEST_SUBTITLE)),
  );
  // Who has come here by keyboard goes on from the middle.
  if (place === 'center') group.setAttribute('tabindex', '-1');
  if (open === undefined) return group;
  group.setAttribute('tabindex', '0');
  group.setAttribute('role', 'button');
  group.setAttribute('aria-label', `${title} ${subtitle}`);
  group.addEventListener('click', open);
  group.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    open();
  });
  return group;
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
