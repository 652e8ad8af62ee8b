/** Where shared frames come from: the CPU's frame store, injected. */
import type { Frame } from '../../cpu/memory/frame.ts';
import type { PageBudget } from '../../cpu/memory/page-budget.ts';

export interface FrameSource {
  /** A zero-filled frame; undefined when there is no memory left. */
  allocate(): Frame | undefined;
  release(frame: Frame): void;
}

/** Frames that count in a budget, each as long as it is in use. */
export class BudgetedFrames implements FrameSource {
  readonly #source: FrameSource;
  readonly #budget: PageBudget;

  constructor(source: FrameSource, budget: PageBudget) {
    this.#source = source;
    this.#budget = budget;
  }

  allocate(): Frame | undefined {
    if (!this.#budget.hasRoom()) return undefined;
    const frame = this.#source.allocate();
    if (frame !== undefined) this.#budget.take(1);
    return frame;
  }

  release(frame: Frame): void {
    this.#source.release(frame);
    this.#budget.giveBack(1);
  }
}
