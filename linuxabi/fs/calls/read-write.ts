/** read, write, and their positioned and vectored relatives; lseek. */
import { NodeKind } from '../../../kernel/file-server.ts';
import { Whence } from '../../../kernel/open-file.ts';
import { Status } from '../../../kernel/status.ts';
import { EFAULT, EINVAL, ENXIO, EOPNOTSUPP, ESPIPE } from '../../abi/errno.ts';
import {
  O_APPEND,
  O_NONBLOCK,
  RWF_APPEND,
  RWF_NOAPPEND,
  RWF_NOWAIT,
  rwfNames,
  RWF_SUPPORTED,
  seekNames,
} from '../../abi/fcntl.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { linuxResult } from '../../status-errno.ts';
import { buffer, choice, fd, flags, int, long, pointer, size, syscall } from '../../syscall.ts';
import type { Description } from '../description.ts';
import { readable, readSegments, usable, writable } from '../descriptors.ts';
import { isUserRange, readInto, totalLength, writeFrom, MAX_RW_COUNT } from '../transfer.ts';
import type { Segment } from '../transfer.ts';

/** Positions are signed 64-bit numbers; only the last one rounds to this. */
const POSITION_LIMIT = 2 ** 63;

export type Direction = 'read' | 'write';

function opened(thread: LinuxThread, fdNumber: number, direction: Direction): Description | number {
  return direction === 'read' ? readable(thread, fdNumber) : writable(thread, fdNumber);
}

function transfer(
  thread: LinuxThread,
  description: Description,
  direction: Direction,
  segments: readonly Segment[],
  position?: number,
): number {
  return direction === 'read'
    ? readInto(thread, description, segments, position)
    : writeFrom(thread, description, segments, position);
}

/** −errno for RWF_ flags that are not known or contradict each other. Source: include/linux/fs.h, kiocb_set_rw_flags. */
export function refusesFlags(rwf: number): number {
  if ((rwf & ~RWF_SUPPORTED) !== 0) return -EOPNOTSUPP;
  return (rwf & RWF_APPEND) !== 0 && (rwf & RWF_NOAPPEND) !== 0 ? -EINVAL : 0;
}

/** A transfer for whose time the description has other flags. */
export function transferWithFlags(
  thread: LinuxThread,
  description: Description,
  direction: Direction,
  segments: readonly Segment[],
  position: number | undefined,
  rwf: number,
): number {
  const before = description.flags;
  if ((rwf & RWF_APPEND) !== 0) description.flags |= O_APPEND;
  if ((rwf & RWF_NOAPPEND) !== 0) description.flags &= ~O_APPEND;
  if ((rwf & RWF_NOWAIT) !== 0) description.flags |= O_NONBLOCK;
  try {
    return transfer(thread, description, direction, segments, position);
  } finally {
    description.flags = before;
  }
}

/** Streams and terminals have no positions. */
export function isPositioned(description: Description): boolean {
  return description.file.seek(0, Whence.Current) !== Status.NotSeekable;
}

function plain(direction: Direction) {
  return (thread: LinuxThread, fdNumber: number, address: Segment['address'], length: number): number => {
    const description = opened(thread, fdNumber, direction);
    if (typeof description === 'number') return description;
    if (!isUserRange(address, length)) return -EFAULT;
    return transfer(thread, description, direction, [{ address, length: Math.min(length, MAX_RW_COUNT) }]);
  };
}

function vectored(direction: Direction) {
  return (thread: LinuxThread, fdNumber: number, vector: Segment['address'], count: number): number => {
    const description = opened(thread, fdNumber, direction);
    if (typeof description === 'number') return description;
    const segments = readSegments(thread, vector, count);
    return typeof segments === 'number' ? segments : transfer(thread, description, direction, segments);
  };
}

/** Whether a transfer would go beyond the last position a file can have. Source: fs/read_write.c, rw_verify_area. */
function endsBeyondLimit(position: number, segments: readonly Segment[]): boolean {
  const length = totalLength(segments);
  return length > 0 && position + length >= POSITION_LIMIT;
}

/** The description for a transfer at a position, or −errno in the order of Linux's checks. */
function openedAt(thread: LinuxThread, fdNumber: number, direction: Direction, position: number): Description | number {
  if (position < 0) return -EINVAL;
  const description = opened(thread, fdNumber, direction);
  if (typeof description === 'number') return description;
  return isPositioned(description) ? description : -ESPIPE;
}

