/** The descriptors of a process: small numbers → descriptions. Copied by fork, shared by CLONE_FILES. */
import type { ProcessSlot } from '../process/slot.ts';
import type { Description } from './description.ts';
import type { LinuxFile } from './linux-file.ts';
import type { LockTable } from './lock-table.ts';

interface Slot {
  readonly description: Description;
  closeOnExec: boolean;
}

/** Descriptors that a table has room for at first, and the step of its first growth. Source: fs/file.c, NR_OPEN_DEFAULT, alloc_fdtable. */
const INITIAL_ROOM = 64;
const GROWTH_STEP = 128;

/** What becomes of a descriptor at execve. */
export const OnExec = { Keep: 0, Close: 1 } as const;
export type OnExec = (typeof OnExec)[keyof typeof OnExec];

export class FdTable implements ProcessSlot<FdTable> {
  readonly #slots: (Slot | undefined)[] = [];
  readonly #locks: LockTable;
  /** No descriptor below this one is free. */
  #lowestFree = 0;
  #holders = 1;
  #room = INITIAL_ROOM;

  constructor(locks: LockTable) {
    this.#locks = locks;
  }

  /**
   * Descriptor numbers that the table has room for now; programs see it in select, which ignores bits above it.
   * Doubles from 128 on as descriptors are made, never shrinks but at fork. Source: fs/select.c, core_sys_select.
   */
  get room(): number {
    return this.#room;
  }

  get(fd: number): Description | undefined {
    return this.#slots[fd]?.description;
  }

  onExec(fd: number): OnExec {
    return this.#slots[fd]?.closeOnExec === true ? OnExec.Close : OnExec.Keep;
  }

  setOnExec(fd: number, onExec: OnExec): void {
    const slot = this.#slots[fd];
    if (slot !== undefined) slot.closeOnExec = onExec === OnExec.Close;
  }

  /** Gives the description the lowest free number from `from` on, below `limit`; −1 when there is none. */
  allocate(description: Description, onExec: OnExec, limit: number, from = 0): number {
    let fd = Math.max(from, this.#lowestFree);
    while (this.#slots[fd] !== undefined) fd++;
    if (fd >= limit) return -1;
    this.#makeRoom(fd);
    this.#slots[fd] = { description, closeOnExec: onExec === OnExec.Close };
    if (from <= this.#lowestFree) this.#lowestFree = fd + 1;
    return fd;
  }

  /** Whether `allocate` would find a number. */
  hasRoom(limit: number): boolean {
    let fd = this.#lowestFree;
    while (this.#slots[fd] !== undefined) fd++;
    return fd < limit;
  }

  /** Puts the description at a number of the caller's choice; what was there is closed. */
  set(fd: number, description: Description, onExec: OnExec): void {
    const before = this.#slots[fd];
    this.#makeRoom(fd);
    this.#slots[fd] = { description, closeOnExec: onExec === OnExec.Close };
    if (before !== undefined) this.#closed(before.description);
  }

  /** The description whose number it was is released; undefined when there was none. */
  close(fd: number): Description | undefined {
    const slot = this.#slots[fd];
    if (slot === undefined) return undefined;
    this.#slots[fd] = undefined;
    if (fd < this.#lowestFree) this.#lowestFree = fd;
    this.#closed(slot.description);
    return slot.description;
  }

  /** execve: those marked so are closed. */
  closeOnExec(): void {
    for (const [fd, slot] of this.#slots.entries()) if (slot?.closeOnExec === true) this.close(fd);
  }

  /** Descriptors in use, ascending. */
  *descriptors(): Generator<readonly [fd: number, description: Description]> {
    for (const [fd, slot] of this.#slots.entries()) if (slot !== undefined) yield [fd, slot.description];
  }

  /** Whether any description is so. */
  some(test: (description: Description) => boolean): boolean {
    return this.#slots.some((slot) => slot !== undefined && test(slot.description));
  }

  fork(): FdTable {
    const copy = new FdTable(this.#locks);
    for (const [fd, slot] of this.#slots.entries()) {
      if (slot === undefined) continue;
      copy.#makeRoom(fd);
      copy.#slots[fd] = { description: slot.description.retain(), closeOnExec: slot.closeOnExec };
    }
    copy.#lowestFree = this.#lowestFree;
    return copy;
  }

  share(): FdTable {
    this.#holders++;
    return this;
  }

  get isShared(): boolean {
    return this.#holders > 1;
  }

  release(): void {
    if (--this.#holders > 0) return;
    for (const fd of this.#slots.keys()) this.close(fd);
  }

  #makeRoom(fd: number): void {
    if (fd >= this.#room) this.#room = GROWTH_STEP;
    while (fd >= this.#room) this.#room *= 2;
  }

  /** POSIX record locks belong to the table and go with any descriptor of the file. Source: fcntl(2), "Advisory record locking". */
  #closed(description: Description): void {
    const { node } = description;
    if (node !== undefined) this.#locks.releaseOwner(node, this);
    (description.file as LinuxFile).descriptorClosed?.();
    description.release();
  }
}
