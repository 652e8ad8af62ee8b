/**
 * Semaphore sets. An operation on several semaphores happens whole or not at all; whoever changes a set also carries out, in order of
 * arrival, the operations of those asleep that can now go on (settle), so that no late-comer overtakes them.
 * Source: semget(2), semop(2), semctl(2); ipc/sem.c (perform_atomic_semop, update_queue, exit_sem).
 */
import { E2BIG, EAGAIN, EFBIG, EIDRM, EINTR, EINVAL, ENOSPC, ERANGE } from '../linuxabi/abi/errno.ts';
import { IPC_NOWAIT, SEM_UNDO, SEMAEM, SEMVMX } from '../linuxabi/abi/ipc.ts';
import type { Caller, IpcCapabilities, Sleeper } from './capabilities.ts';
import { checkAccess, checkOwner, IdTable, May, setOwnership, validOwnership } from './ids.ts';
import type { IpcObject, Ownership, Permission } from './ids.ts';
import { UndoLists } from './undo.ts';

export interface SemaphoreOperation {
  readonly index: number;
  readonly change: number;
  readonly flags: number;
}

/** An operation that could not be carried out yet. */
export interface Pending {
  readonly set: SemaphoreSet;
  readonly operations: readonly SemaphoreOperation[];
  readonly pid: number;
  /** Whose adjustments SEM_UNDO changes. */
  readonly task: number;
  readonly sleeper: Sleeper;
  /** The operation that is in the way. */
  blocking: SemaphoreOperation;
}

export interface SemaphoreSet extends IpcObject {
  readonly permission: Permission;
  readonly values: Int32Array;
  /** Process of the last operation on each. */
  readonly pids: Int32Array;
  /** In order of arrival. */
  pending: Pending[];
  operationSeconds: number;
  changeSeconds: number;
}

export class SemaphoreState {
  readonly ids: IdTable<SemaphoreSet>;
  readonly undo = new UndoLists();
  /** Sets that have changed since those who wait for them were looked at. */
  readonly unsettled = new Set<SemaphoreSet>();
  semaphores = 0;

  constructor(bag: IpcCapabilities) {
    this.ids = new IdTable(bag.meter);
  }
}

/** Fields of SEM's tunable: semmsl semmns semopm semmni. */
const Limit = { perSet: 0, all: 1, operations: 2, sets: 3 } as const;

const BYTES_PER_SEMAPHORE = 64;
/** What an attempt answers besides 0 and −errno: it must wait. */
const WAITS = 1;

export class Semaphores {
  readonly #bag: IpcCapabilities;
  readonly #state: SemaphoreState;

  constructor(bag: IpcCapabilities, state: SemaphoreState) {
    this.#bag = bag;
    this.#state = state;
  }

  limit(which: keyof typeof Limit): number {
    return this.#bag.setting('kernel/sem', Limit[which]);
  }

