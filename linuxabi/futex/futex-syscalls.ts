/** futex(2). */
import type { GuestAddress } from '../../cpu/address.ts';
import { guestAddress } from '../../cpu/address.ts';
import { EAGAIN, EINVAL, ENOSYS, ETIMEDOUT } from '../abi/errno.ts';
import {
  FUTEX_CLOCK_REALTIME,
  FUTEX_CMD_MASK,
  FUTEX_CMP_REQUEUE,
  FUTEX_CMP_REQUEUE_PI,
  FUTEX_OP_ADD,
  FUTEX_OP_ANDN,
  FUTEX_OP_CMP_EQ,
  FUTEX_OP_CMP_GE,
  FUTEX_OP_CMP_GT,
  FUTEX_OP_CMP_LE,
  FUTEX_OP_CMP_LT,
  FUTEX_OP_CMP_NE,
  FUTEX_OP_OPARG_SHIFT,
  FUTEX_OP_OR,
  FUTEX_OP_SET,
  FUTEX_OP_XOR,
  FUTEX_LOCK_PI,
  FUTEX_LOCK_PI2,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_TRYLOCK_PI,
  FUTEX_UNLOCK_PI,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAIT_REQUEUE_PI,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
  futexNames,
} from '../abi/futex.ts';
import { NS_PER_SECOND } from '../abi/time.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, int, partial, pointer, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { readTimespec } from '../time/timespec.ts';
import { MATCH_ANY } from './futex-table.ts';
import { lockPi, tryLockPi, unlockPi } from './pi-futex.ts';
import { requeuePi, waitRequeuePi } from './requeue-pi.ts';
import type { FutexKey } from './futex-table.ts';

interface FutexCall {
  readonly address: GuestAddress;
  readonly op: number;
  readonly value: number;
  /** Timeout, or the second count of the requeue and wake-op forms. */
  readonly timeout: number;
  readonly address2: GuestAddress;
  readonly value3: number;
}

/** An int in the timeout's place. Of a negative long only the sign is exact. */
function secondCount({ timeout }: FutexCall): number {
  return timeout > Number.MAX_SAFE_INTEGER ? -1 : timeout | 0;
}

function keyOf(thread: LinuxThread, address: number, op: number): FutexKey {
  const { futexes } = thread.machine;
  if ((op & FUTEX_PRIVATE_FLAG) !== 0) return futexes.privateKeyOf(thread, address);
  // Which memory a shared word is in can only be told of one that is there.
  thread.memory.readU32(guestAddress(address));
  return futexes.keyOf(thread, address);
}

/** The deadline on the monotonic clock, Infinity without a timeout, or −EINVAL. */
function deadlineOf(thread: LinuxThread, { op, timeout }: FutexCall): number {
  if (timeout === 0) return Infinity;
  const time = readTimespec(thread, timeout);
  if (typeof time === 'number') return time;
  const ns = time.seconds * NS_PER_SECOND + time.nanoseconds;
  const command = op & FUTEX_CMD_MASK;
  if (command === FUTEX_WAIT) return thread.machine.nowNs() + ns;
  // A real time before the machine's start lies before the monotonic clock's zero: long over.
  return command === FUTEX_LOCK_PI || (op & FUTEX_CLOCK_REALTIME) !== 0
    ? Math.max(0, thread.machine.clock.monotonicOf(time))
    : ns;
}

function wait(thread: LinuxThread, call: FutexCall, bits: number): number {
  if (bits === 0) return -EINVAL;
  const deadlineNs = deadlineOf(thread, call);
  return deadlineNs < 0 ? deadlineNs : waitUntil(thread, call, bits, deadlineNs);
}

