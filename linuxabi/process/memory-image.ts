/**
 * The address space as a process holds it: after vfork or clone(CLONE_VM) several processes hold the same one, and it ends with
 * its last holder.
 */
import type { Engine } from '../../cpu/engine.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { AioContexts } from '../aio/context.ts';
import type { ProcessSlot } from './slot.ts';

export class MemoryImage implements ProcessSlot<MemoryImage> {
  readonly space: AddressSpace;
  readonly aio = new AioContexts();
  readonly #engine: Engine;
  #holders = 1;

  constructor(engine: Engine, space: AddressSpace) {
    this.#engine = engine;
    this.space = space;
  }

  get isShared(): boolean {
    return this.#holders > 1;
  }

  fork(): MemoryImage {
    return new MemoryImage(this.#engine, this.space.fork(this.#engine.createMemory()));
  }

  share(): MemoryImage {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.aio.dispose();
    this.space.dispose();
  }
}
