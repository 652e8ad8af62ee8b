/** How much a memory tree may hold. Bytes are counted when storage is allocated, in whole pages, before the host is asked for it. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import type { PageBudget } from '../../cpu/memory/page-budget.ts';

/** What a node with its name takes of the host, as 300,000 new folders showed. */
const NODE_PAGES = 0.75;

export class Storage {
  limitBytes: number;
  limitNodes: number;
  usedBytes = 0;
  usedNodes = 0;
  /** Of the bytes, and of the nodes. */
  #budget: PageBudget | undefined;
  #nodeBudget: PageBudget | undefined;

  constructor(limitBytes: number, limitNodes: number) {
    this.limitBytes = limitBytes;
    this.limitNodes = limitNodes;
  }

  /** From now on, and for what is there already, bytes and nodes are memory of a budget. */
  chargeTo(budget: PageBudget): void {
    this.#budget = budget;
    budget.take(this.usedBytes / PAGE_SIZE);
    this.chargeNodesTo(budget);
  }

  /** The nodes alone: the bytes lie on a disk, as far as programs know. */
  chargeNodesTo(budget: PageBudget): void {
    this.#nodeBudget = budget;
    budget.take(this.usedNodes * NODE_PAGES);
  }

  /** Takes bytes; false when they are not to be had. */
  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.limitBytes) return false;
    if (this.#budget?.hasSpareRoom(bytes / PAGE_SIZE) === false) return false;
    this.usedBytes += bytes;
    this.#budget?.take(bytes / PAGE_SIZE);
    return true;
  }

  giveBack(bytes: number): void {
    this.usedBytes -= bytes;
    this.#budget?.giveBack(bytes / PAGE_SIZE);
  }

  takeNode(): boolean {
    if (this.usedNodes >= this.limitNodes || this.#nodeBudget?.hasSpareRoom(NODE_PAGES) === false) return false;
    this.usedNodes++;
    this.#nodeBudget?.take(NODE_PAGES);
    return true;
  }

  giveBackNode(): void {
    this.usedNodes--;
    this.#nodeBudget?.giveBack(NODE_PAGES);
  }
}

/** What one file takes of a storage. */
export class StorageAccount {
  usedBytes = 0;
  readonly #storage: Storage;
  #closed = false;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get freeBytes(): number {
    return this.#closed ? Infinity : this.#storage.limitBytes - this.#storage.usedBytes;
  }

  take(bytes: number): boolean {
    if (!this.#closed && !this.#storage.take(bytes)) return false;
    this.usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.usedBytes -= bytes;
    if (!this.#closed) this.#storage.giveBack(bytes);
  }

  /** The file is gone: what it has counts no more, nor what a late holder still does to it. */
  close(): void {
    if (!this.#closed) this.#storage.giveBack(this.usedBytes);
    this.#closed = true;
  }
}
