/**
 * Guest memory of one address space, as kernel and engines see it. Implementation: paged-memory.ts.
 *
 * Pages below 4 GiB live in place in one shared WebAssembly.Memory (guest address = Wasm address), guarded by a table
 * of one permission byte per page. A page whose byte does not allow an access takes the slow path: pages above 4 GiB
 * are served there, shared frames brought into place; otherwise the fault handler (the kernel's address space) is asked. The reserved
 * ranges [0, RESERVED_LIMIT) and [CODE_AREA, 4 GiB) hold the permission table and engine data and are never reachable in place.
 */
import { DIRECT_LIMIT } from '../address.ts';
import type { GuestAddress } from '../address.ts';
import type { Breakpoints } from '../breakpoints.ts';
import type { Frame } from './frame.ts';

/** Page permissions, bits of the permission byte. */
export const Permission = { None: 0, Read: 1, Write: 2, Execute: 4 } as const;

/** What an access wants; the same bits as Permission. */
export const Access = { Read: 1, Write: 2, Execute: 4 } as const;
export type Access = (typeof Access)[keyof typeof Access];

/** Byte address of the permission table in the Wasm memory: 1 MiB, one byte per page below 4 GiB. */
export const PERMISSION_TABLE = 0x100000;
/** First address usable in place. Static non-PIE programs start at 0x400000. */
export const RESERVED_LIMIT = 0x400000;
/** Engine data between the permission table and RESERVED_LIMIT: how decoded code is found. */
export const ENGINE_AREA = 0x200000;
/** Decoded code, up to 4 GiB. A backend of PostgreSQL executes 100,000 instructions or more: with room for 40,000 it spent two thirds of its time in decoding. */
export const CODE_AREA = DIRECT_LIMIT - 0x1000000;

/** A fault handler's answer. */
export const FaultOutcome = {
  /** The page now allows the access: try again. */
  Resolved: 0,
  /** Nothing is mapped there. */
  Unmapped: 1,
  /** Mapped, but the access is not allowed. */
  Denied: 2,
  /** Mapped, but its backing has no such page (beyond the end of a file, I/O error). */
  NoBacking: 3,
  /** The backing is being read; the thread must park and try again. */
  Pending: 4,
  /** No memory left for the page. */
  OutOfMemory: 5,
  /** As Resolved, and a Cpu that waits for it should leave: its time is over. */
  ResolvedLate: 6,
} as const;
export type FaultOutcome = (typeof FaultOutcome)[keyof typeof FaultOutcome];

export type FaultHandler = (page: GuestAddress, access: Access) => FaultOutcome;

/** Told when the effective mapping of pages changed, so that an engine can drop what it derived from it. */
export interface MemoryObserver {
  /** Mapping or permissions of [address, address + pages * PAGE_SIZE) changed. */
  mappingChanged(address: GuestAddress, pages: number): void;
  /** The code in this page is about to change (written to, remapped): drop translations made from it. */
  codeChanged(page: GuestAddress): void;
  /** Writing in place, or any access, was withdrawn from pages of the range (lent, marked as code, a frame in use elsewhere) though the
   *  mapping is the same. Only engines that keep a copy of the permission table need to know. */
  accessWithdrawn?(address: GuestAddress, pages: number): void;
}

/** Thrown by the checked accessors below on an address the guest may not use; preallocated, caught in syscall dispatch. */
export class GuestFault extends Error {
  override name = 'GuestFault';
  /** Where and why the last access was refused; also set when `read` or `write` stop short. */
  address = 0;
  outcome: FaultOutcome = FaultOutcome.Resolved;
}

export interface GuestMemory {
  readonly wasm: WebAssembly.Memory;
  /** The preallocated fault that the checked accessors throw. */
  readonly fault: GuestFault;
  /** Where Cpus stop for a debugger. */
  readonly breakpoints: Breakpoints;

  setFaultHandler(handler: FaultHandler): void;
  observe(observer: MemoryObserver): void;

  // --- mapping: called by the kernel's address space -------------------------------------------------------------
  /** Makes pages present, zero-filled. */
  mapZero(address: GuestAddress, pages: number, permissions: number): void;
  /** Makes one page present with a copy of `content` (at most PAGE_SIZE bytes, the rest zero). */
  mapCopy(address: GuestAddress, content: Uint8Array, permissions: number): void;
  /** Makes one page present as a window on a shared frame; writes are seen by every memory that maps the frame. */
  mapFrame(address: GuestAddress, frame: Frame, permissions: number): void;
  /** Forgets pages: the next access asks the fault handler. Absent pages are skipped. */
  unmap(address: GuestAddress, pages: number): void;
  /** Changes permissions of the present pages in the range; absent pages are skipped. */
  protect(address: GuestAddress, pages: number, permissions: number): void;
  /**
   * Gives `child` the content of the present pages of this range as it is now, at the same addresses and with the same
   * permissions. Private pages move lazily: copied when the child touches or before the parent writes them, whichever
   * comes first. Frames are shared.
   */
  lend(child: GuestMemory, address: GuestAddress, pages: number): void;
  /** Present (mapped, or lent and not yet copied). */
  isPresent(address: GuestAddress): boolean;
  /**
   * Content of a present page, in place, whatever its permissions: a view to use at once, not to keep. Undefined when
   * absent. Say Access.Write (the default) only to write: it ends lending of the page and drops code decoded from it.
   */
  pageBytes(address: GuestAddress, access?: Access): Uint8Array | undefined;
  /** Number of present pages (resident set). */
  presentPages(): number;
  /** How many pages were copied when first used after a fork, on either side. */
  readonly pagesCopied: number;

  // --- access on behalf of the guest: permissions and faults are honoured ------------------------------------------
  /** Copies out of guest memory; returns the bytes copied, fewer than asked when a page refuses. */
  read(address: GuestAddress, into: Uint8Array): number;
  /** Copies into guest memory; returns the bytes copied, fewer than asked when a page refuses. */
  write(address: GuestAddress, from: Uint8Array): number;
  /** Fills in any width; throw GuestFault when refused. Little endian; unaligned is fine. */
  readU8(address: GuestAddress): number;
  readU16(address: GuestAddress): number;
  readU32(address: GuestAddress): number;
  readI32(address: GuestAddress): number;
  readU64(address: GuestAddress): bigint;
  writeU8(address: GuestAddress, value: number): void;
  writeU16(address: GuestAddress, value: number): void;
  writeU32(address: GuestAddress, value: number): void;
  writeU64(address: GuestAddress, value: bigint): void;
  /** Resolves the pages of a range for an access; the first refused page's outcome, or Resolved. */
  probe(address: GuestAddress, length: number, access: Access): FaultOutcome;

  /** Ends the memory and recycles its Wasm memory. Pages lent to children stay readable for them. */
  dispose(): void;
}