function waitUntil(thread: LinuxThread, call: FutexCall, bits: number, deadlineNs: number): number {
  const { futexes } = thread.machine;
  if ((thread.memory.readU32(call.address) | 0) !== (call.value | 0)) return -EAGAIN;
  const waiter = futexes.add(keyOf(thread, call.address, call.op), bits);
  return block(thread, {
    attempt: () => (waiter.woken ? 0 : WAIT),
    queues: [waiter.queue],
    deadlineNs,
    onTimeout: () => {
      futexes.remove(waiter);
      return -ETIMEDOUT;
    },
    onInterrupt: () => {
      futexes.remove(waiter);
      thread.restartBlock = () => waitUntil(thread, call, bits, deadlineNs);
      return undefined;
    },
    onAbandon: () => futexes.remove(waiter),
    restart: deadlineNs === Infinity ? Restart.Sys : Restart.Block,
  });
}

function wake(thread: LinuxThread, { address, op, value }: FutexCall, bits: number): number {
  if (bits === 0) return -EINVAL;
  const { futexes } = thread.machine;
  const key = keyOf(thread, address, op);
  return belongsToLock(thread, key) ? -EINVAL : futexes.wake(key, Math.max(1, value), bits);
}

/** Whether those who wait there want a lock, at once or when they are moved to it: they can't be woken by hand. */
function belongsToLock({ machine: { futexes } }: LinuxThread, key: FutexKey): boolean {
  return futexes.pi.hasWaiters(key) || futexes.wantsLock(key);
}

function waitForLock(thread: LinuxThread, call: FutexCall): number {
  if (call.address === call.address2) return -EINVAL;
  const deadlineNs = deadlineOf(thread, call);
  if (deadlineNs < 0) return deadlineNs;
  const lockKey = keyOf(thread, call.address2, call.op);
  if ((thread.memory.readU32(call.address) | 0) !== (call.value | 0)) return -EAGAIN;
  const key = keyOf(thread, call.address, call.op);
  return waitRequeuePi(thread, { key, address: call.address2, lockKey, deadlineNs });
}

function moveToLock(thread: LinuxThread, call: FutexCall): number {
  const count = secondCount(call);
  if (count < 0 || call.value !== 1 || call.address === call.address2) return -EINVAL;
  const [from, to] = [keyOf(thread, call.address, call.op), keyOf(thread, call.address2, call.op)];
  if (thread.memory.readI32(call.address) !== (call.value3 | 0)) return -EAGAIN;
  return requeuePi(thread, { from, to, address: call.address2, count });
}

function lock(thread: LinuxThread, call: FutexCall): number {
  const deadlineNs = deadlineOf(thread, call);
  if (deadlineNs < 0) return deadlineNs;
  return lockPi(thread, call.address, keyOf(thread, call.address, call.op), deadlineNs);
}

function requeue(thread: LinuxThread, call: FutexCall): number {
  const { futexes } = thread.machine;
  const count = secondCount(call);
  if (call.value < 0 || count < 0) return -EINVAL;
  const from = keyOf(thread, call.address, call.op);
  const to = keyOf(thread, call.address2, call.op);
  if (belongsToLock(thread, from)) return -EINVAL;
  const woken = futexes.wake(from, call.value);
  return woken + futexes.requeue(from, to, count);
}

const operations: Readonly<Record<number, (old: number, argument: number) => number>> = {
  [FUTEX_OP_SET]: (_old, argument) => argument,
  [FUTEX_OP_ADD]: (old, argument) => (old + argument) | 0,
  [FUTEX_OP_OR]: (old, argument) => old | argument,
  [FUTEX_OP_ANDN]: (old, argument) => old & ~argument,
  [FUTEX_OP_XOR]: (old, argument) => old ^ argument,
};
const comparisons: Readonly<Record<number, (old: number, argument: number) => boolean>> = {
  [FUTEX_OP_CMP_EQ]: (old, argument) => old === argument,
  [FUTEX_OP_CMP_NE]: (old, argument) => old !== argument,
  [FUTEX_OP_CMP_LT]: (old, argument) => old < argument,
  [FUTEX_OP_CMP_LE]: (old, argument) => old <= argument,
  [FUTEX_OP_CMP_GT]: (old, argument) => old > argument,
  [FUTEX_OP_CMP_GE]: (old, argument) => old >= argument,
};

