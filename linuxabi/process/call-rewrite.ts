/**
 * A system call with other arguments than its program gave. Numbers go through the registers and paths past the guest's memory, only as long as
 * the call reads them: a call that has begun to wait has read its arguments, and one that is restarted is asked about anew.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NO_RESULT } from '../blocking.ts';
import { ARGUMENT_REGISTERS } from '../syscall.ts';
import { dispatchSyscall } from '../syscall-table.ts';
import type { LinuxThread } from './thread.ts';

/** In order; undefined where an argument stays. A string only where the call takes a path. */
export type NewArguments = readonly (number | ByteString | undefined)[];

/** As dispatchSyscall. */
export function dispatchRewritten(thread: LinuxThread, number: number, args: NewArguments): number {
  const { state } = thread.cpu;
  const before = ARGUMENT_REGISTERS.map((register) => state.gpr[register]!);
  const paths = new Map<number, ByteString>();
  for (const [index, value] of args.entries()) {
    const register = ARGUMENT_REGISTERS[index];
    if (register === undefined || value === undefined) continue;
    if (typeof value === 'string') paths.set(register, value);
    else state.setNumber(register, value);
  }
  thread.givenPaths = paths;
  const result = dispatchSyscall(thread, number);
  thread.givenPaths = undefined;
  // Else they are those of another program, or of nobody.
  if (result !== NO_RESULT && !thread.ended) {
    for (const [index, register] of ARGUMENT_REGISTERS.entries()) state.gpr[register] = before[index]!;
  }
  return result;
}
