/**
 * Dynamic upgrade: a new version of an implementation takes the place of every instance, and of the factory, while
 * programs run. All or nothing: each instance is swapped (hot-swap.ts) up to the point where nobody is inside; when all are
 * there, all states are transferred; when all transfers went well, all references lead to new objects and the factory
 * makes the new version. Whatever goes wrong before leaves every old object, and the factory, as they were.
 */
import type { AnyFactory, FactoryDescription } from './factory.ts';
import { Swap } from './hot-swap.ts';
import type { SwapContext } from './hot-swap.ts';
import type { SwapProtocol } from './mediator.ts';
import type { Reference } from './reference.ts';

export type Description = FactoryDescription<object, readonly unknown[]>;

/**
 * What a module that brings a new version exports: given how objects are made now, how they are made from now on. It takes
 * over what it does not mention; it must give a `version` above the present one, and a `successor`.
 */
export interface UpgradeModule {
  /** Which implementation of the type it is the new version of. */
  readonly implementation: string;
  upgrade(current: Description): Partial<Description>;
}

export const UpgradeState = { UnderWay: 0, Complete: 1, Refused: 2 } as const;
export type UpgradeState = (typeof UpgradeState)[keyof typeof UpgradeState];

export class Upgrade {
  readonly #context: SwapContext;
  readonly #factory: AnyFactory;
  readonly #protocol: SwapProtocol;
  readonly #description: Description;
  readonly #swaps = new Map<Reference<object>, Swap<object>>();
  #starting = false;
  #state: UpgradeState = UpgradeState.UnderWay;
  /** Why it was refused. */
  reason = '';
  /** Told once, when it is over. */
  onEnd: (upgrade: Upgrade) => void = () => {};

  /** Throws when the description can't be one of a new version. */
  constructor(context: SwapContext, factory: AnyFactory, protocol: SwapProtocol, changes: Partial<Description>) {
    const current = factory.description;
    const { type, implementation } = current;
    const description = { ...current, ...changes, type, implementation };
    if (!(description.version > current.version)) {
      throw new Error(`version ${description.version} is not above the present one, ${current.version}`);
    }
    for (const name of ['construct', 'successor'] as const) {
      if (typeof changes[name] !== 'function') throw new Error(`the module gives no ${name}`);
    }
    this.#context = context;
    this.#factory = factory;
    this.#protocol = protocol;
    this.#description = description;
  }

  get state(): UpgradeState {
    return this.#state;
  }

  /** Instances replaced, once complete. */
  get instances(): number {
    return this.#swaps.size;
  }

  start(): void {
    this.#goOn();
  }

  /** Starts the swap of every instance that has none; transfers when all are quiet. */
  #goOn(): void {
    if (this.#starting || this.#state !== UpgradeState.UnderWay) return;
    this.#starting = true;
    for (const reference of this.#factory.instances()) {
      if (this.#swaps.has(reference)) continue;
      this.#startSwap(reference);
      // The failure of a swap ends the upgrade.
      if (this.#isOver()) return;
    }
    this.#starting = false;
    for (const reference of this.#swaps.keys()) if (reference.holders === 0) this.#swaps.delete(reference);
    if ([...this.#swaps.values()].every((swap) => swap.isQuiet)) this.#transferAll();
  }

  #startSwap(reference: Reference<object>): void {
    const swap = new Swap(this.#context, {
      reference,
      protocol: this.#protocol,
      factory: this.#factory,
      successor: (old) => this.#description.successor!(old),
      conductor: {
        quiet: () => this.#goOn(),
        aborted: (reason) => this.#swapAborted(reference, reason),
      },
    });
    this.#swaps.set(reference, swap);
    swap.start();
  }

  #swapAborted(reference: Reference<object>, reason: string): void {
    // An object whose life ends needs no successor.
    if (reference.holders === 0) this.#goOn();
    else this.#refuse(`object ${reference.id}: ${reason}`);
  }

  #isOver(): boolean {
    return this.#state !== UpgradeState.UnderWay;
  }

  #transferAll(): void {
    for (const swap of this.#swaps.values()) if (!swap.transfer()) return;
    this.#factory.become(this.#description);
    for (const swap of this.#swaps.values()) swap.complete();
    this.#end(UpgradeState.Complete);
  }

  #refuse(reason: string): void {
    if (this.#isOver()) return;
    this.reason = reason;
    this.#state = UpgradeState.Refused;
    for (const swap of this.#swaps.values()) swap.abort(reason);
    this.#end(UpgradeState.Refused);
  }

  #end(state: UpgradeState): void {
    this.#state = state;
    const { factories } = this.#context;
    factories.trace.typeUpgraded(this.#factory.id, this.#description.version, this.#swaps.size, state);
    this.onEnd(this);
  }
}
