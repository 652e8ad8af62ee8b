/** C strings and arrays of them in guest memory. */
import type { GuestAddress } from '../cpu/address.ts';
import { PAGE_SIZE, guestAddress } from '../cpu/address.ts';
import { GuestFault } from '../cpu/memory/guest-memory.ts';
import type { GuestMemory } from '../cpu/memory/guest-memory.ts';
import type { ByteString } from '../kernel/byte-string.ts';
import { stringFromBytes } from '../kernel/byte-string.ts';

const fault = new GuestFault('string');

/** First looked at: most strings are shorter, and arrays up to this length cost V8 no allocation outside its heap. */
const FIRST_CHUNK = 64;

/**
 * Reads up to the terminating zero, which must come within `limit` bytes; undefined when it does not. Throws
 * GuestFault. Reads never go past the page that holds the zero.
 */
export function readCString(memory: GuestMemory, address: GuestAddress, limit: number): ByteString | undefined {
  let text = '';
  let position = address as number;
  let left = limit;
  for (let size = FIRST_CHUNK; left > 0; size *= 2) {
    const chunk = new Uint8Array(Math.min(left, PAGE_SIZE - (position % PAGE_SIZE), size));
    if (memory.read(guestAddress(position), chunk) < chunk.length) throw fault;
    const end = chunk.indexOf(0);
    if (end >= 0) return text + stringFromBytes(chunk.subarray(0, end));
    text += stringFromBytes(chunk);
    position += chunk.length;
    left -= chunk.length;
  }
  return undefined;
}

/** Copies out `length` bytes or throws GuestFault. */
export function readBytes(memory: GuestMemory, address: GuestAddress, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (memory.read(address, bytes) < length) throw fault;
  return bytes;
}

/** Copies in all of `bytes` or throws GuestFault. */
export function writeBytes(memory: GuestMemory, address: GuestAddress, bytes: Uint8Array): void {
  if (memory.write(address, bytes) < bytes.length) throw fault;
}

/** A pointer or an unsigned long as a number (rounded above 2^53, still out of every valid range). */
export function readPointer(memory: GuestMemory, address: GuestAddress): GuestAddress {
  return guestAddress(memory.readU32(address) + memory.readU32(guestAddress(address + 4)) * 2 ** 32);
}

/** A signed long as a number, exact within ±2^53. */
export function readLong(memory: GuestMemory, address: GuestAddress): number {
  return memory.readU32(address) + memory.readI32(guestAddress(address + 4)) * 2 ** 32;
}

/** Stores an integer within ±2^53 as a 64-bit long. */
export function writeLong(memory: GuestMemory, address: GuestAddress, value: number): void {
  memory.writeU64(address, BigInt.asUintN(64, BigInt(value)));
}
