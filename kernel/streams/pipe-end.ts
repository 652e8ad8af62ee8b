/** One open end of a Pipe: reading, writing, or (a FIFO opened so) both. */
import { OpenAccess } from '../file-server.ts';
import type { FileNode } from '../file-server.ts';
import { Ready } from '../open-file.ts';
import type { Reference } from '../reference.ts';
import { Status } from '../status.ts';
import { UnseekableFile } from '../unseekable-file.ts';
import { WaitQueue } from '../wait-queue.ts';
import type { Pipe } from './pipe.ts';
import { ATOMIC_WRITE, Framing } from './stream.ts';
import type { Stream } from './stream.ts';

export class PipeEnd extends UnseekableFile {
  readonly pipe: Pipe;
  readonly waitQueue = new WaitQueue();
  readonly reads: boolean;
  readonly writes: boolean;
  /** How what is written here goes into the stream. */
  framing: Framing = Framing.Bytes;

  /** Made by Pipe.open. */
  constructor(pipe: Pipe, access: OpenAccess) {
    super();
    this.pipe = pipe;
    this.reads = (access & OpenAccess.Read) !== 0;
    this.writes = (access & OpenAccess.Write) !== 0;
  }

  override get node(): FileNode | undefined {
    return this.pipe.node;
  }

  read(into: Uint8Array): number {
    return this.reads ? this.pipe.read(into) : Status.BadHandle;
  }

  write(from: Uint8Array): number {
    return this.writes ? this.pipe.write(from, this.framing) : Status.BadHandle;
  }

  readiness(): number {
    const { stream, readers, writers, arrivals } = this.pipe;
    let ready = 0;
    if (this.reads) {
      if (stream.length > 0) ready |= Ready.Readable;
      // A FIFO that never had a writer is not hung up, only empty.
      if (writers === 0 && arrivals.writers > 0) ready |= Ready.HangUp;
    }
    if (this.writes) {
      if (stream.room() >= ATOMIC_WRITE || stream.length === 0) ready |= Ready.Writable;
      if (readers === 0) ready |= Ready.Error;
    }
    return ready;
  }

  availableBytes(): number {
    return this.pipe.stream.length;
  }

  references(): Reference<Stream>[] {
    return [this.pipe.reference];
  }

  override release(): void {
    this.pipe.close(this);
  }
}
