/**
 * System calls that someone looks at first. A thread without filters never comes here. Source: kernel/entry/common.c,
 * syscall_trace_enter.
 */
import { checkFilters } from '../seccomp/enforce.ts';
import { dispatchSyscall } from '../syscall-table.ts';
import type { LinuxThread } from './thread.ts';

/** As dispatchSyscall. */
export function enterWatchedCall(thread: LinuxThread, number: number): number {
  return checkFilters(thread, number) ?? dispatchSyscall(thread, number);
}
