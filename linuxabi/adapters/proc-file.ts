/**
 * Open descriptions of /proc's files. A text is made when it is read from its start and stays as it is for the reads that go on from
 * there, as a seq_file's does; going back to 0 makes it anew. Source: fs/seq_file.c.
 */
import { bytesFromString, stringFromBytes } from '../../kernel/byte-string.ts';
import { Ready, Whence } from '../../kernel/open-file.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { BytesEntry, TextEntry } from '../../procfs/entry.ts';
import { EIO } from '../abi/errno.ts';
import type { LinuxFile } from '../fs/linux-file.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { ProcFile } from './proc-node.ts';

/** Longest write that one call gives to a file. Source: fs/proc/proc_sysctl.c and fs/proc/base.c: less than a page. */
const WRITE_LIMIT = 4096;

abstract class ProcOpenFile implements OpenFile, LinuxFile {
  readonly node: ProcFile;
  protected position = 0;
  /** Hardly anybody waits for one. */
  #waitQueue: WaitQueue | undefined;

  constructor(node: ProcFile) {
    this.node = node;
  }

  get waitQueue(): WaitQueue {
    this.#waitQueue ??= new WaitQueue();
    return this.#waitQueue;
  }

  abstract readAt(position: number, into: Uint8Array): number;
  abstract writeAt(position: number, from: Uint8Array): number;

  /** The file may speak of who reads it. */
  checkTransfer(thread: LinuxThread): number {
    thread.process.fs.system.caller = thread;
    return 0;
  }

  read(into: Uint8Array): number {
    const count = this.readAt(this.position, into);
    if (count > 0) this.position += count;
    return count;
  }

  write(from: Uint8Array): number {
    const count = this.writeAt(this.position, from);
    if (count > 0) this.position += count;
    return count;
  }

  seek(offset: number, whence: Whence): number {
    if (whence !== Whence.Start && whence !== Whence.Current) return Status.Invalid;
    const target = whence === Whence.Start ? offset : this.position + offset;
    if (target < 0) return Status.Invalid;
    this.position = target;
    return target;
  }

  readiness(): number {
    return Ready.Readable | Ready.Writable;
  }

  retain(): void {}

  release(): void {}
}

/** Something that counts its changes, and wakes who waits for the next. */
export interface Changes {
  readonly changes: number;
  readonly waitQueue: WaitQueue;
}

export class TextFile extends ProcOpenFile {
  readonly #entry: TextEntry;
  #bytes: Uint8Array | undefined;
  readonly #changes: Changes | undefined;
  /** How many changes there were when this description last told of them. */
  #toldChanges: number;

  constructor(node: ProcFile, entry: TextEntry, changes?: Changes) {
    super(node);
    this.#entry = entry;
    this.#changes = changes;
    this.#toldChanges = changes?.changes ?? 0;
  }

  get canBeWatched(): boolean {
    return this.#changes !== undefined;
  }

  override get waitQueue(): WaitQueue {
    return this.#changes?.waitQueue ?? super.waitQueue;
  }

  /** A change is told once. Source: fs/proc_namespace.c, mounts_poll. */
  override readiness(): number {
    if (this.#changes === undefined) return super.readiness();
    const isNews = this.#changes.changes !== this.#toldChanges;
    this.#toldChanges = this.#changes.changes;
    return isNews ? Ready.Readable | Ready.Error | Ready.Priority : Ready.Readable;
  }

  readAt(position: number, into: Uint8Array): number {
    if (position === 0 || this.#bytes === undefined) {
      const status = this.#render();
      if (status < 0) return status;
    }
    const bytes = this.#bytes!;
    if (position >= bytes.length) return 0;
    const part =
      position === 0 && bytes.length <= into.length ? bytes : bytes.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  writeAt(_position: number, from: Uint8Array): number {
    const { store } = this.#entry;
    if (store === undefined) return Status.InputOutput;
    if (this.node.gone) return Status.Gone;
    const text = stringFromBytes(from.subarray(0, WRITE_LIMIT));
    const result = this.node.askCount((bag) => store(this.node.subject, bag, text));
    return result < 0 ? result : from.length;
  }

  #render(): number {
    const { render } = this.#entry;
    if (render === undefined) return Status.InputOutput;
    if (this.node.gone) return Status.Gone;
    const text = this.node.askText((bag) => {
      const made = render(this.node.subject, bag);
      if (typeof made !== 'number') bag.meter.charge(made.length);
      return made;
    });
    if (typeof text === 'number') return text;
    this.#bytes = typeof text === 'string' ? bytesFromString(text) : text;
    return 0;
  }
}

export class BytesFile extends ProcOpenFile {
  readonly #entry: BytesEntry;

  constructor(node: ProcFile, entry: BytesEntry) {
    super(node);
    this.#entry = entry;
  }

  readAt(position: number, into: Uint8Array): number {
    if (this.node.gone) return 0;
    return this.node.askCount((bag) => this.#entry.read(this.node.subject, bag, position, into));
  }

  writeAt(position: number, from: Uint8Array): number {
    if (this.node.gone) return 0;
    return this.node.askCount((bag) => this.#entry.write?.(this.node.subject, bag, position, from) ?? -EIO);
  }
}
