/** A system call of a program as those see it who decide about it. */
import { guestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { toHostString } from '../../kernel/byte-string.ts';
import { EFAULT, ESRCH } from '../../linuxabi/abi/errno.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import { ARGUMENT_REGISTERS, ArgumentKind } from '../../linuxabi/syscall.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { guestError } from './guest-error.ts';

/** The program's memory, at the pointers among the arguments. */
export interface CallMemory {
  /** Throws EFAULT where not all of it is the program's, ESRCH when the program has ended meanwhile. */
  read(address: number, lengthBytes: number): Buffer;
  /** As `read`; what lies before the place that can't be written has been written. */
  write(address: number, bytes: Uint8Array): void;
}

export interface InterceptedCall {
  /** As in the manual: `openat`. */
  readonly name: string;
  readonly number: number;
  /**
   * In order, each as the call reads it: a path is a string; the rest are numbers, pointers too (exact below 2^53). A path that can't
   * be read is its pointer.
   */
  readonly args: readonly (number | string)[];
  readonly pid: number;
  readonly tid: number;
  /** Name of the thread: at first the program's, at most 15 bytes. */
  readonly program: string;
  readonly memory: CallMemory;
}

/** @internal */
export function interceptedCall(thread: LinuxThread, number: number): InterceptedCall {
  const definition = syscallTable[number];
  return {
    name: definition?.name ?? `syscall_${number}`,
    number,
    args: (definition?.arguments ?? []).map(({ kind, decode }, index) => {
      const register = ARGUMENT_REGISTERS[index]!;
      const value = kind === ArgumentKind.Path ? pathOf(() => decode(thread, register)) : decode(thread, register);
      if (typeof value === 'string') return toHostString(value);
      return typeof value === 'number' ? value : thread.cpu.state.number(register);
    }),
    pid: thread.process.pid,
    tid: thread.tid,
    program: toHostString(thread.name),
    memory: memoryOf(thread),
  };
}

function memoryOf(thread: LinuxThread): CallMemory {
  const access = (syscall: string, address: number, step: () => number, wanted: number): void => {
    if (thread.ended) throw guestError(-ESRCH, { syscall });
    if (!Number.isSafeInteger(address) || address < 0 || step() < wanted) throw guestError(-EFAULT, { syscall });
  };
  return {
    read(address, lengthBytes) {
      const bytes = Buffer.alloc(lengthBytes);
      access('read', address, () => thread.memory.read(guestAddress(address), bytes), lengthBytes);
      return bytes;
    },
    write(address, bytes) {
      access('write', address, () => thread.memory.write(guestAddress(address), bytes), bytes.length);
    },
  };
}

/** Undefined where the pointer leads nowhere or the path has no end. */
function pathOf(read: () => unknown): string | undefined {
  try {
    const path = read();
    return typeof path === 'string' ? path : undefined;
  } catch (failure) {
    if (failure instanceof GuestFault) return undefined;
    throw failure;
  }
}
