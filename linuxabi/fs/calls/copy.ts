/** sendfile and copy_file_range: bytes from one descriptor to another without passing through the program. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import { Whence } from '../../../kernel/open-file.ts';
import { EAGAIN, EBADF, EINVAL, EISDIR, EOVERFLOW, ESPIPE, EXDEV } from '../../abi/errno.ts';
import { O_APPEND, O_NONBLOCK } from '../../abi/fcntl.ts';
import { IN_ACCESS, IN_MODIFY } from '../../abi/inotify.ts';
import { Status } from '../../../kernel/status.ts';
import { block, Restart, WAIT } from '../../blocking.ts';
import { readLong, writeLong } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { brokenPipe } from '../../signal/send.ts';
import { linuxResult } from '../../status-errno.ts';
import { fd, partial, pointer, size, syscall, uint } from '../../syscall.ts';
import type { Description } from '../description.ts';
import { readable, usable, writable } from '../descriptors.ts';
import type { LinuxFile } from '../linux-file.ts';
import { MAX_RW_COUNT } from '../transfer.ts';
import { isPositioned } from './read-write.ts';

interface CopyRequest {
  readonly from: Description;
  readonly to: Description;
  /** Where the offset stands in guest memory; 0: the descriptor's own cursor. */
  readonly fromOffset: GuestAddress;
  readonly toOffset: GuestAddress;
  readonly count: number;
}

function offsetAt(thread: LinuxThread, address: GuestAddress): number | undefined {
  return (address as number) === 0 ? undefined : readLong(thread.memory, address);
}

function copy(thread: LinuxThread, request: CopyRequest): number {
  const fromStart = offsetAt(thread, request.fromOffset);
  const toStart = offsetAt(thread, request.toOffset);
  if ((fromStart ?? 0) < 0 || (toStart ?? 0) < 0) return -EINVAL;
  return copyFrom(thread, request, fromStart, toStart);
}

function copyFrom(
  thread: LinuxThread,
  { from, to, fromOffset, toOffset, count: wanted }: CopyRequest,
  fromStart: number | undefined,
  toStart: number | undefined,
): number {
  const total = Math.min(wanted, MAX_RW_COUNT);
  let done = 0;
  const finish = (): number => {
    if (done > 0) {
      from.notify(IN_ACCESS);
      to.notify(IN_MODIFY);
    }
    if (fromStart !== undefined) writeLong(thread.memory, fromOffset, fromStart + done);
    if (toStart !== undefined) writeLong(thread.memory, toOffset, toStart + done);
    return done;
  };
  const attempt = (): number => {
    while (done < total) {
      const count = copyOnce(thread, from, to, total - done, fromStart, toStart, done);
      if (count === Status.WouldBlock) {
        if ((to.flags & O_NONBLOCK) === 0) return WAIT;
        return done > 0 ? finish() : -EAGAIN;
      }
      if (count === Status.BrokenStream) brokenPipe(thread);
      if (count < 0) return done > 0 ? finish() : linuxResult(count);
      if (count === 0) break;
      done += count;
    }
    return finish();
  };
  const first = attempt();
  if (first !== WAIT) return first;
  return block(thread, {
    attempt,
    queues: [from.file.waitQueue, to.file.waitQueue],
    onInterrupt: () => (done > 0 ? finish() : undefined),
    restart: Restart.Sys,
  });
}

