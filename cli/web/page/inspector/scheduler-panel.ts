/** Who gets the processor: bands, weights and shares of the threads, their history as a plot, and the policy, which can be swapped. */
import type { Inspection, TaskTable } from '../../../control/protocol.ts';
import { button, h, setAttribute, setText } from '../dom.ts';
import { duration, percent } from '../format.ts';
import type { Link } from '../link.ts';
import type { Notices } from '../notices.ts';
import { RowTable } from '../row-table.ts';
import type { Panel } from './panel.ts';
import { BANDS, BandBars, bandLabels } from './band-bars.ts';
import { Poller } from './poller.ts';
import { sharePlot, type ShareLayer, type ShareSample } from './share-plot.ts';
import { usages, type Usage } from './usage.ts';

const EVERY_MS = 1000;
const SPAN_SECONDS = 60;
const NS_PER_SECOND = 1e9;
/** Threads with a layer of their own. */
const MOST_LAYERS = 7;
const OTHERS: ShareLayer = { key: 'others', label: 'others, ended ones too', colour: MOST_LAYERS };

export class SchedulerPanel implements Panel {
  readonly id = 'scheduler';
  readonly title = 'Scheduler';
  readonly element: HTMLElement;
  readonly #link: Link;
  readonly #notices: Notices;
  readonly #poller = new Poller(EVERY_MS, () => this.#refresh());
  readonly #policy = h('p', { class: 'summary' });
  readonly #swaps = h('div', { class: 'swaps', role: 'group', 'aria-label': 'Other policies' });
  readonly #plot = h('div', { class: 'plot-frame' });
  readonly #bands = new BandBars();
  readonly #table: RowTable<Usage>;
  readonly #colours = new Map<string, number>();
  #samples: { readonly atNs: number; readonly shares: Map<string, number> }[] = [];
  readonly #known = new Map<string, { readonly label: string; readonly band: string }>();
  #before: TaskTable | undefined;
  #offered = '';

