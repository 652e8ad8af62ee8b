/**
 * Priority-inheritance futexes: the word holds its owner's tid, and who waits gets it handed over. Only words that someone waits on are known
 * here. Source: futex(2), "Priority-inheritance futexes"; kernel/futex/pi.c.
 */
import { guestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { FUTEX_OWNER_DIED, FUTEX_WAITERS } from '../abi/futex.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { FutexKey } from './futex-table.ts';

/** A thread that wants the lock. It has it once `isOwner` is set: the word says so already. */
export interface PiWaiter {
  readonly thread: LinuxThread;
  readonly address: number;
  readonly lock: PiLock;
  isOwner: boolean;
  readonly queue: WaitQueue;
}

interface PiLock {
  readonly key: FutexKey;
  owner: LinuxThread;
  /** In order of arrival. */
  readonly waiters: PiWaiter[];
}

export class PiTable {
  readonly #locks = new WeakMap<object, Map<number, PiLock>>();
  readonly #owned = new Map<LinuxThread, Set<PiLock>>();
  readonly #wanted = new Map<LinuxThread, PiLock>();

  hasWaiters(key: FutexKey): boolean {
    return this.#find(key) !== undefined;
  }

  /** Whether waiting for a lock of `owner` would be waiting for oneself. */
  wouldDeadlock(thread: LinuxThread, owner: LinuxThread): boolean {
    for (let next: LinuxThread | undefined = owner; next !== undefined; next = this.#wanted.get(next)?.owner) {
      if (next === thread) return true;
    }
    return false;
  }

  /** `queue` is where the thread parks. */
  add(key: FutexKey, thread: LinuxThread, address: number, owner: LinuxThread, queue = new WaitQueue()): PiWaiter {
    const lock = this.#find(key) ?? this.#create(key, owner);
    const waiter: PiWaiter = { thread, address, lock, isOwner: false, queue };
    lock.waiters.push(waiter);
    this.#wanted.set(thread, lock);
    return waiter;
  }

  /** It no longer waits. */
  remove(waiter: PiWaiter): void {
    const { lock, thread } = waiter;
    const index = lock.waiters.indexOf(waiter);
    if (index < 0) return;
    lock.waiters.splice(index, 1);
    this.#wanted.delete(thread);
    if (lock.waiters.length === 0) this.#forget(lock);
  }

  /** Gives the lock to the most urgent waiter, and among equals to the first. False when nobody waits. May throw GuestFault. */
  handOver(key: FutexKey, extraBits: number = 0): boolean {
    const lock = this.#find(key);
    if (lock === undefined) return false;
    const urgency = ({ thread }: PiWaiter): number => thread.scheduling.priority;
    const next = lock.waiters.reduce((best, waiter) => (urgency(waiter) > urgency(best) ? waiter : best));
    next.thread.memory.writeU32(guestAddress(next.address), (next.thread.tid | FUTEX_WAITERS | extraBits) >>> 0);
    this.remove(next);
    if (lock.waiters.length > 0) this.#setOwner(lock, next.thread);
    next.isOwner = true;
    next.queue.wake();
    return true;
  }

  /** Locks of a thread that ends go to those who wait, who are told that their owner died. */
  abandon(thread: LinuxThread): void {
    for (const lock of this.#owned.get(thread) ?? []) {
      try {
        this.handOver(lock.key, FUTEX_OWNER_DIED);
      } catch (failure) {
        if (!(failure instanceof GuestFault)) throw failure;
      }
    }
    this.#owned.delete(thread);
  }

  #find({ holder, offset }: FutexKey): PiLock | undefined {
    return this.#locks.get(holder)?.get(offset);
  }

  #create(key: FutexKey, owner: LinuxThread): PiLock {
    const lock: PiLock = { key, owner, waiters: [] };
    let locks = this.#locks.get(key.holder);
    if (locks === undefined) {
      locks = new Map();
      this.#locks.set(key.holder, locks);
    }
    locks.set(key.offset, lock);
    this.#setOwner(lock, owner);
    return lock;
  }

  #setOwner(lock: PiLock, owner: LinuxThread): void {
    this.#disown(lock);
    lock.owner = owner;
    const owned = this.#owned.get(owner);
    if (owned === undefined) this.#owned.set(owner, new Set([lock]));
    else owned.add(lock);
  }

  #disown(lock: PiLock): void {
    const owned = this.#owned.get(lock.owner);
    owned?.delete(lock);
    if (owned?.size === 0) this.#owned.delete(lock.owner);
  }

  #forget(lock: PiLock): void {
    this.#disown(lock);
    this.#locks.get(lock.key.holder)?.delete(lock.key.offset);
  }
}