/** One piece: only what the target took leaves the source's cursor moved. */
function copyOnce(
  thread: LinuxThread,
  from: Description,
  to: Description,
  most: number,
  fromStart: number | undefined,
  toStart: number | undefined,
  done: number,
): number {
  const { transfer } = thread.process.fs.system;
  const source = fromStart === undefined ? from.file.seek(0, Whence.Current) : fromStart + done;
  if (source < 0) return source;
  const got = from.file.readAt(source, transfer.subarray(0, Math.min(transfer.length, most)));
  if (got <= 0) return got;
  let piece = transfer.subarray(0, got);
  if (toStart === undefined && (to.flags & O_APPEND) !== 0) to.file.seek(0, Whence.End);
  if (to.node?.kind === NodeKind.File) {
    const at = toStart === undefined ? to.file.seek(0, Whence.Current) : toStart + done;
    const sealed = thread.process.fs.system.seals.writable(to.node, at, got);
    if (sealed < 0) return Status.NotPermitted;
    piece = piece.subarray(0, sealed);
  }
  const put = toStart === undefined ? writeNext(thread, to.file, piece) : to.file.writeAt(toStart + done, piece);
  if (put > 0 && fromStart === undefined) from.file.seek(source + put, Whence.Start);
  return put;
}

function writeNext(thread: LinuxThread, file: LinuxFile, bytes: Uint8Array): number {
  return file.writeFor?.(thread, bytes) ?? file.write(bytes);
}

function sendfile(thread: LinuxThread, outFd: number, inFd: number, offset: GuestAddress, count: number): number {
  const from = readable(thread, inFd);
  if (typeof from === 'number') return from;
  const to = writable(thread, outFd);
  if (typeof to === 'number') return to;
  if ((offset as number) !== 0 && !isPositioned(from)) return -ESPIPE;
  if (from.node?.kind !== NodeKind.File) return -EINVAL;
  if (to.node?.kind === NodeKind.File && (to.flags & O_APPEND) !== 0) return -EINVAL;
  return copy(thread, { from, to, fromOffset: offset, toOffset: guestAddress(0), count });
}

function copyFileRange(
  thread: LinuxThread,
  inFd: number,
  fromOffset: GuestAddress,
  outFd: number,
  toOffset: GuestAddress,
  count: number,
  copyFlags: number,
): number {
  const from = usable(thread, inFd);
  if (typeof from === 'number') return from;
  const to = usable(thread, outFd);
  if (typeof to === 'number') return to;
  if (copyFlags !== 0) return -EINVAL;
  const kinds = [from.node?.kind, to.node?.kind];
  if (kinds.includes(NodeKind.Directory)) return -EISDIR;
  if (kinds[0] !== NodeKind.File || kinds[1] !== NodeKind.File) return -EINVAL;
  if (!from.canRead || !to.canWrite || (to.flags & O_APPEND) !== 0) return -EBADF;
  if (from.node!.server.type !== to.node!.server.type) return -EXDEV;
  const request = { from, to, fromOffset, toOffset, count };
  const refused = refusesRange(thread, request);
  return refused < 0 ? refused : copy(thread, request);
}

/** Source: fs/read_write.c, generic_copy_file_checks. */
function refusesRange(thread: LinuxThread, { from, to, fromOffset, toOffset, count }: CopyRequest): number {
  const start = offsetAt(thread, fromOffset) ?? from.file.seek(0, Whence.Current);
  const toStart = offsetAt(thread, toOffset) ?? to.file.seek(0, Whence.Current);
  // Unsigned sums that go round.
  if (wrapsRound(start, count) || wrapsRound(toStart, count)) return -EOVERFLOW;
  const most = Math.min(count, Math.max(0, from.node!.attributes().sizeBytes - start));
  return from.node === to.node && toStart + most > start && toStart < start + most ? -EINVAL : 0;
}

function wrapsRound(start: number, count: number): boolean {
  return count > 0 && (start < 0 ? start + 2 ** 64 : start) + count >= 2 ** 64;
}

export const copyCalls = [
  syscall(
    40,
    'sendfile',
    [fd('out_fd'), fd('in_fd'), pointer('offset'), size('count')],
    sendfile,
    partial('the source must be a regular file'),
  ),
  syscall(
    326,
    'copy_file_range',
    [fd('fd_in'), pointer('off_in'), fd('fd_out'), pointer('off_out'), size('len'), uint('flags')],
    copyFileRange,
  ),
];
