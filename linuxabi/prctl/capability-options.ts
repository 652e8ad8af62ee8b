/** prctl's options about capabilities. Source: capabilities(7); security/commoncap.c, cap_task_prctl. */
import {
  CAP_LAST_CAP,
  CAP_SETPCAP,
  SECBIT_KEEP_CAPS,
  SECBIT_KEEP_CAPS_LOCKED,
  SECBIT_NO_CAP_AMBIENT_RAISE,
  SECURE_ALL_BITS,
  SECURE_ALL_LOCKS,
} from '../abi/capability.ts';
import { EINVAL, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/prctl.ts';
import { CapabilitySet } from '../process/capability-set.ts';
import { capable } from '../process/credentials.ts';
import type { Credentials } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { PrctlOption, PrctlOptions } from './option.ts';

/** Bits added for interpreters that check what they execute (6.14). Source: include/uapi/linux/securebits.h. */
const SECURE_EXEC_BITS = 0x500;
const SECURE_EXEC_LOCKS = 0xa00;
const BITS = SECURE_ALL_BITS | SECURE_EXEC_BITS;
const LOCKS = SECURE_ALL_LOCKS | SECURE_EXEC_LOCKS;

function setSecurebits(thread: LinuxThread, next: number): number {
  const { process } = thread;
  const { securebits } = process.credentials;
  const unlocks = (securebits & LOCKS & ~next) !== 0;
  const changesLocked = (((securebits & LOCKS) >> 1) & (securebits ^ next)) !== 0;
  if (next > (BITS | LOCKS) || (next & ~(BITS | LOCKS)) !== 0 || unlocks || changesLocked) return -EPERM;
  const onlyExecBits = ((securebits ^ next) & ~(SECURE_EXEC_BITS | SECURE_EXEC_LOCKS)) === 0;
  if (!onlyExecBits && !capable(process.credentials, CAP_SETPCAP)) return -EPERM;
  process.credentials = { ...process.credentials, securebits: next };
  return 0;
}

function setKeepCaps(thread: LinuxThread, keep: number): number {
  if (keep > 1) return -EINVAL;
  const { process } = thread;
  const { securebits } = process.credentials;
  if ((securebits & SECBIT_KEEP_CAPS_LOCKED) !== 0) return -EPERM;
  const next = keep === 1 ? securebits | SECBIT_KEEP_CAPS : securebits & ~SECBIT_KEEP_CAPS;
  process.credentials = { ...process.credentials, securebits: next };
  return 0;
}

function dropBounding(thread: LinuxThread, capability: number): number {
  const { process } = thread;
  const { credentials } = process;
  if (!capable(credentials, CAP_SETPCAP)) return -EPERM;
  if (capability > CAP_LAST_CAP) return -EINVAL;
  process.credentials = { ...credentials, bounding: credentials.bounding.without(CapabilitySet.of(capability)) };
  return 0;
}

const ambient: PrctlOption = (thread, what, [capability, fourth, fifth]) => {
  const { process } = thread;
  const { credentials } = process;
  const set = (next: CapabilitySet): number => {
    process.credentials = { ...credentials, ambient: next };
    return 0;
  };
  if (what === abi.PR_CAP_AMBIENT_CLEAR_ALL) {
    return capability !== 0 || fourth !== 0 || fifth !== 0 ? -EINVAL : set(CapabilitySet.none);
  }
  if (capability > CAP_LAST_CAP || fourth !== 0 || fifth !== 0) return -EINVAL;
  switch (what) {
    case abi.PR_CAP_AMBIENT_IS_SET:
      return credentials.ambient.has(capability) ? 1 : 0;
    case abi.PR_CAP_AMBIENT_RAISE:
      return mayRaise(credentials, capability) ? set(credentials.ambient.with(capability)) : -EPERM;
    case abi.PR_CAP_AMBIENT_LOWER:
      return set(credentials.ambient.without(CapabilitySet.of(capability)));
    default:
      return -EINVAL;
  }
};

function mayRaise({ permitted, inheritable, securebits }: Credentials, capability: number): boolean {
  if ((securebits & SECBIT_NO_CAP_AMBIENT_RAISE) !== 0) return false;
  return permitted.has(capability) && inheritable.has(capability);
}

export const capabilityOptions: PrctlOptions = {
  [abi.PR_GET_KEEPCAPS]: ({ process }) => ((process.credentials.securebits & SECBIT_KEEP_CAPS) !== 0 ? 1 : 0),
  [abi.PR_SET_KEEPCAPS]: setKeepCaps,
  [abi.PR_CAPBSET_READ]: ({ process }, capability) => {
    if (capability > CAP_LAST_CAP) return -EINVAL;
    return process.credentials.bounding.has(capability) ? 1 : 0;
  },
  [abi.PR_CAPBSET_DROP]: dropBounding,
  [abi.PR_GET_SECUREBITS]: ({ process }) => process.credentials.securebits,
  [abi.PR_SET_SECUREBITS]: setSecurebits,
  [abi.PR_CAP_AMBIENT]: ambient,
};
