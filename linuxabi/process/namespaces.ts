/** Namespaces: there are those of mounts and of the system's names; the others are not there. */
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';
import { CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWUTS, NAMESPACES } from '../abi/sched.ts';
import { MOUNT_BYTES } from '../fs/mount.ts';
import { capable } from './credentials.ts';
import type { LinuxThread } from './thread.ts';

/** 0 when none is wanted, else what a kernel built without them answers. Source: kernel/nsproxy.c, kernel/fork.c. */
export function refuseNamespaces(thread: LinuxThread, wanted: number): number {
  if ((wanted & NAMESPACES) === 0) return 0;
  const others = wanted & NAMESPACES & ~CLONE_NEWUSER;
  if (others !== 0 && !capable(thread.process.credentials, CAP_SYS_ADMIN)) return -EPERM;
  if ((wanted & NAMESPACES & ~(CLONE_NEWNS | CLONE_NEWUTS)) !== 0) return -EINVAL;
  if ((wanted & CLONE_NEWNS) === 0) return 0;
  const { machine, process } = thread;
  return machine.bounds.kernelMemory.has(process.fs.namespace.mounts.length * MOUNT_BYTES) ? 0 : -ENOMEM;
}
