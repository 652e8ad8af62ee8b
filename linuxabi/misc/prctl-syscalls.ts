/** prctl(2), arch_prctl(2). */
import { USER_LIMIT, guestAddress } from '../../cpu/address.ts';
import { EINVAL, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/prctl.ts';
import { _NSIG } from '../abi/signal.ts';
import { stringFromBytes } from '../../kernel/byte-string.ts';
import { writeBytes, writeLong } from '../guest-string.ts';
import { COMM_LENGTH } from '../process/exec.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, partial, pointer, syscall, ulong } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

const LAST_CAPABILITY = 40;
const DEFAULT_TIMER_SLACK_NS = 50_000;

type Option = (thread: LinuxThread, argument: number, others: readonly [number, number, number]) => number;

const noneOf = (others: readonly number[]): boolean => others.every((value) => value === 0);

/** The name ends at its first zero byte or after 15 bytes; only bytes up to there need to be readable. */
function setName(thread: LinuxThread, address: number): number {
  const bytes: number[] = [];
  while (bytes.length < COMM_LENGTH) {
    const byte = thread.memory.readU8(guestAddress(address + bytes.length));
    if (byte === 0) break;
    bytes.push(byte);
  }
  thread.name = stringFromBytes(Uint8Array.from(bytes));
  return 0;
}

function getName(thread: LinuxThread, address: number): number {
  const bytes = new Uint8Array(COMM_LENGTH + 1);
  for (let i = 0; i < thread.name.length; i++) bytes[i] = thread.name.charCodeAt(i);
  writeBytes(thread.memory, guestAddress(address), bytes);
  return 0;
}

const options: Readonly<Record<number, Option>> = {
  [abi.PR_SET_PDEATHSIG]: (thread, signal) => {
    if (signal > _NSIG) return -EINVAL;
    thread.parentDeathSignal = signal;
    return 0;
  },
  [abi.PR_GET_PDEATHSIG]: (thread, address) => {
    thread.memory.writeU32(guestAddress(address), thread.parentDeathSignal);
    return 0;
  },
  [abi.PR_GET_DUMPABLE]: ({ process }) => process.dumpable,
  [abi.PR_SET_DUMPABLE]: ({ process }, value) => {
    if (value > 1) return -EINVAL;
    process.dumpable = value;
    return 0;
  },
  [abi.PR_GET_KEEPCAPS]: () => 0,
  [abi.PR_SET_NAME]: setName,
  [abi.PR_GET_NAME]: getName,
  [abi.PR_GET_SECCOMP]: () => 0,
  [abi.PR_CAPBSET_READ]: (_thread, capability) => (capability <= LAST_CAPABILITY ? 1 : -EINVAL),
  [abi.PR_GET_TSC]: (thread, address) => {
    thread.memory.writeU32(guestAddress(address), abi.PR_TSC_ENABLE);
    return 0;
  },
  [abi.PR_GET_SECUREBITS]: () => 0,
  [abi.PR_SET_TIMERSLACK]: (thread, ns) => {
    thread.timerSlackNs = ns === 0 || ns > Number.MAX_SAFE_INTEGER ? DEFAULT_TIMER_SLACK_NS : ns;
    return 0;
  },
  [abi.PR_GET_TIMERSLACK]: (thread) => thread.timerSlackNs,
  [abi.PR_SET_CHILD_SUBREAPER]: ({ process }, value) => {
    process.isSubreaper = value !== 0;
    return 0;
  },
  [abi.PR_GET_CHILD_SUBREAPER]: ({ process, memory }, address) => {
    memory.writeU32(guestAddress(address), process.isSubreaper ? 1 : 0);
    return 0;
  },
  [abi.PR_SET_NO_NEW_PRIVS]: ({ process }, value, others) => {
    if (value !== 1 || !noneOf(others)) return -EINVAL;
    process.noNewPrivileges = true;
    return 0;
  },
  [abi.PR_GET_NO_NEW_PRIVS]: ({ process }, value, others) => {
    if (value !== 0 || !noneOf(others)) return -EINVAL;
    return process.noNewPrivileges ? 1 : 0;
  },
  [abi.PR_GET_TID_ADDRESS]: (thread, address) => {
    writeLong(thread.memory, guestAddress(address), thread.clearChildTid);
    return 0;
  },
  [abi.PR_GET_THP_DISABLE]: (_thread, value, others) => (value === 0 && noneOf(others) ? 0 : -EINVAL),
};

function archPrctl(thread: LinuxThread, code: number, address: number): number {
  const { state } = thread.cpu;
  switch (code) {
    case abi.ARCH_SET_FS:
      if (address >= USER_LIMIT) return -EPERM;
      state.fsBase = address;
      return 0;
    case abi.ARCH_SET_GS:
      if (address >= USER_LIMIT) return -EPERM;
      state.gsBase = address;
      return 0;
    case abi.ARCH_GET_FS:
      writeLong(thread.memory, guestAddress(address), state.fsBase);
      return 0;
    case abi.ARCH_GET_GS:
      writeLong(thread.memory, guestAddress(address), state.gsBase);
      return 0;
    default:
      return -EINVAL;
  }
}

export const prctlSyscalls: readonly SyscallDefinition[] = [
  syscall(
    157,
    'prctl',
    [choice('option', abi.prctlNames), ulong('arg2'), ulong('arg3'), ulong('arg4'), ulong('arg5')],
    (thread, option, argument, third, fourth, fifth) =>
      options[option]?.(thread, argument, [third, fourth, fifth]) ?? -EINVAL,
    partial('seccomp, securebits, keepcaps, ambient capabilities and PR_SET_VMA answer EINVAL'),
  ),
  syscall(158, 'arch_prctl', [choice('code', abi.archPrctlNames), pointer('addr')], archPrctl),
];
