/**
 * Moving bytes between guest memory and a description: the one core under read, write and their relatives. A call names its guest
 * buffers as segments; they are gathered into (or scattered from) one piece, so an object sees whole writes and atomic
 * ones stay atomic. Source: read(2), write(2), pipe(7), readv(2); fs/read_write.c.
 */
import { guestAddress, USER_LIMIT } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { Whence } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { CAP_FSETID } from '../abi/capability.ts';
import { capable } from '../process/credentials.ts';
import { EAGAIN, EFAULT, EFBIG } from '../abi/errno.ts';
import { O_APPEND, O_NONBLOCK } from '../abi/fcntl.ts';
import { IN_ACCESS, IN_ATTRIB, IN_MODIFY } from '../abi/inotify.ts';
import { RLIMIT_FSIZE } from '../abi/resource.ts';
import { SIGXFSZ } from '../abi/signal.ts';
import { S_ISGID, S_ISUID } from '../abi/stat.ts';
import { block, Restart, WAIT } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { brokenPipe, sendToThread } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import { linuxResult } from '../status-errno.ts';
import type { Description } from './description.ts';
import type { LinuxFile } from './linux-file.ts';

export interface Segment {
  readonly address: GuestAddress;
  readonly length: number;
}

/** Most that one call transfers. Source: include/linux/fs.h, MAX_RW_COUNT. */
export const MAX_RW_COUNT = 0x7ffff000;

/** Whether all of a buffer lies below the kernel's half of the addresses. Source: access_ok. */
export function isUserRange(address: number, length: number): boolean {
  return address + length <= USER_LIMIT;
}

export function totalLength(segments: readonly Segment[]): number {
  let total = 0;
  for (const segment of segments) total += segment.length;
  return Math.min(total, MAX_RW_COUNT);
}

/** Fills the segments from the description, at its cursor or at a position; waits for the first byte where it must. */
export function readInto(
  thread: LinuxThread,
  description: Description,
  segments: readonly Segment[],
  position?: number,
): number {
  const { transferIn } = description.file as LinuxFile;
  if (transferIn !== undefined) return transferIn.call(description.file, thread, description, segments);
  const total = totalLength(segments);
  const mayWait = (description.flags & O_NONBLOCK) === 0;
  const attempt = (): number => {
    const refused = (description.file as LinuxFile).checkTransfer?.(thread, 'read') ?? 0;
    if (refused < 0) return refused;
    const count = readOnce(thread, description, segments, total, position);
    if (count === -EAGAIN && mayWait) return WAIT;
    thread.usage.reads++;
    if (count > 0) {
      thread.usage.readBytes += count;
      description.notify(IN_ACCESS);
    }
    return count;
  };
  const first = attempt();
  if (first !== WAIT) return first;
  return block(thread, { attempt, queues: [description.file.waitQueue], restart: Restart.Sys });
}

function readOnce(
  thread: LinuxThread,
  description: Description,
  segments: readonly Segment[],
  total: number,
  position: number | undefined,
): number {
  const { file } = description;
  const { transfer } = thread.process.fs.system;
  let done = 0;
  do {
    const piece = transfer.subarray(0, Math.min(transfer.length, total - done));
    const got = position === undefined ? file.read(piece) : file.readAt(position + done, piece);
    if (got < 0) return done > 0 ? done : linuxResult(got);
    const stored = scatter(thread, segments, done, got === piece.length ? piece : piece.subarray(0, got));
    done += stored;
    if (stored < got) {
      if (position === undefined && file.node?.kind === NodeKind.File) file.seek(stored - got, Whence.Current);
      return done > 0 ? done : -EFAULT;
    }
    if (got < piece.length) break;
  } while (done < total);
  return done;
}

/** Takes the segments' bytes into the description; waits until all are taken where it may. */
export function writeFrom(
  thread: LinuxThread,
  description: Description,
  segments: readonly Segment[],
  position?: number,
): number {
  const { transferOut } = description.file as LinuxFile;
  if (transferOut !== undefined) return transferOut.call(description.file, thread, description, segments);
  const total = totalLength(segments);
  const mayWait = (description.flags & O_NONBLOCK) === 0;
  let done = 0;
  thread.usage.writes++;
  const attempt = (): number => {
    const before = done;
    const result = writeMore();
    if (done > before) description.notify(IN_MODIFY);
    return result;
  };
  const writeMore = (): number => {
    const refused = (description.file as LinuxFile).checkTransfer?.(thread, 'write') ?? 0;
    if (refused < 0) return done > 0 ? done : refused;
    for (;;) {
      const count = writeOnce(thread, description, segments, done, total, position);
      if (count > 0) done += count;
      if (count > 0) thread.usage.writtenBytes += count;
      if (count === -EAGAIN && mayWait) return WAIT;
      if (count < 0) return done > 0 ? done : count;
      if (count === 0 || done >= total) return done;
    }
  };
  const first = attempt();
  if (first !== WAIT) return first;
  return block(thread, {
    attempt,
    queues: [description.file.waitQueue],
    restart: Restart.Sys,
    onInterrupt: () => (done > 0 ? done : undefined),
  });
}

