/**
 * Where things go in an address space. Everything is kept below 4 GiB, where the CPU reaches memory directly; above are
 * only mappings the program insists on and reservations that do not fit.
 */
import { DIRECT_LIMIT, PAGE_SIZE, USER_LIMIT } from '../../cpu/address.ts';
import { CODE_AREA, RESERVED_LIMIT } from '../../cpu/memory/guest-memory.ts';

export interface Layout {
  /** Lowest address a program may map when it insists (AddressSpace.lowestAddress starts with it). */
  readonly minimumAddress: number;
  /** Position-independent programs are loaded from here up. */
  readonly imageBase: number;
  /** Mappings are placed top-down between these. */
  readonly mapFloor: number;
  readonly mapCeiling: number;
  /** The same for what does not fit below 4 GiB. */
  readonly highFloor: number;
  readonly highCeiling: number;
  /** First byte past the initial stack. */
  readonly stackTop: number;
  /** First byte past the address space of programs. */
  readonly limit: number;
}

/** Room left below the stack's top for its growth, whatever its limit says. */
const STACK_ROOM_BYTES = 256 * 2 ** 20;

/** The last pages below what the CPU keeps for itself stay free, so that no access runs across the line between direct and sparse memory. */
const STACK_TOP = CODE_AREA - 16 * PAGE_SIZE;

export const defaultLayout: Layout = {
  minimumAddress: 0x10000,
  imageBase: 0x10000000,
  mapFloor: RESERVED_LIMIT,
  mapCeiling: STACK_TOP - STACK_ROOM_BYTES,
  highFloor: DIRECT_LIMIT,
  highCeiling: USER_LIMIT - PAGE_SIZE - STACK_ROOM_BYTES,
  stackTop: STACK_TOP,
  limit: USER_LIMIT - PAGE_SIZE,
};
