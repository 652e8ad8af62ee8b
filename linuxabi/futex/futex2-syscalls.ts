/**
 * futex_waitv(2), and the calls that do one thing each: futex_wake, futex_wait, futex_requeue. Source: kernel/futex/syscalls.c,
 * kernel/futex/waitwake.c, futex_wait_multiple.
 */
import { guestAddress } from '../../cpu/address.ts';
import { EAGAIN, EINVAL, ETIMEDOUT } from '../abi/errno.ts';
import {
  FUTEX2_PRIVATE,
  FUTEX2_SIZE_MASK,
  FUTEX2_SIZE_U32,
  FUTEX_WAITV_MAX,
  futex2Names,
  futex_waitv,
} from '../abi/futex.ts';
import { CLOCK_MONOTONIC, CLOCK_REALTIME, NS_PER_SECOND, clockNames } from '../abi/time.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import { readPointer } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, flags, int, pointer, syscall, uint, ulong } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { readTimespec } from '../time/timespec.ts';
import type { FutexKey, FutexWaiter } from './futex-table.ts';
import { MATCH_ANY } from './futex-table.ts';

interface FutexWord {
  readonly address: number;
  readonly value: number;
  readonly flags: number;
}

const LARGEST_WORD = 0xffffffff;

function areKnown(wordFlags: number): boolean {
  if ((wordFlags & ~(FUTEX2_SIZE_MASK | FUTEX2_PRIVATE)) !== 0) return false;
  return (wordFlags & FUTEX2_SIZE_MASK) === FUTEX2_SIZE_U32;
}

/** `count` structs futex_waitv, or −EINVAL. */
function readWords(thread: LinuxThread, address: number, count: number): FutexWord[] | number {
  const words: FutexWord[] = [];
  for (let i = 0; i < count; i++) {
    const at = address + i * futex_waitv.size;
    const wordFlags = thread.memory.readU32(guestAddress(at + futex_waitv.flags));
    const reserved = thread.memory.readU32(guestAddress(at + futex_waitv.reserved));
    const value = readPointer(thread.memory, guestAddress(at + futex_waitv.val));
    if (!areKnown(wordFlags) || reserved !== 0 || value > LARGEST_WORD) return -EINVAL;
    words.push({ address: readPointer(thread.memory, guestAddress(at + futex_waitv.uaddr)), value, flags: wordFlags });
  }
  return words;
}

/** The deadline on the monotonic clock, Infinity without a timeout, or −EINVAL. */
function deadlineOf(thread: LinuxThread, timeout: number, clock: number): number {
  if (timeout === 0) return Infinity;
  if (clock !== CLOCK_MONOTONIC && clock !== CLOCK_REALTIME) return -EINVAL;
  const time = readTimespec(thread, timeout);
  if (typeof time === 'number') return time;
  if (clock === CLOCK_REALTIME) return Math.max(0, thread.machine.clock.monotonicOf(time));
  return time.seconds * NS_PER_SECOND + time.nanoseconds;
}

/** The word's key, or −EINVAL. Throws GuestFault where there is no memory. */
function keyOf(thread: LinuxThread, { address, flags: wordFlags }: FutexWord): FutexKey | number {
  if (address % 4 !== 0) return -EINVAL;
  thread.memory.readU32(guestAddress(address));
  const { futexes } = thread.machine;
  return (wordFlags & FUTEX2_PRIVATE) !== 0 ? futexes.privateKeyOf(thread, address) : futexes.keyOf(thread, address);
}

/** Waits on all words at once; the index of one that was woken. */
function waitForAny(thread: LinuxThread, words: readonly FutexWord[], bits: number, deadlineNs: number): number {
  const { futexes } = thread.machine;
  const keys: FutexKey[] = [];
  for (const word of words) {
    const key = keyOf(thread, word);
    if (typeof key === 'number') return key;
    keys.push(key);
  }
  for (const { address, value } of words) if (thread.memory.readU32(guestAddress(address)) !== value) return -EAGAIN;
  const waiters: FutexWaiter[] = keys.map((key) => futexes.add(key, bits));
  const removeAll = (): void => waiters.forEach((waiter) => futexes.remove(waiter));
  return block(thread, {
    attempt: () => {
      const woken = waiters.findIndex((waiter) => waiter.woken);
      if (woken < 0) return WAIT;
      removeAll();
      return woken;
    },
    queues: waiters.map(({ queue }) => queue),
    deadlineNs,
    onTimeout: () => {
      removeAll();
      return -ETIMEDOUT;
    },
    onInterrupt: () => {
      removeAll();
      return undefined;
    },
    onAbandon: removeAll,
    restart: Restart.Sys,
  });
}

