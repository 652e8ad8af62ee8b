/** Messages of netlink: what a datagram asks, and the bytes of answers. Source: netlink(7). */
import { bytesFromString } from '../../../kernel/byte-string.ts';
import { concatenate } from '../../../kernel/concatenate.ts';
import { NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR, nlmsghdr } from '../../abi/netlink.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { intBytes } from '../socket-options.ts';

export interface NetlinkRequest {
  /** With its header. */
  readonly bytes: Uint8Array;
  readonly type: number;
  /** NLM_F_* */
  readonly flags: number;
  readonly sequence: number;
}

/** A message's type and what stands behind its header. */
export interface NetlinkAnswer {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Answers about all there are; what it returns is the −errno that it ends with, or nothing. */
export type NetlinkDump = Iterable<NetlinkAnswer, number | undefined>;

/** The kernel's side of a protocol of netlink. Both answer −errno for what can't be answered. */
export interface NetlinkFamily {
  /** About one thing (or a change of it). */
  get(request: NetlinkRequest, thread: LinuxThread): readonly NetlinkAnswer[] | number;
  /** About all there are (NLM_F_DUMP); found while the asker reads. */
  dump(request: NetlinkRequest, thread: LinuxThread): NetlinkDump | number;
}

/** The requests in a datagram; what is cut off at its end is none. */
export function* requestsIn(datagram: Uint8Array): Generator<NetlinkRequest> {
  let rest = datagram;
  while (rest.length >= nlmsghdr.size) {
    const view = viewOf(rest);
    const length = view.getUint32(nlmsghdr.nlmsg_len, true);
    if (length < nlmsghdr.size || length > rest.length) return;
    yield {
      bytes: rest.slice(0, length),
      type: view.getUint16(nlmsghdr.nlmsg_type, true),
      flags: view.getUint16(nlmsghdr.nlmsg_flags, true),
      sequence: view.getUint32(nlmsghdr.nlmsg_seq, true),
    };
    rest = rest.subarray((length + 3) & ~3);
  }
}

export function answerBytes({ sequence }: NetlinkRequest, answer: NetlinkAnswer, flags: number, port: number) {
  const length = nlmsghdr.size + answer.body.length;
  const bytes = new Uint8Array((length + 3) & ~3);
  const view = viewOf(bytes);
  view.setUint32(nlmsghdr.nlmsg_len, length, true);
  view.setUint16(nlmsghdr.nlmsg_type, answer.type, true);
  view.setUint16(nlmsghdr.nlmsg_flags, flags, true);
  view.setUint32(nlmsghdr.nlmsg_seq, sequence, true);
  view.setUint32(nlmsghdr.nlmsg_pid, port, true);
  bytes.set(answer.body, nlmsghdr.size);
  return bytes;
}

/** `error`: 0 or −errno. A success carries the request's header only. */
export function errorBytes(request: NetlinkRequest, error: number, port: number): Uint8Array {
  const quoted = new Uint8Array(error === 0 ? nlmsghdr.size : (request.bytes.length + 3) & ~3);
  quoted.set(request.bytes.subarray(0, quoted.length));
  return answerBytes(request, { type: NLMSG_ERROR, body: concatenate([intBytes(error), quoted]) }, 0, port);
}

/** The end of a dump, with 0 or the −errno that it ended with. */
export function doneBytes(request: NetlinkRequest, error: number, port: number): Uint8Array {
  return answerBytes(request, { type: NLMSG_DONE, body: intBytes(error) }, NLM_F_MULTI, port);
}

/** struct nlattr (or rtattr) and its value, padded. */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((4 + value.length + 3) & ~3);
  const view = viewOf(bytes);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

/** The value of the first attribute of a type, from `start` on. */
export function findAttribute(bytes: Uint8Array, start: number, wanted: number): Uint8Array | undefined {
  const view = viewOf(bytes);
  for (let at = start; at + 4 <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > bytes.length) return undefined;
    if (view.getUint16(at + 2, true) === wanted) return bytes.subarray(at + 4, at + length);
    at += (length + 3) & ~3;
  }
  return undefined;
}

/** With the zero byte that ends it. */
export function text(value: string): Uint8Array {
  return bytesFromString(`${value}\0`);
}

export function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
