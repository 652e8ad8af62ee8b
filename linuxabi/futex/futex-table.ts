/**
 * Futexes: who waits on which word. A key is a word in an address space (private) or in a shared page frame; waiters stand in
 * order of arrival. Source: futex(2), kernel/futex/.
 */
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { PiTable } from './pi-table.ts';
import type { PiTarget } from './requeue-pi.ts';
import type { LinuxThread } from '../process/thread.ts';

/** A waiting thread. Unlike in other queues a wake is final: the waker takes it off and it must not wait again. */
export interface FutexWaiter {
  key: FutexKey;
  readonly bits: number;
  woken: boolean;
  /** FUTEX_WAIT_REQUEUE_PI: it may only be moved to this lock. */
  readonly target: PiTarget | undefined;
  /** Woken when `woken` is set; the thread parks on it. */
  readonly queue: WaitQueue;
}

/** The object that holds the word (an address space's memory, or a frame) and the word's offset in it. */
export interface FutexKey {
  readonly holder: object;
  readonly offset: number;
}

export const MATCH_ANY = -1;

export class FutexTable {
  readonly pi = new PiTable();
  readonly #waiters = new WeakMap<object, Map<number, Set<FutexWaiter>>>();

  /** Key of a word: shared memory is known by its object, private memory by its address space. */
  keyOf(thread: LinuxThread, address: number): FutexKey {
    const space = thread.process.addressSpace;
    const region = space.regions.find(address);
    if (region === undefined || region.isPrivate) return { holder: space, offset: address };
    const { object } = region;
    return { holder: object.node ?? object, offset: region.offset + (address - region.start) };
  }

  /** FUTEX_PRIVATE_FLAG: the caller says that only its own threads use the word. */
  privateKeyOf(thread: LinuxThread, address: number): FutexKey {
    return { holder: thread.process.addressSpace, offset: address };
  }

  hasWaiters({ holder, offset }: FutexKey): boolean {
    return this.#waiters.get(holder)?.has(offset) === true;
  }

  /** Whether somebody who waits there wants a lock that he is to be moved to. */
  wantsLock({ holder, offset }: FutexKey): boolean {
    for (const { target } of this.#waiters.get(holder)?.get(offset) ?? []) if (target !== undefined) return true;
    return false;
  }

  add(key: FutexKey, bits: number, target?: PiTarget): FutexWaiter {
    const waiter: FutexWaiter = { key, bits, woken: false, target, queue: new WaitQueue() };
    this.#enqueue(waiter);
    return waiter;
  }

  remove(waiter: FutexWaiter): void {
    const words = this.#waiters.get(waiter.key.holder);
    const waiters = words?.get(waiter.key.offset);
    if (words === undefined || waiters === undefined) return;
    waiters.delete(waiter);
    if (waiters.size === 0) words.delete(waiter.key.offset);
  }

  /** Wakes up to `count` waiters that have a bit in common with `bits`; returns how many. */
  wake(key: FutexKey, count: number, bits: number = MATCH_ANY): number {
    let woken = 0;
    for (const waiter of this.waitersAt(key)) {
      if (woken >= count) break;
      if ((waiter.bits & bits) === 0) continue;
      this.remove(waiter);
      waiter.woken = true;
      waiter.queue.wake();
      woken++;
    }
    return woken;
  }

  wakeAddress(thread: LinuxThread, address: number, count: number): number {
    return this.wake(this.keyOf(thread, address), count);
  }

  /** Moves up to `count` waiters to another word; returns how many. */
  requeue(from: FutexKey, to: FutexKey, count: number): number {
    let moved = 0;
    for (const waiter of this.waitersAt(from)) {
      if (moved >= count) break;
      this.remove(waiter);
      waiter.key = to;
      this.#enqueue(waiter);
      moved++;
    }
    return moved;
  }

  #enqueue(waiter: FutexWaiter): void {
    const { holder, offset } = waiter.key;
    let words = this.#waiters.get(holder);
    if (words === undefined) {
      words = new Map();
      this.#waiters.set(holder, words);
    }
    let waiters = words.get(offset);
    if (waiters === undefined) {
      waiters = new Set();
      words.set(offset, waiters);
    }
    waiters.add(waiter);
  }

  /** In order of arrival. */
  waitersAt(key: FutexKey): FutexWaiter[] {
    return [...(this.#waiters.get(key.holder)?.get(key.offset) ?? [])];
  }
}
