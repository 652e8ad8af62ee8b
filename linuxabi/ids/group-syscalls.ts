/** Process ids, process groups and sessions. Source: getpid(2), setpgid(2), setsid(2), credentials(7). */
import { EACCES, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { int, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

function find(thread: LinuxThread, pid: number): LinuxProcess | undefined {
  return pid === 0 ? thread.process : thread.machine.tasks.processes.get(pid);
}

function setpgid(thread: LinuxThread, pid: number, pgid: number): number {
  const { process: caller, machine } = thread;
  const target = find(thread, pid);
  if (pgid < 0) return -EINVAL;
  if (target === undefined || (target !== caller && target.parent !== caller)) return -ESRCH;
  if (target !== caller) {
    if (target.session !== caller.session) return -EPERM;
    if (target.hasExecuted) return -EACCES;
  }
  if (target.session.leader === target) return -EPERM;
  const id = pgid === 0 ? target.pid : pgid;
  if (id === target.pid) {
    const group = machine.tasks.groups.get(id) ?? machine.tasks.createGroup(id, target.session);
    machine.tasks.moveToGroup(target, group);
    return 0;
  }
  const group = machine.tasks.groups.get(id);
  if (group === undefined || group.session !== caller.session) return -EPERM;
  machine.tasks.moveToGroup(target, group);
  return 0;
}

function setsid(thread: LinuxThread): number {
  const { process, machine } = thread;
  if (machine.tasks.groups.has(process.pid)) return -EPERM;
  const group = machine.tasks.createSession(process);
  machine.tasks.moveToGroup(process, group);
  process.controllingTerminal = undefined;
  return group.pgid;
}

export const groupSyscalls: readonly SyscallDefinition[] = [
  syscall(39, 'getpid', [], ({ process }) => process.pid),
  syscall(186, 'gettid', [], ({ tid }) => tid),
  syscall(110, 'getppid', [], ({ process }) => process.parent?.pid ?? 0),
  syscall(109, 'setpgid', [int('pid'), int('pgid')], setpgid),
  syscall(121, 'getpgid', [int('pid')], (thread, pid) => find(thread, pid)?.group.pgid ?? -ESRCH),
  syscall(111, 'getpgrp', [], ({ process }) => process.group.pgid),
  syscall(112, 'setsid', [], setsid),
  syscall(124, 'getsid', [int('pid')], (thread, pid) => find(thread, pid)?.session.sid ?? -ESRCH),
];
