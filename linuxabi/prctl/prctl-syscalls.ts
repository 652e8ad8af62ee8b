/** prctl(2), arch_prctl(2). */
import { USER_LIMIT, guestAddress } from '../../cpu/address.ts';
import { EINVAL, ENODEV, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/prctl.ts';
import { SECCOMP_MODE_DISABLED } from '../abi/seccomp.ts';
import { _NSIG } from '../abi/signal.ts';
import { stringFromBytes } from '../../kernel/byte-string.ts';
import { writeBytes, writeLong } from '../guest-string.ts';
import { COMM_LENGTH } from '../process/exec.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, partial, pointer, syscall, ulong } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { capabilityOptions } from './capability-options.ts';
import { setSeccompMode } from '../seccomp/seccomp-syscalls.ts';
import { allZero } from './option.ts';
import type { PrctlOptions } from './option.ts';

/** Mitigations and the like that x86-64 does not have answer EINVAL by not being here. */
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

const nameOptions: PrctlOptions = { [abi.PR_SET_NAME]: setName, [abi.PR_GET_NAME]: getName };

const familyOptions: PrctlOptions = {
  [abi.PR_SET_PDEATHSIG]: (thread, signal) => {
    if (signal > _NSIG) return -EINVAL;
    thread.parentDeathSignal = signal;
    return 0;
  },
  [abi.PR_GET_PDEATHSIG]: (thread, address) => {
    thread.memory.writeU32(guestAddress(address), thread.parentDeathSignal);
    return 0;
  },
  [abi.PR_SET_CHILD_SUBREAPER]: ({ process }, value) => {
    process.isSubreaper = value !== 0;
    return 0;
  },
  [abi.PR_GET_CHILD_SUBREAPER]: ({ process, memory }, address) => {
    memory.writeU32(guestAddress(address), process.isSubreaper ? 1 : 0);
    return 0;
  },
};

const privilegeOptions: PrctlOptions = {
  [abi.PR_GET_DUMPABLE]: ({ process }) => process.dumpable,
  [abi.PR_SET_DUMPABLE]: ({ process }, value) => {
    if (value > 1) return -EINVAL;
    process.dumpable = value;
    return 0;
  },
  [abi.PR_SET_NO_NEW_PRIVS]: (thread, value, others) => {
    if (value !== 1 || !allZero(others)) return -EINVAL;
    thread.noNewPrivileges = true;
    return 0;
  },
  [abi.PR_GET_NO_NEW_PRIVS]: ({ noNewPrivileges }, value, others) => {
    if (value !== 0 || !allZero(others)) return -EINVAL;
    return noNewPrivileges ? 1 : 0;
  },
  [abi.PR_GET_SECCOMP]: ({ seccomp }) => seccomp?.mode ?? SECCOMP_MODE_DISABLED,
  [abi.PR_SET_SECCOMP]: (thread, mode, [program]) => setSeccompMode(thread, mode, program),
};

const timeOptions: PrctlOptions = {
  [abi.PR_GET_TIMING]: () => 0,
  [abi.PR_SET_TIMING]: (_thread, value) => (value === 0 ? 0 : -EINVAL),
  [abi.PR_GET_TSC]: ({ cpu, memory }, address) => {
    memory.writeU32(guestAddress(address), cpu.state.hidesTimeStamp ? abi.PR_TSC_SIGSEGV : abi.PR_TSC_ENABLE);
    return 0;
  },
  [abi.PR_SET_TSC]: ({ cpu }, value) => {
    if (value !== abi.PR_TSC_ENABLE && value !== abi.PR_TSC_SIGSEGV) return -EINVAL;
    cpu.state.hidesTimeStamp = value === abi.PR_TSC_SIGSEGV;
    return 0;
  },
  [abi.PR_SET_TIMERSLACK]: (thread, ns) => {
    thread.timerSlackNs = ns === 0 || ns > Number.MAX_SAFE_INTEGER ? thread.defaultTimerSlackNs : ns;
    return 0;
  },
  [abi.PR_GET_TIMERSLACK]: (thread) => thread.timerSlackNs,
};

/** Preferences about memory: kept and told, without effect where nothing could depend on it. */
const memoryOptions: PrctlOptions = {
  [abi.PR_GET_TID_ADDRESS]: (thread, address) => {
    writeLong(thread.memory, guestAddress(address), thread.clearChildTid);
    return 0;
  },
  [abi.PR_SET_THP_DISABLE]: ({ process }, value, others) => {
    if (!allZero(others)) return -EINVAL;
    process.preferences.smallPagesOnly = value !== 0;
    return 0;
  },
  [abi.PR_GET_THP_DISABLE]: ({ process }, value, others) =>
    value === 0 && allZero(others) ? Number(process.preferences.smallPagesOnly) : -EINVAL,
  [abi.PR_MCE_KILL]: ({ process }, what, [policy, fourth, fifth]) => {
    if (fourth !== 0 || fifth !== 0) return -EINVAL;
    const clears = what === abi.PR_MCE_KILL_CLEAR;
    if (clears ? policy !== 0 : what !== abi.PR_MCE_KILL_SET || policy > abi.PR_MCE_KILL_DEFAULT) return -EINVAL;
    process.preferences.memoryErrorPolicy = clears ? abi.PR_MCE_KILL_DEFAULT : policy;
    return 0;
  },
  [abi.PR_MCE_KILL_GET]: ({ process }, value, others) =>
    value === 0 && allZero(others) ? process.preferences.memoryErrorPolicy : -EINVAL,
  // The processor has none of the faults that these would guard against. Source: arch/x86/kernel/cpu/bugs.c.
  [abi.PR_GET_SPECULATION_CTRL]: (_thread, what, others) => {
    if (!allZero(others)) return -EINVAL;
    return what <= abi.PR_SPEC_L1D_FLUSH ? abi.PR_SPEC_NOT_AFFECTED : -ENODEV;
  },
  [abi.PR_TASK_PERF_EVENTS_DISABLE]: () => 0,
  [abi.PR_TASK_PERF_EVENTS_ENABLE]: () => 0,
  [abi.PR_SET_SYSCALL_USER_DISPATCH]: (_thread, value, others) => (value === 0 && allZero(others) ? 0 : -EINVAL),
  [abi.PR_GET_MDWE]: (_thread, value, others) => (value === 0 && allZero(others) ? 0 : -EINVAL),
};

const options: PrctlOptions = {
  ...nameOptions,
  ...familyOptions,
  ...privilegeOptions,
  ...timeOptions,
  ...memoryOptions,
  ...capabilityOptions,
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
    partial(
      'PR_SET_MM, PR_SET_VMA, PR_GET_AUXV, core scheduling and syscall user dispatch answer EINVAL, as without their features',
    ),
  ),
  syscall(158, 'arch_prctl', [choice('code', abi.archPrctlNames), pointer('addr')], archPrctl),
];
