/** fork(2), vfork(2), clone(2), clone3(2), unshare(2), setns(2). Source: kernel/fork.c. */
import { PAGE_SIZE, USER_LIMIT, guestAddress } from '../../cpu/address.ts';
import { CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN } from '../abi/capability.ts';
import { E2BIG, EBADF, EINVAL, EPERM } from '../abi/errno.ts';
import {
  CLONE_CLEAR_SIGHAND,
  CLONE_DETACHED,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWNS,
  CLONE_NEWUTS,
  CLONE_INTO_CGROUP,
  CLONE_NEWTIME,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
  CSIGNAL,
  NAMESPACES,
  clone_args,
  cloneNames,
} from '../abi/sched.ts';
import { SIGCHLD, _NSIG } from '../abi/signal.ts';
import { readBytes, readPointer } from '../guest-string.ts';
import { fd, flags, partial, pointer, size, syscall, ulong } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { capable } from './credentials.ts';
import { cloneTask } from './fork.ts';
import { refuseNamespaces } from './namespaces.ts';
import { setns } from './setns.ts';
import type { CloneRequest } from './fork.ts';
import type { LinuxThread } from './thread.ts';

const PLAIN: CloneRequest = {
  flags: 0,
  handlers: 'kept',
  exitSignal: SIGCHLD,
  stackPointer: 0,
  parentTid: 0,
  childTid: 0,
  tls: 0,
  pidfdAddress: 0,
};
const TWO_32 = 2 ** 32;
/** Deepest nesting of process number spaces. Source: include/linux/pid_namespace.h. */
const MAX_PID_NS_LEVEL = 32;

function clone(thread: LinuxThread, cloneFlags: number, stackPointer: number, tids: [number, number], tls: number) {
  const [parentTid, childTid] = tids;
  // The old call has one place for both.
  if ((cloneFlags & CLONE_PIDFD) !== 0 && (cloneFlags & (CLONE_PARENT_SETTID | CLONE_DETACHED)) !== 0) return -EINVAL;
  return cloneTask(thread, {
    ...PLAIN,
    flags: cloneFlags & ~CSIGNAL,
    exitSignal: cloneFlags & CSIGNAL,
    stackPointer,
    parentTid,
    childTid,
    tls,
    pidfdAddress: parentTid,
  });
}

function clone3(thread: LinuxThread, address: number, length: number): number {
  const { memory } = thread;
  if (length > PAGE_SIZE) return -E2BIG;
  if (length < clone_args.size0) return -EINVAL;
  if (length > clone_args.size2) {
    const tail = readBytes(memory, guestAddress(address + clone_args.size2), length - clone_args.size2);
    if (tail.some((byte) => byte !== 0)) return -E2BIG;
  }
  const word = (offset: number): number => (offset < length ? readPointer(memory, guestAddress(address + offset)) : 0);
  const setTid = chosenTid(thread, word(clone_args.set_tid), word(clone_args.set_tid_size));
  if (setTid !== undefined && setTid < 0) return setTid;
  const wide = word(clone_args.flags);
  const low = (wide % TWO_32) | 0;
  const high = Math.floor(wide / TWO_32);
  const exitSignal = word(clone_args.exit_signal);
  if (exitSignal > _NSIG) return -EINVAL;
  // Control groups are not there to be put into.
  if ((high & ~CLONE_CLEAR_SIGHAND) !== 0)
    return (high & ~(CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP)) !== 0 ? -EINVAL : -EBADF;
  if ((low & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME))) !== 0) return -EINVAL;
  if ((low & CLONE_SIGHAND) !== 0 && (high & CLONE_CLEAR_SIGHAND) !== 0) return -EINVAL;
  if ((low & (CLONE_THREAD | CLONE_PARENT)) !== 0 && exitSignal !== 0) return -EINVAL;
  const stack = word(clone_args.stack);
  const stackBytes = word(clone_args.stack_size);
  if ((stack === 0) !== (stackBytes === 0) || stack + stackBytes > USER_LIMIT) return -EINVAL;
  const parentTid = word(clone_args.parent_tid);
  const pidfdAddress = word(clone_args.pidfd);
  const both = CLONE_PIDFD | CLONE_PARENT_SETTID;
  if ((low & both) === both && parentTid === pidfdAddress) return -EINVAL;
  return cloneTask(thread, {
    flags: low,
    handlers: (high & CLONE_CLEAR_SIGHAND) !== 0 ? 'default' : 'kept',
    exitSignal,
    stackPointer: stack + stackBytes,
    parentTid,
    childTid: word(clone_args.child_tid),
    tls: word(clone_args.tls),
    pidfdAddress,
    ...(setTid !== undefined && { tid: setTid }),
  });
}

