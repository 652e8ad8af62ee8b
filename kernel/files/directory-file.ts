/** An open directory: a cursor in its list of names. Bytes can't be read from it. */
import type { DirectoryEntry, FileNode } from '../file-server.ts';
import { Ready, Whence } from '../open-file.ts';
import type { OpenFile } from '../open-file.ts';
import { Status } from '../status.ts';
import { WaitQueue } from '../wait-queue.ts';

export class DirectoryFile implements OpenFile {
  readonly node: FileNode;
  readonly waitQueue = new WaitQueue();
  /** Where the reader is: what it means is the reader's business (a personality counts `.` and `..` too). */
  position = 0;

  constructor(node: FileNode) {
    this.node = node;
    node.hold?.();
  }

  /** Names after a cookie of the file server. */
  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    return this.node.list(cookie, limit);
  }

  read(): number {
    return Status.IsDirectory;
  }

  write(): number {
    return Status.BadHandle;
  }

  readAt(): number {
    return Status.IsDirectory;
  }

  writeAt(): number {
    return Status.BadHandle;
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

  release(): void {
    this.node.drop?.();
  }
}
