/** Records what the kernel does for a while, draws it, and hands it out as a file for Perfetto. */
import { button, h, setText } from '../dom.ts';
import { duration, plural } from '../format.ts';
import type { Link } from '../link.ts';
import type { Notices } from '../notices.ts';
import type { Theme } from '../theme.ts';
import type { Panel } from './panel.ts';
import { TimelineCanvas } from './timeline-canvas.ts';

const NS_PER_US = 1000;
const lengths: readonly (readonly [milliseconds: number, label: string])[] = [
  [100, '0.1 s'],
  [500, '0.5 s'],
  [1000, '1 s'],
  [3000, '3 s'],
];
const FIRST_LENGTH_MS = 500;

export class TimelinePanel implements Panel {
  readonly id = 'timeline';
  readonly title = 'Timeline';
  readonly element: HTMLElement;
  readonly #link: Link;
  readonly #notices: Notices;
  readonly #canvas = new TimelineCanvas();
  readonly #length = h('select', { id: 'timeline-length' });
  readonly #record: HTMLButtonElement;
  readonly #save: HTMLButtonElement;
  readonly #summary = h(
    'p',
    { class: 'summary' },
    'Records when threads run, what they call, faults, forks and signals.',
  );
  readonly #point = h('p', { class: 'summary point', 'aria-live': 'off' });

  constructor(link: Link, notices: Notices, theme: Theme) {
    this.#link = link;
    this.#notices = notices;
    this.#length.append(
      ...lengths.map(([value, label]) => h('option', { value, selected: value === FIRST_LENGTH_MS }, label)),
    );
    this.#record = button('Record', () => void this.#run(), { class: 'main' });
    this.#save = button('Save for Perfetto', () => void this.#hand(), { disabled: true });
    const head = h(
      'div',
      { class: 'panel-head' },
      h('label', { for: 'timeline-length' }, 'For'),
      this.#length,
      this.#record,
      this.#save,
    );
    this.#canvas.onPoint = (text) => setText(this.#point, text);
    theme.onChange.add(() => requestAnimationFrame(() => this.#canvas.draw()));
    this.element = h('div', { class: 'panel' }, head, this.#summary, this.#canvas.element, this.#point);
  }

  show(): void {
    this.#canvas.draw();
  }

  hide(): void {}

  async #run(): Promise<void> {
    this.#record.disabled = true;
    setText(this.#summary, 'Recording …');
    try {
      const timeline = await this.#link.call('recordTimeline', { milliseconds: Number(this.#length.value) });
      const { lengthUs, threads, calls, slices, marks, lost } = timeline;
      const counts = [
        plural(threads.length, 'thread'),
        plural(slices.length, 'slice'),
        plural(calls.length, 'call'),
        plural(marks.length, 'other event'),
      ];
      const more = lost === 0 ? '' : `; ${plural(lost, 'earlier event')} had no room`;
      setText(this.#summary, `${duration(lengthUs * NS_PER_US)}: ${counts.join(', ')}${more}`);
      this.#canvas.show(timeline);
      this.#save.disabled = false;
    } catch (failure) {
      setText(this.#summary, '');
      this.#notices.fail(failure);
    }
    this.#record.disabled = false;
  }

  async #hand(): Promise<void> {
    try {
      const { json } = await this.#link.call('timelineFile', {});
      const url = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
      h('a', { href: url, download: 'k42-timeline.json' }).click();
      setTimeout(() => URL.revokeObjectURL(url), 0);
    } catch (failure) {
      this.#notices.fail(failure);
    }
  }
}
