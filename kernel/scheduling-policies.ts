/** Makes scheduling policies, of which a scheduler has one at a time; another may take over between two slices. */
import type { Factory, FactoryRegistry } from './factory.ts';
import { FairQueue } from './fair-queue.ts';
import { AbortSwap } from './mediator.ts';
import type { SwapProtocol } from './mediator.ts';
import type { Reference } from './reference.ts';
import { RoundRobinQueue } from './round-robin-queue.ts';
import type { RunQueue } from './run-queue.ts';

const policyProtocol: SwapProtocol = {
  type: 'scheduling-policy',
  methods: { add: AbortSwap, take: AbortSwap },
  properties: ['length', 'mostUrgent'],
};

export class SchedulingPolicies {
  readonly #fair: Factory<RunQueue, []>;

  constructor(registry: FactoryRegistry) {
    registry.declareSwappable(policyProtocol);
    const { type } = policyProtocol;
    this.#fair = registry.define<RunQueue, []>({
      type,
      implementation: 'fair',
      version: 1,
      construct: () => new FairQueue(),
      successor: () => new FairQueue(),
    });
    registry.define<RunQueue, []>({
      type,
      implementation: 'round-robin',
      version: 1,
      construct: () => new RoundRobinQueue(),
      successor: () => new RoundRobinQueue(),
    });
  }

  create(): Reference<RunQueue> {
    return this.#fair.create();
  }
}
