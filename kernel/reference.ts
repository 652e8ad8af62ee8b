/**
 * References: how kernel objects reach each other. A caller never keeps the object itself across a suspension; it keeps
 * the Reference and calls `deref(ref).method(...)`, so that whatever stands behind the reference can be replaced
 * while it is in use. References are made by factories (factory.ts) and counted: each holder retains and releases.
 */
export interface ReferenceOwner<T extends object> {
  /** The last holder let go: the object's life ends. */
  unused(reference: Reference<T>): void;
}

export class Reference<T extends object> {
  /** Unique within the kernel, for the trace and the census. */
  readonly id: number;
  readonly #owner: ReferenceOwner<T>;
  #holders = 1;
  /** What stands behind the reference now. Read it through `deref`; only the owner sets it. */
  target: T;

  constructor(id: number, owner: ReferenceOwner<T>, target: T) {
    this.id = id;
    this.#owner = owner;
    this.target = target;
  }

  get holders(): number {
    return this.#holders;
  }

  retain(): this {
    if (this.#holders === 0) throw new Error(`reference ${this.id} retained after its end`);
    this.#holders++;
    return this;
  }

  release(): void {
    if (this.#holders === 0) throw new Error(`reference ${this.id} released after its end`);
    if (--this.#holders === 0) this.#owner.unused(this);
  }
}

export function deref<T extends object>(reference: Reference<T>): T {
  return reference.target;
}
