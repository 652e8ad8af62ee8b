/** fcntl and flock. Source: fcntl(2), flock(2); fs/fcntl.c, fs/locks.c. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import type { Pipe } from '../../../kernel/streams/pipe.ts';
import { PipeEnd } from '../../../kernel/streams/pipe-end.ts';
import { CAP_SYS_RESOURCE } from '../../abi/capability.ts';
import { capable } from '../../process/credentials.ts';
import { EAGAIN, EBADF, EBUSY, EDEADLK, ENOLCK, EINVAL, EMFILE, EOVERFLOW, EPERM } from '../../abi/errno.ts';
import {
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GET_RW_HINT,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_GETLEASE,
  F_GETLK,
  F_GETOWN,
  F_GETOWN_EX,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_NOTIFY,
  F_SET_RW_HINT,
  F_SETLEASE,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_RDLCK,
  F_SETFD,
  F_SETFL,
  F_SETLK,
  F_SETLKW,
  F_SETOWN,
  F_SETOWN_EX,
  F_SETPIPE_SZ,
  F_SETSIG,
  F_UNLCK,
  F_WRLCK,
  FD_CLOEXEC,
  fcntlNames,
  flockLayout,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  lockNames,
  O_APPEND,
  O_ASYNC,
  O_DIRECT,
  O_NOATIME,
  O_NONBLOCK,
  RWH_WRITE_LIFE_EXTREME,
  RWH_WRITE_LIFE_NOT_SET,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '../../abi/fcntl.ts';
import { Whence } from '../../../kernel/open-file.ts';
import { block, Restart, WAIT } from '../../blocking.ts';
import { readLong, writeLong } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { choice, fd, flags, long, syscall } from '../../syscall.ts';
import { setAsync } from '../async-signals.ts';
import type { Description } from '../description.ts';
import { descriptorLimit, usable } from '../descriptors.ts';
import { OnExec } from '../fd-table.ts';
import { setFraming } from '../fifo.ts';
import { ownerNumber, setOwner, setTypedOwner } from '../file-owner.ts';
import { getLease, notifyDirectory, setLease } from '../leases.ts';
import { addSeals } from '../seals.ts';
import { LockType } from '../lock-table.ts';
import type { RecordLock } from '../lock-table.ts';

const SETTABLE = O_APPEND | O_DIRECT | O_NOATIME | O_NONBLOCK;
const PAGE = 4096;

/** Commands that a descriptor opened with O_PATH allows. */
const PATH_COMMANDS: ReadonlySet<number> = new Set([F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL]);

/** `given` is a signed long: exact for small negative numbers (groups) and for every user address. */
function fcntl(thread: LinuxThread, fdNumber: number, command: number, given: number): number {
  const { files } = thread.process;
  const description = files.get(fdNumber);
  if (description === undefined || (description.isPathOnly && !PATH_COMMANDS.has(command))) return -EBADF;
  const value = (given % 2 ** 32) | 0;
  const argument = given < 0 ? given + 2 ** 64 : given;
  switch (command) {
    case F_DUPFD:
      return duplicate(thread, description, value, OnExec.Keep);
    case F_DUPFD_CLOEXEC:
      return duplicate(thread, description, value, OnExec.Close);
    case F_GETFD:
      return files.onExec(fdNumber) === OnExec.Close ? FD_CLOEXEC : 0;
    case F_SETFD:
      files.setOnExec(fdNumber, (value & FD_CLOEXEC) !== 0 ? OnExec.Close : OnExec.Keep);
      return 0;
    case F_GETFL:
      return description.flags;
    case F_SETFL:
      setAsync(thread, description, fdNumber, (value & O_ASYNC) !== 0 ? 'on' : 'off');
      description.flags = (description.flags & ~SETTABLE) | (value & SETTABLE);
      setFraming(description);
      return 0;
    case F_GETLK:
    case F_OFD_GETLK:
      return getLock(thread, description, command, guestAddress(argument));
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return setLock(thread, description, command, guestAddress(argument));
    case F_GETLEASE:
      return getLease(thread, description);
    case F_SETLEASE:
      return setLease(thread, description, fdNumber, value);
    case F_GET_SEALS:
      return (description.node && thread.process.fs.system.seals.of(description.node)) ?? -EINVAL;
    case F_ADD_SEALS:
      return addSeals(thread.machine, thread.process.fs.system.seals, description, value);
    case F_NOTIFY:
      return notifyDirectory(thread, description, fdNumber, value);
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
      return pipeSize(thread, description, command, value);
    default:
      return ownership(thread, description, command, argument, value);
  }
}

function duplicate(thread: LinuxThread, description: Description, from: number, onExec: OnExec): number {
  const limit = descriptorLimit(thread);
  if (from < 0 || from >= limit) return -EINVAL;
  const number = thread.process.files.allocate(description, onExec, limit, from);
  if (number < 0) return -EMFILE;
  description.retain();
  return number;
}

