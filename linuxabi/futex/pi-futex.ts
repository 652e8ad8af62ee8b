/** FUTEX_LOCK_PI, FUTEX_LOCK_PI2, FUTEX_TRYLOCK_PI, FUTEX_UNLOCK_PI. Source: futex(2); kernel/futex/pi.c. */
import type { GuestAddress } from '../../cpu/address.ts';
import { EAGAIN, EDEADLK, EINVAL, EPERM, ESRCH, ETIMEDOUT } from '../abi/errno.ts';
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from '../abi/futex.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { FutexKey } from './futex-table.ts';

/** Takes the lock for `taker` when it is free. Else the owner, or why it can't be had: −errno. 0: taken. The word is in the caller's memory. */
export function takeOrFindOwner(
  thread: LinuxThread,
  address: GuestAddress,
  key: FutexKey,
  taker = thread,
): LinuxThread | number {
  const { futexes, tasks } = thread.machine;
  const word = thread.memory.readU32(address);
  const owner = word & FUTEX_TID_MASK;
  if (owner === taker.tid) return -EDEADLK;
  if (futexes.hasWaiters(key)) return -EINVAL;
  if (owner === 0) {
    const waiters = futexes.pi.hasWaiters(key) ? FUTEX_WAITERS : 0;
    thread.memory.writeU32(address, (taker.tid | (word & FUTEX_OWNER_DIED) | waiters) >>> 0);
    return 0;
  }
  const holder = tasks.threads.get(owner);
  return holder === undefined || holder.ended ? -ESRCH : holder;
}

/** Infinity: without time limit. */
export function lockPi(thread: LinuxThread, address: GuestAddress, key: FutexKey, deadlineNs: number): number {
  const { pi } = thread.machine.futexes;
  const owner = takeOrFindOwner(thread, address, key);
  if (typeof owner === 'number') return owner;
  if (pi.wouldDeadlock(thread, owner)) return -EDEADLK;
  thread.memory.writeU32(address, (thread.memory.readU32(address) | FUTEX_WAITERS) >>> 0);
  const waiter = pi.add(key, thread, address, owner);
  return block(thread, {
    attempt: () => (waiter.isOwner ? 0 : WAIT),
    queues: [waiter.queue],
    deadlineNs,
    onTimeout: () => {
      pi.remove(waiter);
      return -ETIMEDOUT;
    },
    onInterrupt: () => {
      pi.remove(waiter);
      return undefined;
    },
    onAbandon: () => pi.remove(waiter),
    restart: Restart.NoInterrupt,
  });
}

export function tryLockPi(thread: LinuxThread, address: GuestAddress, key: FutexKey): number {
  const owner = takeOrFindOwner(thread, address, key);
  return typeof owner === 'number' ? owner : -EAGAIN;
}

export function unlockPi(thread: LinuxThread, address: GuestAddress, keyOf: () => FutexKey): number {
  const word = thread.memory.readU32(address);
  if ((word & FUTEX_TID_MASK) !== thread.tid) return -EPERM;
  if (address % 4 !== 0) return -EINVAL;
  if (!thread.machine.futexes.pi.handOver(keyOf())) thread.memory.writeU32(address, 0);
  return 0;
}
