/**
 * Makes streams and picks the implementation: a ring for bytes, a packet stream once someone writes packets. They differ in
 * what they hold bytes in, and in capacity; each can take another's place while readers and writers go on.
 */
import { PageBudget } from '../../cpu/memory/page-budget.ts';
import type { Factory, FactoryRegistry } from '../factory.ts';
import { swapNow } from '../hot-swap.ts';
import { AbortSwap } from '../mediator.ts';
import type { SwapProtocol } from '../mediator.ts';
import type { Reference } from '../reference.ts';
import { PacketStream } from './packet-stream.ts';
import { RingStream } from './ring-stream.ts';
import { DEFAULT_CAPACITY } from './stream.ts';
import type { Stream } from './stream.ts';

export const LARGE_CAPACITY = 1 << 20;

/** A call on a stream calls nobody else: there is never one inside when another comes, so none ever has to wait. */
const streamProtocol: SwapProtocol = {
  type: 'stream',
  methods: { read: AbortSwap, write: AbortSwap, room: AbortSwap, setCapacity: AbortSwap },
  properties: ['length', 'capacityBytes', 'keepsBoundaries'],
};

export class StreamFactories {
  readonly #ring: Factory<Stream, [number]>;
  readonly #packet: Factory<Stream, [number]>;

  /** What is in streams counts in it. */
  readonly budget: PageBudget;

  constructor(registry: FactoryRegistry, budget = new PageBudget()) {
    this.budget = budget;
    registry.declareSwappable(streamProtocol);
    const type = 'stream';
    const version = 1;
    this.#ring = registry.define<Stream, [number]>({
      type,
      implementation: 'ring',
      version,
      construct: (capacityBytes) => new RingStream(capacityBytes),
      successor: () => new RingStream(0),
    });
    registry.define<Stream, [number]>({
      type,
      implementation: 'large-ring',
      version,
      construct: (capacityBytes) => new RingStream(Math.max(capacityBytes, LARGE_CAPACITY), LARGE_CAPACITY),
      successor: () => new RingStream(0, LARGE_CAPACITY),
    });
    this.#packet = registry.define<Stream, [number]>({
      type,
      implementation: 'packet',
      version,
      construct: (capacityBytes) => new PacketStream(capacityBytes),
      successor: () => new PacketStream(0),
    });
  }

  /** A stream for bytes; the caller is its first holder. */
  create(): Reference<Stream> {
    return this.#ring.create(DEFAULT_CAPACITY);
  }

  /** From now on packets can be written. */
  keepBoundaries(reference: Reference<Stream>): void {
    if (!reference.target.keepsBoundaries) swapNow(reference, this.#packet);
  }
}
