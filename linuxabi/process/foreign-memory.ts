/** Memory of another process as a debugger reaches it: permissions of pages do not matter, holes do. Source: mm/memory.c, access_remote_vm. */
import { PAGE_SIZE, USER_LIMIT, guestAddress } from '../../cpu/address.ts';
import { Access, FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';

/** Bytes copied. */
export function readForeign(space: AddressSpace, address: number, into: Uint8Array): number {
  return eachPiece(space, address, into.length, Access.Read, (page, offset, done, length) =>
    into.set(page.subarray(offset, offset + length), done),
  );
}

/** Bytes copied. A private page is the process's own from then on; code made from it is dropped. */
export function writeForeign(space: AddressSpace, address: number, from: Uint8Array): number {
  return eachPiece(space, address, from.length, Access.Write, (page, offset, done, length) =>
    page.set(from.subarray(done, done + length), offset),
  );
}

function eachPiece(
  space: AddressSpace,
  address: number,
  total: number,
  access: Access,
  move: (page: Uint8Array, offset: number, done: number, length: number) => void,
): number {
  let done = 0;
  while (done < total) {
    const at = address + done;
    if (at < 0 || at >= USER_LIMIT) break;
    const offset = at % PAGE_SIZE;
    const page = guestAddress(at - offset);
    const region = space.regions.find(at);
    if (region === undefined) break;
    const { memory } = space;
    // A page that is not there yet, or is to be written for the first time, is brought in as its own program would.
    const wanted = region.allows(access) ? access : Access.Read;
    if (memory.probe(page, 1, wanted) !== FaultOutcome.Resolved && !memory.isPresent(page)) break;
    const bytes = memory.pageBytes(page, access);
    if (bytes === undefined) break;
    const length = Math.min(total - done, PAGE_SIZE - offset);
    move(bytes, offset, done, length);
    done += length;
  }
  return done;
}
