/** The processor's time over the last minutes, a layer for each of the busiest threads, in bands from the most urgent up. */
import { svg } from '../dom.ts';

export interface ShareSample {
  readonly atNs: number;
  /** Percent of one processor by key of a layer. */
  readonly shares: ReadonlyMap<string, number>;
}

export interface ShareLayer {
  readonly key: string;
  readonly label: string;
  /** 0 … 6 a colour of its own, 7: all others. */
  readonly colour: number;
}

const HEIGHT = 160;
const LEFT = 38;
const TOP = 8;
const BOTTOM = 18;
const NS_PER_SECOND = 1e9;

export interface PlotFrame {
  /** How far back the plot goes. */
  readonly seconds: number;
  /** CSS pixels. */
  readonly width: number;
}

export function sharePlot(
  samples: readonly ShareSample[],
  layers: readonly ShareLayer[],
  { seconds, width }: PlotFrame,
): SVGSVGElement {
  const nowNs = samples.at(-1)?.atNs ?? 0;
  const x = (atNs: number): number => LEFT + (width - LEFT) * (1 - (nowNs - atNs) / NS_PER_SECOND / seconds);
  const y = (percent: number): number => TOP + (HEIGHT - BOTTOM - TOP) * (1 - Math.min(percent, 100) / 100);
  const base = samples.map(() => 0);
  const areas = layers.map(({ key, label, colour }) => {
    const below = [...base];
    samples.forEach(({ shares }, i) => (base[i] = base[i]! + (shares.get(key) ?? 0)));
    const up = samples.map(({ atNs }, i) => `${x(atNs).toFixed(1)} ${y(base[i]!).toFixed(1)}`);
    const down = samples.map(({ atNs }, i) => `${x(atNs).toFixed(1)} ${y(below[i]!).toFixed(1)}`).toReversed();
    const path = samples.length < 2 ? '' : `M${[...up, ...down].join('L')}Z`;
    return svg('path', { d: path, class: `layer c${colour}` }, svg('title', {}, label));
  });
  const latest = layers.map(({ label, key }) => `${label} ${Math.round(samples.at(-1)?.shares.get(key) ?? 0)} %`);
  return svg(
    'svg',
    {
      class: 'plot',
      viewBox: `0 0 ${width} ${HEIGHT}`,
      height: HEIGHT,
      role: 'img',
      'aria-label': `Shares of the processor: ${latest.join(', ') || 'nothing runs'}`,
    },
    ...[0, 25, 50, 75, 100].map((percent) => gridLine(percent, y(percent), width)),
    ...areas,
    ...[seconds, seconds / 2, 0].map((ago) => timeMark(ago, x(nowNs - ago * NS_PER_SECOND))),
  );
}

function gridLine(percent: number, y: number, width: number): SVGElement {
  const line = svg('line', { x1: LEFT, x2: width, y1: y, y2: y, class: 'grid-line' });
  if (percent % 50 !== 0) return svg('g', {}, line);
  return svg('g', {}, line, svg('text', { x: LEFT - 6, y: y + 4, class: 'axis end' }, `${percent} %`));
}

function timeMark(ago: number, x: number): SVGElement {
  const place = ago === 0 ? 'end' : x < LEFT + 1 ? '' : 'middle';
  return svg('text', { x, y: HEIGHT - 4, class: `axis ${place}` }, ago === 0 ? 'now' : `${ago} s ago`);
}
