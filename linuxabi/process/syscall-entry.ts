/**
 * System calls that someone looks at first: the thread's tracer, its filters, then the machine's hook. Other threads never come here. Source:
 * kernel/entry/common.c, syscall_trace_enter.
 */
import { Gpr } from '../../cpu/state-layout.ts';
import { ENOSYS } from '../abi/errno.ts';
import { PTRACE_EVENT_SECCOMP } from '../abi/ptrace.ts';
import { BLOCKED, NO_RESULT } from '../blocking.ts';
import { stopAtEvent, stopBeforeCall } from '../ptrace/stops.ts';
import { checkFilters } from '../seccomp/enforce.ts';
import { announceSyscall } from '../syscall-table.ts';
import { dispatchHooked } from './call-hook.ts';
import { completeSyscall } from './execution.ts';
import type { LinuxThread } from './thread.ts';

/** As dispatchSyscall. */
export function enterWatchedCall(thread: LinuxThread, number: number): number {
  const { tracee } = thread;
  if (tracee === undefined || tracee.pace === 'free') return pastTracer(thread, number);
  const emulated = tracee.pace === 'emulated-calls';
  thread.cpu.state.setNumber(Gpr.rax, -ENOSYS);
  stopBeforeCall(tracee, () => {
    if (!emulated) finish(thread, () => pastTracer(thread, thread.callNumber));
    else thread.syscallNumber = -1;
  });
  return BLOCKED;
}

function finish(thread: LinuxThread, step: () => number): void {
  const result = step();
  if (result !== BLOCKED) completeSyscall(thread, result);
}

/** The tracer may have put another number in place, or one below zero: then there is no call. */
function pastTracer(thread: LinuxThread, number: number): number {
  if (number < 0) return NO_RESULT;
  return filtered(thread, number, (data) => askTracer(thread, data));
}

/** The call is carried out unless a filter answers in its place. */
function filtered(thread: LinuxThread, number: number, onTrace: (data: number) => number | undefined): number {
  const answer = checkFilters(thread, number, onTrace, () => finish(thread, () => dispatchHooked(thread, number)));
  if (answer === undefined) return dispatchHooked(thread, number);
  if (answer !== BLOCKED && !thread.ended) announceSyscall(thread, number);
  return answer;
}

/** A filter leaves the decision to the tracer; afterwards the filters are asked again, as the call may be another. */
function askTracer(thread: LinuxThread, data: number): number {
  const { tracee } = thread;
  if (tracee?.wants(PTRACE_EVENT_SECCOMP) !== true) return -ENOSYS;
  thread.cpu.state.setNumber(Gpr.rax, -ENOSYS);
  stopAtEvent(tracee, PTRACE_EVENT_SECCOMP, data, () =>
    finish(thread, () => {
      const number = thread.callNumber;
      if (number < 0) return NO_RESULT;
      return filtered(thread, number, () => undefined);
    }),
  );
  return BLOCKED;
}