interface WaitvCall {
  readonly waiters: number;
  readonly count: number;
  readonly flags: number;
  readonly timeout: number;
  readonly clock: number;
}

function waitv(thread: LinuxThread, { waiters, count, flags: callFlags, timeout, clock }: WaitvCall): number {
  if (callFlags !== 0 || count === 0 || count > FUTEX_WAITV_MAX || waiters === 0) return -EINVAL;
  const deadlineNs = deadlineOf(thread, timeout, clock);
  if (deadlineNs < 0) return deadlineNs;
  const words = readWords(thread, waiters, count);
  return typeof words === 'number' ? words : waitForAny(thread, words, MATCH_ANY, deadlineNs);
}

function wait(thread: LinuxThread, word: FutexWord, mask: number, timeout: number, clock: number): number {
  if (!areKnown(word.flags) || word.value > LARGEST_WORD || mask > LARGEST_WORD) return -EINVAL;
  const deadlineNs = deadlineOf(thread, timeout, clock);
  if (deadlineNs < 0) return deadlineNs;
  return mask === 0 ? -EINVAL : waitForAny(thread, [word], mask | 0, deadlineNs);
}

function wake(thread: LinuxThread, word: FutexWord, mask: number, count: number): number {
  if (!areKnown(word.flags) || mask > LARGEST_WORD || mask === 0) return -EINVAL;
  const key = keyOf(thread, word);
  if (typeof key === 'number') return key;
  return count === 0 ? 0 : thread.machine.futexes.wake(key, Math.max(1, count), mask | 0);
}

function requeue(thread: LinuxThread, waiters: number, callFlags: number, toWake: number, toMove: number): number {
  if (callFlags !== 0 || waiters === 0) return -EINVAL;
  const words = readWords(thread, waiters, 2);
  if (typeof words === 'number') return words;
  if (toWake < 0 || toMove < 0) return -EINVAL;
  const [first, second] = words as [FutexWord, FutexWord];
  const from = keyOf(thread, first);
  const to = keyOf(thread, second);
  if (typeof from === 'number') return from;
  if (typeof to === 'number') return to;
  if (thread.memory.readU32(guestAddress(first.address)) !== first.value) return -EAGAIN;
  const { futexes } = thread.machine;
  const woken = futexes.wake(from, toWake);
  return woken + futexes.requeue(from, to, toMove);
}

export const futex2Syscalls: readonly SyscallDefinition[] = [
  syscall(
    449,
    'futex_waitv',
    [pointer('waiters'), uint('nr_futexes'), uint('flags'), pointer('timeout'), choice('clockid', clockNames)],
    (thread, waiters, count, callFlags, timeout, clock) =>
      waitv(thread, { waiters, count, flags: callFlags, timeout, clock }),
  ),
  syscall(
    454,
    'futex_wake',
    [pointer('uaddr'), ulong('mask'), int('nr'), flags('flags', futex2Names)],
    (thread, address, mask, count, wordFlags) => wake(thread, { address, value: 0, flags: wordFlags }, mask, count),
  ),
  syscall(
    455,
    'futex_wait',
    [
      pointer('uaddr'),
      ulong('val'),
      ulong('mask'),
      flags('flags', futex2Names),
      pointer('timeout'),
      choice('clockid', clockNames),
    ],
    (thread, address, value, mask, wordFlags, timeout, clock) =>
      wait(thread, { address, value, flags: wordFlags }, mask, timeout, clock),
  ),
  syscall(456, 'futex_requeue', [pointer('waiters'), uint('flags'), int('nr_wake'), int('nr_requeue')], requeue),
];
