/**
 * One request of io_submit. Files are read and written at once, so that the event is there when io_submit returns; a stream that has
 * nothing to give (where Linux's io_submit itself would wait), and a poll, are waited for. Source: io_submit(2); fs/aio.c, io_submit_one.
 */
import { guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { Waiter } from '../../kernel/wait-queue.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL } from '../abi/errno.ts';
import {
  IOCB_CMD_FDSYNC,
  IOCB_CMD_FSYNC,
  IOCB_CMD_POLL,
  IOCB_CMD_PREAD,
  IOCB_CMD_PREADV,
  IOCB_CMD_PWRITE,
  IOCB_CMD_PWRITEV,
  IOCB_FLAG_RESFD,
  KIOCB_KEY,
  iocb,
} from '../abi/aio.ts';
import { O_NONBLOCK, RWF_NOWAIT } from '../abi/fcntl.ts';
import { POLLERR, POLLHUP } from '../abi/poll.ts';
import { flush } from '../fs/calls/sync.ts';
import { isPositioned, refusesFlags, transferWithFlags } from '../fs/calls/read-write.ts';
import type { Direction } from '../fs/calls/read-write.ts';
import type { Description } from '../fs/description.ts';
import { readSegments, usable } from '../fs/descriptors.ts';
import { EventCounter } from '../fs/event-counter.ts';
import { pollReadiness } from '../fs/readiness.ts';
import { isUserRange } from '../fs/transfer.ts';
import type { Segment } from '../fs/transfer.ts';
import { readLong } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { AioContext, PendingRequest } from './context.ts';

interface Iocb {
  readonly address: GuestAddress;
  readonly data: bigint;
  readonly operation: number;
  readonly rwFlags: number;
  readonly description: Description;
  readonly buffer: number;
  readonly length: number;
  readonly offset: number;
  readonly notified: EventCounter | undefined;
}

/** Still under way. */
const LATER = -0x100003;
const SSIZE_END = 2 ** 63;

const directions: Readonly<Record<number, Direction>> = {
  [IOCB_CMD_PREAD]: 'read',
  [IOCB_CMD_PREADV]: 'read',
  [IOCB_CMD_PWRITE]: 'write',
  [IOCB_CMD_PWRITEV]: 'write',
};

/** Starts the request whose iocb is at the address: 0, or the −errno of io_submit (the request is not taken then). */
export function startRequest(thread: LinuxThread, context: AioContext, address: GuestAddress): number {
  const request = readRequest(thread, context, address);
  if (typeof request === 'number') return request;
  const operation = prepare(thread, request);
  if (typeof operation === 'number') return operation;
  const result = operation.attempt();
  if (operation.refusal?.(result) === true) return result;
  if (result !== LATER) complete(context, request, result);
  else new WaitingRequest(thread, context, request, operation.attempt).enter();
  return 0;
}

function readRequest(thread: LinuxThread, context: AioContext, address: GuestAddress): Iocb | number {
  const { memory } = thread;
  const word = (offset: number): number => memory.readU32(guestAddress(address + offset));
  const long = (offset: number): number => readLong(memory, guestAddress(address + offset));
  word(iocb.size - 4);
  const data = memory.readU64(guestAddress(address + iocb.aio_data));
  const length = long(iocb.aio_nbytes);
  if (long(iocb.aio_reserved2) !== 0 || length < 0 || length >= SSIZE_END) return -EINVAL;
  if (context.isFull) return -EAGAIN;
  const description = thread.process.files.get(word(iocb.aio_fildes));
  if (description === undefined || description.isPathOnly) return -EBADF;
  const notified = (word(iocb.aio_flags) & IOCB_FLAG_RESFD) === 0 ? undefined : counterAt(thread, word(iocb.aio_resfd));
  if (typeof notified === 'number') return notified;
  memory.writeU32(guestAddress(address + iocb.aio_key), KIOCB_KEY);
  return {
    address,
    data,
    operation: memory.readU16(guestAddress(address + iocb.aio_lio_opcode)),
    rwFlags: word(iocb.aio_rw_flags) | 0,
    description,
    buffer: Number(memory.readU64(guestAddress(address + iocb.aio_buf))),
    length,
    offset: long(iocb.aio_offset),
    notified,
  };
}

function counterAt(thread: LinuxThread, fdNumber: number): EventCounter | number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  return description.file instanceof EventCounter ? description.file : -EINVAL;
}

interface Operation {
  /** Its result, or LATER: try again when the object wakes us. */
  attempt(): number;
  /** Whether this first result refuses the request instead of ending it. */
  refusal?(result: number): boolean;
}