function writeOnce(
  thread: LinuxThread,
  description: Description,
  segments: readonly Segment[],
  done: number,
  total: number,
  position: number | undefined,
): number {
  const { file } = description;
  const { transfer } = thread.process.fs.system;
  const wanted = Math.min(transfer.length, total - done);
  let piece = transfer.subarray(0, wanted);
  const gathered = gather(thread, segments, done, piece);
  if (gathered === 0 && wanted > 0) return -EFAULT;
  if (gathered < wanted) piece = piece.subarray(0, gathered);
  const isRegular = file.node?.kind === NodeKind.File;
  let at = position === undefined ? undefined : position + done;
  if (isRegular) {
    // O_APPEND wins over a position too. Source: pwrite(2), BUGS.
    if ((description.flags & O_APPEND) !== 0) at = seekToEnd(description, position !== undefined);
    const room = roomBelowLimit(thread, description, at, piece.length);
    if (room < 0) return room;
    if (room < piece.length) piece = piece.subarray(0, room);
    const { seals } = thread.process.fs.system;
    if (seals.inUse) {
      const sealed = seals.writable(file.node!, at ?? file.seek(0, Whence.Current), piece.length);
      if (sealed < 0) return sealed;
      piece = piece.subarray(0, sealed);
    }
    if (piece.length > 0) dropPrivilegeBits(thread, description);
  }
  const count = at === undefined ? file.write(piece) : file.writeAt(at, piece);
  if (count === Status.BrokenStream) brokenPipe(thread);
  return count < 0 ? linuxResult(count) : count;
}

/** Moves the cursor to the end; for a positioned write, answers the end as a position. */
function seekToEnd(description: Description, positioned: boolean): number | undefined {
  if (positioned) return description.node!.attributes().sizeBytes;
  description.file.seek(0, Whence.End);
  return undefined;
}

/** Bytes that may still be written under RLIMIT_FSIZE; at the limit SIGXFSZ and −EFBIG. Source: setrlimit(2). */
function roomBelowLimit(thread: LinuxThread, description: Description, at: number | undefined, length: number): number {
  const limit = thread.process.limits.soft(RLIMIT_FSIZE);
  if (limit === Infinity || length === 0) return length;
  const position = at ?? description.file.seek(0, Whence.Current);
  if (position + length <= limit) return length;
  if (position < limit) return limit - position;
  sendToThread(thread, kernelSignal(SIGXFSZ));
  return -EFBIG;
}

/** Writing takes set-user-ID and set-group-ID away. Source: write(2); fs/inode.c, should_remove_suid. */
export function dropPrivilegeBits(thread: LinuxThread, description: Description): void {
  if (capable(thread.process.credentials, CAP_FSETID)) return;
  const node = description.node!;
  const { permissions } = node.attributes();
  const lost = (permissions & S_ISUID) | ((permissions & 0o010) !== 0 ? permissions & S_ISGID : 0);
  if (lost === 0) return;
  node.setAttributes({ permissions: permissions & ~lost });
  description.notify(IN_ATTRIB);
}

/** Copies out of the segments from byte `skip` on; the bytes copied, fewer when a page refuses. */
export function gather(thread: LinuxThread, segments: readonly Segment[], skip: number, into: Uint8Array): number {
  const { memory } = thread;
  if (segments.length === 1) return memory.read(guestAddress(segments[0]!.address + skip), into);
  return eachPart(segments, skip, into, (address, part) => memory.read(address, part));
}

/** Copies into the segments from byte `skip` on; the bytes copied, fewer when a page refuses. */
export function scatter(thread: LinuxThread, segments: readonly Segment[], skip: number, from: Uint8Array): number {
  const { memory } = thread;
  if (segments.length === 1) return memory.write(guestAddress(segments[0]!.address + skip), from);
  return eachPart(segments, skip, from, (address, part) => memory.write(address, part));
}

function eachPart(
  segments: readonly Segment[],
  skip: number,
  bytes: Uint8Array,
  move: (address: GuestAddress, part: Uint8Array) => number,
): number {
  let moved = 0;
  let start = 0;
  for (const { address, length } of segments) {
    const end = start + length;
    const from = skip + moved;
    if (moved < bytes.length && from < end) {
      const part = bytes.subarray(moved, Math.min(bytes.length, moved + end - from));
      const count = move(guestAddress(address + (from - start)), part);
      moved += count;
      if (count < part.length) return moved;
    }
    start = end;
  }
  return moved;
}
