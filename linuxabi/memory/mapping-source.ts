/** What mmap maps: anonymous memory, or the file behind a descriptor, with the errors each can give. */
import { Permission } from '../../cpu/memory/guest-memory.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import type { MemoryObject } from '../../kernel/memory/memory-object.ts';
import { ALL_PERMISSIONS } from '../../kernel/memory/region.ts';
import type { Reference } from '../../kernel/reference.ts';
import { EACCES, EBADF, EINVAL, ENODEV, EOPNOTSUPP, EOVERFLOW, EPERM } from '../abi/errno.ts';
import {
  MAP_ANONYMOUS,
  MAP_GROWSDOWN,
  MAP_HUGETLB,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_SYNC,
  MAP_TYPE,
  PROT_EXEC,
  PROT_WRITE,
} from '../abi/mman.ts';
import { MS_NOEXEC } from '../abi/mount.ts';
import type { Description } from '../fs/description.ts';
import { sealedPermissions } from '../fs/seals.ts';
import { shownPath } from '../fs/mount.ts';
import type { LinuxThread } from '../process/thread.ts';

export interface MappingSource {
  /** Undefined: private anonymous memory. The receiver releases it once it is mapped. */
  readonly object: Reference<MemoryObject> | undefined;
  /** The most the mapping's permissions may become. */
  readonly allowed: number;
  readonly label: ByteString;
}

export interface MappingRequest {
  readonly flags: number;
  readonly protection: number;
  readonly fd: number;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** Positions in a file are signed 64-bit numbers. */
const FILE_POSITION_LIMIT = 2 ** 63;

/** The source, or −errno. Source: mm/mmap.c, do_mmap. */
export function mappingSource(thread: LinuxThread, request: MappingRequest): MappingSource | number {
  return request.flags & MAP_ANONYMOUS ? anonymousSource(thread, request.flags) : fileSource(thread, request);
}

/** Checked before anything else about a file mapping. Source: mm/mmap.c, ksys_mmap_pgoff. */
export function checkDescriptor(thread: LinuxThread, { flags, fd }: MappingRequest): number {
  if (flags & MAP_ANONYMOUS) return 0;
  const description = thread.process.files.get(fd);
  if (description === undefined || description.isPathOnly) return -EBADF;
  return flags & MAP_HUGETLB ? -EINVAL : 0;
}

function anonymousSource(thread: LinuxThread, flags: number): MappingSource | number {
  const type = flags & MAP_TYPE;
  if (type === MAP_PRIVATE) return { object: undefined, allowed: ALL_PERMISSIONS, label: '' };
  if (type !== MAP_SHARED || flags & MAP_GROWSDOWN) return -EINVAL;
  return sharedAnonymous(thread);
}

function sharedAnonymous(thread: LinuxThread): MappingSource {
  const object = thread.machine.kernel.memory.createSharedAnonymous();
  return { object, allowed: ALL_PERMISSIONS, label: '/dev/zero (deleted)' };
}

function fileSource(thread: LinuxThread, request: MappingRequest): MappingSource | number {
  const description = thread.process.files.get(request.fd)!;
  const { node } = description;
  const type = request.flags & MAP_TYPE;
  if (type !== MAP_PRIVATE && type !== MAP_SHARED && type !== MAP_SHARED_VALIDATE) return -EINVAL;
  if (request.offset + request.lengthBytes >= FILE_POSITION_LIMIT) return -EOVERFLOW;
  const shared = type !== MAP_PRIVATE;
  // Device memory that persists (DAX) does not exist here.
  if (type === MAP_SHARED_VALIDATE && request.flags & MAP_SYNC) return -EOPNOTSUPP;
  if (shared && request.protection & PROT_WRITE && !description.canWrite) return -EACCES;
  if (!description.canRead) return -EACCES;
  if (node === undefined) return -ENODEV;
  if (isZeroDevice(node)) return zeroDevice(thread, shared);
  if (node.kind !== NodeKind.File) return -ENODEV;
  const mayExecute = description.location?.mount.has(MS_NOEXEC) !== true;
  if (!mayExecute && request.protection & PROT_EXEC) return -EPERM;
  if (request.flags & MAP_GROWSDOWN) return -EINVAL;
  const { memory } = thread.machine.kernel;
  const label = labelOf(thread, description);
  const most = mayExecute ? ALL_PERMISSIONS : ALL_PERMISSIONS & ~Permission.Execute;
  if (!shared) return { object: memory.createFilePrivate(node), allowed: most, label };
  const writable = description.canWrite ? most : most & ~Permission.Write;
  const allowed = sealedPermissions(thread.process.fs.system.seals, node, request.protection, writable);
  if (allowed < 0) return allowed;
  return { object: memory.createFileShared(node), allowed, label };
}

/** Mapping /dev/zero is mapping anonymous memory. Source: mem(4), zero(4). */
function zeroDevice(thread: LinuxThread, shared: boolean): MappingSource {
  return shared ? sharedAnonymous(thread) : { object: undefined, allowed: ALL_PERMISSIONS, label: '/dev/zero' };
}

function isZeroDevice(node: FileNode): boolean {
  if (node.kind !== NodeKind.CharacterDevice) return false;
  const { major, minor } = node.attributes().device;
  return major === 1 && minor === 5;
}

function labelOf(thread: LinuxThread, description: Description): ByteString {
  const { location } = description;
  if (location === undefined) return description.label;
  return shownPath(location, thread.process.fs.namespace.root);
}
