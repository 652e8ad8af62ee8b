/** Where a process stands in the name tree: root, working directory, umask. Copied by fork, shared by CLONE_FS. */
import type { ProcessSlot } from '../process/slot.ts';
import type { FileSystem } from './file-system.ts';
import type { MountNamespace } from './mount-namespace.ts';
import { mountedAt } from './mount.ts';
import type { Location } from './mount.ts';

export class FsContext implements ProcessSlot<FsContext> {
  readonly system: FileSystem;
  /** Held until release. */
  namespace: MountNamespace;
  root: Location;
  cwd: Location;
  umask: number;
  #holders = 1;

  constructor(system: FileSystem, from?: FsContext) {
    this.system = system;
    this.namespace = (from?.namespace ?? system.namespace).share();
    this.root = from?.root ?? system.root;
    this.cwd = from?.cwd ?? system.root;
    this.umask = from?.umask ?? 0o022;
  }

  fork(): FsContext {
    return new FsContext(this.system, this);
  }

  share(): FsContext {
    this.#holders++;
    return this;
  }

  /** Mounts of its own from now on, which begin as a copy. Source: unshare(2), CLONE_NEWNS. */
  unshareMounts(): void {
    const { namespace, counterpart } = this.namespace.copy();
    this.root = counterpart(this.root);
    this.cwd = counterpart(this.cwd);
    this.namespace.release();
    this.namespace = namespace;
  }

  get isShared(): boolean {
    return this.#holders > 1;
  }

  /** Into other mounts, at their root. Source: fs/namespace.c, mntns_install. */
  enter(namespace: MountNamespace): void {
    const entered = namespace.share();
    this.namespace.release();
    this.namespace = entered;
    this.root = mountedAt(entered.root);
    this.cwd = this.root;
  }

  release(): void {
    if (--this.#holders === 0) this.namespace.release();
  }
}
