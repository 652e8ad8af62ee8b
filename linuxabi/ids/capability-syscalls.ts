/** capget(2), capset(2). Source: kernel/capability.c; security/commoncap.c, cap_capset. */
import { guestAddress } from '../../cpu/address.ts';
import {
  CAP_SETPCAP,
  _LINUX_CAPABILITY_VERSION_1,
  _LINUX_CAPABILITY_VERSION_2,
  _LINUX_CAPABILITY_VERSION_3,
} from '../abi/capability.ts';
import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { CapabilitySet } from '../process/capability-set.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { pointer, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { commit } from './identity-syscalls.ts';

/** struct __user_cap_header_struct: version, pid. */
const PID_OFFSET = 4;
/** struct __user_cap_data_struct: one for capabilities 0..31, one for the rest. */
const Data = { effective: 0, permitted: 4, inheritable: 8, size: 12 } as const;
type Field = 'effective' | 'permitted' | 'inheritable';

/** How many data structures the caller's version has; −EINVAL after telling the one preferred. */
function dataWords(thread: LinuxThread, header: number): number {
  const version = thread.memory.readU32(guestAddress(header));
  if (version === _LINUX_CAPABILITY_VERSION_1) return 1;
  if (version === _LINUX_CAPABILITY_VERSION_2 || version === _LINUX_CAPABILITY_VERSION_3) return 2;
  thread.memory.writeU32(guestAddress(header), _LINUX_CAPABILITY_VERSION_3);
  return -EINVAL;
}

function capget(thread: LinuxThread, header: number, data: number): number {
  const { memory } = thread;
  const words = dataWords(thread, header);
  // Only asking for the version.
  if (words < 0) return data === 0 ? 0 : words;
  const pid = memory.readI32(guestAddress(header + PID_OFFSET));
  if (pid < 0) return -EINVAL;
  const target = pid === 0 ? thread : thread.machine.tasks.find(pid);
  if (target === undefined) return -ESRCH;
  if (data === 0) return 0;
  for (const field of ['effective', 'permitted', 'inheritable'] as const) {
    const { low, high } = target.process.credentials[field];
    memory.writeU32(guestAddress(data + Data[field]), low >>> 0);
    if (words === 2) memory.writeU32(guestAddress(data + Data.size + Data[field]), high);
  }
  return 0;
}

function capset(thread: LinuxThread, header: number, data: number): number {
  const { memory, process } = thread;
  const words = dataWords(thread, header);
  if (words < 0) return words;
  const pid = memory.readI32(guestAddress(header + PID_OFFSET));
  if (pid !== 0 && pid !== thread.tid) return -EPERM;
  const read = (field: Field): CapabilitySet => {
    const low = memory.readU32(guestAddress(data + Data[field]));
    return new CapabilitySet(low, words === 2 ? memory.readU32(guestAddress(data + Data.size + Data[field])) : 0);
  };
  const effective = read('effective');
  const permitted = read('permitted');
  const inheritable = read('inheritable');
  const old = process.credentials;
  if (!capable(old, CAP_SETPCAP) && !inheritable.isWithin(old.inheritable.or(old.permitted))) return -EPERM;
  if (!inheritable.isWithin(old.inheritable.or(old.bounding))) return -EPERM;
  if (!permitted.isWithin(old.permitted) || !effective.isWithin(permitted)) return -EPERM;
  const ambient = old.ambient.and(permitted.and(inheritable));
  commit(thread, { ...old, effective, permitted, inheritable, ambient });
  return 0;
}

export const capabilitySyscalls: readonly SyscallDefinition[] = [
  syscall(125, 'capget', [pointer('hdrp'), pointer('datap')], capget),
  syscall(126, 'capset', [pointer('hdrp'), pointer('datap')], capset),
];
