/**
 * splice, tee, vmsplice: bytes into and out of pipes without passing through the program. Here they are copied: what the program can see is
 * the same. Source: splice(2), tee(2), vmsplice(2); fs/splice.c.
 */
import type { GuestAddress } from '../../../cpu/address.ts';
import { Status } from '../../../kernel/status.ts';
import { PipeEnd } from '../../../kernel/streams/pipe-end.ts';
import { EAGAIN, EBADF, EINVAL, ESPIPE } from '../../abi/errno.ts';
import { O_APPEND, O_NONBLOCK } from '../../abi/fcntl.ts';
import { IN_ACCESS, IN_MODIFY } from '../../abi/inotify.ts';
import { SPLICE_F_ALL, SPLICE_F_NONBLOCK, spliceFlagNames } from '../../abi/fcntl.ts';
import { block, Restart, WAIT } from '../../blocking.ts';
import { readLong, writeLong } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { brokenPipe } from '../../signal/send.ts';
import { linuxResult } from '../../status-errno.ts';
import { fd, flags, pointer, size, syscall, ulong } from '../../syscall.ts';
import type { Description } from '../description.ts';
import { readable, readSegments, usable, writable } from '../descriptors.ts';
import type { LinuxFile } from '../linux-file.ts';
import { readInto, writeFrom } from '../transfer.ts';

interface Move {
  readonly from: Description;
  readonly to: Description;
  readonly count: number;
  /** Place in a file; undefined: its cursor, or a stream. */
  readonly fromPosition?: number | undefined;
  readonly toPosition?: number | undefined;
}

/** Moves one piece; `copies` leaves the bytes in the source pipe. The count or a Status. */
function moveOnce(thread: LinuxThread, move: Move, manner: 'moves' | 'copies'): number {
  const { from, to, fromPosition, toPosition } = move;
  const { transfer } = thread.process.fs.system;
  const target = to.file instanceof PipeEnd ? to.file.pipe : undefined;
  const source = from.file instanceof PipeEnd ? from.file.pipe : undefined;
  if (target !== undefined && target.readers === 0) return Status.BrokenStream;
  const room = target?.stream.room() ?? Infinity;
  if (room <= 0)
    return source !== undefined && source.writers === 0 && source.stream.length === 0 ? 0 : Status.WouldBlock;
  const piece = transfer.subarray(0, Math.min(transfer.length, move.count, room));
  if (source === undefined) {
    const got = fromPosition === undefined ? from.file.read(piece) : from.file.readAt(fromPosition, piece);
    return got <= 0 ? got : put(thread, to, piece.subarray(0, got), toPosition);
  }
  // Only what the target has taken leaves the source.
  const seen = source.stream.peek(piece);
  if (seen === 0) return source.writers === 0 ? 0 : Status.WouldBlock;
  const taken = put(thread, to, piece.subarray(0, seen), toPosition);
  if (taken > 0 && manner === 'moves') source.read(piece.subarray(0, taken));
  return taken;
}

function put(thread: LinuxThread, { file }: Description, bytes: Uint8Array, position: number | undefined): number {
  const target: LinuxFile = file;
  if (position !== undefined) return target.writeAt(position, bytes);
  return target.writeFor?.(thread, bytes) ?? target.write(bytes);
}

/** Moves what there is, waiting for the first bytes where it must. */
function carry(
  thread: LinuxThread,
  move: Move,
  spliceFlags: number,
  manner: 'moves' | 'copies',
  finish: (count: number) => number = (count) => count,
): number {
  const { from, to } = move;
  const isNonBlocking = ((from.flags | to.flags) & O_NONBLOCK) !== 0 || (spliceFlags & SPLICE_F_NONBLOCK) !== 0;
  const attempt = (): number => {
    const count = moveOnce(thread, move, manner);
    if (count === Status.WouldBlock) return isNonBlocking ? -EAGAIN : WAIT;
    if (count === Status.BrokenStream) brokenPipe(thread);
    if (count < 0) return linuxResult(count);
    if (count > 0) {
      from.notify(IN_ACCESS);
      to.notify(IN_MODIFY);
    }
    return finish(count);
  };
  return block(thread, { attempt, queues: [from.file.waitQueue, to.file.waitQueue], restart: Restart.Sys });
}