function positioned(direction: Direction) {
  return (thread: LinuxThread, fdNumber: number, address: Segment['address'], length: number, position: number) => {
    const description = openedAt(thread, fdNumber, direction, position);
    if (typeof description === 'number') return description;
    if (!isUserRange(address, length)) return -EFAULT;
    const segments = [{ address, length: Math.min(length, MAX_RW_COUNT) }];
    return endsBeyondLimit(position, segments) ? -EINVAL : transfer(thread, description, direction, segments, position);
  };
}

function positionedVector(direction: Direction) {
  return (thread: LinuxThread, fdNumber: number, vector: Segment['address'], count: number, position: number) =>
    flaggedVector(thread, direction, { fdNumber, vector, count, position, rwf: 0 });
}

/** preadv2, pwritev2: position −1 means the cursor; the flags hold for this call. */
function positionedVector2(direction: Direction) {
  return (
    thread: LinuxThread,
    fdNumber: number,
    vector: Segment['address'],
    count: number,
    position: number,
    _high: number,
    rwf: number,
  ) =>
    flaggedVector(thread, direction, {
      fdNumber,
      vector,
      count,
      position: position === -1 ? undefined : position,
      rwf,
    });
}

interface VectorCall {
  readonly fdNumber: number;
  readonly vector: Segment['address'];
  readonly count: number;
  readonly position: number | undefined;
  readonly rwf: number;
}

function flaggedVector(thread: LinuxThread, direction: Direction, call: VectorCall): number {
  const { fdNumber, position, rwf } = call;
  const description =
    position === undefined ? opened(thread, fdNumber, direction) : openedAt(thread, fdNumber, direction, position);
  if (typeof description === 'number') return description;
  const segments = readSegments(thread, call.vector, call.count);
  if (typeof segments === 'number') return segments;
  if (position !== undefined && endsBeyondLimit(position, segments)) return -EINVAL;
  const refused = totalLength(segments) === 0 ? 0 : refusesFlags(rwf);
  return refused < 0 ? refused : transferWithFlags(thread, description, direction, segments, position, rwf);
}

function lseek(thread: LinuxThread, fdNumber: number, offset: number, whence: number): number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  if (whence < 0 || whence > Whence.Hole) return -EINVAL;
  const { file } = description;
  const position = file.seek(offset, whence as Whence);
  if (position === Status.NoDevice) return -ENXIO;
  // Reading a directory again from its start shows what has changed meanwhile.
  if (file.node?.kind === NodeKind.Directory && position === Status.NotSupported) return -EINVAL;
  return linuxResult(position);
}

export const readWriteCalls = [
  syscall(0, 'read', [fd('fd'), pointer('buf'), size('count')], plain('read')),
  syscall(1, 'write', [fd('fd'), buffer('buf'), size('count')], plain('write')),
  syscall(8, 'lseek', [fd('fd'), long('offset'), choice('whence', seekNames)], lseek),
  syscall(17, 'pread64', [fd('fd'), pointer('buf'), size('count'), long('offset')], positioned('read')),
  syscall(18, 'pwrite64', [fd('fd'), buffer('buf'), size('count'), long('offset')], positioned('write')),
  syscall(19, 'readv', [fd('fd'), pointer('iov'), int('iovcnt')], vectored('read')),
  syscall(20, 'writev', [fd('fd'), pointer('iov'), int('iovcnt')], vectored('write')),
  syscall(295, 'preadv', [fd('fd'), pointer('iov'), int('iovcnt'), long('offset')], positionedVector('read')),
  syscall(296, 'pwritev', [fd('fd'), pointer('iov'), int('iovcnt'), long('offset')], positionedVector('write')),
  syscall(
    327,
    'preadv2',
    [fd('fd'), pointer('iov'), int('iovcnt'), long('offset'), long('offset_high'), flags('flags', rwfNames)],
    positionedVector2('read'),
  ),
  syscall(
    328,
    'pwritev2',
    [fd('fd'), pointer('iov'), int('iovcnt'), long('offset'), long('offset_high'), flags('flags', rwfNames)],
    positionedVector2('write'),
  ),
];
