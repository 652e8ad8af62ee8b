/** Signals to the owner of a description, set with F_SETOWN. Source: fcntl(2), "Managing signals"; fs/fcntl.c, send_sigurg. */
import type { TaskTable } from '../process/task-table.ts';
import { sendToGroup, sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import type { Description } from './description.ts';

export function signalOwner(tasks: TaskTable, description: Description, signal: number): void {
  const { ownerPid } = description;
  if (ownerPid === 0) return;
  const info = kernelSignal(signal);
  const group = ownerPid < 0 ? tasks.groups.get(-ownerPid) : undefined;
  if (group !== undefined) sendToGroup(group, info);
  const process = ownerPid > 0 ? tasks.processes.get(ownerPid) : undefined;
  if (process !== undefined) sendToProcess(process, info);
}