/** The number the child is to have, undefined for any, or −errno. There is one number space, so there is one number. */
function chosenTid(thread: LinuxThread, address: number, count: number): number | undefined {
  if (count > MAX_PID_NS_LEVEL || (address === 0) !== (count === 0)) return -EINVAL;
  if (count === 0) return undefined;
  if (count > 1) return -EINVAL;
  const tid = thread.memory.readI32(guestAddress(address));
  const { credentials } = thread.process;
  if (tid < 1) return -EINVAL;
  return capable(credentials, CAP_CHECKPOINT_RESTORE) || capable(credentials, CAP_SYS_ADMIN) ? tid : -EPERM;
}

function unshare(thread: LinuxThread, wanted: number): number {
  const { process } = thread;
  const known =
    CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES | CLONE_SYSVSEM | NAMESPACES | CLONE_NEWTIME;
  if ((wanted & ~known) !== 0) return -EINVAL;
  if ((wanted & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) !== 0 && process.threads.size > 1) return -EINVAL;
  if ((wanted & (CLONE_SIGHAND | CLONE_VM)) !== 0 && process.signals.actions.isShared) return -EINVAL;
  if ((wanted & CLONE_VM) !== 0 && process.image?.isShared === true) return -EINVAL;
  const refusal = refuseNamespaces(thread, wanted);
  if (refusal < 0) return refusal;
  if ((wanted & (CLONE_FS | CLONE_NEWNS)) !== 0) process.fs = ownCopy(process.fs);
  if ((wanted & CLONE_NEWNS) !== 0) process.fs.unshareMounts();
  if ((wanted & CLONE_NEWUTS) !== 0) process.uts = process.uts.copy();
  if ((wanted & CLONE_FILES) !== 0) process.files = ownCopy(process.files);
  thread.machine.taskEvents.unshared(thread, wanted);
  return 0;
}

function ownCopy<T extends { fork(): T; release(): void }>(slot: T): T {
  const own = slot.fork();
  slot.release();
  return own;
}

const unshareMissing = 'of namespaces only those of mounts and of host names can be made';

export const cloneSyscalls: readonly SyscallDefinition[] = [
  syscall(
    56,
    'clone',
    [flags('flags', cloneNames), pointer('stack'), pointer('parent_tid'), pointer('child_tid'), ulong('tls')],
    (thread, cloneFlags, stack, parentTid, childTid, tls) =>
      clone(thread, cloneFlags, stack, [parentTid, childTid], tls),
    partial(
      unshareMissing,
      'threads always share descriptors and working directory',
      'at most 900 threads in a process',
    ),
  ),
  syscall(57, 'fork', [], (thread) => cloneTask(thread, PLAIN)),
  syscall(58, 'vfork', [], (thread) => cloneTask(thread, { ...PLAIN, flags: CLONE_VFORK | CLONE_VM })),
  syscall(
    435,
    'clone3',
    [pointer('cl_args'), size('size')],
    clone3,
    partial(unshareMissing, 'CLONE_INTO_CGROUP answers EBADF'),
  ),
  syscall(272, 'unshare', [flags('flags', cloneNames)], unshare, partial(unshareMissing)),
  syscall(
    308,
    'setns',
    [fd('fd'), flags('nstype', cloneNames)],
    setns,
    partial('namespaces of mounts and of host names; of the other kinds there is only the one that the caller is in'),
  ),
];
