/**
 * The path walk: from a path to a place in the name tree. Symbolic links are resolved here, never by a file server or the host.
 * Source: path_resolution(7); fs/namei.c, link_path_walk and walk_component.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EXDEV } from '../abi/errno.ts';
import { MS_NOSYMFOLLOW } from '../abi/mount.ts';
import {
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '../abi/fcntl.ts';
import type { Credentials } from '../process/credentials.ts';
import { linuxResult } from '../status-errno.ts';
import type { Dentry } from './dentry.ts';
import { mountedAt, sameLocation } from './mount.ts';
import type { Location } from './mount.ts';
import { checkAccess, May } from './permission.ts';

export const NAME_MAX = 255;
/** Symbolic links followed in one walk. Source: include/linux/namei.h, MAXSYMLINKS. */
const MAXSYMLINKS = 40;

/** Who walks, and from where. */
export interface Walker {
  readonly root: Location;
  /** Where a relative path begins. */
  readonly start: Location;
  readonly credentials: Credentials;
  /** Restrictions of openat2. */
  readonly within?: Restriction;
  /** How /proc's links to open files answer: the place itself, not a name. Undefined for an ordinary link. */
  magicTarget(node: FileNode): Location | number | undefined;
}

/** How far a walk may go. Source: openat2(2), "The resolve field". */
export interface Restriction {
  /** RESOLVE_ flags. */
  readonly flags: number;
  /** Where the walk began, in all its links. */
  readonly top: Location;
}

/** What to do with the last component of a path. */
export const Last = {
  /** The file, through symbolic links. */
  Follow: 0,
  /** The file, or the symbolic link itself. */
  NoFollow: 1,
} as const;
export type Last = (typeof Last)[keyof typeof Last];

/** A name to be looked at, made or removed: its directory and what the path said after it. */
export interface NamedPlace {
  readonly directory: Location;
  readonly name: ByteString;
  /** The name in the directory, negative when absent; not across mounts and links. */
  readonly dentry: Dentry;
  /** The path ended in `/`. */
  readonly asDirectory: TrailingSlash;
  /** The path ended in `.`, `..` or was only slashes: no name that could be made or removed. */
  readonly special: '' | '.' | '..' | '/';
}
export type TrailingSlash = 0 | 1;

/** The place of an existing file, or −errno. */
export function walk(walker: Walker, path: ByteString, last: Last): Location | number {
  const end = new Walk(walker, path, last).run();
  if (typeof end === 'number') return end;
  return end.dentry.node === undefined ? -ENOENT : end;
}

/** The directory and name that a path leads to, whether or not such a file exists; −errno. */
export function walkToName(walker: Walker, path: ByteString): NamedPlace | number {
  return new Walk(walker, path, Last.NoFollow).runToName();
}

