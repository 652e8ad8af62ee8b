/** IP addresses and endpoints, and their struct sockaddr forms. */
import { bytesFromString, stringFromBytes } from '../../../kernel/byte-string.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { EAFNOSUPPORT, EINVAL } from '../../abi/errno.ts';
import { SIN6_LEN_RFC2133, sockaddr_in, sockaddr_in6 } from '../../abi/inet.ts';
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../abi/socket.ts';

/** The bytes of an address in network order: four of IPv4, sixteen of IPv6. IPv4-mapped addresses are kept as IPv4. */
export type IpAddress = ByteString;

export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

export const ANY4: IpAddress = '\0\0\0\0';
export const LOOPBACK4: IpAddress = '\x7f\0\0\x01';
export const BROADCAST4: IpAddress = '\xff\xff\xff\xff';
export const ANY6: IpAddress = '\0'.repeat(16);
export const LOOPBACK6: IpAddress = `${'\0'.repeat(15)}\x01`;
const MAPPED_PREFIX = `${'\0'.repeat(10)}\xff\xff`;

export function isIpv4(address: IpAddress): boolean {
  return address.length === 4;
}

export function isAny(address: IpAddress): boolean {
  return address === ANY4 || address === ANY6;
}

export function anyOf(family: number): IpAddress {
  return family === AF_INET ? ANY4 : ANY6;
}

export function isLoopback(address: IpAddress): boolean {
  return isIpv4(address) ? address.charCodeAt(0) === 127 : address === LOOPBACK6;
}

export function isMulticast(address: IpAddress): boolean {
  const first = address.charCodeAt(0);
  return isIpv4(address) ? first >= 224 && first < 240 : first === 0xff;
}

/** 32 bits with the first `prefix` set. */
function maskBits(prefix: number): number {
  return prefix === 0 ? 0 : -1 << (32 - prefix);
}

export function netmaskOf(prefix: number): IpAddress {
  const mask = maskBits(prefix);
  return String.fromCharCode(mask >>> 24, (mask >>> 16) & 0xff, (mask >>> 8) & 0xff, mask & 0xff);
}

/** The IPv4 address of everyone in the network. */
export function broadcastOf(address: IpAddress, prefix: number): IpAddress {
  const mask = netmaskOf(prefix);
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => address.charCodeAt(i) | (~mask.charCodeAt(i) & 0xff)));
}

/** Dotted or colon form, for people and for the host. */
export function ipText(address: IpAddress): string {
  const bytes = bytesFromString(address);
  if (isIpv4(address)) return bytes.join('.');
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  // The longest run of zero groups is left out.
  const runs = [...groups.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].toSorted((a, b) => b[0].length - a[0].length);
  const longest = runs[0];
  if (longest === undefined) return groups.join(':');
  const text = groups.join(':');
  return `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}

/** The address that a dotted quad or colon form stands for; undefined when it is none. */
export function parseIp(text: string): IpAddress | undefined {
  const quad = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (quad !== null) {
    const bytes = quad.slice(1).map(Number);
    return bytes.every((byte) => byte < 256) ? String.fromCharCode(...bytes) : undefined;
  }
  if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(':')) return undefined;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right].map((group) => parseInt(group, 16));
  if (groups.some((group) => !(group <= 0xffff))) return undefined;
  return String.fromCharCode(...groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** What a socket of `family` means by a struct sockaddr; −EINVAL or −EAFNOSUPPORT for what it can't be. */
export function endpointOf(bytes: Uint8Array, family: number): Endpoint | number {
  if (bytes.length < 2) return -EINVAL;
  const given = bytes[0]! | (bytes[1]! << 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (family === AF_INET || (given === AF_INET && bytes.length >= sockaddr_in.size)) {
    if (bytes.length < sockaddr_in.size) return -EINVAL;
    if (given !== AF_INET && given !== AF_UNSPEC) return -EAFNOSUPPORT;
    const address = stringFromBytes(bytes.subarray(sockaddr_in.sin_addr, sockaddr_in.sin_addr + 4));
    return { address, port: view.getUint16(sockaddr_in.sin_port) };
  }
  if (bytes.length < SIN6_LEN_RFC2133) return -EINVAL;
  if (given !== AF_INET6) return -EAFNOSUPPORT;
  const address = stringFromBytes(bytes.subarray(sockaddr_in6.sin6_addr, sockaddr_in6.sin6_addr + 16));
  return { address: unmapped(address), port: view.getUint16(sockaddr_in6.sin6_port) };
}

export function unmapped(address: IpAddress): IpAddress {
  return address.startsWith(MAPPED_PREFIX) ? address.slice(MAPPED_PREFIX.length) : address;
}

/** The bytes of an address as a socket of `family` sees it: IPv4 addresses of an IPv6 socket are mapped. */
export function mappedBytes(address: IpAddress, family: number): Uint8Array {
  return bytesFromString(family !== AF_INET && isIpv4(address) ? MAPPED_PREFIX + address : address);
}

/** struct sockaddr_in or sockaddr_in6, as a socket of `family` shows the endpoint. */
export function sockaddrOf({ address, port }: Endpoint, family: number): Uint8Array {
  if (family === AF_INET) {
    const bytes = new Uint8Array(sockaddr_in.size);
    const view = new DataView(bytes.buffer);
    view.setUint16(sockaddr_in.sin_family, AF_INET, true);
    view.setUint16(sockaddr_in.sin_port, port);
    bytes.set(bytesFromString(address), sockaddr_in.sin_addr);
    return bytes;
  }
  const bytes = new Uint8Array(sockaddr_in6.size);
  const view = new DataView(bytes.buffer);
  view.setUint16(sockaddr_in6.sin6_family, AF_INET6, true);
  view.setUint16(sockaddr_in6.sin6_port, port);
  bytes.set(mappedBytes(address, family), sockaddr_in6.sin6_addr);
  return bytes;
}