  get(caller: Caller, key: number, count: number, flags: number): number {
    if (count < 0 || count > this.limit('perSet')) return -EINVAL;
    const limit = this.limit('sets');
    return this.#state.ids.obtain(
      caller,
      { key, flags, limit },
      (set) => (count > set.values.length ? -EINVAL : 0),
      (permission) => {
        if (count === 0) return -EINVAL;
        if (this.#state.semaphores + count > this.limit('all')) return -ENOSPC;
        if (this.#state.ids.count >= limit) return -ENOSPC;
        this.#bag.meter.charge(count * BYTES_PER_SEMAPHORE);
        const changeSeconds = this.#bag.nowSeconds();
        this.#state.semaphores += count;
        return {
          permission,
          values: new Int32Array(count),
          pids: new Int32Array(count),
          pending: [],
          operationSeconds: 0,
          changeSeconds,
        };
      },
    );
  }

  /** 0 when done, −errno, or the pending operation whose sleeper is told later. */
  operate(
    caller: Caller,
    task: number,
    id: number,
    operations: readonly SemaphoreOperation[],
    makeSleeper: () => Sleeper,
  ): number | Pending {
    if (operations.length > this.limit('operations')) return -E2BIG;
    if (operations.length < 1) return -EINVAL;
    const set = this.#state.ids.get(id);
    if (set === undefined) return -EINVAL;
    const alters = operations.some(({ change }) => change !== 0);
    if (operations.some(({ index }) => index >= set.values.length)) return -EFBIG;
    const refused = checkAccess(caller, set.permission, alters ? May.Write : May.Read);
    if (refused < 0) return refused;
    const attempt = { set, operations, pid: caller.pid, task };
    const nowSeconds = this.#bag.nowSeconds();
    const blocking = this.#try(attempt);
    if (typeof blocking === 'number') {
      if (blocking === 0) set.operationSeconds = nowSeconds;
      if (blocking === 0 && alters) this.#changed(set);
      return blocking;
    }
    if ((blocking.flags & IPC_NOWAIT) !== 0) return -EAGAIN;
    const pending: Pending = { ...attempt, sleeper: makeSleeper(), blocking };
    set.pending.push(pending);
    return pending;
  }

  /** Carries it out whole: 0, −errno, or the operation in the way; then nothing has happened. */
  #try({
    set,
    operations,
    pid,
    task,
  }: Pick<Pending, 'set' | 'operations' | 'pid' | 'task'>): number | SemaphoreOperation {
    const { values } = set;
    let done = 0;
    let outcome: number | SemaphoreOperation = 0;
    this.#bag.meter.spend(operations.length);
    for (const operation of operations) {
      outcome = this.#step(set, operation, task);
      if (outcome === WAITS) outcome = operation;
      if (outcome !== 0) break;
      done++;
    }
    if (outcome === 0) {
      for (const { index } of operations) set.pids[index] = pid;
      return 0;
    }
    // Back, the last first.
    for (const { index, change, flags } of operations.slice(0, done).toReversed()) {
      values[index]! -= change;
      if ((flags & SEM_UNDO) !== 0) this.#state.undo.adjust(task, set, index, change);
    }
    return outcome;
  }

  #step(set: SemaphoreSet, { index, change, flags }: SemaphoreOperation, task: number): number {
    const value = set.values[index]!;
    if (change === 0) return value === 0 ? 0 : WAITS;
    const result = value + change;
    if (result < 0) return WAITS;
    if (result > SEMVMX) return -ERANGE;
    if ((flags & SEM_UNDO) !== 0) {
      const adjustment = this.#state.undo.of(task, set, index) - change;
      if (adjustment < -SEMAEM - 1 || adjustment > SEMAEM) return -ERANGE;
      this.#state.undo.adjust(task, set, index, -change);
    }
    set.values[index] = result;
    return 0;
  }

  #changed(set: SemaphoreSet): void {
    if (set.pending.length > 0) this.#state.unsettled.add(set);
  }

  /** Operations asleep that can go on now do so, the oldest first; after each change they are looked at again from the start. */
  settle(): void {
    const { unsettled } = this.#state;
    if (unsettled.size === 0) return;
    const nowSeconds = this.#bag.nowSeconds();
    for (const set of unsettled) {
      for (const _ of this.#bag.meter.rounds()) {
        if (!this.#finishOne(set, nowSeconds)) break;
      }
      unsettled.delete(set);
    }
  }

  /** Finishes those who wait for zero, then the first other who can go on. Whether anything has changed. */
  #finishOne(set: SemaphoreSet, nowSeconds: number): boolean {
    for (const reads of [true, false]) {
      for (const pending of set.pending) {
        const alters = pending.operations.some(({ change }) => change !== 0);
        if (alters === reads) continue;
        const outcome = this.#try(pending);
        if (typeof outcome !== 'number') {
          pending.blocking = outcome;
          if ((outcome.flags & IPC_NOWAIT) === 0) continue;
        }
        set.pending = set.pending.filter((other) => other !== pending);
        if (outcome === 0) set.operationSeconds = nowSeconds;
        pending.sleeper.finish(typeof outcome === 'number' ? outcome : -EAGAIN);
        if (alters) return true;
      }
    }
    return false;
  }

  /** The sleeper gives up (a signal, a time-out, its end). */
  cancel(pending: Pending): void {
    pending.set.pending = pending.set.pending.filter((other) => other !== pending);
    pending.sleeper.finish(-EINTR);
  }

  // --- semctl ------------------------------------------------------------------------------------------------------------

  /** The set, if the caller may read it. */
  stat(caller: Caller, which: { readonly id: number } | { readonly slot: number; readonly any: 0 | 1 }) {
    const set = 'id' in which ? this.#state.ids.get(which.id) : this.#state.ids.bySlot(which.slot);
    if (set === undefined) return -EINVAL;
    if ('any' in which && which.any === 1) return set;
    const refused = checkAccess(caller, set.permission, May.Read);
    return refused < 0 ? refused : set;
  }

  remove(caller: Caller, id: number): number {
    const set = this.#state.ids.get(id);
    if (set === undefined) return -EINVAL;
    const refused = checkOwner(caller, set.permission);
    if (refused < 0) return refused;
    this.#state.ids.remove(set);
    this.#state.semaphores -= set.values.length;
    this.#state.undo.forgetSet(set);
    for (const { sleeper } of set.pending) sleeper.finish(-EIDRM);
    set.pending = [];
    return 0;
  }

  set(caller: Caller, id: number, ownership: Ownership): number {
    const set = this.#state.ids.get(id);
    if (set === undefined) return -EINVAL;
    const refused = checkOwner(caller, set.permission) || validOwnership(ownership);
    if (refused < 0) return refused;
    set.changeSeconds = this.#bag.nowSeconds();
    setOwnership(set.permission, ownership);
    return 0;
  }

  /** GETVAL, GETPID: of one semaphore. */
  read(caller: Caller, id: number, index: number, from: 'values' | 'pids'): number {
    const set = this.stat(caller, { id });
    if (typeof set === 'number') return set;
    return set[from][index] ?? -EINVAL;
  }

  /** GETNCNT, GETZCNT: how many wait for the semaphore to grow, or to be zero. */
  waiting(caller: Caller, id: number, index: number, wantZero: boolean): number {
    const set = this.stat(caller, { id });
    if (typeof set === 'number') return set;
    if (index < 0 || index >= set.values.length) return -EINVAL;
    return set.pending.filter(({ blocking }) => blocking.index === index && (blocking.change === 0) === wantZero)
      .length;
  }

  setValue(caller: Caller, id: number, index: number, value: number): number {
    if (value < 0 || value > SEMVMX) return -ERANGE;
    const set = this.#state.ids.get(id);
    if (set === undefined) return -EINVAL;
    if (index < 0 || index >= set.values.length) return -EINVAL;
    const refused = checkAccess(caller, set.permission, May.Write);
    if (refused < 0) return refused;
    this.#store(caller, set, [[index, value]]);
    return 0;
  }

  /** SETALL, in two steps: how many values are wanted, and the values. */
  writable(caller: Caller, id: number): SemaphoreSet | number {
    const set = this.#state.ids.get(id);
    if (set === undefined) return -EINVAL;
    const refused = checkAccess(caller, set.permission, May.Write);
    return refused < 0 ? refused : set;
  }

  setAll(caller: Caller, set: SemaphoreSet, values: readonly number[]): number {
    if (values.some((value) => value > SEMVMX)) return -ERANGE;
    this.#store(caller, set, [...values.entries()]);
    return 0;
  }

  /** Setting a value takes back all adjustments of it. */
  #store(caller: Caller, set: SemaphoreSet, values: readonly (readonly [index: number, value: number])[]): void {
    set.changeSeconds = this.#bag.nowSeconds();
    for (const [index, value] of values) {
      set.values[index] = value;
      set.pids[index] = caller.pid;
      this.#state.undo.clear(set, index);
    }
    this.#changed(set);
  }

  totals(): { readonly used: number; readonly semaphores: number; readonly highestSlot: number } {
    const { ids, semaphores } = this.#state;
    return { used: ids.count, semaphores, highestSlot: ids.highestSlot };
  }

  all(): Iterable<SemaphoreSet> {
    return this.#state.ids.all();
  }

  // --- tasks -------------------------------------------------------------------------------------------------------------

  /** CLONE_SYSVSEM: both adjust the same list from now on. */
  taskShares(task: number, child: number): void {
    this.#state.undo.share(task, child);
  }

  /** The last task of a list has ended: what it holds is given back. */
  taskEnded(task: number, pid: number): void {
    const nowSeconds = this.#bag.nowSeconds();
    for (const [set, adjustments] of this.#state.undo.end(task)) {
      for (const [index, adjustment] of adjustments) {
        set.values[index] = Math.min(SEMVMX, Math.max(0, set.values[index]! + adjustment));
        set.pids[index] = pid;
      }
      set.operationSeconds = nowSeconds;
      this.#changed(set);
    }
  }
}
