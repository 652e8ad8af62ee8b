/** One object among those it is tied to: who refers to it at the left, what it refers to at the right. Each leads to its own picture. */
import { svg } from '../dom.ts';

export interface GraphNode {
  readonly title: string;
  readonly subtitle: string;
  /** Undefined: it leads nowhere. */
  readonly open: (() => void) | undefined;
}

const NODE = { width: 172, height: 40, gap: 10 } as const;
const COLUMN_GAP = 64;
const MARGIN = 8;
const LONGEST_TITLE = 21;
const LONGEST_SUBTITLE = 25;
const STEP = NODE.height + NODE.gap;

export function objectGraph(center: GraphNode, from: readonly GraphNode[], to: readonly GraphNode[]): SVGSVGElement {
  const rows = Math.max(1, from.length, to.length);
  const height = rows * STEP - NODE.gap + 2 * MARGIN;
  const width = 3 * NODE.width + 2 * COLUMN_GAP + 2 * MARGIN;
  const column = (index: number): number => MARGIN + index * (NODE.width + COLUMN_GAP);
  const top = (count: number, index: number): number => (height - (count * STEP - NODE.gap)) / 2 + index * STEP;
  const middle = height / 2;
  const edges = [
    ...from.map((_, i) => edge(column(0) + NODE.width, top(from.length, i) + NODE.height / 2, column(1), middle)),
    ...to.map((_, i) => edge(column(1) + NODE.width, middle, column(2), top(to.length, i) + NODE.height / 2)),
  ];
  return svg(
    'svg',
    {
      class: 'graph',
      viewBox: `0 0 ${width} ${height}`,
      role: 'group',
      'aria-label': 'References of the object',
      width,
      height,
    },
    svg('defs', {}, arrow()),
    ...edges,
    ...from.map((node, i) => box(node, column(0), top(from.length, i), 'from')),
    box(center, column(1), middle - NODE.height / 2, 'center'),
    ...to.map((node, i) => box(node, column(2), top(to.length, i), 'to')),
  );
}

function arrow(): SVGElement {
  const shape = { viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' };
  return svg('marker', { id: 'arrow', ...shape }, svg('path', { d: 'M0 0.8L7.2 4L0 7.2z', class: 'arrow' }));
}

function edge(x1: number, y1: number, x2: number, y2: number): SVGElement {
  const bend = (x2 - x1) / 2;
  const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 2} ${y2}`;
  return svg('path', { d: path, class: 'edge', 'marker-end': 'url(#arrow)' });
}

function box({ title, subtitle, open }: GraphNode, x: number, y: number, place: string): SVGElement {
  const isButton = open !== undefined;
  const group = svg(
    'g',
    {
      class: `node ${place}`,
      transform: `translate(${x} ${y})`,
      tabindex: isButton ? 0 : undefined,
      role: isButton ? 'button' : undefined,
      'aria-label': isButton ? `${title}, ${subtitle}` : undefined,
    },
    svg('title', {}, `${title} ${subtitle}`),
    svg('rect', { width: NODE.width, height: NODE.height, rx: 6 }),
    svg('text', { x: 12, y: 17, class: 'node-title' }, shortened(title, LONGEST_TITLE)),
    svg('text', { x: 12, y: 31, class: 'node-subtitle' }, shortened(subtitle, LONGEST_SUBTITLE)),
  );
  if (open === undefined) return group;
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
