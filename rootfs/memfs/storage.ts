/** How much a memory tree may hold. Bytes are counted when storage is allocated, before the host is asked for it. */
export class Storage {
  limitBytes: number;
  limitNodes: number;
  usedBytes = 0;
  usedNodes = 0;

  constructor(limitBytes: number, limitNodes: number) {
    this.limitBytes = limitBytes;
    this.limitNodes = limitNodes;
  }

  /** Takes bytes; false when they are not to be had. */
  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.limitBytes) return false;
    this.usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.usedBytes -= bytes;
  }

  takeNode(): boolean {
    if (this.usedNodes >= this.limitNodes) return false;
    this.usedNodes++;
    return true;
  }

  giveBackNode(): void {
    this.usedNodes--;
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
