/** name_to_handle_at and open_by_handle_at. Source: open_by_handle_at(2); fs/fhandle.c. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { CAP_DAC_READ_SEARCH } from '../../abi/capability.ts';
import { EBADF, EINVAL, EOVERFLOW, EPERM, ESTALE } from '../../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_FOLLOW, openFlagNames } from '../../abi/fcntl.ts';
import { readBytes, writeBytes } from '../../guest-string.ts';
import { capable } from '../../process/credentials.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { fd, flags, path, pointer, syscall } from '../../syscall.ts';
import { checkRoom, install } from '../descriptors.ts';
import { HANDLE_BYTES, HANDLE_TYPE } from '../file-handle.ts';
import { afterLeases } from '../leases.ts';
import type { Location } from '../mount.ts';
import { openLocation } from '../opening.ts';
import { Last } from '../path-walk.ts';
import { locateOrDescription, locationOf } from '../walker.ts';

/** Offsets of struct file_handle. Source: include/uapi/linux/fcntl.h. */
const fileHandle = { handle_bytes: 0, handle_type: 4, f_handle: 8 } as const;
/** Source: include/linux/exportfs.h. */
const MAX_HANDLE_SZ = 128;

function nameToHandle(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  handle: GuestAddress,
  mountId: GuestAddress,
  atFlags: number,
): number {
  if ((atFlags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const last = (atFlags & AT_SYMLINK_FOLLOW) !== 0 ? Last.Follow : Last.NoFollow;
  const found = locateOrDescription(thread, dirfd, name, atFlags, last);
  if (typeof found === 'number') return found;
  const location = locationOf(found);
  if (location === undefined) return -EBADF;
  const { memory } = thread;
  const room = memory.readU32(guestAddress(handle + fileHandle.handle_bytes));
  if (room > MAX_HANDLE_SZ) return -EINVAL;
  memory.writeU32(mountId, location.mount.id);
  memory.writeU32(guestAddress(handle + fileHandle.handle_bytes), HANDLE_BYTES);
  if (room < HANDLE_BYTES) return -EOVERFLOW;
  memory.writeU32(guestAddress(handle + fileHandle.handle_type), HANDLE_TYPE);
  const bytes = thread.process.fs.system.handles.give(location.dentry);
  writeBytes(memory, guestAddress(handle + fileHandle.f_handle), bytes);
  return 0;
}

/** The place whose mount the handle belongs to. */
function anchor(thread: LinuxThread, mountFd: number): Location | undefined {
  const { fs, files } = thread.process;
  return mountFd === AT_FDCWD ? fs.cwd : files.get(mountFd)?.location;
}

function openByHandle(thread: LinuxThread, mountFd: number, handle: GuestAddress, openFlags: number): number {
  const { memory } = thread;
  const length = memory.readU32(guestAddress(handle + fileHandle.handle_bytes));
  if (!capable(thread.process.credentials, CAP_DAC_READ_SEARCH)) return -EPERM;
  const place = anchor(thread, mountFd);
  if (place === undefined) return -EBADF;
  if (length === 0 || length > MAX_HANDLE_SZ) return -EINVAL;
  const type = memory.readU32(guestAddress(handle + fileHandle.handle_type));
  const bytes = readBytes(memory, guestAddress(handle + fileHandle.f_handle), length);
  const { mount } = place;
  const isOurs = type === HANDLE_TYPE && length === HANDLE_BYTES;
  const dentry = isOurs ? thread.process.fs.system.handles.find(mount.server, bytes) : undefined;
  if (dentry === undefined) return -ESTALE;
  const full = checkRoom(thread);
  if (full < 0) return full;
  return afterLeases(thread, () => {
    const description = openLocation(thread, { mount, dentry }, openFlags);
    return typeof description === 'number' ? description : install(thread, description, openFlags);
  });
}

export const handleCalls = [
  syscall(
    303,
    'name_to_handle_at',
    [
      fd('dirfd'),
      path('pathname'),
      pointer('handle'),
      pointer('mount_id'),
      flags('flags', { AT_SYMLINK_FOLLOW, AT_EMPTY_PATH }),
    ],
    nameToHandle,
  ),
  syscall(304, 'open_by_handle_at', [fd('mount_fd'), pointer('handle'), flags('flags', openFlagNames)], openByHandle),
];
