/** Signals to the owner of a description, set with F_SETOWN. Source: fcntl(2), "Managing signals"; fs/fcntl.c, send_sigio, send_sigurg. */
import { SIGIO } from '../abi/signal.ts';
import type { TaskTable } from '../process/task-table.ts';
import { sendToGroup, sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { Description } from './description.ts';

export function signalOwner(tasks: TaskTable, description: Description, signal: number): void {
  send(tasks, description.ownerPid, kernelSignal(signal));
}

/** What has happened to a descriptor: a POLL_ code, and the POLL bits that hold. */
export interface DescriptorEvent {
  readonly fd: number;
  readonly code: number;
  readonly band: number;
}

/** SIGIO, or the signal chosen with F_SETSIG, which then says what happened. */
export function signalEvent(tasks: TaskTable, description: Description, event: DescriptorEvent): void {
  const { ownerPid, ownerSignal } = description;
  const { fd, code, band } = event;
  send(tasks, ownerPid, ownerSignal === 0 ? kernelSignal(SIGIO) : { signal: ownerSignal, code, poll: { fd, band } });
}

function send(tasks: TaskTable, ownerPid: number, info: SignalInfo): void {
  if (ownerPid === 0) return;
  const group = ownerPid < 0 ? tasks.groups.get(-ownerPid) : undefined;
  if (group !== undefined) sendToGroup(group, info);
  const process = ownerPid > 0 ? tasks.processes.get(ownerPid) : undefined;
  if (process !== undefined) sendToProcess(process, info);
}
