/** Whether one process may look into another. Source: ptrace(2), "Ptrace access mode checking"; kernel/ptrace.c, __ptrace_may_access. */
import { CAP_SYS_PTRACE } from '../abi/capability.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxProcess } from '../process/process.ts';

export function mayInspect(caller: LinuxProcess, target: LinuxProcess): boolean {
  if (caller === target || capable(caller.credentials, CAP_SYS_PTRACE)) return true;
  const { fsuid, fsgid } = caller.credentials;
  const { uid, euid, suid, gid, egid, sgid } = target.credentials;
  const same = [uid, euid, suid].every((id) => id === fsuid) && [gid, egid, sgid].every((id) => id === fsgid);
  return same && target.dumpable === 1;
}
