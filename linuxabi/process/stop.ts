/**
 * Stopping and continuing a whole process. Each of its threads parks the next time it would run; parents are told as
 * SA_NOCLDSTOP says. Source: kernel/signal.c, do_signal_stop, prepare_signal (SIGCONT), do_notify_parent_cldstop.
 */
import { CLD_CONTINUED, CLD_STOPPED, SA_NOCLDSTOP, SIGCHLD, SIGCONT } from '../abi/signal.ts';
import { trapAgain } from '../ptrace/stops.ts';
import type { Tracee } from '../ptrace/tracee.ts';
import { sendToProcess } from '../signal/send.ts';
import type { LinuxProcess } from './process.ts';

export function stopProcess(process: LinuxProcess, signal: number): void {
  const { jobControl } = process;
  jobControl.stopped = true;
  jobControl.stopSignal = signal;
  jobControl.stopUnreported = true;
  jobControl.continueUnreported = false;
  for (const thread of process.threads.values()) {
    process.machine.tracer?.stopped?.(thread, signal);
    if (thread.tracee !== undefined) thread.tracee.mustTrap = true;
    thread.interrupt();
  }
  notifyParent(process, CLD_STOPPED, signal);
}

/** SIGCONT was sent: it works the moment it is generated, whatever becomes of the signal itself. */
export function continueProcess(process: LinuxProcess): void {
  const { jobControl } = process;
  if (!jobControl.stopped) return;
  jobControl.stopped = false;
  jobControl.stopUnreported = false;
  jobControl.continueUnreported = true;
  for (const thread of process.threads.values()) {
    thread.dispatcher.unpark();
    if (thread.tracee !== undefined) groupContinued(thread.tracee);
  }
  notifyParent(process, CLD_CONTINUED, SIGCONT);
}

/** A tracer hears of it only from a thread it seized, which is stopped still; one it attached to stays as it is. */
function groupContinued(tracee: Tracee): void {
  tracee.mustTrap = false;
  if (tracee.isSeized && tracee.stop?.kind === 'group') trapAgain(tracee);
}

function notifyParent(process: LinuxProcess, code: number, status: number): void {
  const { parent } = process;
  if (parent === undefined || process.leader?.tracee?.tracer === parent) return;
  if ((parent.signals.actions.get(SIGCHLD).flags & SA_NOCLDSTOP) === 0) {
    sendToProcess(parent, { signal: SIGCHLD, code, pid: process.pid, uid: process.credentials.uid, status });
  }
  parent.childEvents.wake();
}
