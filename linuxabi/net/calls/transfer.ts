/** sendto, recvfrom, sendmsg, recvmsg and their forms for several messages. Source: net/socket.c. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import {
  messageFlagNames,
  mmsghdr,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_WAITFORONE,
  UIO_MAXIOV,
} from '../../abi/socket.ts';
import { WAIT } from '../../blocking.ts';
import { readTimeoutNs } from '../../fs/calls/poll.ts';
import { MAX_RW_COUNT } from '../../fs/transfer.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { buffer, fd, flags, int, pointer, size, syscall, uint } from '../../syscall.ts';
import { writeDurationNs } from '../../time/timespec.ts';
import { readAncillary, writeAncillary } from '../ancillary.ts';
import { ControlWriter, readAddress, readMessageHeader, writeAddress, writeMessageHeader } from '../guest-message.ts';
import type { Received } from '../message.ts';
import { carryOut, receiveMessage, Receiving, Sending, sendMessage } from '../message-io.ts';
import type { Transfer } from '../message-io.ts';
import { socketAt } from './creation.ts';
import type { OpenSocket } from './creation.ts';

function sendto(
  thread: LinuxThread,
  fdNumber: number,
  address: GuestAddress,
  length: number,
  messageFlags: number,
  to: GuestAddress,
  toLength: number,
): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const name = (to as number) === 0 ? undefined : readAddress(thread, to, toLength);
  if (typeof name === 'number') return name;
  const segments = [{ address, length: Math.min(length, MAX_RW_COUNT) }];
  return sendMessage(thread, open.description, open.socket, {
    segments,
    flags: messageFlags,
    address: name?.length === 0 ? undefined : name,
    ancillary: undefined,
  });
}

function recvfrom(
  thread: LinuxThread,
  fdNumber: number,
  address: GuestAddress,
  length: number,
  messageFlags: number,
  from: GuestAddress,
  fromLength: GuestAddress,
): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const segments = [{ address, length: Math.min(length, MAX_RW_COUNT) }];
  const finish = (received: Received): number => {
    // Descriptors have nowhere to go in this call.
    for (const file of received.files) file.release();
    if ((from as number) === 0) return 0;
    return writeAddress(thread, received.address ?? new Uint8Array(0), from, fromLength);
  };
  return receiveMessage(thread, open.description, open.socket, { segments, flags: messageFlags, finish });
}

/** A sendmsg begun, or −errno. */
function beginSend(
  thread: LinuxThread,
  { description, socket }: OpenSocket,
  message: GuestAddress,
  messageFlags: number,
): Sending | number {
  const header = readMessageHeader(thread, message);
  if (typeof header === 'number') return header;
  const address = header.nameLength === 0 ? undefined : readAddress(thread, header.name, header.nameLength);
  if (typeof address === 'number') return address;
  const ancillary = readAncillary(thread, socket, header);
  if (typeof ancillary === 'number') return ancillary;
  const { segments } = header;
  return new Sending(thread, description, socket, { segments, flags: messageFlags, address, ancillary });
}

/** A recvmsg begun, or −errno. */
function beginReceive(
  thread: LinuxThread,
  { description, socket }: OpenSocket,
  message: GuestAddress,
  messageFlags: number,
): Receiving | number {
  const header = readMessageHeader(thread, message);
  if (typeof header === 'number') return header;
  const finish = (received: Received): number => {
    const control = new ControlWriter(thread, header);
    writeAncillary(thread, socket, received, control, messageFlags);
    const cut = control.truncated ? MSG_CTRUNC : 0;
    writeMessageHeader(thread, header, {
      address: received.address,
      controlLength: control.used,
      flags: received.flags | cut | (messageFlags & MSG_CMSG_CLOEXEC),
    });
    return 0;
  };
  return new Receiving(thread, description, socket, { segments: header.segments, flags: messageFlags, finish });
}

function sendmsg(thread: LinuxThread, fdNumber: number, message: GuestAddress, messageFlags: number): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const sending = beginSend(thread, open, message, messageFlags);
  if (typeof sending === 'number') return sending;
  return carryOut(thread, open.socket, sending, open.socket.options.sendTimeoutNs);
}

function recvmsg(thread: LinuxThread, fdNumber: number, message: GuestAddress, messageFlags: number): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const receiving = beginReceive(thread, open, message, messageFlags);
  if (typeof receiving === 'number') return receiving;
  return carryOut(thread, open.socket, receiving, open.socket.options.receiveTimeoutNs);
}

