/**
 * Advisory locks on files: record locks of fcntl(2), owned by a descriptor table (POSIX) or a description (OFD), and whole-file
 * locks of flock(2), owned by a description. The two kinds do not see each other.
 */
import type { FileNode } from '../../kernel/file-server.ts';
import type { KernelMemory } from '../limits/kernel-memory.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';

export const LockType = { Read: 0, Write: 1 } as const;
export type LockType = (typeof LockType)[keyof typeof LockType];

export interface RecordLock {
  readonly owner: object;
  readonly type: LockType;
  readonly start: number;
  /** First byte past it; Infinity for "to the end, however the file grows". */
  readonly end: number;
  /** Shown by F_GETLK; −1 for OFD locks. */
  readonly pid: number;
}

/** A lock as /proc/locks shows it. */
export interface ListedLock extends Omit<RecordLock, 'owner'> {
  readonly node: FileNode;
  readonly kind: 'POSIX' | 'OFDLCK' | 'FLOCK';
}

interface WholeLock {
  readonly type: LockType;
  /** Who took it; for listings only. */
  readonly pid: number;
}

class FileLocks {
  records: RecordLock[] = [];
  readonly whole = new Map<object, WholeLock>();
  readonly released = new WaitQueue();

  get unused(): boolean {
    return this.records.length === 0 && this.whole.size === 0 && this.released.length === 0;
  }
}

/** What a record lock takes of the host. */
const LOCK_BYTES = 256;

export class LockTable {
  readonly #files = new Map<FileNode, FileLocks>();
  /** Which owner waits for a lock of which others, to refuse deadlocks. */
  readonly #waits = new Map<object, object>();

  #memory: KernelMemory | undefined;

  /** What record locks take is memory of the machine from now on. */
  chargeTo(memory: KernelMemory): void {
    this.#memory = memory;
  }

  /** Woken when a lock on the file goes. */
  released(node: FileNode): WaitQueue {
    return this.#of(node).released;
  }

  /** A record lock that is in the way of this one. */
  conflict(node: FileNode, wanted: RecordLock): RecordLock | undefined {
    return this.#files
      .get(node)
      ?.records.find((held) => held.owner !== wanted.owner && overlaps(held, wanted) && excludes(held, wanted));
  }

  /** Sets a record lock that nothing is in the way of, in place of what its owner held there; false when memory has run out. */
  setRecord(node: FileNode, lock: RecordLock): boolean {
    const file = this.#of(node);
    if (!file.records.some((held) => held.owner === lock.owner && overlaps(held, lock))) {
      const hasRoom = this.#memory?.take(LOCK_BYTES) !== false;
      if (hasRoom) file.records.push(lock);
      else if (file.unused) this.#files.delete(node);
      return hasRoom;
    }
    // A weaker lock may let others in.
    return this.#replace(node, file, [...without(file.records, lock), lock]);
  }

  /** False when a lock would become two, and memory has run out. */
  clearRecord(node: FileNode, range: RecordLock): boolean {
    const file = this.#files.get(node);
    return file === undefined || this.#replace(node, file, without(file.records, range));
  }

  /** Every record lock that an owner has on the file goes. */
  releaseOwner(node: FileNode, owner: object): void {
    const file = this.#files.get(node);
    if (file === undefined || !file.records.some((held) => held.owner === owner)) return;
    this.#replace(
      node,
      file,
      file.records.filter((held) => held.owner !== owner),
    );
  }

  /** Takes a whole-file lock, or converts the one held; false when another's is in the way. */
  takeWhole(node: FileNode, owner: object, type: LockType, pid: number): boolean {
    const file = this.#of(node);
    // A conversion first lets go of the old lock. Source: flock(2).
    const had = file.whole.delete(owner);
    for (const held of file.whole.values()) {
      if (held.type !== LockType.Write && type !== LockType.Write) continue;
      if (had) file.released.wake();
      return false;
    }
    file.whole.set(owner, { type, pid });
    if (had) file.released.wake();
    return true;
  }

  releaseWhole(node: FileNode, owner: object): void {
    const file = this.#files.get(node);
    if (file !== undefined && file.whole.delete(owner)) this.#wakeAndSweep(node, file);
  }

  /** Every lock held. */
  *list(): Generator<ListedLock> {
    for (const [node, file] of this.#files) {
      for (const { type, pid, start, end } of file.records) {
        yield { node, kind: pid === -1 ? 'OFDLCK' : 'POSIX', type, pid, start, end };
      }
      for (const lock of file.whole.values()) yield { node, kind: 'FLOCK', ...lock, start: 0, end: Infinity };
    }
  }

  /** Whether waiting for `holder` would close a circle of owners that wait for each other. */
  wouldDeadlock(owner: object, holder: object): boolean {
    for (let other: object | undefined = holder; other !== undefined; other = this.#waits.get(other)) {
      if (other === owner) return true;
    }
    return false;
  }

  waitBegins(owner: object, holder: object): void {
    this.#waits.set(owner, holder);
  }

  waitEnds(owner: object): void {
    this.#waits.delete(owner);
  }

  #of(node: FileNode): FileLocks {
    let file = this.#files.get(node);
    if (file === undefined) {
      file = new FileLocks();
      this.#files.set(node, file);
    }
    return file;
  }

  #replace(node: FileNode, file: FileLocks, records: RecordLock[]): boolean {
    const bytes = (records.length - file.records.length) * LOCK_BYTES;
    if (bytes > 0 && this.#memory?.take(bytes) === false) return false;
    if (bytes < 0) this.#memory?.giveBack(-bytes);
    file.records = records;
    this.#wakeAndSweep(node, file);
    return true;
  }

  #wakeAndSweep(node: FileNode, file: FileLocks): void {
    file.released.wake();
    if (file.unused) this.#files.delete(node);
  }
}

function overlaps(a: RecordLock, b: RecordLock): boolean {
  return a.start < b.end && b.start < a.end;
}

function excludes(a: RecordLock, b: RecordLock): boolean {
  return a.type === LockType.Write || b.type === LockType.Write;
}

/** The locks with the owner's part of the range cut out. */
function without(records: readonly RecordLock[], range: RecordLock): RecordLock[] {
  return records.flatMap((held) => {
    if (held.owner !== range.owner || !overlaps(held, range)) return [held];
    const rest: RecordLock[] = [];
    if (held.start < range.start) rest.push({ ...held, end: range.start });
    if (held.end > range.end) rest.push({ ...held, start: range.end });
    return rest;
  });
}
