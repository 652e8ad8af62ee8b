/** Addresses, struct msghdr and control messages between guest memory and message.ts. Source: net/socket.c, net/core/scm.c; cmsg(3). */
import type { GuestAddress } from '../../cpu/address.ts';
import { guestAddress } from '../../cpu/address.ts';
import { EINVAL, EMSGSIZE, ENOBUFS } from '../abi/errno.ts';
import { cmsghdr, msghdr, SOCKADDR_STORAGE_SIZE, UIO_MAXIOV } from '../abi/socket.ts';
import { readSegments } from '../fs/descriptors.ts';
import type { Segment } from '../fs/transfer.ts';
import { readBytes, readPointer, writeBytes, writeLong } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';

/** Most control data in one message. Source: /proc/sys/net/core/optmem_max. */
const CONTROL_LIMIT = 131_072;
const ALIGNMENT = 8;

/** A struct sockaddr the program gives, or −EINVAL when its length can't be one. */
export function readAddress(thread: LinuxThread, address: GuestAddress, length: number): Uint8Array | number {
  if (length < 0 || length > SOCKADDR_STORAGE_SIZE) return -EINVAL;
  return readBytes(thread.memory, address, length);
}

/** Stores an address as far as the program has room; its full length goes to `lengthAt`. 0 or −EINVAL. */
export function writeAddress(
  thread: LinuxThread,
  bytes: Uint8Array,
  address: GuestAddress,
  lengthAt: GuestAddress,
): number {
  const room = thread.memory.readI32(lengthAt);
  if (room < 0) return -EINVAL;
  writeBytes(thread.memory, address, bytes.subarray(0, room));
  thread.memory.writeU32(lengthAt, bytes.length);
  return 0;
}

export interface MessageHeader {
  readonly at: GuestAddress;
  readonly name: GuestAddress;
  readonly nameLength: number;
  readonly segments: readonly Segment[];
  readonly control: GuestAddress;
  readonly controlLength: number;
}

/** struct msghdr, or −errno. */
export function readMessageHeader(thread: LinuxThread, at: GuestAddress): MessageHeader | number {
  const { memory } = thread;
  const field = (offset: number): GuestAddress => readPointer(memory, guestAddress(at + offset));
  const name = field(msghdr.msg_name);
  const nameLength = memory.readI32(guestAddress(at + msghdr.msg_namelen));
  const count = field(msghdr.msg_iovlen) as number;
  if (nameLength < 0) return -EINVAL;
  if (count > UIO_MAXIOV) return -EMSGSIZE;
  const segments = readSegments(thread, field(msghdr.msg_iov), count);
  if (typeof segments === 'number') return segments;
  const controlLength = field(msghdr.msg_controllen) as number;
  return {
    at,
    name,
    nameLength: (name as number) === 0 ? 0 : Math.min(nameLength, SOCKADDR_STORAGE_SIZE),
    segments,
    control: field(msghdr.msg_control),
    controlLength,
  };
}

/** One control message as the program gave it. */
export interface GivenControl {
  readonly level: number;
  readonly type: number;
  readonly data: DataView;
}

/** The control messages of a header being sent, or −errno. */
export function readControl(thread: LinuxThread, header: MessageHeader): GivenControl[] | number {
  const { control, controlLength } = header;
  if (controlLength === 0 || (control as number) === 0) return [];
  if (controlLength > CONTROL_LIMIT) return -ENOBUFS;
  const bytes = readBytes(thread.memory, control, controlLength);
  const view = new DataView(bytes.buffer);
  const found: GivenControl[] = [];
  for (let at = 0; at + cmsghdr.size <= controlLength;) {
    const length = Number(view.getBigUint64(at + cmsghdr.cmsg_len, true));
    if (length < cmsghdr.size || length > controlLength - at) return -EINVAL;
    found.push({
      level: view.getInt32(at + cmsghdr.cmsg_level, true),
      type: view.getInt32(at + cmsghdr.cmsg_type, true),
      data: new DataView(bytes.buffer, at + cmsghdr.size, length - cmsghdr.size),
    });
    at += align(length);
  }
  return found;
}

function align(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** Writes control messages one after the other into the room that a receiver has for them. */
export class ControlWriter {
  readonly #thread: LinuxThread;
  readonly #start: number;
  #at: number;
  #room: number;
  /** Something did not fit (MSG_CTRUNC). */
  truncated = false;

  constructor(thread: LinuxThread, header: MessageHeader) {
    this.#thread = thread;
    this.#start = header.control;
    this.#at = header.control;
    this.#room = (header.control as number) === 0 ? 0 : header.controlLength;
  }

  /** Bytes of data that the next message may have. */
  get dataRoom(): number {
    return this.#room - cmsghdr.size;
  }

  /** Bytes used, for msg_controllen. */
  get used(): number {
    return this.#at - this.#start;
  }

  /** Data that does not fit is cut; without room for a header the message is left out. */
  put(level: number, type: number, data: Uint8Array): void {
    if (this.#room < cmsghdr.size) {
      this.truncated = true;
      return;
    }
    let length = cmsghdr.size + data.length;
    if (length > this.#room) {
      this.truncated = true;
      length = this.#room;
    }
    const { memory } = this.#thread;
    writeLong(memory, guestAddress(this.#at + cmsghdr.cmsg_len), length);
    memory.writeU32(guestAddress(this.#at + cmsghdr.cmsg_level), level);
    memory.writeU32(guestAddress(this.#at + cmsghdr.cmsg_type), type);
    writeBytes(memory, guestAddress(this.#at + cmsghdr.size), data.subarray(0, length - cmsghdr.size));
    const space = Math.min(align(length), this.#room);
    this.#at += space;
    this.#room -= space;
  }
}

/** What a received message says about itself. */
export function writeMessageHeader(
  thread: LinuxThread,
  header: MessageHeader,
  told: { readonly address: Uint8Array | undefined; readonly controlLength: number; readonly flags: number },
): void {
  const { memory } = thread;
  const { at, name } = header;
  if ((name as number) !== 0) {
    const address = told.address ?? new Uint8Array(0);
    const room = memory.readI32(guestAddress(at + msghdr.msg_namelen));
    writeBytes(memory, name, address.subarray(0, Math.max(0, room)));
    memory.writeU32(guestAddress(at + msghdr.msg_namelen), address.length);
  }
  memory.writeU32(guestAddress(at + msghdr.msg_flags), told.flags >>> 0);
  writeLong(memory, guestAddress(at + msghdr.msg_controllen), told.controlLength);
}