/** −errno when the walk's restrictions forbid to follow a link: one of /proc's to an open file, or any other. */
export function checkLink(walker: Walker, kind: 'magic' | 'ordinary'): number {
  const flags = walker.within?.flags ?? 0;
  if ((flags & RESOLVE_NO_SYMLINKS) !== 0) return -ELOOP;
  if (kind === 'ordinary') return 0;
  if ((flags & RESOLVE_NO_MAGICLINKS) !== 0) return -ELOOP;
  return (flags & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0 ? -EXDEV : 0;
}

class Walk {
  readonly #walker: Walker;
  readonly #last: Last;
  readonly #resolve: number;
  #path: ByteString;
  #position = 0;
  #here: Location;
  #links = 0;

  constructor(walker: Walker, path: ByteString, last: Last) {
    this.#walker = walker;
    this.#path = path;
    this.#last = last;
    this.#resolve = walker.within?.flags ?? 0;
    this.#here = walker.start;
  }

  run(): Location | number {
    const refused = this.#begin();
    if (refused < 0) return refused;
    for (;;) {
      const name = this.#nextName();
      if (name === '') return this.#here;
      const error = this.#enter(name);
      if (error < 0) return error;
    }
  }

  runToName(): NamedPlace | number {
    const refused = this.#begin();
    if (refused < 0) return refused;
    let name = this.#nextName();
    if (name === '') return this.#special('/');
    while (!this.#atEnd()) {
      const error = this.#enter(name);
      if (error < 0) return error;
      name = this.#nextName();
    }
    const denied = this.#search();
    if (denied < 0) return denied;
    if (name === '.' || name === '..') return this.#special(name);
    if (name.length > NAME_MAX) return -ENAMETOOLONG;
    const dentry = this.#here.dentry.child(name);
    if (typeof dentry === 'number') return linuxResult(dentry);
    const asDirectory = this.#path.endsWith('/') ? 1 : 0;
    return { directory: this.#here, name, dentry, asDirectory, special: '' };
  }

  #begin(): number {
    if (this.#path.length === 0) return -ENOENT;
    return this.#path.charCodeAt(0) === 0x2f ? this.#jumpToRoot() : 0;
  }

  /** An absolute path, or an absolute link. */
  #jumpToRoot(): number {
    const { root } = this.#walker;
    if ((this.#resolve & RESOLVE_BENEATH) !== 0) return -EXDEV;
    return this.#moveTo(root);
  }

  /** Goes to a place that need not lie in the same mount. */
  #moveTo(place: Location): number {
    if ((this.#resolve & RESOLVE_NO_XDEV) !== 0 && place.mount !== this.#here.mount) return -EXDEV;
    this.#here = place;
    return 0;
  }

  #special(special: '.' | '..' | '/'): NamedPlace {
    const asDirectory = this.#path.endsWith('/') ? 1 : 0;
    return { directory: this.#here, name: special, dentry: this.#here.dentry, asDirectory, special };
  }

  /** The next component, '' at the end of the path. */
  #nextName(): ByteString {
    const path = this.#path;
    let start = this.#position;
    while (path.charCodeAt(start) === 0x2f) start++;
    let end = path.indexOf('/', start);
    if (end < 0) end = path.length;
    this.#position = end;
    return path.slice(start, end);
  }

  /** Nothing but slashes is left. */
  #atEnd(): boolean {
    for (let i = this.#position; i < this.#path.length; i++) if (this.#path.charCodeAt(i) !== 0x2f) return false;
    return true;
  }

  #search(): number {
    const node = this.#here.dentry.node!;
    if (node.kind !== NodeKind.Directory) return -ENOTDIR;
    return checkAccess(node, this.#walker.credentials, May.Execute);
  }

  /** One step. 0, or −errno. */
  #enter(name: ByteString): number {
    const denied = this.#search();
    if (denied < 0) return denied;
    if (name === '.') return 0;
    if (name === '..') return this.#leave();
    if (name.length > NAME_MAX) return -ENAMETOOLONG;
    const dentry = this.#here.dentry.child(name);
    if (typeof dentry === 'number') return linuxResult(dentry);
    return this.#arrive(dentry);
  }

  #arrive(dentry: Dentry): number {
    const { node } = dentry;
    const isLast = this.#atEnd();
    const asDirectory = isLast && this.#position < this.#path.length;
    if (node === undefined) {
      if (!isLast) return -ENOENT;
    } else if (node.kind === NodeKind.SymbolicLink) {
      if (!isLast || asDirectory || this.#last === Last.Follow) return this.#follow(node);
    } else if (asDirectory && node.kind !== NodeKind.Directory) return -ENOTDIR;
    const location = { mount: this.#here.mount, dentry };
    if (dentry.mounts !== undefined) return this.#moveTo(mountedAt(location));
    this.#here = location;
    return 0;
  }

  #leave(): number {
    const { root, within } = this.#walker;
    if ((this.#resolve & RESOLVE_BENEATH) !== 0 && sameLocation(this.#here, within!.top)) return -EXDEV;
    return this.#moveTo(parentOf(this.#here, root));
  }

  #follow(node: FileNode): number {
    if (++this.#links > MAXSYMLINKS || this.#here.mount.has(MS_NOSYMFOLLOW)) return -ELOOP;
    const magic = this.#walker.magicTarget(node);
    const forbidden = checkLink(this.#walker, magic === undefined ? 'ordinary' : 'magic');
    if (forbidden < 0) return forbidden;
    if (typeof magic === 'number') return magic;
    if (magic !== undefined) {
      const refused = this.#moveTo(magic);
      if (refused < 0) return refused;
      const asDirectory = this.#position < this.#path.length;
      return asDirectory && magic.dentry.node!.kind !== NodeKind.Directory ? -ENOTDIR : 0;
    }
    const target = node.readLink();
    if (typeof target === 'number') return linuxResult(target);
    if (target === '') return -ENOENT;
    this.#path = target + this.#path.slice(this.#position);
    this.#position = 0;
    return target.charCodeAt(0) === 0x2f ? this.#jumpToRoot() : 0;
  }
}

/** `..`: not above the root, and out of a mount at its root. */
export function parentOf(location: Location, root: Location): Location {
  let here = location;
  while (!sameLocation(here, root)) {
    if (here.dentry !== here.mount.root) {
      return mountedAt({ mount: here.mount, dentry: here.dentry.parent ?? here.dentry });
    }
    if (here.mount.at === undefined) return here;
    here = here.mount.at;
  }
  return here;
}
