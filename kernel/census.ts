/**
 * Who is alive: every object of every factory, what it is and what it refers to. Objects tell the references they hold
 * (`Referring`); what is no kernel object but holds some (a process of a personality) is a Holder, told by whoever
 * registered a source of them. Made when asked for: nothing is kept up to date while nobody looks.
 */
import type { FactoryRegistry } from './factory.ts';
import type { Reference } from './reference.ts';
import { isTransferable } from './transfer.ts';

/** An object that holds references to others. */
export interface Referring {
  references(): Iterable<Reference<object>>;
}

export interface LiveObject {
  readonly id: number;
  readonly type: string;
  readonly implementation: string;
  readonly version: number;
  /** How many hold the reference. */
  readonly holders: number;
  /** Ids of the objects it refers to. */
  readonly references: readonly number[];
  /** Implementations that may take its place; empty when it can't be swapped. */
  readonly alternatives: readonly string[];
}

/** Something outside the kernel that holds objects. */
export interface Holder {
  /** 'process 12 (bash)', 'mount /', … */
  readonly name: string;
  readonly references: Iterable<Reference<object>>;
}

export type HolderSource = () => Iterable<Holder>;

export class Census {
  readonly #factories: FactoryRegistry;
  readonly #sources: HolderSource[] = [];

  constructor(factories: FactoryRegistry) {
    this.#factories = factories;
  }

  /** From now on `holders` asks this source too. */
  addHolders(source: HolderSource): void {
    this.#sources.push(source);
  }

  find(id: number): Reference<object> | undefined {
    for (const factory of this.#factories.all) {
      for (const reference of factory.instances()) if (reference.id === id) return reference;
    }
    return undefined;
  }

  /** By id. */
  objects(): LiveObject[] {
    const all = this.#factories.all.flatMap((factory) => {
      const { type, implementation, version } = factory.description;
      const others = this.#alternatives(type).filter((name) => name !== implementation);
      return [...factory.instances()].map((reference): LiveObject => ({
        id: reference.id,
        type,
        implementation,
        version,
        holders: reference.holders,
        references: referencesOf(reference),
        alternatives: isTransferable(reference.root.representatives()[0] ?? {}) ? others : [],
      }));
    });
    return all.toSorted((a, b) => a.id - b.id);
  }

  /** Who outside the kernel holds which objects. */
  holders(): { readonly name: string; readonly objects: readonly number[] }[] {
    return this.#sources.flatMap((source) =>
      [...source()].map(({ name, references }) => ({ name, objects: idsOf(references) })),
    );
  }

  /** Implementations of a type that can take over from another. */
  #alternatives(type: string): string[] {
    if (this.#factories.protocol(type) === undefined) return [];
    return this.#factories.all
      .filter(({ description }) => description.type === type && description.successor !== undefined)
      .map(({ description }) => description.implementation);
  }
}

function referencesOf(reference: Reference<object>): number[] {
  return reference.root
    .representatives()
    .flatMap((object) => ('references' in object ? idsOf((object as Referring).references()) : []));
}

const idsOf = (references: Iterable<Reference<object>>): number[] => [...new Set([...references].map(({ id }) => id))];
