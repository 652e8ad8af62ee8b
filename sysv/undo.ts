/**
 * What SEM_UNDO remembers: for each task (or several that share a list) how far each semaphore is to be moved back when the last of
 * them ends. Source: semop(2), "SEM_UNDO"; ipc/sem.c, struct sem_undo_list.
 */
import type { SemaphoreSet } from './semaphores.ts';

type Adjustments = Map<number, number>;

interface UndoList {
  holders: number;
  readonly sets: Map<SemaphoreSet, Adjustments>;
}

export class UndoLists {
  readonly #lists = new Map<number, UndoList>();

  of(task: number, set: SemaphoreSet, index: number): number {
    return this.#lists.get(task)?.sets.get(set)?.get(index) ?? 0;
  }

  adjust(task: number, set: SemaphoreSet, index: number, by: number): void {
    const { sets } = this.#list(task);
    let adjustments = sets.get(set);
    if (adjustments === undefined) {
      adjustments = new Map();
      sets.set(set, adjustments);
    }
    const next = (adjustments.get(index) ?? 0) + by;
    if (next === 0) adjustments.delete(index);
    else adjustments.set(index, next);
  }

  share(task: number, child: number): void {
    const list = this.#list(task);
    list.holders++;
    this.#lists.set(child, list);
  }

  /** Nobody moves this semaphore back any more. */
  clear(set: SemaphoreSet, index: number): void {
    for (const { sets } of this.#lists.values()) sets.get(set)?.delete(index);
  }

  forgetSet(set: SemaphoreSet): void {
    for (const { sets } of this.#lists.values()) sets.delete(set);
  }

  /** The task lets go of its list: what is to be moved back when it was the last. */
  end(task: number): Iterable<readonly [SemaphoreSet, Adjustments]> {
    const list = this.#lists.get(task);
    if (list === undefined) return [];
    this.#lists.delete(task);
    return --list.holders === 0 ? list.sets : [];
  }

  #list(task: number): UndoList {
    let list = this.#lists.get(task);
    if (list === undefined) {
      list = { holders: 1, sets: new Map() };
      this.#lists.set(task, list);
    }
    return list;
  }
}
