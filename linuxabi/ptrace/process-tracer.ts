/** What a process that traces others is told: SIGCHLD, and a wait that may be going on. Source: kernel/signal.c, do_notify_parent_cldstop. */
import { SA_NOCLDSTOP, SIGCHLD, SIG_IGN } from '../abi/signal.ts';
import { childInfo } from '../process/exit.ts';
import type { LinuxProcess } from '../process/process.ts';
import { sendToProcess } from '../signal/send.ts';
import type { Tracee } from './tracee.ts';

export function tellOfChange(tracer: LinuxProcess, { thread }: Tracee, code: number, status: number): void {
  const action = tracer.signals.actions.get(SIGCHLD);
  if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0) {
    const { uid } = thread.process.credentials;
    sendToProcess(tracer, { signal: SIGCHLD, code, pid: thread.tid, uid, status });
  }
  tracer.childEvents.wake();
}

/** The tracer hears of it first; the parent when the tracer has. */
export function tellOfEnd(tracer: LinuxProcess, process: LinuxProcess): void {
  sendToProcess(tracer, childInfo(process, SIGCHLD));
  tracer.childEvents.wake();
}
