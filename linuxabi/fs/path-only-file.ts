/** What O_PATH opens: a place, of which no bytes can be had. */
import type { FileNode } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';

export class PathOnlyFile implements OpenFile {
  readonly node: FileNode;
  readonly waitQueue = new WaitQueue();

  constructor(node: FileNode) {
    this.node = node;
    node.hold?.();
  }

  read(): number {
    return Status.BadHandle;
  }

  write(): number {
    return Status.BadHandle;
  }

  readAt(): number {
    return Status.BadHandle;
  }

  writeAt(): number {
    return Status.BadHandle;
  }

  seek(): number {
    return Status.BadHandle;
  }

  readiness(): number {
    return 0;
  }

  retain(): void {}

  release(): void {
    this.node.drop?.();
  }
}
