/**
 * Factories: the only way kernel objects come to life. A factory belongs to one type (an interface) and one
 * implementation of it, has a version, and knows its live instances: that is what makes a census, and later the
 * upgrade of every instance, possible without any global list of objects.
 */
import { Reference } from './reference.ts';
import type { ReferenceOwner } from './reference.ts';
import type { Trace } from './trace/trace.ts';

export interface FactoryDescription<T extends object, A extends readonly unknown[]> {
  /** The interface the objects serve: 'memory-object', 'stream', … */
  readonly type: string;
  /** Which implementation of it: 'anonymous', 'file-private', … */
  readonly implementation: string;
  readonly version: number;
  readonly construct: (...args: A) => T;
  /** Told when the last holder of an object let go. */
  readonly destroyed?: (object: T) => void;
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
  readonly description: FactoryDescription<T, A>;
  readonly #registry: FactoryRegistry;
  readonly #instances = new Set<Reference<T>>();
  #created = 0;

  constructor(id: number, registry: FactoryRegistry, description: FactoryDescription<T, A>) {
    this.id = id;
    this.#registry = registry;
    this.description = description;
  }

  /** A new object; the caller is its first holder. */
  create(...args: A): Reference<T> {
    const reference = new Reference<T>(this.#registry.nextReferenceId(), this, this.description.construct(...args));
    this.#instances.add(reference);
    this.#created++;
    this.#registry.trace.objectBorn(this.id, reference.id);
    return reference;
  }

  instances(): ReadonlySet<Reference<T>> {
    return this.#instances;
  }

  unused(reference: Reference<T>): void {
    this.#instances.delete(reference);
    this.#registry.trace.objectDied(this.id, reference.id);
    this.description.destroyed?.(reference.target);
  }

  census(): CensusRow {
    const { type, implementation, version } = this.description;
    return { type, implementation, version, live: this.#instances.size, created: this.#created };
  }
}

/** All factories of one kernel. */
export class FactoryRegistry {
  readonly trace: Trace;
  readonly #factories: { census(): CensusRow }[] = [];
  #lastReferenceId = 0;

  constructor(trace: Trace) {
    this.trace = trace;
  }

  define<T extends object, A extends readonly unknown[]>(description: FactoryDescription<T, A>): Factory<T, A> {
    const factory = new Factory(this.#factories.length, this, description);
    this.#factories.push(factory);
    return factory;
  }

  nextReferenceId(): number {
    return ++this.#lastReferenceId;
  }

  /** Which objects exist, by type and implementation. */
  census(): CensusRow[] {
    return this.#factories.map((factory) => factory.census());
  }
}
