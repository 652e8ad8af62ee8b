/** chmod, chown, utimes, truncate and their relatives, umask. Source: fs/attr.c (setattr_prepare), fs/utimes.c, fs/open.c. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import type { AttributeChange, FileNode } from '../../../kernel/file-server.ts';
import { CAP_CHOWN, CAP_FSETID } from '../../abi/capability.ts';
import {
  EACCES,
  EBADF,
  EFAULT,
  EINVAL,
  EISDIR,
  ENAMETOOLONG,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  ETXTBSY,
} from '../../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_WRONLY } from '../../abi/fcntl.ts';
import { S_ISGID, S_ISUID, UTIME_NOW, UTIME_OMIT } from '../../abi/stat.ts';
import { readCString, readLong } from '../../guest-string.ts';
import { capable, inGroup } from '../../process/credentials.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { linuxResult } from '../../status-errno.ts';
import { fd, flags, int, long, mode, path, PATH_MAX, pointer, syscall } from '../../syscall.ts';
import type { Description } from '../description.ts';
import { usable } from '../descriptors.ts';
import type { Location } from '../mount.ts';
import { Last } from '../path-walk.ts';
import { isExecuting } from '../text-busy.ts';
import { afterLeases, breakLeases } from '../leases.ts';
import { checkAccess, May, ownsFile } from '../permission.ts';
import { resize } from '../resize.ts';
import { dropPrivilegeBits } from '../transfer.ts';
import { locate, locateOrDescription, locationOf } from '../walker.ts';

export type Found = Location | Description | number;

/** The node whose attributes are to change, or −errno. */
function changeable(found: Found): FileNode | number {
  if (typeof found === 'number') return found;
  const location = locationOf(found);
  if (location?.mount.readOnly === true) return -EROFS;
  return location?.dentry.node ?? (found as Description).node ?? -EPERM;
}

function apply(thread: LinuxThread, found: Found, node: FileNode, change: AttributeChange): number {
  const status = node.setAttributes(change);
  if (status === 0) tell(thread, found, change);
  return linuxResult(status);
}

function tell(thread: LinuxThread, found: Found, change: AttributeChange): void {
  if (typeof found === 'number') return;
  const location = locationOf(found);
  thread.process.fs.system.notifier.changed(location?.dentry, change);
}

function lastOf(atFlags: number): Last {
  return (atFlags & AT_SYMLINK_NOFOLLOW) !== 0 ? Last.NoFollow : Last.Follow;
}

export function changeMode(thread: LinuxThread, found: Found, bits: number): number {
  const node = changeable(found);
  if (typeof node === 'number') return node;
  if (node.kind === NodeKind.SymbolicLink) return -EOPNOTSUPP;
  const { credentials } = thread.process;
  const attributes = node.attributes();
  if (!ownsFile(attributes, credentials)) return -EPERM;
  let permissions = bits & 0o7777;
  if (!capable(credentials, CAP_FSETID) && !inGroup(credentials, attributes.group)) permissions &= ~S_ISGID;
  const sealed = thread.process.fs.system.seals.refusesMode(node, permissions);
  return sealed < 0 ? sealed : apply(thread, found, node, { permissions });
}

