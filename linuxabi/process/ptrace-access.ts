/**
 * Who may look into another process (its memory, its descriptors), and trace it. Source: ptrace(2), "Ptrace access mode checking";
 * kernel/ptrace.c, __ptrace_may_access; security/commoncap.c, cap_ptrace_access_check.
 */
import { CAP_SYS_PTRACE } from '../abi/capability.ts';
import { capable } from './credentials.ts';
import type { LinuxProcess } from './process.ts';
import type { LinuxThread } from './thread.ts';

/** Whose ids count: those for files (/proc), or the real ones (system calls). */
export type AccessIds = 'file' | 'real';

export function mayAccess(thread: LinuxThread, target: LinuxProcess, ids: AccessIds): boolean {
  if (thread.process === target) return true;
  const { credentials } = thread.process;
  if (capable(credentials, CAP_SYS_PTRACE)) return true;
  const uid = ids === 'file' ? credentials.fsuid : credentials.uid;
  const gid = ids === 'file' ? credentials.fsgid : credentials.gid;
  const to = target.credentials;
  const sameUser = uid === to.uid && uid === to.euid && uid === to.suid;
  const sameGroup = gid === to.gid && gid === to.egid && gid === to.sgid;
  if (!sameUser || !sameGroup || target.dumpable !== 1) return false;
  return to.permitted.isWithin(ids === 'file' ? credentials.effective : credentials.permitted);
}
