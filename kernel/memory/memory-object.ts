/**
 * A memory object is what a region shows a window of: anonymous memory, a file's pages, shared frames. It puts its pages
 * into guest memories on demand. One object may serve many regions, of many address spaces; it is held by counted
 * references, one per region.
 */
import type { GuestAddress } from '../../cpu/address.ts';
import type { Access, FaultOutcome, GuestMemory } from '../../cpu/memory/guest-memory.ts';
import type { FileNode } from '../file-server.ts';
import type { Status } from '../status.ts';

/** What a write does: stay with this address space, or be seen by everyone who maps the object. */
export const Sharing = { Private: 0, Shared: 1 } as const;
export type Sharing = (typeof Sharing)[keyof typeof Sharing];

/** Where a missing or refused page is wanted. */
export interface PageRequest {
  readonly memory: GuestMemory;
  /** First byte of the page in guest memory. */
  readonly address: GuestAddress;
  /** First byte of the page in the object. */
  readonly offset: number;
  /** What the page's permissions are to be. */
  readonly permissions: number;
  /** The access that is waiting; allowed by `permissions`. */
  readonly access: Access;
  /** Pages, this one included, up to which the object may go on if it likes: the region's next pages. */
  readonly pagesAhead: number;
}

/** What a fork hands on. */
export interface Loan {
  readonly from: GuestMemory;
  readonly to: GuestMemory;
  readonly address: GuestAddress;
  readonly pages: number;
}

/** For private memory: lent pages move when one side touches them. */
export function lendPages({ from, to, address, pages }: Loan): number {
  from.lend(to, address, pages);
  return 1;
}

/** For shared memory: the child asks for the pages itself. */
export function lendNothing(): number {
  return 0;
}

export interface MemoryObject {
  readonly sharing: Sharing;
  /** The file behind it, where there is one. */
  readonly node: FileNode | undefined;
  /** Makes the page present so that the access succeeds. */
  supply(request: PageRequest): FaultOutcome;
  /** Brings the backing up to date with what has been written to [offset, offset + length). */
  writeBack(offset: number, length: number): Status;
  /** The address space is forked: gives the child its part of this range. How many calls that took. */
  lend(loan: Loan): number;
  /** What listings show as the number of memory without a file, where its maker has given it one. */
  readonly number?: number;
  /** A region that shows the object has come or gone. */
  regionsChanged?(change: 1 | -1): void;
  /** Content of a page that exists without any mapping of it, to use or change at once; undefined where there is none. */
  pageBytes(offset: number): Uint8Array | undefined;
  /** Its life ends: lets go of files and frames. */
  dispose?(): void;
}
