/**
 * A pipe: a Stream and the ends that are open on it. An end is an OpenFile (PipeEnd). The pipe counts readers and writers: with no writer left a
 * reader sees the end of the stream, with no reader left a writer is told BrokenStream. A named pipe is the same object found
 * through its file; `arrivals` lets an opener wait for the other side. The stream lives from the first end to the last: what
 * nobody has read by then is lost. Source: fs/pipe.c, put_pipe_info.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import type { FileNode, OpenAccess } from '../file-server.ts';
import { deref } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { Status } from '../status.ts';
import { WaitQueue } from '../wait-queue.ts';
import { PipeEnd } from './pipe-end.ts';
import { ATOMIC_WRITE, Framing } from './stream.ts';
import type { Stream } from './stream.ts';
import type { StreamFactories } from './stream-factories.ts';

export class Pipe {
  /** The FIFO it belongs to, if any. */
  readonly node: FileNode | undefined;
  /** Openers waiting for the other side. */
  readonly openers = new WaitQueue();
  readonly arrivals = { readers: 0, writers: 0 };
  readonly #streams: StreamFactories;
  readonly #ends = new Set<PipeEnd>();
  #reference: Reference<Stream> | undefined;
  #readers = 0;
  #writers = 0;
  /** Counted in the budget: as much as was ever in the stream at one time, which a ring keeps. */
  #heldPages = 0;

  constructor(streams: StreamFactories, node: FileNode | undefined) {
    this.#streams = streams;
    this.node = node;
  }

  /** Only while an end is open. */
  get reference(): Reference<Stream> {
    return this.#reference!;
  }

  get stream(): Stream {
    return deref(this.#reference!);
  }

  get readers(): number {
    return this.#readers;
  }

  get writers(): number {
    return this.#writers;
  }

  open(access: OpenAccess): PipeEnd {
    this.#reference ??= this.#streams.create();
    const end = new PipeEnd(this, access);
    this.#ends.add(end);
    if (end.reads) {
      this.#readers++;
      this.arrivals.readers++;
    }
    if (end.writes) {
      this.#writers++;
      this.arrivals.writers++;
    }
    this.openers.wake();
    return end;
  }

  close(end: PipeEnd): void {
    if (!this.#ends.delete(end)) return;
    if (end.reads && --this.#readers === 0) this.wakeWriters();
    if (end.writes && --this.#writers === 0) this.wakeReaders();
    if (this.#ends.size > 0) return;
    this.#reference!.release();
    this.#reference = undefined;
    this.#streams.budget.giveBack(this.#heldPages);
    this.#heldPages = 0;
  }

  read(into: Uint8Array): number {
    if (into.length === 0) return 0;
    const count = deref(this.#reference!).read(into);
    if (count > 0) {
      this.wakeWriters();
      return count;
    }
    return this.#writers === 0 ? 0 : Status.WouldBlock;
  }

  write(from: Uint8Array, framing: Framing): number {
    if (from.length === 0) return 0;
    if (this.#readers === 0) return Status.BrokenStream;
    const { budget } = this.#streams;
    if (!budget.hasSpareRoom()) return Status.OutOfMemory;
    const reference = this.#reference!;
    if (framing === Framing.Packet && !deref(reference).keepsBoundaries) this.#streams.keepBoundaries(reference);
    const stream = deref(reference);
    const count = stream.write(from, from.length <= ATOMIC_WRITE ? from.length : 1, framing);
    if (count === 0) return Status.WouldBlock;
    const grown = Math.ceil(stream.length / PAGE_SIZE) - this.#heldPages;
    if (grown > 0) {
      budget.take(grown);
      this.#heldPages += grown;
    }
    this.wakeReaders();
    return count;
  }

  wakeReaders(): void {
    for (const end of this.#ends) if (end.reads) end.waitQueue.wake();
  }

  wakeWriters(): void {
    for (const end of this.#ends) if (end.writes) end.waitQueue.wake();
  }
}
