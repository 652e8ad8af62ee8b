/** Engine `unicorn`: guest code runs in the Unicorn emulator, on the same GuestMemory as with every other engine. */
import type { GuestAddress } from '../address.ts';
import type { Engine } from '../engine.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import type { PageBudget } from '../memory/page-budget.ts';
import type { UnicornModule } from './unicorn-api.ts';
import { UNICORN_PROCESSOR } from './unicorn-processor.ts';
import { UnicornCpu } from './unicorn-cpu.ts';
import { UnicornSpace } from './unicorn-space.ts';

/** A memory's Unicorn instance lives as long as a Cpu on that memory does. */
interface SpaceUse {
  readonly space: UnicornSpace;
  cpus: number;
}

export class UnicornEngine implements Engine {
  readonly name = 'unicorn';
  readonly processor = UNICORN_PROCESSOR;
  readonly #module: UnicornModule;
  readonly #makeMemory: (budget?: PageBudget) => GuestMemory;
  readonly #spaces = new Map<GuestMemory, SpaceUse>();

  constructor(module: UnicornModule, makeMemory: (budget?: PageBudget) => GuestMemory) {
    this.#module = module;
    this.#makeMemory = makeMemory;
  }

  createMemory(budget?: PageBudget): GuestMemory {
    return this.#makeMemory(budget);
  }

  createCpu(memory: GuestMemory): UnicornCpu {
    let use = this.#spaces.get(memory);
    if (use === undefined) {
      use = { space: new UnicornSpace(this.#module, memory), cpus: 0 };
      this.#spaces.set(memory, use);
    }
    use.cpus++;
    return new UnicornCpu(use.space, () => this.#release(memory));
  }

  /** Pages of this memory that guest code has touched since the mapping last changed. */
  touchedPages(memory: GuestMemory): Iterable<GuestAddress> {
    return this.#spaces.get(memory)?.space.touchedPages() ?? [];
  }

  #release(memory: GuestMemory): void {
    const use = this.#spaces.get(memory);
    if (use === undefined || --use.cpus > 0) return;
    this.#spaces.delete(memory);
    use.space.dispose();
  }
}
