/** A region: a range of an address space that shows a range of a memory object, with permissions and a fork policy. */
import type { Access } from '../../cpu/memory/guest-memory.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import type { ByteString } from '../byte-string.ts';
import { deref } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { Sharing } from './memory-object.ts';
import type { MemoryObject } from './memory-object.ts';

/** What a fork does with the region. */
export const ForkPolicy = {
  /** The child gets it: a copy of private memory, the same shared memory. */
  Inherit: 0,
  /** The child has nothing there. */
  None: 1,
  /** The child has it, empty again. */
  Wipe: 2,
} as const;
export type ForkPolicy = (typeof ForkPolicy)[keyof typeof ForkPolicy];

export const RegionFlag = {
  /** A stack: grows downwards when touched below its start. */
  GrowsDown: 1,
  /** Not counted against committed memory. */
  NoReserve: 2,
  /** Must stay resident. */
  Locked: 4,
  /** May not be unmapped, moved or changed by the program (kernel-provided pages). */
  Sealed: 8,
  /** Counted against committed memory: private, and writable now or once. Memory that is counted does not merge with what is not. */
  Reserved: 16,
} as const;

export const ALL_PERMISSIONS = Permission.Read | Permission.Write | Permission.Execute;

export interface RegionAttributes {
  /** As asked for by the program; what the processor then allows is `effectivePermissions`. */
  readonly permissions: number;
  /** The most `permissions` may become. */
  readonly allowed: number;
  readonly object: Reference<MemoryObject>;
  /** RegionFlag bits. */
  readonly flags: number;
  readonly forkPolicy: ForkPolicy;
  /** Shown in listings: a path, `[heap]`, … */
  readonly label: ByteString;
}

export class Region {
  start: number;
  end: number;
  /** Offset in the object of `start`. */
  offset: number;
  attributes: RegionAttributes;

  /** Holds the object until `dispose`. */
  constructor(start: number, end: number, offset: number, attributes: RegionAttributes) {
    this.start = start;
    this.end = end;
    this.offset = offset;
    this.attributes = attributes;
    attributes.object.retain();
    this.object.regionsChanged?.(1);
  }

  get object(): MemoryObject {
    return deref(this.attributes.object);
  }

  get permissions(): number {
    return this.attributes.permissions;
  }

  /** x86 pages that can be written or executed can be read. */
  get effectivePermissions(): number {
    const { permissions } = this.attributes;
    return permissions === Permission.None ? permissions : permissions | Permission.Read;
  }

  get isPrivate(): boolean {
    return this.object.sharing === Sharing.Private;
  }

  has(flag: number): boolean {
    return (this.attributes.flags & flag) !== 0;
  }

  allows(access: Access): boolean {
    return (this.effectivePermissions & access) === access;
  }

  /** The same window for the address space of a child. Locks on memory are not inherited. */
  forChild(): Region {
    const copy = new Region(this.start, this.end, this.offset, this.attributes);
    if (this.has(RegionFlag.Locked)) copy.change({ flags: this.attributes.flags & ~RegionFlag.Locked });
    return copy;
  }

  /** Its flags once it has these permissions. */
  flagsWith(permissions: number): number {
    const { flags } = this.attributes;
    const counts = (permissions & Permission.Write) !== 0 && this.isPrivate && (flags & RegionFlag.NoReserve) === 0;
    return counts ? flags | RegionFlag.Reserved : flags;
  }

  change(change: Partial<RegionAttributes>): void {
    this.attributes = { ...this.attributes, ...change };
  }

  /** Cuts at `address`: this keeps the lower part, the upper part is returned. */
  splitAt(address: number): Region {
    const upper = new Region(address, this.end, this.offset + (address - this.start), this.attributes);
    this.end = address;
    return upper;
  }

  /** Whether `next`, which starts where this ends, can be one region with this. */
  continuesWith(next: Region): boolean {
    const a = this.attributes;
    const b = next.attributes;
    return (
      this.end === next.start &&
      a.object === b.object &&
      this.offset + (this.end - this.start) === next.offset &&
      a.permissions === b.permissions &&
      a.allowed === b.allowed &&
      a.flags === b.flags &&
      a.forkPolicy === b.forkPolicy &&
      a.label === b.label
    );
  }

  dispose(): void {
    this.object.regionsChanged?.(-1);
    this.attributes.object.release();
  }
}
