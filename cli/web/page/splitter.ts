/** The bar between terminals and inspector: dragged, or moved with the arrows when it has the focus. Source: ARIA Authoring Practices, "Window Splitter". */
import { h } from './dom.ts';

const KEPT = 'k42-split';
const LEAST_PERCENT = 20;
const MOST_PERCENT = 80;
const FIRST_PERCENT = 55;
const STEP_PERCENT = 2;

export class Splitter {
  readonly element: HTMLElement;
  readonly #frame: HTMLElement;
  #percent = FIRST_PERCENT;

  /** `frame` gets the share of its first part as `--split`. */
  constructor(frame: HTMLElement) {
    this.#frame = frame;
    this.element = h('div', {
      class: 'splitter',
      role: 'separator',
      tabindex: 0,
      'aria-orientation': 'vertical',
      'aria-label': 'Width of the terminals',
      'aria-valuemin': LEAST_PERCENT,
      'aria-valuemax': MOST_PERCENT,
    });
    this.element.addEventListener('pointerdown', (event) => this.element.setPointerCapture(event.pointerId));
    this.element.addEventListener('pointermove', (event) => event.buttons === 1 && this.#drag(event));
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.#set(Number(localStorage.getItem(KEPT)) || FIRST_PERCENT);
  }

  #drag(event: PointerEvent): void {
    const { left, width } = this.#frame.getBoundingClientRect();
    this.#set(((event.clientX - left) / width) * 100);
  }

  #key(event: KeyboardEvent): void {
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: this.#percent - STEP_PERCENT,
      ArrowRight: this.#percent + STEP_PERCENT,
      Home: LEAST_PERCENT,
      End: MOST_PERCENT,
    };
    const percent = to[event.key];
    if (percent === undefined) return;
    event.preventDefault();
    this.#set(percent);
  }

  #set(percent: number): void {
    this.#percent = Math.min(Math.max(percent, LEAST_PERCENT), MOST_PERCENT);
    this.element.setAttribute('aria-valuenow', this.#percent.toFixed(0));
    this.#frame.style.setProperty('--split', `${this.#percent.toFixed(1)}%`);
    localStorage.setItem(KEPT, this.#percent.toFixed(1));
  }
}
