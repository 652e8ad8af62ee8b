/** A mount: a server's tree (or a part of it) shown at a place. A Location is a place: a dentry as seen through a mount. */
import type { ByteString } from '../../kernel/byte-string.ts';
import type { FileNode, FileServer } from '../../kernel/file-server.ts';
import type { Dentry } from './dentry.ts';

export interface Location {
  readonly mount: Mount;
  readonly dentry: Dentry;
}

export interface MountOptions {
  readonly id: number;
  readonly server: FileServer;
  readonly root: Dentry;
  readonly at: Location | undefined;
  /** What was mounted, as a mount table shows it. */
  readonly source: ByteString;
  readonly readOnly: boolean;
}

export class Mount {
  readonly id: number;
  readonly server: FileServer;
  readonly root: Dentry;
  /** Where it is mounted; undefined for the root of all. */
  readonly at: Location | undefined;
  readonly source: ByteString;
  readonly #readOnly: boolean;

  constructor(options: MountOptions) {
    this.id = options.id;
    this.server = options.server;
    this.root = options.root;
    this.at = options.at;
    this.source = options.source;
    this.#readOnly = options.readOnly;
  }

  get readOnly(): boolean {
    return this.#readOnly || this.server.readOnly;
  }
}

/** The file at a place that is known to have one. */
export function nodeAt(location: Location): FileNode {
  return location.dentry.node!;
}

export function sameLocation(a: Location, b: Location): boolean {
  return a.dentry === b.dentry && a.mount === b.mount;
}

/** The root of whatever is mounted here, on top of each other; the place itself when nothing is. */
export function mountedAt(location: Location): Location {
  let here = location;
  for (;;) {
    const mount: Mount | undefined = here.dentry.mounts?.get(here.mount);
    if (mount === undefined) return here;
    here = { mount, dentry: mount.root };
  }
}

/** Absolute path of a place as seen from `root`; undefined when it is not below it or has been removed. */
export function pathOf(location: Location, root: Location): ByteString | undefined {
  let path = '';
  let { mount, dentry } = location;
  for (;;) {
    if (dentry.removed) return undefined;
    if (dentry === root.dentry && mount === root.mount) return path === '' ? '/' : path;
    if (dentry === mount.root) {
      if (mount.at === undefined) return undefined;
      ({ mount, dentry } = mount.at);
      continue;
    }
    path = `/${dentry.name}${path}`;
    if (dentry.parent === undefined) return undefined;
    dentry = dentry.parent;
  }
}
