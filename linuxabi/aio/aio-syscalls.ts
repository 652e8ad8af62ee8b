/** io_setup, io_submit, io_getevents, io_pgetevents, io_cancel, io_destroy. Source: their man pages; fs/aio.c. */
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { ForkPolicy } from '../../kernel/memory/region.ts';
import { Placement } from '../../kernel/memory/address-space.ts';
import { EAGAIN, EFAULT, EINPROGRESS, EINTR, EINVAL, ENOMEM } from '../abi/errno.ts';
import { KIOCB_KEY, aioSigset, io_event, iocb } from '../abi/aio.ts';
import { PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import { withSignalMask } from '../fs/signal-mask.ts';
import { readLong, readPointer, writeLong } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { long, partial, pointer, syscall, uint, ulong } from '../syscall.ts';
import { AioContext } from './context.ts';
import type { AioContexts, AioEvent } from './context.ts';
import { startRequest } from './request.ts';

/** Source: fs/aio.c, ioctx_alloc: as many events as a ring of 2^28 bytes would hold, after doubling. */
const MOST_EVENTS = 2 ** 28 / io_event.size / 2;

function contextsOf(thread: LinuxThread): AioContexts {
  return thread.process.image!.aio;
}

function setup(thread: LinuxThread, count: number, place: GuestAddress): number {
  if (readLong(thread.memory, place) !== 0 || count === 0 || count > MOST_EVENTS) return -EINVAL;
  if (count > thread.machine.settings.number('fs/aio-max-nr')) return -EAGAIN;
  const space = thread.process.addressSpace;
  const address = space.mapAnonymous({
    placement: Placement.Anywhere,
    address: 0,
    lengthBytes: PAGE_SIZE,
    permissions: PROT_READ | PROT_WRITE,
    label: '/[aio] (deleted)',
  });
  if (address < 0) return -ENOMEM;
  space.change(address, PAGE_SIZE, { forkPolicy: ForkPolicy.None });
  writeLong(thread.memory, place, address);
  contextsOf(thread).add(address, new AioContext(count));
  return 0;
}

function destroy(thread: LinuxThread, address: number): number {
  if (contextsOf(thread).remove(address) === undefined) return -EINVAL;
  thread.process.addressSpace.unmap(address, PAGE_SIZE);
  return 0;
}

function submit(thread: LinuxThread, address: number, count: number, list: GuestAddress): number {
  const context = contextsOf(thread).get(address);
  if (count < 0 || context === undefined) return -EINVAL;
  for (let done = 0; done < count; done++) {
    const refused = orFault(() => {
      const request = readPointer(thread.memory, guestAddress(list + done * 8));
      return startRequest(thread, context, request);
    });
    if (refused < 0) return done > 0 ? done : refused;
  }
  return count;
}

/** A fault in one request does not undo those before it. */
function orFault(step: () => number): number {
  try {
    return step();
  } catch (failure) {
    if (failure instanceof GuestFault) return -EFAULT;
    throw failure;
  }
}

interface Fetch {
  readonly address: number;
  readonly least: number;
  readonly most: number;
  readonly events: GuestAddress;
  readonly timeoutNs: number;
}

function getEvents(thread: LinuxThread, { address, least, most, events, timeoutNs }: Fetch): number {
  const contexts = contextsOf(thread);
  const context = contexts.get(address);
  if (context === undefined || least < 0 || least > most) return -EINVAL;
  let done = 0;
  const attempt = (): number => {
    const ready = context.peek(most - done);
    for (const event of ready) {
      storeEvent(thread, guestAddress(events + done * io_event.size), event);
      context.take(1);
      done++;
    }
    if (done >= least || contexts.get(address) !== context) return done;
    return WAIT;
  };
  return block(thread, {
    attempt: () => orPartial(attempt, () => done),
    queues: [context.waitQueue],
    ...(timeoutNs === Infinity ? {} : { deadlineNs: thread.machine.nowNs() + timeoutNs }),
    onTimeout: () => done,
    onInterrupt: () => (done > 0 ? done : -EINTR),
    restart: Restart.Never,
  });
}

function orPartial(attempt: () => number, done: () => number): number {
  const result = orFault(attempt);
  return result === -EFAULT && done() > 0 ? done() : result;
}

function storeEvent(thread: LinuxThread, at: GuestAddress, event: AioEvent): void {
  const { memory } = thread;
  memory.writeU64(guestAddress(at + io_event.data), event.data);
  writeLong(memory, guestAddress(at + io_event.obj), event.request);
  writeLong(memory, guestAddress(at + io_event.res), event.result);
  writeLong(memory, guestAddress(at + io_event.res2), 0);
}

const NS = 1e9;

/** No limit without a pointer; unlike elsewhere any numbers will do. */
function readTimeoutNs(thread: LinuxThread, address: GuestAddress): number {
  if ((address as number) === 0) return Infinity;
  const seconds = readLong(thread.memory, address);
  return Math.max(0, seconds * NS + readLong(thread.memory, guestAddress(address + 8)));
}

function getEventsMasked(
  thread: LinuxThread,
  address: number,
  least: number,
  most: number,
  events: GuestAddress,
  timeout: GuestAddress,
  signals: GuestAddress,
): number {
  const timeoutNs = readTimeoutNs(thread, timeout);
  const fetch = { address, least, most, events, timeoutNs };
  if ((signals as number) === 0) return getEvents(thread, fetch);
  const mask = readPointer(thread.memory, guestAddress(signals + aioSigset.sigmask));
  const length = readLong(thread.memory, guestAddress(signals + aioSigset.sigsetsize));
  return withSignalMask(thread, mask, length, () => getEvents(thread, fetch));
}

/** What can be called off tells so by its event. */
function cancel(thread: LinuxThread, address: number, request: GuestAddress): number {
  const key = thread.memory.readU32(guestAddress(request + iocb.aio_key));
  const context = contextsOf(thread).get(address);
  if (key !== KIOCB_KEY || context === undefined) return -EINVAL;
  for (const pending of context.pending) {
    if (pending.address !== (request as number)) continue;
    pending.cancel('with-event');
    return -EINPROGRESS;
  }
  return -EINVAL;
}

const eventArguments = [ulong('ctx_id'), long('min_nr'), long('nr'), pointer('events'), pointer('timeout')] as const;

export const aioSyscalls = [
  syscall(
    206,
    'io_setup',
    [uint('nr_events'), pointer('ctx_idp')],
    setup,
    partial('the ring of events can not be read without a system call'),
  ),
  syscall(207, 'io_destroy', [ulong('ctx_id')], destroy),
  syscall(208, 'io_getevents', eventArguments, (thread, address, least, most, events, timeout) =>
    getEvents(thread, { address, least, most, events, timeoutNs: readTimeoutNs(thread, timeout) }),
  ),
  syscall(209, 'io_submit', [ulong('ctx_id'), long('nr'), pointer('iocbpp')], submit),
  syscall(210, 'io_cancel', [ulong('ctx_id'), pointer('iocb'), pointer('result')], cancel),
  syscall(333, 'io_pgetevents', [...eventArguments, pointer('usig')], getEventsMasked),
];
