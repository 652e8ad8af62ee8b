/** setns(2): into the namespaces behind a file of /proc/PID/ns, or into those of a process. Source: kernel/nsproxy.c. */
import { NamespaceFile } from '../adapters/namespace-file.ts';
import { CAP_SYS_ADMIN, CAP_SYS_CHROOT } from '../abi/capability.ts';
import { EBADF, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { CLONE_NEWNS, CLONE_NEWTIME, CLONE_NEWUSER, CLONE_NEWUTS, NAMESPACES } from '../abi/sched.ts';
import { MountNamespace } from '../fs/mount-namespace.ts';
import { ProcessFile } from '../pidfd/process-file.ts';
import { capable } from './credentials.ts';
import { mayAccess } from './ptrace-access.ts';
import type { LinuxThread } from './thread.ts';
import { UtsNamespace } from './uts-namespace.ts';

/** Namespaces to enter; kinds of which there is one only need nothing but leave. */
interface Entered {
  readonly uts?: UtsNamespace;
  readonly mounts?: MountNamespace;
}

export function setns(thread: LinuxThread, fdNumber: number, kinds: number): number {
  const description = thread.process.files.get(fdNumber);
  if (description === undefined || description.isPathOnly) return -EBADF;
  const { file } = description;
  if (file instanceof NamespaceFile) {
    if (kinds !== 0 && kinds !== file.kind) return -EINVAL;
    const { namespace } = file;
    const refused = refuses(thread, file.kind);
    if (refused < 0) return refused;
    if (namespace instanceof UtsNamespace) enter(thread, { uts: namespace });
    else if (namespace instanceof MountNamespace) enter(thread, { mounts: namespace });
    return 0;
  }
  return file instanceof ProcessFile ? enterThoseOf(thread, file, kinds) : -EINVAL;
}

function enterThoseOf(thread: LinuxThread, { process }: ProcessFile, kinds: number): number {
  if (kinds === 0 || (kinds & ~(NAMESPACES | CLONE_NEWTIME)) !== 0) return -EINVAL;
  if (process.reaped || process.exited) return -ESRCH;
  if (!mayAccess(thread, process, 'real')) return -EPERM;
  const refused = refuses(thread, kinds);
  if (refused < 0) return refused;
  enter(thread, {
    ...((kinds & CLONE_NEWUTS) !== 0 && { uts: process.uts }),
    ...((kinds & CLONE_NEWNS) !== 0 && { mounts: process.fs.namespace }),
  });
  return 0;
}

/** −errno when one of these kinds does not let the caller in. Nobody enters the user namespace that they are in. */
function refuses({ process }: LinuxThread, kinds: number): number {
  const { credentials, fs } = process;
  if ((kinds & CLONE_NEWUSER) !== 0) return -EINVAL;
  if (!capable(credentials, CAP_SYS_ADMIN)) return -EPERM;
  if ((kinds & CLONE_NEWNS) === 0) return 0;
  if (!capable(credentials, CAP_SYS_CHROOT)) return -EPERM;
  return fs.isShared ? -EINVAL : 0;
}

function enter({ process }: LinuxThread, { uts, mounts }: Entered): void {
  if (uts !== undefined) process.uts = uts;
  if (mounts !== undefined) process.fs.enter(mounts);
}
