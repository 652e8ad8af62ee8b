/**
 * Factories: the only way kernel objects come to life. A factory belongs to one type (an interface) and one
 * implementation of it, has a version, and knows its live instances: that is what makes a census (census.ts), and the
 * upgrade of every instance (upgrade.ts), possible without any global list of objects.
 */
import type { SwapProtocol } from './mediator.ts';
import { Reference } from './reference.ts';
import type { ReferenceOwner } from './reference.ts';
import { ReplicatedRoot, SingleRoot } from './root.ts';
import type { Trace } from './trace/trace.ts';
import { TranslationTable } from './translation-table.ts';

export const Representatives = { One: 0, PerProcessor: 1 } as const;
export type Representatives = (typeof Representatives)[keyof typeof Representatives];

export interface FactoryDescription<T extends object, A extends readonly unknown[]> {
  /** The interface the objects serve: 'memory-object', 'stream', … */
  readonly type: string;
  /** Which implementation of it: 'anonymous', 'file-private', … */
  readonly implementation: string;
  readonly version: number;
  construct(...args: A): T;
  /** An object that takes over from `old`, whose state it imports next. Absent: this implementation takes nobody over. */
  successor?(old: T): T;
  /** `PerProcessor`: construct is called once for each processor that calls, when it first does. Default: one for all. */
  readonly representatives?: Representatives;
  /** Told when the last holder of an object let go. */
  destroyed?(object: T, reference: Reference<T>): void;
}

export interface CensusRow {
  readonly type: string;
  readonly implementation: string;
  readonly version: number;
  readonly live: number;
  readonly created: number;
}

export class Factory<T extends object, A extends readonly unknown[]> implements ReferenceOwner<T> {
  readonly id: number;
  readonly #registry: FactoryRegistry;
  readonly #instances = new Set<Reference<T>>();
  #description: FactoryDescription<T, A>;
  #created = 0;

  constructor(id: number, registry: FactoryRegistry, description: FactoryDescription<T, A>) {
    this.id = id;
    this.#registry = registry;
    this.#description = description;
  }

  get description(): FactoryDescription<T, A> {
    return this.#description;
  }

  /** Makes objects of another version from now on. Only an upgrade calls it, which replaces the instances too. */
  become(description: FactoryDescription<T, A>): void {
    this.#description = description;
  }

  /** A new object; the caller is its first holder. */
  create(...args: A): Reference<T> {
    const { description } = this;
    const root =
      description.representatives === Representatives.PerProcessor
        ? new ReplicatedRoot(() => description.construct(...args))
        : new SingleRoot(description.construct(...args));
    const reference = new Reference<T>(this.#registry.nextReferenceId(), this, this.#registry.table, root);
    this.#instances.add(reference);
    this.#created++;
    this.#registry.trace.objectBorn(this.id, reference.id);
    return reference;
  }

  instances(): ReadonlySet<Reference<T>> {
    return this.#instances;
  }

  /** Answers for an object of another implementation from now on: it has been swapped for one of this one. */
  takeOver(reference: Reference<T>): void {
    reference.owner.disown(reference);
    reference.owner = this;
    this.#instances.add(reference);
  }

  disown(reference: Reference<T>): void {
    this.#instances.delete(reference);
  }

  unused(reference: Reference<T>): void {
    this.#instances.delete(reference);
    this.#registry.trace.objectDied(this.id, reference.id);
    const { description } = this;
    if (description.destroyed === undefined) return;
    for (const object of reference.root.representatives()) description.destroyed(object, reference);
  }

  census(): CensusRow {
    const { type, implementation, version } = this.description;
    return { type, implementation, version, live: this.#instances.size, created: this.#created };
  }
}

/** A factory whose type of object does not matter. */
export type AnyFactory = Factory<object, readonly unknown[]>;

/** All factories of one kernel, and what swaps need to know of the types they make. */
export class FactoryRegistry {
  readonly trace: Trace;
  readonly table: TranslationTable;
  readonly #factories: AnyFactory[] = [];
  readonly #protocols = new Map<string, SwapProtocol>();
  #lastReferenceId = 0;

  constructor(trace: Trace, table = new TranslationTable()) {
    this.trace = trace;
    this.table = table;
  }

  define<T extends object, A extends readonly unknown[]>(description: FactoryDescription<T, A>): Factory<T, A> {
    const factory = new Factory(this.#factories.length, this, description);
    this.#factories.push(factory);
    return factory;
  }

  /** Objects of this type can be swapped. */
  declareSwappable(protocol: SwapProtocol): void {
    this.#protocols.set(protocol.type, protocol);
  }

  /** How objects of a type are swapped; undefined when they can't be. */
  protocol(type: string): SwapProtocol | undefined {
    return this.#protocols.get(type);
  }

  /** In the order they were defined. */
  get all(): readonly AnyFactory[] {
    return this.#factories;
  }

  find(type: string, implementation: string): AnyFactory | undefined {
    return this.#factories.find(
      ({ description }) => description.type === type && description.implementation === implementation,
    );
  }

  /** Objects made so far, of all types. */
  get created(): number {
    return this.#lastReferenceId;
  }

  nextReferenceId(): number {
    return ++this.#lastReferenceId;
  }

  /** How many objects exist, by type and implementation. */
  census(): CensusRow[] {
    return this.#factories.map((factory) => factory.census());
  }
}