function fchmodat2(thread: LinuxThread, dirfd: number, name: ByteString, bits: number, atFlags: number): number {
  if ((atFlags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  return changeMode(thread, locateOrDescription(thread, dirfd, name, atFlags, lastOf(atFlags)), bits);
}

export function changeOwner(thread: LinuxThread, found: Found, owner: number, group: number): number {
  const node = changeable(found);
  if (typeof node === 'number') return node;
  const { credentials } = thread.process;
  const attributes = node.attributes();
  if (!capable(credentials, CAP_CHOWN)) {
    const isOwner = credentials.fsuid === attributes.owner;
    if (owner !== -1 && (!isOwner || owner !== attributes.owner)) return -EPERM;
    if (group !== -1 && (!isOwner || (group !== attributes.group && !inGroup(credentials, group)))) return -EPERM;
  }
  const change: { -readonly [K in keyof AttributeChange]: AttributeChange[K] } = {};
  if (owner !== -1) change.owner = owner >>> 0;
  if (group !== -1) change.group = group >>> 0;
  const { permissions } = attributes;
  if (node.kind !== NodeKind.Directory) {
    const lost = S_ISUID | ((permissions & 0o010) !== 0 ? S_ISGID : 0);
    if ((permissions & lost) !== 0) change.permissions = permissions & ~lost;
  }
  return apply(thread, found, node, change);
}

function fchownat(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  owner: number,
  group: number,
  atFlags: number,
): number {
  if ((atFlags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  return changeOwner(thread, locateOrDescription(thread, dirfd, name, atFlags, lastOf(atFlags)), owner, group);
}

// --- times -----------------------------------------------------------------------------------------------------------------

/** A time to set: nanoseconds since the epoch, now, or leave alone. */
export type NewTime = bigint | 'now' | 'omit';

export function setTimes(thread: LinuxThread, found: Found, accessed: NewTime, modified: NewTime): number {
  if (typeof found === 'number') return found;
  if (accessed === 'omit' && modified === 'omit') return 0;
  const node = changeable(found);
  if (typeof node === 'number') return node;
  const { credentials } = thread.process;
  if (!ownsFile(node.attributes(), credentials)) {
    if (accessed !== 'now' || modified !== 'now') return -EPERM;
    if (checkAccess(node, credentials, May.Write) < 0) return -EACCES;
  }
  const nowNs = thread.machine.clock.realtimeNs();
  const change: { accessedNs?: bigint; modifiedNs?: bigint } = {};
  if (accessed !== 'omit') change.accessedNs = accessed === 'now' ? nowNs : accessed;
  if (modified !== 'omit') change.modifiedNs = modified === 'now' ? nowNs : modified;
  return apply(thread, found, node, change);
}

/** Reads one time of a pair in units of 1/perSecond; undefined when its fraction is out of range. */
function readTime(thread: LinuxThread, address: number, perSecond: number): NewTime | undefined {
  const seconds = readLong(thread.memory, guestAddress(address));
  const fraction = readLong(thread.memory, guestAddress(address + 8));
  if (perSecond === 1e9 && fraction === UTIME_NOW) return 'now';
  if (perSecond === 1e9 && fraction === UTIME_OMIT) return 'omit';
  if (fraction < 0 || fraction >= perSecond) return undefined;
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction) * BigInt(1e9 / perSecond);
}

function setTimePair(thread: LinuxThread, found: () => Found, pair: GuestAddress, perSecond: number): number {
  if ((pair as number) === 0) return setTimes(thread, found(), 'now', 'now');
  const accessed = readTime(thread, pair, perSecond);
  const modified = readTime(thread, pair + 16, perSecond);
  if (accessed === undefined || modified === undefined) return -EINVAL;
  if (accessed === 'omit' && modified === 'omit') return 0;
  return setTimes(thread, found(), accessed, modified);
}

const TIMEVAL = 1e6;
const TIMESPEC = 1e9;

function utime(thread: LinuxThread, name: ByteString, times: GuestAddress): number {
  const found = locate(thread, AT_FDCWD, name, Last.Follow);
  if ((times as number) === 0) return setTimes(thread, found, 'now', 'now');
  const accessed = BigInt(readLong(thread.memory, times)) * 1_000_000_000n;
  const modified = BigInt(readLong(thread.memory, guestAddress(times + 8))) * 1_000_000_000n;
  return setTimes(thread, found, accessed, modified);
}

// --- size ------------------------------------------------------------------------------------------------------------------

function truncate(thread: LinuxThread, name: ByteString, length: number): number {
  if (length < 0) return -EINVAL;
  const location = locate(thread, AT_FDCWD, name, Last.Follow);
  if (typeof location === 'number') return location;
  const node = location.dentry.node!;
  if (node.kind === NodeKind.Directory) return -EISDIR;
  if (node.kind !== NodeKind.File) return -EINVAL;
  if (location.mount.readOnly) return -EROFS;
  const denied = checkAccess(node, thread.process.credentials, May.Write);
  if (denied < 0) return denied;
  if (isExecuting(thread.machine, node)) return -ETXTBSY;
  return afterLeases(thread, () => {
    const leased = breakLeases(thread, node, O_WRONLY);
    const result = leased === 0 ? resize(thread, node, length) : leased;
    if (result === 0) tell(thread, location, { sizeBytes: length });
    return result;
  });
}

function ftruncate(thread: LinuxThread, fdNumber: number, length: number): number {
  if (length < 0) return -EINVAL;
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  const { node } = description;
  if (!description.canWrite || node === undefined || node.kind !== NodeKind.File) return -EINVAL;
  dropPrivilegeBits(thread, description);
  const result = resize(thread, node, length);
  if (result === 0) tell(thread, description, { sizeBytes: length });
  return result;
}

export const attributeCalls = [
  syscall(76, 'truncate', [path('path'), long('length')], truncate),
  syscall(77, 'ftruncate', [fd('fd'), long('length')], ftruncate),
  syscall(90, 'chmod', [path('pathname'), mode('mode')], (thread, name, bits) =>
    changeMode(thread, locate(thread, AT_FDCWD, name, Last.Follow), bits),
  ),
  syscall(91, 'fchmod', [fd('fd'), mode('mode')], (thread, fdNumber, bits) =>
    changeMode(thread, usable(thread, fdNumber), bits),
  ),
  syscall(92, 'chown', [path('pathname'), int('owner'), int('group')], (thread, name, owner, group) =>
    changeOwner(thread, locate(thread, AT_FDCWD, name, Last.Follow), owner, group),
  ),
  syscall(93, 'fchown', [fd('fd'), int('owner'), int('group')], (thread, fdNumber, owner, group) =>
    changeOwner(thread, usable(thread, fdNumber), owner, group),
  ),
  syscall(94, 'lchown', [path('pathname'), int('owner'), int('group')], (thread, name, owner, group) =>
    changeOwner(thread, locate(thread, AT_FDCWD, name, Last.NoFollow), owner, group),
  ),
  syscall(95, 'umask', [mode('mask')], (thread, mask) => {
    const { fs } = thread.process;
    const before = fs.umask;
    fs.umask = mask & 0o777;
    return before;
  }),
  syscall(132, 'utime', [path('filename'), pointer('times')], utime),
  syscall(235, 'utimes', [path('filename'), pointer('times')], (thread, name, times) =>
    setTimePair(thread, () => locate(thread, AT_FDCWD, name, Last.Follow), times, TIMEVAL),
  ),
  syscall(
    260,
    'fchownat',
    [fd('dirfd'), path('pathname'), int('owner'), int('group'), flags('flags', { AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH })],
    fchownat,
  ),
  syscall(261, 'futimesat', [fd('dirfd'), path('pathname'), pointer('times')], (thread, dirfd, name, times) =>
    setTimePair(thread, () => locate(thread, dirfd, name, Last.Follow), times, TIMEVAL),
  ),
  syscall(268, 'fchmodat', [fd('dirfd'), path('pathname'), mode('mode')], (thread, dirfd, name, bits) =>
    fchmodat2(thread, dirfd, name, bits, 0),
  ),
  syscall(
    280,
    'utimensat',
    // A null path means the descriptor itself, which the path decoder can't say.
    [fd('dirfd'), pointer('pathname'), pointer('times'), flags('flags', { AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH })],
    utimensat,
  ),
  syscall(
    452,
    'fchmodat2',
    [fd('dirfd'), path('pathname'), mode('mode'), flags('flags', { AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH })],
    fchmodat2,
  ),
];

function utimensat(
  thread: LinuxThread,
  dirfd: number,
  nameAddress: GuestAddress,
  times: GuestAddress,
  atFlags: number,
): number {
  if ((atFlags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  if ((nameAddress as number) === 0) {
    if (atFlags !== 0) return -EINVAL;
    if (dirfd === AT_FDCWD) return -EFAULT;
    return setTimePair(thread, () => thread.process.files.get(dirfd) ?? -EBADF, times, TIMESPEC);
  }
  const name = readCString(thread.memory, nameAddress, PATH_MAX);
  if (name === undefined) return -ENAMETOOLONG;
  return setTimePair(thread, () => locateOrDescription(thread, dirfd, name, atFlags, lastOf(atFlags)), times, TIMESPEC);
}
