/**
 * Mutexes a dead thread still held: each word on its robust list that names it is marked FUTEX_OWNER_DIED, and one waiter is woken.
 * Source: get_robust_list(2), kernel/futex/core.c, exit_robust_list; Documentation/locking/robust-futexes.rst.
 */
import { guestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS, ROBUST_LIST_LIMIT, robust_list_head } from '../abi/futex.ts';
import { readLong, readPointer } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';

export function releaseRobustList(thread: LinuxThread): void {
  try {
    walk(thread, thread.robustList);
  } catch (failure) {
    if (!(failure instanceof GuestFault)) throw failure;
  }
}

function walk(thread: LinuxThread, head: number): void {
  const { memory } = thread;
  const offset = readLong(memory, guestAddress(head + robust_list_head.futex_offset));
  const pending = readPointer(memory, guestAddress(head + robust_list_head.list_op_pending));
  let entry = readPointer(memory, guestAddress(head + robust_list_head.list));
  for (let count = 0; unmarked(entry) !== head && count < ROBUST_LIST_LIMIT; count++) {
    const next = readPointer(memory, guestAddress(unmarked(entry)));
    if (unmarked(entry) !== unmarked(pending)) markDead(thread, unmarked(entry) + offset);
    entry = next;
  }
  if (unmarked(pending) !== 0) markDead(thread, unmarked(pending) + offset);
}

/** Bit 0 of a link marks a priority-inheritance mutex. */
function unmarked(link: number): number {
  return link - (link % 2);
}

function markDead(thread: LinuxThread, address: number): void {
  const word = thread.memory.readU32(guestAddress(address));
  if ((word & FUTEX_TID_MASK) !== thread.tid) return;
  thread.memory.writeU32(guestAddress(address), ((word & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0);
  if ((word & FUTEX_WAITERS) !== 0) thread.machine.futexes.wakeAddress(thread, address, 1);
}
