/**
 * Guest memory as an instruction sees it: by 64-bit linear address, all or nothing, a refusal recorded in the state's trap
 * fields as a page fault or, for a non-canonical address, as NOT_CANONICAL. The caller turns the answer into the end of the instruction.
 */
import { PAGE_SIZE, USER_LIMIT, guestAddress, pageFloor, type GuestAddress } from '../address.ts';
import { NOT_CANONICAL, Trap } from '../engine.ts';
import { FaultOutcome, type Access, type GuestMemory } from '../memory/guest-memory.ts';
import { State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';

const USER_END = BigInt(USER_LIMIT);
const KERNEL_START = 2n ** 64n - USER_END;

/** No trap: the access is allowed. */
export const ALLOWED = -1;

/** Checks a range of at most a few pages; ALLOWED, or the Trap with the state's trap fields set. */
export function checkAccess(
  state: CpuState,
  memory: GuestMemory,
  address: bigint,
  length: number,
  access: Access,
): number {
  const end = address + BigInt(length);
  if (end > USER_END) return refuseAddress(state, address, access);
  const first = guestAddress(Number(address));
  if (memory.probe(first, length, access) === FaultOutcome.Resolved) return ALLOWED;
  return findFault(state, memory, first, length, access);
}

/** Above user space: kernel addresses fault as unmapped pages, those between the halves as #GP. */
function refuseAddress(state: CpuState, address: bigint, access: Access): number {
  if (address < KERNEL_START) return NOT_CANONICAL;
  state.view.setBigUint64(State.trapAddress, address, true);
  state.trapAccess = access;
  state.trapReason = FaultOutcome.Unmapped;
  return Trap.PageFault;
}

/** The first byte of the range in the first page that refuses. */
function findFault(state: CpuState, memory: GuestMemory, start: GuestAddress, length: number, access: Access): number {
  const end = start + length;
  for (let at: number = start; at < end; at = pageFloor(at) + PAGE_SIZE) {
    const outcome = memory.probe(guestAddress(at), Math.min(end, pageFloor(at) + PAGE_SIZE) - at, access);
    if (outcome === FaultOutcome.Resolved) continue;
    state.trapAddress = at;
    state.trapAccess = access;
    state.trapReason = outcome;
    return Trap.PageFault;
  }
  return ALLOWED;
}
