/** Who calls, as the adapters of sysv/ see it. */
import type { Caller, Right } from '../../sysv/capabilities.ts';
import { CAP_IPC_LOCK, CAP_IPC_OWNER, CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from '../abi/capability.ts';
import { RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE } from '../abi/resource.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';

const capabilityOf: Readonly<Record<Right, number>> = {
  'own any': CAP_IPC_OWNER,
  administer: CAP_SYS_ADMIN,
  'lock memory': CAP_IPC_LOCK,
  'exceed limits': CAP_SYS_RESOURCE,
};

export function callerOfProcess({ credentials, pid, limits }: LinuxProcess): Caller {
  return {
    pid,
    uid: credentials.uid,
    euid: credentials.euid,
    egid: credentials.egid,
    inGroup: (group) => credentials.egid === group || credentials.groups.includes(group),
    may: (right) => capable(credentials, capabilityOf[right]),
    lockLimitBytes: limits.soft(RLIMIT_MEMLOCK),
    queueLimitBytes: limits.soft(RLIMIT_MSGQUEUE),
  };
}

export function callerOf({ process }: LinuxThread): Caller {
  return callerOfProcess(process);
}
