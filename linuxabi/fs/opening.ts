/** open(2) up to the description: walk, create, permissions, truncation, and the object for the kind of file. Source: fs/namei.c, do_open. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind, OpenAccess, setSize } from '../../kernel/file-server.ts';
import type { Attributes, FileNode } from '../../kernel/file-server.ts';
import { DirectoryFile } from '../../kernel/files/directory-file.ts';
import type { FileFactories } from '../../kernel/files/file-factories.ts';
import { PipeEnd } from '../../kernel/streams/pipe-end.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Reference } from '../../kernel/reference.ts';
import { EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, ENXIO, EPERM, EROFS, ETXTBSY } from '../abi/errno.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_ASYNC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
} from '../abi/fcntl.ts';
import { MS_NODEV } from '../abi/mount.ts';
import { S_ISGID, S_IXGRP } from '../abi/stat.ts';
import { CAP_FSETID } from '../abi/capability.ts';
import { capable, inGroup } from '../process/credentials.ts';
import type { Credentials } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { linuxResult } from '../status-errno.ts';
import { breakLeases } from './leases.ts';
import { AnonymousNode, AnonymousServer } from './anonymous.ts';
import type { Dentry } from './dentry.ts';
import { Description } from './description.ts';
import type { Location } from './mount.ts';
import { mountedAt, nodeAt } from './mount.ts';
import { checkAccess, May, ownsFile } from './permission.ts';
import { IN_CREATE, IN_MODIFY } from '../abi/inotify.ts';
import { checkLink, Last, walk, walkToName } from './path-walk.ts';
import type { NamedPlace, Walker } from './path-walk.ts';
import { PathOnlyFile } from './path-only-file.ts';
import { restrictedWalker, walkerAt } from './walker.ts';
import { isExecuting } from './text-busy.ts';
import { fifoRefusesToOpen } from './fifo.ts';

/** What stays with the description. */
const KEPT_FLAGS =
  O_ACCMODE |
  O_APPEND |
  O_NONBLOCK |
  O_DSYNC |
  O_SYNC |
  O_ASYNC |
  O_DIRECT |
  O_LARGEFILE |
  O_DIRECTORY |
  O_NOFOLLOW |
  O_NOATIME |
  O_PATH;
/** What a descriptor of O_PATH keeps. */
const PATH_FLAGS = O_PATH | O_DIRECTORY | O_NOFOLLOW;
const LINK_LIMIT = 40;

export function factoriesOf(thread: LinuxThread): FileFactories {
  return thread.process.fs.system.factories(thread.machine.kernel.factories);
}