function prepare(thread: LinuxThread, request: Iocb): Operation | number {
  switch (request.operation) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PWRITE:
    case IOCB_CMD_PREADV:
    case IOCB_CMD_PWRITEV:
      return prepareTransfer(thread, request, directions[request.operation]!);
    case IOCB_CMD_FSYNC:
    case IOCB_CMD_FDSYNC:
      if (request.buffer !== 0 || request.length !== 0 || request.offset !== 0 || request.rwFlags !== 0) return -EINVAL;
      return flush(request.description) === -EINVAL ? -EINVAL : { attempt: () => flush(request.description) };
    case IOCB_CMD_POLL:
      return preparePoll(request);
    default:
      return -EINVAL;
  }
}

function prepareTransfer(thread: LinuxThread, request: Iocb, direction: Direction): Operation | number {
  const { description, offset, rwFlags } = request;
  const refused = refusesFlags(rwFlags);
  if (refused < 0) return refused;
  if (direction === 'read' ? !description.canRead : !description.canWrite) return -EBADF;
  if (description.node?.kind === NodeKind.Directory) return -EINVAL;
  const segments = segmentsOf(thread, request);
  if (typeof segments === 'number') return segments;
  const position = isPositioned(description) ? offset : undefined;
  if (position !== undefined && position < 0) return -EINVAL;
  const waits = (description.flags & O_NONBLOCK) === 0 && (rwFlags & RWF_NOWAIT) === 0;
  const attempt = (): number => {
    const result = transferWithFlags(thread, description, direction, segments, position, rwFlags | RWF_NOWAIT);
    return result === -EAGAIN && waits ? LATER : result;
  };
  return { attempt };
}

function segmentsOf(thread: LinuxThread, { operation, buffer, length }: Iocb): readonly Segment[] | number {
  if (operation === IOCB_CMD_PREADV || operation === IOCB_CMD_PWRITEV)
    return readSegments(thread, guestAddress(buffer), length);
  return isUserRange(buffer, length) ? [{ address: guestAddress(buffer), length }] : -EFAULT;
}

function preparePoll({ description, buffer, length, offset, rwFlags }: Iocb): Operation | number {
  if (buffer > 0xffff || length !== 0 || offset !== 0 || rwFlags !== 0) return -EINVAL;
  const attempt = (): number => {
    const ready = pollReadiness(description) & (buffer | POLLERR | POLLHUP);
    if (ready !== 0) return ready;
    // A file that is always ready never wakes anyone.
    return description.node?.kind === NodeKind.File ? -EINVAL : LATER;
  };
  return { attempt, refusal: (result) => result === -EINVAL };
}

function complete(context: AioContext, { data, address, notified }: Iocb, result: number): void {
  context.complete({ data, request: address, result });
  notified?.add(1n);
}

/** A request that the description's object will wake. */
class WaitingRequest implements Waiter, PendingRequest {
  readonly #thread: LinuxThread;
  readonly #context: AioContext;
  readonly #request: Iocb;
  readonly #attempt: () => number;
  #isOver = false;

  constructor(thread: LinuxThread, context: AioContext, request: Iocb, attempt: () => number) {
    this.#thread = thread;
    this.#context = context;
    this.#request = request;
    this.#attempt = attempt;
  }

  get address(): number {
    return this.#request.address;
  }

  enter(): void {
    this.#request.description.retain();
    this.#context.pending.add(this);
    this.#wait();
  }

  /** A hint, from within a call of the object: what is to be done with it is done after that call. */
  wake(): void {
    const { machine } = this.#thread;
    machine.at(machine.nowNs(), () => this.#tryAgain());
  }

  cancel(manner: 'with-event' | 'silently'): void {
    this.#end();
    if (manner === 'with-event') complete(this.#context, this.#request, 0);
  }

  #wait(): void {
    this.#request.description.file.waitQueue.add(this);
  }

  #tryAgain(): void {
    if (this.#isOver) return;
    const result = this.#orFault();
    if (result === LATER) {
      this.#wait();
      return;
    }
    this.#end();
    complete(this.#context, this.#request, result);
  }

  #orFault(): number {
    try {
      return this.#attempt();
    } catch (failure) {
      if (failure instanceof GuestFault) return -EFAULT;
      throw failure;
    }
  }

  #end(): void {
    const { description } = this.#request;
    this.#isOver = true;
    this.#context.pending.delete(this);
    description.file.waitQueue.remove(this);
    description.release();
  }
}
