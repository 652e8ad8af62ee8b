/** open and its relatives, close, dup, pipe. */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { guestAddress, PAGE_SIZE } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { NodeKind, OpenAccess } from '../../../kernel/file-server.ts';
import { Pipe } from '../../../kernel/streams/pipe.ts';
import { E2BIG, EAGAIN, EBADF, EFAULT, EINVAL } from '../../abi/errno.ts';
import {
  AT_FDCWD,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  openFlagNames,
  RESOLVE_ALL,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  VALID_OPEN_FLAGS,
} from '../../abi/fcntl.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { readLong } from '../../guest-string.ts';
import { fd, flags, mode, path, pointer, size, syscall, uint } from '../../syscall.ts';
import type { Description } from '../description.ts';
import { checkRoom, descriptorLimit, install } from '../descriptors.ts';
import { afterLeases } from '../leases.ts';
import { OnExec } from '../fd-table.ts';
import { setFraming, waitForOtherSide } from '../fifo.ts';
import { describe, factoriesOf, openPath } from '../opening.ts';

function open(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  openFlags: number,
  permissions: number,
  resolve = 0,
): number {
  const full = checkRoom(thread);
  if (full < 0) return full;
  return afterLeases(thread, () => {
    const description = openPath(thread, dirfd, name, openFlags, permissions & 0o7777, resolve);
    if (typeof description === 'number') return description;
    return waitForOtherSide(thread, description, () => install(thread, description, openFlags));
  });
}

const OPEN_HOW_SIZE = 24;
const PATH_FLAGS = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/** Unlike open, openat2 refuses what it does not know. Source: openat2(2); fs/open.c, build_open_flags. */
function openat2(thread: LinuxThread, dirfd: number, name: ByteString, how: GuestAddress, length: number): number {
  if (length < OPEN_HOW_SIZE) return -EINVAL;
  if (length > PAGE_SIZE) return -E2BIG;
  for (let i = OPEN_HOW_SIZE; i < length; i++) if (thread.memory.readU8(guestAddress(how + i)) !== 0) return -E2BIG;
  const openFlags = readLong(thread.memory, how);
  const permissions = readLong(thread.memory, guestAddress(how + 8));
  const resolve = readLong(thread.memory, guestAddress(how + 16));
  if (hasOther(openFlags, VALID_OPEN_FLAGS) || hasOther(resolve, RESOLVE_ALL)) return -EINVAL;
  if ((resolve & RESOLVE_BENEATH) !== 0 && (resolve & RESOLVE_IN_ROOT) !== 0) return -EINVAL;
  const makes = (openFlags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) !== 0;
  if (makes ? hasOther(permissions, 0o7777) : permissions !== 0) return -EINVAL;
  if ((openFlags & O_PATH) !== 0 && (openFlags & ~PATH_FLAGS) !== 0) return -EINVAL;
  if ((resolve & RESOLVE_CACHED) !== 0 && (makes || (openFlags & O_TRUNC) !== 0)) return -EAGAIN;
  return open(thread, dirfd, name, openFlags, permissions, resolve);
}

/** Whether a 64-bit value has bits that the mask (31 bits) has not. */
function hasOther(value: number, mask: number): boolean {
  return value < 0 || value > 0x7fffffff || (value & ~mask) !== 0;
}

function close(thread: LinuxThread, fdNumber: number): number {
  return thread.process.files.close(fdNumber) === undefined ? -EBADF : 0;
}

const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

