/** Replacing what lives: `swap` one object, or `upgrade` all of an implementation. The way in for tools and tests. */
import type { Census } from './census.ts';
import { Swap } from './hot-swap.ts';
import type { SwapContext } from './hot-swap.ts';
import type { Reference } from './reference.ts';
import { Upgrade } from './upgrade.ts';
import type { UpgradeModule } from './upgrade.ts';

export class Replacement {
  readonly #context: SwapContext;
  readonly #census: Census;

  constructor(context: SwapContext, census: Census) {
    this.#context = context;
    this.#census = census;
  }

  /**
   * Starts to replace an object, given by reference or id, by one of another implementation of its type. Throws when there is no
   * such object or implementation; what happens later is the swap's `phase`, `reason`, and `onEnd`.
   */
  swap(object: Reference<object> | number, implementation: string): Swap<object> {
    const { factories } = this.#context;
    const reference = typeof object === 'number' ? this.#find(object) : object;
    const { type } = reference.owner.description;
    const protocol = factories.protocol(type);
    if (protocol === undefined) throw new Error(`objects of type ${type} can't be swapped`);
    const factory = factories.find(type, implementation);
    if (factory === undefined) throw new Error(`there is no implementation ${implementation} of ${type}`);
    const swap = new Swap(this.#context, {
      reference,
      protocol,
      factory,
      successor: (old) => {
        const successor = factory.description.successor?.(old);
        if (successor === undefined) throw new Error(`${implementation} takes over from nobody`);
        return successor;
      },
    });
    swap.start();
    return swap;
  }

  #find(id: number): Reference<object> {
    const reference = this.#census.find(id);
    if (reference === undefined) throw new Error(`there is no object ${id}`);
    return reference;
  }

  /** Starts to replace an implementation of a type, and all its instances. Throws when the module can't be used. */
  upgrade(type: string, module: UpgradeModule): Upgrade {
    const { factories } = this.#context;
    if (typeof module.implementation !== 'string' || typeof module.upgrade !== 'function') {
      throw new Error('the module does not export `implementation` (a string) and `upgrade` (a function)');
    }
    const protocol = factories.protocol(type);
    if (protocol === undefined) throw new Error(`objects of type ${type} can't be upgraded`);
    const factory = factories.find(type, module.implementation);
    if (factory === undefined) throw new Error(`there is no implementation ${module.implementation} of ${type}`);
    const upgrade = new Upgrade(this.#context, factory, protocol, module.upgrade(factory.description));
    upgrade.start();
    return upgrade;
  }
}
