/** The scheduler's bands, from the most urgent on: what share of the processor each has now. */
import { h, setText } from '../dom.ts';
import { percent } from '../format.ts';
import type { Usage } from './usage.ts';

/** As people read them, from the most urgent on. Source: kernel/dispatcher.ts. */
export const bandLabels: Readonly<Record<string, string>> = {
  Kernel: 'kernel',
  Gang: 'gang',
  SoftRealTime: 'soft real time',
  TimeShare: 'time share',
  Background: 'background',
};
export const BANDS = Object.keys(bandLabels);

export class BandBars {
  readonly element: HTMLElement;
  readonly #rows = BANDS.map((band) => ({ band, bar: h('dd', { class: 'bar' }), share: h('dd', { class: 'share' }) }));

  constructor() {
    const cells = this.#rows.flatMap(({ band, bar, share }) => [h('dt', {}, bandLabels[band]), bar, share]);
    this.element = h('dl', { class: 'bands', 'aria-label': 'Bands' }, ...cells);
  }

  show(threads: readonly Usage[]): void {
    for (const { band, bar, share } of this.#rows) {
      const own = threads.filter((thread) => thread.band === band);
      const sum = own.reduce((total, { cpuPercent }) => total + cpuPercent, 0);
      bar.style.setProperty('--share', `${Math.min(sum, 100).toFixed(1)}%`);
      setText(share, own.length === 0 ? 'nobody' : `${percent(sum)} %`);
    }
  }
}