/** Changes the second word, wakes on the first, and on the second when its old value compares. The encoding: futex(2). */
function wakeOp(thread: LinuxThread, call: FutexCall): number {
  const { futexes } = thread.machine;
  const code = call.value3;
  const shift = ((code >>> 28) & FUTEX_OP_OPARG_SHIFT) !== 0;
  const rawArgument = (code << 8) >> 20;
  const operate = operations[(code >>> 28) & 7];
  const compare = comparisons[(code >>> 24) & 15];
  if (operate === undefined || compare === undefined) return -ENOSYS;
  const old = thread.memory.readI32(call.address2);
  thread.memory.writeU32(call.address2, operate(old, shift ? 1 << (rawArgument & 31) : rawArgument) >>> 0);
  const woken = futexes.wake(keyOf(thread, call.address, call.op), call.value);
  if (!compare(old, (code << 20) >> 20)) return woken;
  return woken + futexes.wake(keyOf(thread, call.address2, call.op), secondCount(call));
}

/** Commands whose clock FUTEX_CLOCK_REALTIME chooses. */
const choosesClock: readonly number[] = [FUTEX_WAIT_BITSET, FUTEX_LOCK_PI2, FUTEX_WAIT_REQUEUE_PI];

const hasTwoWords: readonly number[] = [
  FUTEX_REQUEUE,
  FUTEX_CMP_REQUEUE,
  FUTEX_WAKE_OP,
  FUTEX_WAIT_REQUEUE_PI,
  FUTEX_CMP_REQUEUE_PI,
];

function futex(thread: LinuxThread, call: FutexCall): number {
  const command = call.op & FUTEX_CMD_MASK;
  if ((call.op & FUTEX_CLOCK_REALTIME) !== 0 && !choosesClock.includes(command)) return -ENOSYS;
  // Whose it is comes first.
  if (command === FUTEX_UNLOCK_PI) return unlockPi(thread, call.address, () => keyOf(thread, call.address, call.op));
  if (call.address % 4 !== 0 || (hasTwoWords.includes(command) && call.address2 % 4 !== 0)) return -EINVAL;
  switch (command) {
    case FUTEX_WAIT:
      return wait(thread, call, MATCH_ANY);
    case FUTEX_WAIT_BITSET:
      return wait(thread, call, call.value3);
    case FUTEX_WAKE:
      return wake(thread, call, MATCH_ANY);
    case FUTEX_WAKE_BITSET:
      return wake(thread, call, call.value3);
    case FUTEX_REQUEUE:
      return requeue(thread, call);
    case FUTEX_CMP_REQUEUE:
      if (thread.memory.readI32(guestAddress(call.address)) !== (call.value3 | 0)) return -EAGAIN;
      return requeue(thread, call);
    case FUTEX_WAKE_OP:
      return wakeOp(thread, call);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
      return lock(thread, call);
    case FUTEX_WAIT_REQUEUE_PI:
      return waitForLock(thread, call);
    case FUTEX_CMP_REQUEUE_PI:
      return moveToLock(thread, call);
    case FUTEX_TRYLOCK_PI:
      return tryLockPi(thread, call.address, keyOf(thread, call.address, call.op));
    default:
      return -ENOSYS;
  }
}

const operationNames = {
  ...futexNames,
  ...Object.fromEntries(Object.entries(futexNames).map(([name, op]) => [`${name}_PRIVATE`, op | FUTEX_PRIVATE_FLAG])),
};

export const futexSyscalls: readonly SyscallDefinition[] = [
  syscall(
    202,
    'futex',
    [
      pointer('uaddr'),
      choice('futex_op', operationNames),
      int('val'),
      pointer('timeout'),
      pointer('uaddr2'),
      uint('val3'),
    ],
    (thread, address, op, value, timeout, address2, value3) =>
      futex(thread, { address, op, value, timeout, address2, value3 }),
    partial('the owner of a FUTEX_LOCK_PI lock does not run sooner for those who wait'),
  ),
];