/** Several messages in one call: each in turn, the count of those done is the result. */
class Series implements Transfer {
  readonly #thread: LinuxThread;
  readonly #vector: GuestAddress;
  readonly #count: number;
  readonly #begin: (message: GuestAddress, index: number) => Transfer | number;
  /** Told after each message; true ends the series. */
  readonly #ends: () => boolean;
  #current: Transfer | undefined;
  #done = 0;

  constructor(
    thread: LinuxThread,
    vector: GuestAddress,
    count: number,
    begin: (message: GuestAddress, index: number) => Transfer | number,
    ends: () => boolean = () => false,
  ) {
    this.#thread = thread;
    this.#vector = vector;
    this.#count = Math.min(count >>> 0, UIO_MAXIOV);
    this.#begin = begin;
    this.#ends = ends;
  }

  attempt(): number {
    while (this.#done < this.#count) {
      const message = guestAddress(this.#vector + this.#done * mmsghdr.size);
      const current = this.#current ?? this.#begin(message, this.#done);
      const result = typeof current === 'number' ? current : current.attempt();
      if (result === WAIT) {
        this.#current = current as Transfer;
        return WAIT;
      }
      this.#current = undefined;
      if (result < 0) return this.stop(result);
      this.#thread.memory.writeU32(guestAddress(message + mmsghdr.msg_len), result);
      this.#done++;
      if (this.#ends()) break;
    }
    return this.#done;
  }

  stop(result: number): number {
    this.abandon();
    return this.#done > 0 ? this.#done : result;
  }

  interrupted(): number | undefined {
    this.abandon();
    return this.#done > 0 ? this.#done : undefined;
  }

  abandon(): void {
    this.#current?.abandon?.();
    this.#current = undefined;
  }
}

function sendmmsg(
  thread: LinuxThread,
  fdNumber: number,
  vector: GuestAddress,
  count: number,
  messageFlags: number,
): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const series = new Series(thread, vector, count, (message) => beginSend(thread, open, message, messageFlags));
  return carryOut(thread, open.socket, series, open.socket.options.sendTimeoutNs);
}

function recvmmsg(
  thread: LinuxThread,
  fdNumber: number,
  vector: GuestAddress,
  count: number,
  messageFlags: number,
  timeout: GuestAddress,
): number {
  const timeoutNs = readTimeoutNs(thread, timeout);
  if (timeoutNs < 0) return timeoutNs;
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const deadlineNs = thread.machine.nowNs() + timeoutNs;
  const begin = (message: GuestAddress, index: number): Transfer | number => {
    const later = index > 0 && (messageFlags & MSG_WAITFORONE) !== 0 ? MSG_DONTWAIT : 0;
    return beginReceive(thread, open, message, (messageFlags & ~MSG_WAITFORONE) | later);
  };
  // The time is looked at between messages only, as on Linux. Source: recvmmsg(2), BUGS.
  const ends = (): boolean => {
    if (timeoutNs === Infinity) return false;
    const leftNs = Math.max(0, deadlineNs - thread.machine.nowNs());
    writeDurationNs(thread, timeout, leftNs);
    return leftNs === 0;
  };
  const series = new Series(thread, vector, count, begin, ends);
  return carryOut(thread, open.socket, series, open.socket.options.receiveTimeoutNs);
}

const messageFlags = flags('flags', messageFlagNames);
const oneMessage = [fd('sockfd'), pointer('msg'), messageFlags] as const;
const someMessages = [fd('sockfd'), pointer('msgvec'), uint('vlen'), messageFlags] as const;

export const transferCalls = [
  syscall(
    44,
    'sendto',
    [fd('sockfd'), buffer('buf'), size('len'), messageFlags, pointer('dest_addr'), int('addrlen')],
    sendto,
  ),
  syscall(
    45,
    'recvfrom',
    [fd('sockfd'), pointer('buf'), size('len'), messageFlags, pointer('src_addr'), pointer('addrlen')],
    recvfrom,
  ),
  syscall(46, 'sendmsg', oneMessage, sendmsg),
  syscall(47, 'recvmsg', oneMessage, recvmsg),
  syscall(299, 'recvmmsg', [...someMessages, pointer('timeout')], recvmmsg),
  syscall(307, 'sendmmsg', someMessages, sendmmsg),
];
