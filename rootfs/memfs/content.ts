/**
 * The bytes of a regular file in memory. Small files lie in the memfs inode's own buffer; that buffer doubles as it grows and
 * has no holes, so a file that outgrows SMALL_LIMIT or gets a hole moves to SparseBytes: appending is linear, nothing is
 * copied twice, holes cost nothing, and a file of a tebibyte with one byte at its end is possible.
 */
import { Status } from '../../kernel/status.ts';
import type { CoreNode } from './core.ts';
import { PAGE, SparseBytes } from './sparse-bytes.ts';
import { StorageAccount, type Storage } from './storage.ts';

export const SMALL_LIMIT = 64 * 1024;
const COPY_SIZE = 256 * 1024;
/** Largest file: beyond it positions are no longer exact in a chunk list of sane length. */
export const SIZE_LIMIT = 2 ** 43;

/** What a content can be read through to before its first change: the same file in a lower layer. */
export interface BaseContent {
  read(position: number, into: Uint8Array): number;
}

export class Content {
  readonly #core: CoreNode;
  readonly #account: StorageAccount;
  #base: BaseContent | undefined;
  #sparse: SparseBytes | undefined;
  #sizeBytes: number;

  constructor(core: CoreNode, storage: Storage, base: BaseContent | undefined, sizeBytes: number) {
    this.#core = core;
    this.#account = new StorageAccount(storage);
    this.#base = base;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get blocks512(): number {
    if (this.#sparse !== undefined) return this.#sparse.allocatedBytes / 512;
    return Math.ceil(this.#sizeBytes / PAGE) * (PAGE / 512);
  }

  read(position: number, into: Uint8Array): number {
    const count = Math.min(into.length, this.#sizeBytes - position);
    if (count <= 0) return 0;
    const part = count === into.length ? into : into.subarray(0, count);
    if (this.#base !== undefined) return this.#base.read(position, part);
    if (this.#sparse === undefined) into.set(this.#core.buf.subarray(position, position + count));
    else this.#sparse.read(position, part);
    return count;
  }

  /** Bytes written: fewer than asked when the storage ends, NoSpace when nothing fits. */
  write(position: number, from: Uint8Array): number {
    if (from.length === 0) return 0;
    if (position >= SIZE_LIMIT) return Status.TooLarge;
    const length = Math.min(from.length, SIZE_LIMIT - position);
    if (!this.#ownBytes()) return Status.NoSpace;
    const end = position + length;
    if (this.#sparse === undefined) {
      if (end <= SMALL_LIMIT && !this.#leavesHole(position)) return this.#writeSmall(position, from);
      if (!this.#moveToSparse()) return Status.NoSpace;
    }
    const written = this.#sparse!.write(position, length === from.length ? from : from.subarray(0, length));
    if (written === 0) return Status.NoSpace;
    this.#sizeBytes = Math.max(this.#sizeBytes, position + written);
    return written;
  }

  resize(sizeBytes: number): Status {
    if (sizeBytes > SIZE_LIMIT) return Status.TooLarge;
    if (sizeBytes === 0) this.#empty();
    else if (!this.#ownBytes()) return Status.NoSpace;
    else if (this.#sparse === undefined && sizeBytes <= SMALL_LIMIT && !this.#leavesHole(sizeBytes)) {
      if (!this.#allocateSmall(sizeBytes)) return Status.NoSpace;
      this.#core.truncate(sizeBytes);
    } else {
      if (this.#sparse === undefined && !this.#moveToSparse()) return Status.NoSpace;
      // Also when it grows: what was reserved behind the old end goes. Source: truncate(2); ext4_truncate.
      this.#sparse!.cut(Math.min(sizeBytes, this.#sizeBytes));
    }
    this.#sizeBytes = sizeBytes;
    return Status.Ok;
  }

  /** Storage for the range from now on; the size stays. */
  reserve(position: number, length: number): Status {
    if (position + length > SIZE_LIMIT) return Status.TooLarge;
    if (!this.#ownBytes() || !this.#moveToSparse()) return Status.NoSpace;
    return this.#sparse!.reserve(position, length) ? Status.Ok : Status.NoSpace;
  }

  /** The range reads as zeros and its storage goes; the size stays. */
  punch(position: number, length: number): Status {
    if (!this.#ownBytes() || !this.#moveToSparse()) return Status.NoSpace;
    // The last page goes whole: nothing of it lies behind the end of the file.
    const end = position + length >= this.#sizeBytes ? Math.ceil((position + length) / PAGE) * PAGE : position + length;
    this.#sparse!.punch(position, Math.min(end, SIZE_LIMIT) - position);
    return Status.Ok;
  }

  /** First byte of data from `position` on, which lies inside the file; the size when there is none. */
  nextData(position: number): number {
    return Math.min(this.#sparse?.nextData(position) ?? position, this.#sizeBytes);
  }

  nextHole(position: number): number {
    return Math.min(this.#sparse?.nextHole(position) ?? this.#sizeBytes, this.#sizeBytes);
  }

  /** The file is gone (no name, no holder): its storage counts no more. */
  returnStorage(): void {
    this.#account.close();
  }

  #allocateSmall(sizeBytes: number): boolean {
    const wanted = Math.ceil(sizeBytes / PAGE) * PAGE;
    return wanted <= this.#account.usedBytes || this.#account.take(wanted - this.#account.usedBytes);
  }

  /** Whether a page between the end and this position would never be written. */
  #leavesHole(position: number): boolean {
    return position >= Math.ceil(this.#sizeBytes / PAGE) * PAGE + PAGE;
  }

  #writeSmall(position: number, from: Uint8Array): number {
    const end = position + from.length;
    if (!this.#allocateSmall(end)) return Status.NoSpace;
    // Its own write wants a Buffer, which only Node has.
    if (end > this.#core.getSize()) this.#core.truncate(end);
    this.#core.buf.set(from, position);
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
    return from.length;
  }

  #empty(): void {
    this.#base = undefined;
    this.#sparse = undefined;
    this.#core.truncate(0);
    this.#account.giveBack(this.#account.usedBytes);
  }

  /** Copies up from the lower layer before the first change. */
  #ownBytes(): boolean {
    const base = this.#base;
    if (base === undefined) return true;
    const size = this.#sizeBytes;
    if (size > this.#account.freeBytes) return false;
    this.#base = undefined;
    this.#sizeBytes = 0;
    const buffer = new Uint8Array(Math.min(size, COPY_SIZE));
    for (let position = 0; position < size;) {
      const count = base.read(position, buffer.subarray(0, Math.min(buffer.length, size - position)));
      if (count <= 0) break;
      this.write(position, buffer.subarray(0, count));
      position += count;
    }
    return true;
  }

  /** True when the bytes are there now; false when the storage ended on the way, with nothing changed. */
  #moveToSparse(): boolean {
    if (this.#sparse !== undefined) return true;
    const size = this.#sizeBytes;
    const counted = this.#account.usedBytes;
    this.#account.giveBack(counted);
    const sparse = new SparseBytes(this.#account);
    if (sparse.write(0, this.#core.buf.subarray(0, size)) < size) {
      sparse.cut(0);
      this.#account.take(counted);
      return false;
    }
    this.#sparse = sparse;
    this.#core.truncate(0);
    return true;
  }
}