/** −errno for an offset with a pipe, or with a file that has no places. */
function refusesOffset({ file }: Description, offset: GuestAddress): number {
  if ((offset as number) === 0) return 0;
  if (file instanceof PipeEnd) return -ESPIPE;
  return file.seek(0, 1) === Status.NotSeekable ? -EINVAL : 0;
}

function splice(
  thread: LinuxThread,
  inFd: number,
  inOffset: GuestAddress,
  outFd: number,
  outOffset: GuestAddress,
  count: number,
  spliceFlags: number,
): number {
  if (count === 0) return 0;
  if ((spliceFlags & ~SPLICE_F_ALL) !== 0) return -EINVAL;
  const from = usable(thread, inFd);
  const to = usable(thread, outFd);
  if (typeof from === 'number') return from;
  if (typeof to === 'number') return to;
  const refused = refusesOffset(from, inOffset) || refusesOffset(to, outOffset);
  if (refused < 0) return refused;
  if (!from.canRead || !to.canWrite) return -EBADF;
  const pipes = [from.file, to.file].filter((file) => file instanceof PipeEnd).map(({ pipe }) => pipe);
  if (pipes.length === 0 || (pipes.length === 2 && pipes[0] === pipes[1])) return -EINVAL;
  if (!(to.file instanceof PipeEnd) && (to.flags & O_APPEND) !== 0) return -EINVAL;
  const [fromPosition, toPosition] = [placeAt(thread, inOffset), placeAt(thread, outOffset)];
  if ((fromPosition ?? 0) < 0 || (toPosition ?? 0) < 0) return -EINVAL;
  return carry(thread, { from, to, count, fromPosition, toPosition }, spliceFlags, 'moves', (moved) => {
    if (fromPosition !== undefined) writeLong(thread.memory, inOffset, fromPosition + moved);
    if (toPosition !== undefined) writeLong(thread.memory, outOffset, toPosition + moved);
    return moved;
  });
}

function placeAt(thread: LinuxThread, offset: GuestAddress): number | undefined {
  return (offset as number) === 0 ? undefined : readLong(thread.memory, offset);
}

function tee(thread: LinuxThread, inFd: number, outFd: number, count: number, spliceFlags: number): number {
  if ((spliceFlags & ~SPLICE_F_ALL) !== 0) return -EINVAL;
  if (count === 0) return 0;
  const from = readable(thread, inFd);
  const to = writable(thread, outFd);
  if (typeof from === 'number') return from;
  if (typeof to === 'number') return to;
  const [source, target] = [from.file, to.file];
  if (!(source instanceof PipeEnd) || !(target instanceof PipeEnd) || source.pipe === target.pipe) return -EINVAL;
  return carry(thread, { from, to, count }, spliceFlags, 'copies');
}

function vmsplice(
  thread: LinuxThread,
  fdNumber: number,
  vector: GuestAddress,
  count: number,
  spliceFlags: number,
): number {
  if ((spliceFlags & ~SPLICE_F_ALL) !== 0) return -EINVAL;
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  if (!(description.file instanceof PipeEnd)) return -EBADF;
  const segments = readSegments(thread, vector, count);
  if (typeof segments === 'number') return segments;
  const before = description.flags;
  if ((spliceFlags & SPLICE_F_NONBLOCK) !== 0) description.flags |= O_NONBLOCK;
  try {
    return description.canWrite ? writeFrom(thread, description, segments) : readInto(thread, description, segments);
  } finally {
    description.flags = before;
  }
}

const spliceFlag = flags('flags', spliceFlagNames);

export const spliceCalls = [
  syscall(
    275,
    'splice',
    [fd('fd_in'), pointer('off_in'), fd('fd_out'), pointer('off_out'), size('len'), spliceFlag],
    splice,
  ),
  syscall(276, 'tee', [fd('fd_in'), fd('fd_out'), size('len'), spliceFlag], tee),
  syscall(278, 'vmsplice', [fd('fd'), pointer('iov'), ulong('nr_segs'), spliceFlag], vmsplice),
];
