/** Signals to the owner of a description, set with F_SETOWN. Source: fcntl(2), "Managing signals"; fs/fcntl.c, send_sigio, send_sigurg. */
import { F_OWNER_PGRP, F_OWNER_TID } from '../abi/fcntl.ts';
import { SIGIO } from '../abi/signal.ts';
import type { TaskTable } from '../process/task-table.ts';
import { sendToProcess, sendToThread } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { Description } from './description.ts';
import { maySignal, type FileOwner } from './file-owner.ts';

export function signalOwner(tasks: TaskTable, description: Description, signal: number): void {
  send(tasks, description.owner, kernelSignal(signal));
}

/** What has happened to a descriptor: a POLL_ code, and the POLL bits that hold. */
export interface DescriptorEvent {
  readonly fd: number;
  readonly code: number;
  readonly band: number;
}

/** SIGIO, or the signal chosen with F_SETSIG, which then says what happened. */
export function signalEvent(tasks: TaskTable, description: Description, event: DescriptorEvent): void {
  const { owner, ownerSignal } = description;
  const { fd, code, band } = event;
  send(tasks, owner, ownerSignal === 0 ? kernelSignal(SIGIO) : { signal: ownerSignal, code, poll: { fd, band } });
}

function send(tasks: TaskTable, owner: FileOwner, info: SignalInfo): void {
  if (owner.type === F_OWNER_TID) {
    const thread = tasks.threads.get(owner.id);
    if (thread !== undefined && maySignal(owner, thread.process.credentials)) sendToThread(thread, info);
    return;
  }
  const process = tasks.processes.get(owner.id);
  const single = process === undefined ? [] : [process];
  for (const member of owner.type === F_OWNER_PGRP ? (tasks.groups.get(owner.id)?.members ?? []) : single)
    if (maySignal(owner, member.credentials)) sendToProcess(member, info);
}