function ownership(
  thread: LinuxThread,
  description: Description,
  command: number,
  argument: number,
  value: number,
): number {
  switch (command) {
    case F_GETOWN:
      return ownerNumber(thread.machine.tasks, description);
    case F_SETOWN:
      return setOwner(thread, description, value);
    case F_GETOWN_EX:
      thread.memory.writeU32(guestAddress(argument), description.owner.type);
      thread.memory.writeU32(guestAddress(argument + 4), Math.abs(ownerNumber(thread.machine.tasks, description)));
      return 0;
    case F_SETOWN_EX: {
      const type = thread.memory.readU32(guestAddress(argument));
      return setTypedOwner(thread, description, type, thread.memory.readI32(guestAddress(argument + 4)));
    }
    case F_GETSIG:
      return description.ownerSignal;
    case F_GET_RW_HINT:
    case F_SET_RW_HINT:
      return lifetimeHint(thread, description, command, guestAddress(argument));
    case F_SETSIG:
      if (value < 0 || value > 64) return -EINVAL;
      description.ownerSignal = value;
      return 0;
    default:
      return -EINVAL;
  }
}

/** How long what is written may live: kept and told, used by nobody. Source: fcntl(2), "File read/write hints". */
function lifetimeHint(thread: LinuxThread, description: Description, command: number, address: GuestAddress): number {
  const { writeHints } = thread.process.fs.system;
  const inode = description.node ?? description.file;
  if (command === F_GET_RW_HINT) {
    writeLong(thread.memory, address, writeHints.get(inode) ?? RWH_WRITE_LIFE_NOT_SET);
    return 0;
  }
  const hint = readLong(thread.memory, address);
  if (hint < RWH_WRITE_LIFE_NOT_SET || hint > RWH_WRITE_LIFE_EXTREME) return -EINVAL;
  writeHints.set(inode, hint);
  return 0;
}

function pipeSize(thread: LinuxThread, description: Description, command: number, wanted: number): number {
  const { file } = description;
  if (!(file instanceof PipeEnd)) return -EBADF;
  const { pipe } = file;
  if (command === F_GETPIPE_SZ) return pipe.stream.capacityBytes;
  if (wanted < 0) return -EINVAL;
  // A power of two of pages, at least one. Source: fs/pipe.c, round_pipe_size.
  let sizeBytes = PAGE;
  while (sizeBytes < wanted) sizeBytes *= 2;
  const most = thread.machine.settings.number('fs/pipe-max-size');
  if (sizeBytes > most && !capable(thread.process.credentials, CAP_SYS_RESOURCE)) return -EPERM;
  return resizePipe(pipe, sizeBytes);
}

function resizePipe(pipe: Pipe, sizeBytes: number): number {
  if (!pipe.stream.setCapacity(sizeBytes)) return -EBUSY;
  pipe.wakeWriters();
  return sizeBytes;
}

// --- locks -----------------------------------------------------------------------------------------------------------------

/** Source: include/linux/limits.h, OFFSET_MAX. */
const OFFSET_MAX = 0x7fff_ffff_ffff_ffffn;

function isDescriptionLock(command: number): boolean {
  return command === F_OFD_GETLK || command === F_OFD_SETLK || command === F_OFD_SETLKW;
}

interface LockRequest {
  readonly type: number;
  readonly lock: RecordLock;
}

/** struct flock → absolute range. Source: fs/locks.c, flock64_to_posix_lock. */
function readLock(
  thread: LinuxThread,
  description: Description,
  command: number,
  address: GuestAddress,
): LockRequest | number {
  const { memory, process } = thread;
  const type = memory.readU16(guestAddress(address + flockLayout.l_type));
  const whence = memory.readU16(guestAddress(address + flockLayout.l_whence));
  const length = readLong(memory, guestAddress(address + flockLayout.l_len));
  if (type > F_UNLCK) return -EINVAL;
  let base = 0;
  if (whence === SEEK_CUR) base = Math.max(0, description.file.seek(0, Whence.Current));
  else if (whence === SEEK_END) base = description.node?.attributes().sizeBytes ?? 0;
  else if (whence !== SEEK_SET) return -EINVAL;
  let start = base + readLong(memory, guestAddress(address + flockLayout.l_start));
  let end = length === 0 ? Infinity : start + length;
  if (length < 0) [start, end] = [start + length, start];
  if (start < 0) return -EINVAL;
  if (length > 0 && end > Number.MAX_SAFE_INTEGER && lastByte(thread, address, base) > OFFSET_MAX) return -EOVERFLOW;
  const ofd = isDescriptionLock(command);
  if (ofd && memory.readU32(guestAddress(address + flockLayout.l_pid)) !== 0) return -EINVAL;
  const owner = ofd ? description : process.files;
  return {
    type,
    lock: { owner, type: type === F_WRLCK ? LockType.Write : LockType.Read, start, end, pid: ofd ? -1 : process.pid },
  };
}

