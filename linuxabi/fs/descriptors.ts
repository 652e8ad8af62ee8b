/** Getting from a descriptor number to its description, and giving numbers out. */
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { EBADF, EFAULT, EINVAL, EMFILE, ENFILE } from '../abi/errno.ts';
import { O_CLOEXEC } from '../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../abi/resource.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { guestAddress } from '../../cpu/address.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { readPointer } from '../guest-string.ts';
import type { Description } from './description.ts';
import { OnExec } from './fd-table.ts';
import { isUserRange, MAX_RW_COUNT } from './transfer.ts';
import type { Segment } from './transfer.ts';

/** Most segments in one call. Source: include/uapi/linux/uio.h. */
const UIO_MAXIOV = 1024;
const IOVEC_SIZE = 16;

/** A description that can be used for more than its place, or −EBADF. */
export function usable(thread: LinuxThread, fd: number): Description | number {
  const description = thread.process.files.get(fd);
  return description === undefined || description.isPathOnly ? -EBADF : description;
}

export function readable(thread: LinuxThread, fd: number): Description | number {
  const description = thread.process.files.get(fd);
  return description === undefined || !description.canRead ? -EBADF : description;
}

export function writable(thread: LinuxThread, fd: number): Description | number {
  const description = thread.process.files.get(fd);
  return description === undefined || !description.canWrite ? -EBADF : description;
}

export function descriptorLimit(thread: LinuxThread): number {
  return thread.process.limits.soft(RLIMIT_NOFILE);
}

/** −EMFILE when no number is free, −ENFILE when the machine has as many open files as it may. */
export function checkRoom(thread: LinuxThread): number {
  if (!thread.process.files.hasRoom(descriptorLimit(thread))) return -EMFILE;
  return mayHaveOpen(thread, 1) ? 0 : -ENFILE;
}

/** fs.file-max is not meant for administrators; what the machine may use of its host is. Source: fs/file_table.c, alloc_empty_file. */
function mayHaveOpen({ machine, process }: LinuxThread, more: number): boolean {
  const { openFiles } = machine.bounds;
  return openFiles.allows(more, capable(process.credentials, CAP_SYS_ADMIN) ? openFiles.bound : openFiles.maximum);
}

/** The lowest free number for a description; without one, or when it is one more than the machine may have, it is released. */
export function install(thread: LinuxThread, description: Description, flags: number): number {
  const onExec = (flags & O_CLOEXEC) !== 0 ? OnExec.Close : OnExec.Keep;
  if (description.holders === 1 && !mayHaveOpen(thread, 0)) {
    description.release();
    return -ENFILE;
  }
  const fd = thread.process.files.allocate(description, onExec, descriptorLimit(thread));
  if (fd >= 0) return fd;
  description.release();
  return -EMFILE;
}

/** struct iovec array → segments, or −errno. */
export function readSegments(thread: LinuxThread, address: GuestAddress, count: number): Segment[] | number {
  if (count < 0 || count > UIO_MAXIOV) return -EINVAL;
  const segments: Segment[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    const at = guestAddress(address + i * IOVEC_SIZE);
    const length = readPointer(thread.memory, guestAddress(at + 8)) as number;
    if (length >= 2 ** 63) return -EINVAL;
    const start = readPointer(thread.memory, at);
    if (!isUserRange(start, length)) return -EFAULT;
    const room = Math.min(length, MAX_RW_COUNT - total);
    total += room;
    segments.push({ address: start, length: room });
  }
  return segments;
}
