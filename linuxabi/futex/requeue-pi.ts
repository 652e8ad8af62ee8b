/**
 * FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: waiting on a plain word until one is moved to a priority-inheritance lock, so that a broadcast
 * of a condition variable wakes who gets its mutex and nobody else. Source: futex(2); kernel/futex/requeue.c.
 */
import type { GuestAddress } from '../../cpu/address.ts';
import { EAGAIN, EDEADLK, EINVAL, ETIMEDOUT } from '../abi/errno.ts';
import { FUTEX_WAITERS } from '../abi/futex.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { MATCH_ANY } from './futex-table.ts';
import type { FutexKey, FutexWaiter } from './futex-table.ts';
import { takeOrFindOwner } from './pi-futex.ts';
import type { PiWaiter } from './pi-table.ts';

/** The lock that a waiter is to be moved to, and its place there once it has been. */
export interface PiTarget {
  readonly thread: LinuxThread;
  readonly key: FutexKey;
  readonly address: GuestAddress;
  moved: PiWaiter | undefined;
}

export interface WaitRequest {
  readonly key: FutexKey;
  /** The lock's word and its key. */
  readonly address: GuestAddress;
  readonly lockKey: FutexKey;
  readonly deadlineNs: number;
}

function sameWord(one: FutexKey, other: FutexKey): boolean {
  return one.holder === other.holder && one.offset === other.offset;
}

/** The caller has compared the word. */
export function waitRequeuePi(thread: LinuxThread, { key, address, lockKey, deadlineNs }: WaitRequest): number {
  if (sameWord(key, lockKey)) return -EINVAL;
  const { futexes } = thread.machine;
  const target: PiTarget = { thread, key: lockKey, address, moved: undefined };
  const waiter = futexes.add(key, MATCH_ANY, target);
  const leave = (): void => {
    if (target.moved === undefined) futexes.remove(waiter);
    else futexes.pi.remove(target.moved);
  };
  return block(thread, {
    attempt: () => (waiter.woken || target.moved?.isOwner === true ? 0 : WAIT),
    queues: [waiter.queue],
    deadlineNs,
    onTimeout: () => {
      leave();
      return -ETIMEDOUT;
    },
    onInterrupt: () => {
      leave();
      // The word has changed when one has been moved: the call could not be made again.
      return target.moved === undefined ? undefined : -EAGAIN;
    },
    onAbandon: leave,
    restart: Restart.NoInterrupt,
  });
}

export interface MoveRequest {
  readonly from: FutexKey;
  readonly to: FutexKey;
  /** The lock's word. */
  readonly address: GuestAddress;
  /** Waiters to move beside the one who may get the lock at once. */
  readonly count: number;
}

/** The caller has compared the word. How many have been given the lock or moved to it. */
export function requeuePi(thread: LinuxThread, { from, to, address, count }: MoveRequest): number {
  if (sameWord(from, to)) return -EINVAL;
  const { futexes } = thread.machine;
  let done = 0;
  for (const waiter of futexes.waitersAt(from)) {
    if (done > count) break;
    const { target } = waiter;
    if (target === undefined || !sameWord(target.key, to)) return -EINVAL;
    const moved = giveOrMove(thread, waiter, target, address);
    if (moved < 0) return moved;
    done++;
  }
  return done;
}

function giveOrMove(thread: LinuxThread, waiter: FutexWaiter, target: PiTarget, address: GuestAddress): number {
  const { futexes } = thread.machine;
  const owner = takeOrFindOwner(thread, address, target.key, target.thread);
  if (typeof owner === 'number' && owner < 0) return owner;
  if (typeof owner !== 'number') {
    if (futexes.pi.wouldDeadlock(target.thread, owner)) return -EDEADLK;
    thread.memory.writeU32(address, (thread.memory.readU32(address) | FUTEX_WAITERS) >>> 0);
  }
  futexes.remove(waiter);
  if (typeof owner === 'number') {
    waiter.woken = true;
    waiter.queue.wake();
  } else target.moved = futexes.pi.add(target.key, target.thread, target.address, owner, waiter.queue);
  return 0;
}
