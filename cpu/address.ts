/**
 * Guest addresses. A guest address is a plain JavaScript number at run time (user-space addresses have 47 bits, a
 * double holds 53 exactly) but a distinct type, so that it can't be mixed with an index or dereferenced by accident.
 */
declare const guest: unique symbol;
export type GuestAddress = number & { readonly [guest]: 'address' };

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;
/** Addresses below this are reached directly: guest address = WebAssembly address. */
export const DIRECT_LIMIT = 2 ** 32;
/** First address past user space (128 TiB). Source: SDM vol. 1, 3.3.7.1 (canonical addressing). */
export const USER_LIMIT = 2 ** 47;

export function guestAddress(value: number): GuestAddress {
  return value as GuestAddress;
}

export function pageOf(address: number): number {
  return Math.floor(address / PAGE_SIZE);
}

export function pageFloor(address: number): GuestAddress {
  return (address - (address % PAGE_SIZE)) as GuestAddress;
}

export function pageCeil(address: number): GuestAddress {
  return pageFloor(address + PAGE_SIZE - 1);
}
