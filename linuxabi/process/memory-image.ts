/**
 * The address space as a process holds it: after vfork or clone(CLONE_VM) several processes hold the same one, and it ends with
 * its last holder.
 */
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { AioContexts } from '../aio/context.ts';
import type { Machine } from '../machine.ts';
import type { ProcessSlot } from './slot.ts';

export class MemoryImage implements ProcessSlot<MemoryImage> {
  readonly space: AddressSpace;
  readonly aio = new AioContexts();
  readonly #machine: Machine;
  #holders = 1;

  constructor(machine: Machine, space: AddressSpace) {
    this.#machine = machine;
    this.space = space;
  }

  get isShared(): boolean {
    return this.#holders > 1;
  }

  fork(): MemoryImage {
    return new MemoryImage(this.#machine, this.space.fork(this.#machine.createMemory()));
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
