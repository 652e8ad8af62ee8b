/**
 * Who gets the signals of a description: F_SETOWN, F_SETOWN_EX and the ioctls of sockets that mean the same.
 * Source: fcntl(2), "Managing signals"; fs/fcntl.c, f_setown, f_getown_ex, sigio_perm.
 */
import { EINVAL, ESRCH } from '../abi/errno.ts';
import { F_OWNER_PGRP, F_OWNER_PID, F_OWNER_TID } from '../abi/fcntl.ts';
import type { Credentials } from '../process/credentials.ts';
import type { TaskTable } from '../process/task-table.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { Description } from './description.ts';

export interface FileOwner {
  /** F_OWNER_*. */
  readonly type: number;
  /** Thread, process or group; 0: nobody. */
  readonly id: number;
  /** Of who chose the owner: only those it may signal are told. */
  readonly uid: number;
  readonly euid: number;
}

/** The type of no owner is that of a thread: the kernel's PIDTYPE_PID is 0. */
export const NO_OWNER: FileOwner = { type: F_OWNER_TID, id: 0, uid: 0, euid: 0 };

const INT_MIN = -(2 ** 31);

/** F_SETOWN: a process, or with a minus sign a group; 0 nobody. */
export function setOwner(thread: LinuxThread, description: Description, who: number): number {
  if (who === INT_MIN) return -EINVAL;
  return setTypedOwner(thread, description, who < 0 ? F_OWNER_PGRP : F_OWNER_PID, Math.abs(who));
}

/** F_SETOWN_EX. */
export function setTypedOwner(thread: LinuxThread, description: Description, type: number, id: number): number {
  if (type > F_OWNER_PGRP) return -EINVAL;
  if (id !== 0 && thread.machine.tasks.isFree(id)) return -ESRCH;
  const { uid, euid } = thread.process.credentials;
  description.owner = { type, id, uid, euid };
  return 0;
}

/** What leases and F_NOTIFY do: the caller, unless an owner has been chosen. */
export function ownUnlessOwned(thread: LinuxThread, description: Description): void {
  if (description.owner.id === 0) setOwner(thread, description, thread.process.pid);
}

/** F_GETOWN; 0 as well when the owner has ended. */
export function ownerNumber(tasks: TaskTable, { owner }: Description): number {
  if (!isAlive(tasks, owner)) return 0;
  return owner.type === F_OWNER_PGRP ? -owner.id : owner.id;
}

export function maySignal({ uid, euid }: FileOwner, target: Credentials): boolean {
  return euid === 0 || [euid, uid].some((id) => id === target.suid || id === target.uid);
}

function isAlive(tasks: TaskTable, { type, id }: FileOwner): boolean {
  if (type === F_OWNER_PGRP) return tasks.groups.has(id);
  return type === F_OWNER_PID ? tasks.processes.has(id) : tasks.threads.has(id);
}
