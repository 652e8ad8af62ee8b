/** Path walks on behalf of a thread: AT_FDCWD, directory descriptors, AT_EMPTY_PATH. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { EBADF, ENOTDIR } from '../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, RESOLVE_IN_ROOT } from '../abi/fcntl.ts';
import type { Credentials } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { Description } from './description.ts';
import { isMagicLink } from './magic-link.ts';
import type { Location } from './mount.ts';
import { walk, walkToName } from './path-walk.ts';
import type { Last, NamedPlace, Walker } from './path-walk.ts';

/** Starts where `dirfd` says; the descriptor only matters to a relative path. */
export function walkerAt(
  thread: LinuxThread,
  dirfd: number,
  path: ByteString,
  credentials: Credentials = thread.process.credentials,
): Walker | number {
  const { fs, files } = thread.process;
  let start = fs.cwd;
  if (dirfd !== AT_FDCWD && path.charCodeAt(0) !== 0x2f) {
    const location = files.get(dirfd)?.location;
    if (location === undefined) return files.get(dirfd) === undefined ? -EBADF : -ENOTDIR;
    if (path !== '' && location.dentry.node!.kind !== NodeKind.Directory) return -ENOTDIR;
    start = location;
  }
  return walkerFrom(thread, start, credentials);
}

export function walkerFrom(thread: LinuxThread, start: Location, credentials = thread.process.credentials): Walker {
  const { fs } = thread.process;
  fs.system.caller = thread;
  return {
    root: fs.root,
    start,
    credentials,
    magicTarget: (node) => (isMagicLink(node) ? node.magicTarget() : undefined),
  };
}

/** For openat2: `dirfd` matters to absolute paths too, where it is the root or the bound. */
export function restrictedWalker(thread: LinuxThread, dirfd: number, flags: number): Walker | number {
  const walker = walkerAt(thread, dirfd, '.');
  if (typeof walker === 'number') return walker;
  const { start } = walker;
  const root = (flags & RESOLVE_IN_ROOT) !== 0 ? start : walker.root;
  return { ...walker, root, within: { flags, top: start } };
}

/** The place of an existing file, or −errno. */
export function locate(thread: LinuxThread, dirfd: number, path: ByteString, last: Last): Location | number {
  const walker = walkerAt(thread, dirfd, path);
  return typeof walker === 'number' ? walker : walk(walker, path, last);
}

/** A directory and a name in it, or −errno. */
export function locateName(thread: LinuxThread, dirfd: number, path: ByteString): NamedPlace | number {
  const walker = walkerAt(thread, dirfd, path);
  return typeof walker === 'number' ? walker : walkToName(walker, path);
}

/** The place of what `locateOrDescription` has found; a description may have none. */
export function locationOf(found: Location | Description): Location | undefined {
  return found instanceof Description ? found.location : found;
}

/** For calls with AT_EMPTY_PATH: the place, or the description when the path is empty and the flag is given. */
export function locateOrDescription(
  thread: LinuxThread,
  dirfd: number,
  path: ByteString,
  flags: number,
  last: Last,
): Location | Description | number {
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0) {
    if (dirfd === AT_FDCWD) return thread.process.fs.cwd;
    return thread.process.files.get(dirfd) ?? -EBADF;
  }
  return locate(thread, dirfd, path, last);
}