  constructor(link: Link, notices: Notices) {
    this.#link = link;
    this.#notices = notices;
    this.#table = new RowTable<Usage>({
      label: 'Shares of the processor',
      empty: 'No thread lives.',
      key: ({ tid }) => String(tid),
      columns: [
        {
          title: 'Thread',
          text: ({ name, tid }) => `${name} ${tid}`,
          grows: true,
          tone: ({ tid }) => this.#toneOf(tid),
        },
        { title: 'Band', text: ({ band }) => bandLabels[band] ?? band },
        { title: 'Weight', align: 'end', text: ({ weight }) => String(Math.round(weight)) },
        { title: 'Nice', align: 'end', text: ({ nice }) => String(nice) },
        { title: 'CPU %', align: 'end', text: ({ cpuPercent }) => percent(cpuPercent) },
        { title: 'Used', align: 'end', text: ({ userNs, systemNs }) => duration(userNs + systemNs) },
        { title: 'Calls', align: 'end', text: ({ syscalls }) => syscalls.toLocaleString('en') },
      ],
    });
    const head = h('div', { class: 'panel-head' }, this.#policy, this.#swaps);
    this.element = h('div', { class: 'panel' }, head, this.#plot, this.#bands.element, this.#table.element);
  }

  show(): void {
    this.#poller.start();
  }

  hide(): void {
    this.#poller.stop();
    this.#before = undefined;
    this.#samples = [];
  }

  async #refresh(): Promise<void> {
    const [tasks, inspection] = await Promise.all([this.#link.call('tasks', {}), this.#link.call('inspect', {})]);
    const rows = usages(this.#before, tasks);
    if (this.#before !== undefined) this.#remember(this.#before, tasks, rows);
    this.#before = tasks;
    this.#bands.show(rows.filter(isScheduled));
    const layers = this.#layers();
    const samples = this.#samples.map((sample) => collected(sample, layers));
    const frame = { seconds: SPAN_SECONDS, width: this.#plot.clientWidth };
    this.#plot.replaceChildren(sharePlot(samples, [...layers, OTHERS], frame));
    this.#table.update(rows.filter(isScheduled).toSorted(byUrgency));
    this.#offer(inspection);
  }

  /** Who has come and gone between two tables is in no table, but in the sum. */
  #remember(before: TaskTable, { nowNs, busyNs }: TaskTable, rows: readonly Usage[]): void {
    for (const { tid, name, band } of rows) this.#known.set(String(tid), { label: `${name} ${tid}`, band });
    const shares = new Map(rows.map(({ tid, cpuPercent }) => [String(tid), cpuPercent]));
    const busy = (100 * (busyNs - before.busyNs)) / Math.max(1, nowNs - before.nowNs);
    const seen = rows.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0);
    shares.set(OTHERS.key, Math.max(0, busy - seen));
    this.#samples.push({ atNs: nowNs, shares });
    const oldestNs = nowNs - (SPAN_SECONDS + 2) * NS_PER_SECOND;
    this.#samples = this.#samples.filter(({ atNs }) => atNs >= oldestNs);
  }

  /** The busiest of the whole span, in the order of their bands. A thread keeps its colour as long as it has a layer. */
  #layers(): ShareLayer[] {
    const totals = new Map<string, number>();
    for (const { shares } of this.#samples)
      for (const [key, share] of shares) totals.set(key, (totals.get(key) ?? 0) + share);
    totals.delete(OTHERS.key);
    const busiest = [...totals]
      .filter(([, total]) => total > 0)
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, MOST_LAYERS)
      .map(([key]) => key);
    const keys = new Set(busiest);
    for (const key of this.#colours.keys()) if (!keys.has(key)) this.#colours.delete(key);
    const bandOf = (key: string): number => BANDS.indexOf(this.#known.get(key)?.band ?? '');
    return busiest
      .toSorted((a, b) => bandOf(a) - bandOf(b))
      .map((key) => ({ key, label: this.#known.get(key)?.label ?? key, colour: this.#colourOf(key) }));
  }

  #colourOf(key: string): number {
    const taken = new Set(this.#colours.values());
    const colour =
      this.#colours.get(key) ?? Array.from({ length: MOST_LAYERS }, (_, i) => i).find((i) => !taken.has(i)) ?? 0;
    this.#colours.set(key, colour);
    return colour;
  }

  #toneOf(tid: number): string | undefined {
    const colour = this.#colours.get(String(tid));
    return colour === undefined ? undefined : `c${colour}`;
  }

  #offer({ objects }: Inspection): void {
    const policy = objects.find(({ type }) => type === 'scheduling-policy');
    if (policy === undefined) return;
    setText(this.#policy, `Policy: ${policy.implementation} (#${policy.id})`);
    setAttribute(this.#policy, 'data-policy', policy.implementation);
    const offered = policy.alternatives.join(' ');
    if (offered === this.#offered) return;
    this.#offered = offered;
    const buttons = policy.alternatives.map((name) =>
      button(`Swap to ${name}`, () => void this.#swap(policy.id, name)),
    );
    this.#swaps.replaceChildren(...buttons);
  }

  async #swap(object: number, implementation: string): Promise<void> {
    try {
      const { outcome, reason, microseconds } = await this.#link.call('swap', { object, implementation });
      if (outcome === 'complete')
        this.#notices.say(`The policy is ${implementation} now, after ${microseconds.toFixed(0)} µs.`);
      else this.#notices.say(`The policy stays as it was: ${reason}`, 'bad');
      await this.#poller.now();
    } catch (failure) {
      this.#notices.fail(failure);
    }
  }
}

/** What has ended, and the machine's own first process, which runs no program, are not. */
function isScheduled({ state, weight }: Usage): boolean {
  return state !== 'Z' && weight > 0;
}

/** Who has no layer of his own is among the others. */
function collected({ atNs, shares }: ShareSample, layers: readonly ShareLayer[]): ShareSample {
  const own = new Set(layers.map(({ key }) => key));
  const found = new Map<string, number>();
  for (const [key, share] of shares) {
    const layer = own.has(key) ? key : OTHERS.key;
    found.set(layer, (found.get(layer) ?? 0) + share);
  }
  return { atNs, shares: found };
}

function byUrgency(a: Usage, b: Usage): number {
  return BANDS.indexOf(a.band) - BANDS.indexOf(b.band) || b.cpuPercent - a.cpuPercent || a.tid - b.tid;
}
