/** Where a process stands in the name tree: root, working directory, umask. Copied by fork, shared by CLONE_FS. */
import type { ProcessSlot } from '../process/slot.ts';
import type { FileSystem } from './file-system.ts';
import type { Location } from './mount.ts';

export class FsContext implements ProcessSlot<FsContext> {
  readonly system: FileSystem;
  root: Location;
  cwd: Location;
  umask: number;

  constructor(system: FileSystem, from?: FsContext) {
    this.system = system;
    this.root = from?.root ?? system.root;
    this.cwd = from?.cwd ?? system.root;
    this.umask = from?.umask ?? 0o022;
  }

  fork(): FsContext {
    return new FsContext(this.system, this);
  }

  share(): FsContext {
    return this;
  }

  release(): void {}
}
