/** A mount: a server's tree (or a part of it) shown at a place. A Location is a place: a dentry as seen through a mount. */
import type { ByteString } from '../../kernel/byte-string.ts';
import type { FileNode, FileServer } from '../../kernel/file-server.ts';
import { MS_RDONLY, MS_RELATIME } from '../abi/mount.ts';
import type { Dentry } from './dentry.ts';
import type { MountNamespace } from './mount-namespace.ts';
import type { PeerGroup } from './peer-group.ts';

export interface Location {
  readonly mount: Mount;
  readonly dentry: Dentry;
}

/** A server's tree as all its mounts share it. */
export class SuperBlock {
  readonly server: FileServer;
  readonly root: Dentry;
  /** What the type's own options were, as a mount table shows them: `size=64k,mode=700`. */
  options: string;
  /** No mount of it may change anything. */
  isReadOnly: boolean;
  /** In whatever namespace. */
  readonly mounts = new Set<Mount>();

  constructor(server: FileServer, root: Dentry, options = '') {
    this.server = server;
    this.root = root;
    this.options = options;
    this.isReadOnly = server.readOnly;
  }
}

export interface MountOptions {
  readonly id: number;
  readonly superBlock: SuperBlock;
  /** What of the tree is shown. */
  readonly root: Dentry;
  /** What was mounted, as a mount table shows it. */
  readonly source: ByteString;
  /** MS_ flags of this mount alone. */
  readonly flags?: number;
}

/** What a mount takes of the host. */
export const MOUNT_BYTES = 1024;

export class Mount {
  readonly id: number;
  readonly superBlock: SuperBlock;
  readonly root: Dentry;
  readonly source: ByteString;
  flags: number;
  /** Its peers, when it is shared. */
  group: PeerGroup | undefined;
  /** Whose slave it is. */
  master: PeerGroup | undefined;
  /** It can't be copied (MS_UNBINDABLE). */
  isUnbindable = false;
  /** Where it is mounted; undefined for the root of all, and for what is mounted nowhere (any more). */
  at: Location | undefined;
  namespace: MountNamespace | undefined;
  /** Open descriptions of its files, and those among them that may write. */
  users = 0;
  writers = 0;
  /** umount2 with MNT_EXPIRE has asked once, and nobody has used it since. */
  mayExpire = false;

  constructor(options: MountOptions) {
    this.id = options.id;
    this.superBlock = options.superBlock;
    this.root = options.root;
    this.source = options.source;
    this.flags = options.flags ?? MS_RELATIME;
  }

  get server(): FileServer {
    return this.superBlock.server;
  }

  get readOnly(): boolean {
    return this.superBlock.isReadOnly || (this.flags & MS_RDONLY) !== 0;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Shows it at a place, which it hides. */
  attach(at: Location | undefined, namespace: MountNamespace): void {
    this.at = at;
    this.namespace = namespace;
    this.superBlock.mounts.add(this);
    if (at === undefined) return;
    at.dentry.mounts ??= new Map();
    at.dentry.mounts.set(at.mount, this);
  }

  /** The place shows again what it hid. */
  detach(): void {
    const { at } = this;
    this.at = undefined;
    this.namespace = undefined;
    this.superBlock.mounts.delete(this);
    if (at?.dentry.mounts?.get(at.mount) !== this) return;
    at.dentry.mounts.delete(at.mount);
    if (at.dentry.mounts.size === 0) at.dentry.mounts = undefined;
  }

  /** Lies in the tree of mounts below the other, or is it. */
  isWithin(other: Mount): boolean {
    return this === other || this.at?.mount.isWithin(other) === true;
  }
}

/** For files that are in no tree that a path leads to. */
export function unshownMount(superBlock: SuperBlock, source: ByteString, id = 0): Mount {
  return new Mount({ id, superBlock, root: superBlock.root, source });
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

/** Path from the highest mount that a place can be reached from: of what is mounted nowhere, its own root. */
export function pathFromTop(location: Location): ByteString {
  let top = location.mount;
  while (top.at !== undefined) top = top.at.mount;
  return pathOf(location, { mount: top, dentry: top.root }) ?? '/';
}

/** As /proc shows a place: also one that has been removed, or that can't be reached from `root`. Source: fs/d_path.c. */
export function shownPath(location: Location, root: Location): ByteString {
  const { dentry } = location;
  const known = pathOf(location, root);
  if (known !== undefined) return known;
  let path = dentry.name;
  let { mount, dentry: here } = location;
  // What is in no tree (a pipe) has only a name.
  if (here.parent !== undefined || here === mount.root) {
    path = '';
    while (!(here === root.dentry && mount === root.mount)) {
      if (here !== mount.root && here.parent !== undefined) {
        path = `/${here.name}${path}`;
        here = here.parent;
      } else if (mount.at !== undefined) ({ mount, dentry: here } = mount.at);
      else break;
    }
  }
  return dentry.removed ? `${path || '/'} (deleted)` : path || '/';
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