function closeRange(thread: LinuxThread, first: number, last: number, rangeFlags: number): number {
  if ((rangeFlags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0 || first > last) return -EINVAL;
  const { process } = thread;
  if ((rangeFlags & CLOSE_RANGE_UNSHARE) !== 0 && process.files.isShared) {
    const own = process.files.fork();
    process.files.release();
    process.files = own;
  }
  for (const [number] of process.files.descriptors()) {
    if (number < first || number > last) continue;
    if ((rangeFlags & CLOSE_RANGE_CLOEXEC) !== 0) process.files.setOnExec(number, OnExec.Close);
    else process.files.close(number);
  }
  return 0;
}

function dup(thread: LinuxThread, oldFd: number): number {
  const description = thread.process.files.get(oldFd);
  return description === undefined ? -EBADF : install(thread, description.retain(), 0);
}

function dupTo(thread: LinuxThread, oldFd: number, newFd: number, onExec: OnExec): number {
  const { files } = thread.process;
  const description = files.get(oldFd);
  if (description === undefined || newFd < 0 || newFd >= descriptorLimit(thread)) return -EBADF;
  files.set(newFd, description.retain(), onExec);
  return newFd;
}

function dup2(thread: LinuxThread, oldFd: number, newFd: number): number {
  if (oldFd === newFd) return thread.process.files.get(oldFd) === undefined ? -EBADF : newFd;
  return dupTo(thread, oldFd, newFd, OnExec.Keep);
}

function dup3(thread: LinuxThread, oldFd: number, newFd: number, dupFlags: number): number {
  if ((dupFlags & ~O_CLOEXEC) !== 0 || oldFd === newFd) return -EINVAL;
  return dupTo(thread, oldFd, newFd, (dupFlags & O_CLOEXEC) !== 0 ? OnExec.Close : OnExec.Keep);
}

function pipe2(thread: LinuxThread, fds: GuestAddress, pipeFlags: number): number {
  if ((pipeFlags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) !== 0) return -EINVAL;
  const { fs, credentials, files } = thread.process;
  const { system } = fs;
  const location = system.anonymous.create(NodeKind.Fifo, credentials.fsuid, credentials.fsgid, (id) => `pipe:[${id}]`);
  const node = location.dentry.node!;
  const pipe = new Pipe(thread.machine.kernel.streams, node);
  system.adoptPipe(node, pipe);
  const kept = pipeFlags & (O_NONBLOCK | O_DIRECT);
  const factories = factoriesOf(thread);
  const make = (access: OpenAccess, accessMode: number): Description =>
    describe(thread, factories.adopt('pipe', pipe.open(access)), location, kept | accessMode);
  const reading = make(OpenAccess.Read, O_RDONLY);
  const writing = make(OpenAccess.Write, O_WRONLY);
  setFraming(writing);
  const readFd = install(thread, reading, pipeFlags);
  const writeFd = readFd < 0 ? readFd : install(thread, writing, pipeFlags);
  if (readFd < 0) writing.release();
  if (writeFd < 0) {
    if (readFd >= 0) files.close(readFd);
    return writeFd;
  }
  const numbers = new Uint8Array(Int32Array.of(readFd, writeFd).buffer);
  if (thread.memory.write(fds, numbers) === numbers.length) return 0;
  files.close(readFd);
  files.close(writeFd);
  return -EFAULT;
}

const CREAT_FLAGS = O_CREAT | O_WRONLY | O_TRUNC;

export const openCloseCalls = [
  syscall(2, 'open', [path('pathname'), flags('flags', openFlagNames), mode('mode')], (thread, name, openFlags, bits) =>
    open(thread, AT_FDCWD, name, openFlags, bits),
  ),
  syscall(3, 'close', [fd('fd')], close),
  syscall(22, 'pipe', [pointer('pipefd')], (thread, fds) => pipe2(thread, fds, 0)),
  syscall(32, 'dup', [fd('oldfd')], dup),
  syscall(33, 'dup2', [fd('oldfd'), fd('newfd')], dup2),
  syscall(85, 'creat', [path('pathname'), mode('mode')], (thread, name, bits) =>
    open(thread, AT_FDCWD, name, CREAT_FLAGS, bits),
  ),
  syscall(257, 'openat', [fd('dirfd'), path('pathname'), flags('flags', openFlagNames), mode('mode')], open),
  syscall(292, 'dup3', [fd('oldfd'), fd('newfd'), flags('flags', { O_CLOEXEC })], dup3),
  syscall(293, 'pipe2', [pointer('pipefd'), flags('flags', { O_CLOEXEC, O_NONBLOCK, O_DIRECT })], pipe2),
  syscall(
    436,
    'close_range',
    [uint('first'), uint('last'), flags('flags', { CLOSE_RANGE_UNSHARE, CLOSE_RANGE_CLOEXEC })],
    closeRange,
  ),
  syscall(437, 'openat2', [fd('dirfd'), path('pathname'), pointer('how'), size('size')], openat2),
];