/** Of a range whose numbers are too large for a `number` to be exact. */
function lastByte(thread: LinuxThread, address: GuestAddress, base: number): bigint {
  const long = (offset: number): bigint => BigInt.asIntN(64, thread.memory.readU64(guestAddress(address + offset)));
  return BigInt(base) + long(flockLayout.l_start) + long(flockLayout.l_len) - 1n;
}

function getLock(thread: LinuxThread, description: Description, command: number, address: GuestAddress): number {
  const request = readLock(thread, description, command, address);
  if (typeof request === 'number') return request;
  if (request.type === F_UNLCK) return -EINVAL;
  const { node } = description;
  const held = node && thread.process.fs.system.locks.conflict(node, request.lock);
  const { memory } = thread;
  if (held === undefined) {
    memory.writeU16(guestAddress(address + flockLayout.l_type), F_UNLCK);
    return 0;
  }
  memory.writeU16(guestAddress(address + flockLayout.l_type), held.type === LockType.Write ? F_WRLCK : F_RDLCK);
  memory.writeU16(guestAddress(address + flockLayout.l_whence), SEEK_SET);
  // Only the very last byte has a start that rounds to 2^63.
  if (held.start >= 2 ** 63) memory.writeU64(guestAddress(address + flockLayout.l_start), OFFSET_MAX);
  else writeLong(memory, guestAddress(address + flockLayout.l_start), held.start);
  writeLong(memory, guestAddress(address + flockLayout.l_len), held.end === Infinity ? 0 : held.end - held.start);
  memory.writeU32(guestAddress(address + flockLayout.l_pid), held.pid >>> 0);
  return 0;
}

function setLock(thread: LinuxThread, description: Description, command: number, address: GuestAddress): number {
  const request = readLock(thread, description, command, address);
  if (typeof request === 'number') return request;
  const { node } = description;
  if (node === undefined) return -EBADF;
  const { locks } = thread.process.fs.system;
  const { lock, type } = request;
  if (type === F_UNLCK) {
    return locks.clearRecord(node, lock) ? 0 : -ENOLCK;
  }
  if (type === F_RDLCK ? !description.canRead : !description.canWrite) return -EBADF;
  if (isDescriptionLock(command)) watchClose(thread, description);
  const waits = command === F_SETLKW || command === F_OFD_SETLKW;
  const attempt = (): number => {
    locks.waitEnds(lock.owner);
    const held = locks.conflict(node, lock);
    if (held === undefined) {
      return locks.setRecord(node, lock) ? 0 : -ENOLCK;
    }
    if (!waits) return -EAGAIN;
    if (command === F_SETLKW && locks.wouldDeadlock(lock.owner, held.owner)) return -EDEADLK;
    locks.waitBegins(lock.owner, held.owner);
    return WAIT;
  };
  const onInterrupt = (): undefined => locks.waitEnds(lock.owner) as undefined;
  return block(thread, { attempt, queues: [locks.released(node)], restart: Restart.Sys, onInterrupt });
}

/** Locks that a description owns go with it. */
function watchClose(thread: LinuxThread, description: Description): void {
  const { locks } = thread.process.fs.system;
  const node = description.node!;
  if (description.holdsLocks) return;
  description.holdsLocks = true;
  description.onClose.set(locks, () => {
    locks.releaseOwner(node, description);
    locks.releaseWhole(node, description);
  });
}

function flock(thread: LinuxThread, fdNumber: number, operation: number): number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  const kind = operation & ~LOCK_NB;
  if (kind !== LOCK_SH && kind !== LOCK_EX && kind !== LOCK_UN) return -EINVAL;
  const { node } = description;
  if (node === undefined) return -EBADF;
  const { locks } = thread.process.fs.system;
  if (kind === LOCK_UN) {
    locks.releaseWhole(node, description);
    return 0;
  }
  watchClose(thread, description);
  const type = kind === LOCK_EX ? LockType.Write : LockType.Read;
  const blocked = (operation & LOCK_NB) !== 0 ? -EAGAIN : WAIT;
  const attempt = (): number => (locks.takeWhole(node, description, type, thread.process.pid) ? 0 : blocked);
  const first = attempt();
  if (first !== WAIT) return first;
  return block(thread, { attempt, queues: [locks.released(node)], restart: Restart.Sys });
}

export const fcntlCalls = [
  syscall(72, 'fcntl', [fd('fd'), choice('cmd', fcntlNames), long('arg')], fcntl),
  syscall(73, 'flock', [fd('fd'), flags('operation', lockNames)], flock),
];
