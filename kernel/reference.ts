/**
 * References: how kernel objects reach each other. A caller never keeps the object itself across a suspension; it keeps
 * the Reference and calls `deref(ref).method(...)`, so that whatever stands behind the reference can be replaced
 * while it is in use. A reference is a slot of the translation table (translation-table.ts) and is resolved on the
 * processor that calls. References are made by factories (factory.ts) and counted: each holder retains and releases.
 */
import { SingleRoot } from './root.ts';
import type { Root } from './root.ts';
import type { TranslationTable, Translated } from './translation-table.ts';

export interface ReferenceOwner<T extends object> {
  readonly description: { readonly type: string; readonly implementation: string };
  /** The last holder let go: the object's life ends. */
  unused(reference: Reference<T>): void;
  /** Another owner answers for it. */
  disown(reference: Reference<T>): void;
}

export class Reference<T extends object> implements Translated {
  /** Unique within the kernel for ever, for the trace and the census. */
  readonly id: number;
  readonly table: TranslationTable;
  readonly slot: number;
  /** The representative on this processor, once it has been called; only the table sets it. */
  local: T | undefined = undefined;
  /** The factory that answers for the object: another one after a swap or an upgrade. */
  owner: ReferenceOwner<T>;
  #holders = 1;
  /** A swap under way: whoever must change the object at once calls it off first. */
  pendingSwap: { abort(): void } | undefined;

  constructor(id: number, owner: ReferenceOwner<T>, table: TranslationTable, root: Root<T>) {
    this.id = id;
    this.owner = owner;
    this.table = table;
    this.slot = table.takeSlot();
    table.install(this, root);
  }

  get holders(): number {
    return this.#holders;
  }

  get root(): Root<T> {
    return this.table.root(this) as Root<T>;
  }

  /** What stands behind the reference on this processor. */
  get target(): T {
    return deref(this);
  }

  /** One object for all processors takes over. Only owners and swaps call it. */
  set target(object: T) {
    this.replace(new SingleRoot(object));
  }

  replace(root: Root<T>): void {
    this.table.install(this, root);
  }

  retain(): this {
    if (this.#holders === 0) throw new Error(`reference ${this.id} retained after its end`);
    this.#holders++;
    return this;
  }

  /** At the last release the object closes at once; its slot stays until all activities of now have ended. */
  release(): void {
    if (this.#holders === 0) throw new Error(`reference ${this.id} released after its end`);
    if (--this.#holders > 0) return;
    this.pendingSwap?.abort();
    this.owner.unused(this);
    this.table.retire(this);
  }
}

export function deref<T extends object>(reference: Reference<T>): T {
  return reference.local ?? (reference.table.miss(reference) as T);
}