/** A new description for a path, −errno, or WAIT (see calls/leases.ts). */
export function openPath(
  thread: LinuxThread,
  dirfd: number,
  path: ByteString,
  givenFlags: number,
  permissions: number,
  resolve = 0,
): Description | number {
  const flags = (givenFlags & O_PATH) !== 0 ? givenFlags & (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : givenFlags;
  const walker = resolve === 0 ? walkerAt(thread, dirfd, path) : restrictedWalker(thread, dirfd, resolve);
  if (typeof walker === 'number') return walker;
  if ((flags & O_TMPFILE) === O_TMPFILE) return openUnnamed(thread, walker, path, flags, permissions);
  if ((flags & O_CREAT) === 0) {
    const location = walk(walker, path, (flags & O_NOFOLLOW) !== 0 ? Last.NoFollow : Last.Follow);
    return typeof location === 'number' ? location : openLocation(thread, location, flags);
  }
  if ((flags & O_DIRECTORY) !== 0) return -EINVAL;
  return openOrCreate(thread, walker, path, flags, permissions);
}

/** Opens an existing file at a place; WAIT while somebody holds a lease on it. */
export function openLocation(thread: LinuxThread, location: Location, flags: number): Description | number {
  const node = nodeAt(location);
  const refused = mayOpen(thread, location, flags);
  if (refused < 0) return refused;
  if ((flags & O_PATH) !== 0)
    return describe(thread, factoriesOf(thread).adopt('path', new PathOnlyFile(node)), location, flags);
  const leased = breakLeases(thread, node, flags);
  if (leased !== 0) return leased;
  if ((flags & O_TRUNC) !== 0 && node.kind === NodeKind.File) {
    factoriesOf(thread).aboutToChange(node);
    const status = setSize(node, 0);
    if (status !== 0) return linuxResult(status);
    const description = openNode(thread, location, flags);
    if (typeof description !== 'number') description.notify(IN_MODIFY);
    return description;
  }
  return openNode(thread, location, flags);
}

export function describe(
  thread: LinuxThread,
  reference: Reference<OpenFile>,
  location: Location | undefined,
  flags: number,
): Description {
  return new Description({
    reference,
    factories: factoriesOf(thread),
    flags: shownFlags(flags, location),
    location,
    notifier: thread.process.fs.system.notifier,
  });
}

/** The flags that F_GETFL tells. Source: fs/open.c, build_open_flags. */
function shownFlags(flags: number, location: Location | undefined): number {
  if ((flags & O_PATH) !== 0) return flags & PATH_FLAGS;
  return (flags & KEPT_FLAGS) | (location?.mount.server instanceof AnonymousServer ? 0 : O_LARGEFILE);
}

function mayOpen(thread: LinuxThread, location: Location, flags: number): number {
  const node = nodeAt(location);
  const mode = flags & O_ACCMODE;
  const isDirectory = node.kind === NodeKind.Directory;
  if ((flags & O_DIRECTORY) !== 0 && !isDirectory) return -ENOTDIR;
  if ((flags & O_PATH) !== 0) return 0;
  if (node.kind === NodeKind.SymbolicLink) return -ELOOP;
  if (isDirectory && (mode !== O_RDONLY || (flags & (O_CREAT | O_TRUNC)) !== 0)) return -EISDIR;
  const writes = mode !== O_RDONLY || (flags & O_TRUNC) !== 0;
  const wanted = (mode === O_WRONLY ? 0 : May.Read) | (writes ? May.Write : 0);
  const denied = checkAccess(node, thread.process.credentials, wanted);
  if (denied < 0) return denied;
  if (writes && node.kind === NodeKind.File) {
    if (location.mount.readOnly) return -EROFS;
    if (isExecuting(thread.machine, node)) return -ETXTBSY;
  }
  if ((flags & O_NOATIME) !== 0 && !ownsFile(node.attributes(), thread.process.credentials)) return -EPERM;
  return 0;
}

function openNode(thread: LinuxThread, location: Location, flags: number): Description | number {
  const node = nodeAt(location);
  const access = openAccess(flags);
  const factories = factoriesOf(thread);
  const own = node.open?.(access);
  if (typeof own === 'number') return linuxResult(own);
  if (own !== undefined) return describe(thread, own, location, flags);
  switch (node.kind) {
    case NodeKind.File:
      return describe(thread, factories.open(node, access), location, flags);
    case NodeKind.Directory:
      return describe(thread, factories.adopt('directory', new DirectoryFile(node)), location, flags);
    case NodeKind.CharacterDevice:
    case NodeKind.BlockDevice:
      return openDevice(thread, location, flags);
    case NodeKind.Fifo: {
      const known = node instanceof AnonymousNode ? sameObject(thread, node) : undefined;
      if (known !== undefined) return describe(thread, known.reference.retain(), location, flags);
      const pipe = thread.process.fs.system.fifo(node, thread.machine.kernel.streams);
      const refused = fifoRefusesToOpen(pipe, flags);
      return refused < 0 ? refused : describe(thread, factories.adopt('pipe', pipe.open(access)), location, flags);
    }
    case NodeKind.SymbolicLink:
      return -ELOOP;
    case NodeKind.Socket:
      return -ENXIO;
  }
}

/** An open object that is no pipe of ours (a stream of the host), reached again through /proc/self/fd. */
function sameObject(thread: LinuxThread, node: FileNode): Description | undefined {
  for (const [, description] of thread.process.files.descriptors()) {
    if (description.location?.dentry.node === node && !(description.file instanceof PipeEnd)) return description;
  }
  return undefined;
}

function openDevice(thread: LinuxThread, location: Location, flags: number): Description | number {
  const node = nodeAt(location);
  if (location.mount.has(MS_NODEV)) return -EACCES;
  const opener = thread.process.fs.system.devices.find(node);
  if (opener === undefined) return -ENXIO;
  const made = opener(thread, { node, minor: node.attributes().device.minor, flags });
  return typeof made === 'number' ? made : describe(thread, factoriesOf(thread).adopt('device', made), location, flags);
}

export function openAccess(flags: number): OpenAccess {
  const mode = flags & O_ACCMODE;
  return mode === O_RDONLY ? OpenAccess.Read : mode === O_WRONLY ? OpenAccess.Write : OpenAccess.ReadWrite;
}

/** O_CREAT: the last component may be absent, also behind a symbolic link that leads nowhere yet. */
function openOrCreate(
  thread: LinuxThread,
  firstWalker: Walker,
  firstPath: ByteString,
  flags: number,
  permissions: number,
): Description | number {
  let walker = firstWalker;
  let path = firstPath;
  for (let links = 0; links <= LINK_LIMIT; links++) {
    const place = walkToName(walker, path);
    if (typeof place === 'number') return place;
    if (place.special !== '' || place.asDirectory === 1) return -EISDIR;
    const { node } = place.dentry;
    if (node === undefined) return createAndOpen(thread, place, flags, permissions);
    if ((flags & O_EXCL) !== 0) return -EEXIST;
    const here = { mount: place.directory.mount, dentry: place.dentry };
    if (node.kind !== NodeKind.SymbolicLink) return openLocation(thread, mountedAt(here), flags);
    if ((flags & O_NOFOLLOW) !== 0) return -ELOOP;
    const magic = walker.magicTarget(node);
    const forbidden = checkLink(walker, magic === undefined ? 'ordinary' : 'magic');
    if (forbidden < 0) return forbidden;
    if (magic !== undefined) return typeof magic === 'number' ? magic : openLocation(thread, magic, flags);
    const target = node.readLink();
    if (typeof target === 'number') return linuxResult(target);
    path = target;
    walker = { ...walker, start: place.directory };
  }
  return -ELOOP;
}

function createAndOpen(
  thread: LinuxThread,
  place: NamedPlace,
  flags: number,
  permissions: number,
): Description | number {
  const node = createNode(thread, place, NodeKind.File, permissions);
  if (typeof node === 'number') return node;
  const dentry = announce(thread, place, node);
  // The new file's own permissions do not stand in the way of the one who makes it.
  return openNode(thread, { mount: place.directory.mount, dentry }, flags);
}

/** Gives a new file its place in the name tree and tells those who watch the directory. */
export function announce(thread: LinuxThread, { directory, name }: NamedPlace, node: FileNode): Dentry {
  const dentry = directory.dentry.put(name, node);
  thread.process.fs.system.notifier.inDirectory(nodeAt(directory), IN_CREATE, name, node);
  return dentry;
}

/** Creates a file with the caller as owner, after the checks on the directory. */
export function createNode(
  thread: LinuxThread,
  place: NamedPlace,
  kind: NodeKind,
  permissions: number,
  extra: { readonly device?: { major: number; minor: number }; readonly target?: ByteString } = {},
): FileNode | number {
  const { directory, name } = place;
  const parent = nodeAt(directory);
  const { credentials, fs } = thread.process;
  if (directory.mount.readOnly) return -EROFS;
  const denied = checkAccess(parent, credentials, May.Write | May.Execute);
  if (denied < 0) return denied;
  if (directory.dentry.removed) return -ENOENT;
  const above = parent.attributes();
  const inheritsGroup = (above.permissions & S_ISGID) !== 0;
  const node = parent.create(name, {
    kind,
    permissions: permissionsOf(kind, permissions & ~fs.umask & 0o7777, above, credentials),
    owner: credentials.fsuid,
    group: inheritsGroup ? above.group : credentials.fsgid,
    ...extra,
  });
  return typeof node === 'number' ? linuxResult(node) : node;
}

/** In a directory that hands on its group, directories do so too, and set-group-ID programs need a member. Source: mode_strip_sgid. */
function permissionsOf(kind: NodeKind, masked: number, above: Attributes, credentials: Credentials): number {
  if (kind === NodeKind.SymbolicLink) return 0o777;
  if ((above.permissions & S_ISGID) === 0) return masked;
  if (kind === NodeKind.Directory) return masked | S_ISGID;
  const isProgram = (masked & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP);
  const mayHave = inGroup(credentials, above.group) || capable(credentials, CAP_FSETID);
  return isProgram && !mayHave ? masked & ~S_ISGID : masked;
}

/** O_TMPFILE: a file without a name, which it may get later unless O_EXCL forbids it. */
function openUnnamed(
  thread: LinuxThread,
  walker: Walker,
  path: ByteString,
  flags: number,
  permissions: number,
): Description | number {
  if ((flags & O_ACCMODE) === O_RDONLY) return -EINVAL;
  const directory = walk(walker, path, Last.Follow);
  if (typeof directory === 'number') return directory;
  const parent = nodeAt(directory);
  if (parent.kind !== NodeKind.Directory) return -ENOTDIR;
  const name = `.#${thread.tid}.${thread.process.fs.system.nextTemporaryId()}`;
  const absent = directory.dentry.child(name);
  if (typeof absent === 'number') return linuxResult(absent);
  const place: NamedPlace = { directory, name, dentry: absent, asDirectory: 0, special: '' };
  const node = createNode(thread, place, NodeKind.File, permissions);
  if (typeof node === 'number') return node;
  const dentry = directory.dentry.put(name, node);
  // How others see it: by its number.
  dentry.name = `#${node.nodeId}`;
  const description = openNode(thread, { mount: directory.mount, dentry }, flags & ~O_DIRECTORY);
  if (typeof description === 'number') return description;
  parent.unlink(name);
  directory.dentry.drop(name);
  if ((flags & O_EXCL) === 0) thread.process.fs.system.linkable.add(node);
  return description;
}
