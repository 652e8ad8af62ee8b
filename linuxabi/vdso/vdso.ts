/** The vDSO of one machine: built once, mapped into every program. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import { Placement } from '../../kernel/memory/address-space.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import type { MemoryObject } from '../../kernel/memory/memory-object.ts';
import type { MemorySystem } from '../../kernel/memory/memory-system.ts';
import type { Reference } from '../../kernel/reference.ts';
import { buildVdsoImage } from './vdso-image.ts';

export class Vdso {
  readonly #object: Reference<MemoryObject>;

  constructor(system: MemorySystem) {
    this.#object = system.createImage(buildVdsoImage());
  }

  /** Its address, for AT_SYSINFO_EHDR; undefined when there is no room. */
  map(space: AddressSpace): number | undefined {
    const address = space.map({
      placement: Placement.Anywhere,
      address: 0,
      lengthBytes: PAGE_SIZE,
      permissions: Permission.Read | Permission.Execute,
      object: this.#object,
      offset: 0,
      label: '[vdso]',
    });
    return address < 0 ? undefined : address;
  }
}
