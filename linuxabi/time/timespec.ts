/** struct timespec, timeval and the interval structures in guest memory. Times of clocks and delays are nanoseconds as numbers. */
import { guestAddress } from '../../cpu/address.ts';
import { EINVAL } from '../abi/errno.ts';
import { NS_PER_SECOND } from '../abi/time.ts';
import { readLong, writeLong } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { WallTime } from './clock.ts';

const US_PER_SECOND = 1_000_000;
const NS_PER_US = 1000;

/** A timespec, or −EINVAL when it is not a time ≥ 0. May throw GuestFault. */
export function readTimespec(thread: LinuxThread, address: number): WallTime | number {
  const seconds = readLong(thread.memory, guestAddress(address));
  const nanoseconds = readLong(thread.memory, guestAddress(address + 8));
  if (seconds < 0 || nanoseconds < 0 || nanoseconds >= NS_PER_SECOND) return -EINVAL;
  return { seconds, nanoseconds };
}

/** A duration in nanoseconds (Infinity when it does not fit), or −EINVAL. */
export function readDurationNs(thread: LinuxThread, address: number): number {
  const time = readTimespec(thread, address);
  return typeof time === 'number' ? time : time.seconds * NS_PER_SECOND + time.nanoseconds;
}

export function writeTimespec(thread: LinuxThread, address: number, seconds: number, nanoseconds: number): void {
  writeLong(thread.memory, guestAddress(address), seconds);
  writeLong(thread.memory, guestAddress(address + 8), nanoseconds);
}

export function writeDurationNs(thread: LinuxThread, address: number, ns: number): void {
  const whole = Math.floor(ns);
  writeTimespec(thread, address, Math.floor(whole / NS_PER_SECOND), whole % NS_PER_SECOND);
}

/** A timeval as nanoseconds, or −EINVAL. */
export function readTimevalNs(thread: LinuxThread, address: number): number {
  const seconds = readLong(thread.memory, guestAddress(address));
  const microseconds = readLong(thread.memory, guestAddress(address + 8));
  if (seconds < 0 || microseconds < 0 || microseconds >= US_PER_SECOND) return -EINVAL;
  return seconds * NS_PER_SECOND + microseconds * NS_PER_US;
}

export function writeTimevalNs(thread: LinuxThread, address: number, ns: number): void {
  writeTimespec(thread, address, Math.floor(ns / NS_PER_SECOND), Math.floor((ns % NS_PER_SECOND) / NS_PER_US));
}
