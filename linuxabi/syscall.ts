/**
 * A syscall is data: its number, its name, how each argument is read from its register, the handler, and how far it is supported.
 *
 *     syscall(33, 'dup2', [fd('oldfd'), fd('newfd')], (thread, oldFd, newFd) => …)
 *
 * The handler gets decoded values and answers an integer: ≥ 0, −errno, or one of the answers of blocking.ts. From the same
 * data come the dispatch (syscall-table.ts), strace and the support page.
 */
import type { GuestAddress } from '../cpu/address.ts';
import { Gpr } from '../cpu/state-layout.ts';
import type { ByteString } from '../kernel/byte-string.ts';
import { ENAMETOOLONG } from './abi/errno.ts';
import { readCString } from './guest-string.ts';
import type { LinuxThread } from './process/thread.ts';

/** How strace shows a value; the register reading is `decode`. */
export const ArgumentKind = {
  Decimal: 0,
  Hex: 1,
  Octal: 2,
  Pointer: 3,
  Fd: 4,
  Path: 5,
  /** One of the named values. */
  Choice: 6,
  /** An or of the named bits. */
  Flags: 7,
  Signal: 8,
  /** A buffer the call reads; the next argument is its length. */
  Buffer: 9,
} as const;
export type ArgumentKind = (typeof ArgumentKind)[keyof typeof ArgumentKind];

/** Names of values or bits, from linuxabi/abi/: `{ O_CREAT, O_EXCL, … }`. */
export type Names = Readonly<Record<string, number>>;

export interface Argument<T = number> {
  readonly name: string;
  readonly kind: ArgumentKind;
  readonly names?: Names;
  /** The value in this general register; a negative number from a `fallible` decoder is the call's −errno. */
  decode(thread: LinuxThread, register: number): T | number;
  readonly fallible: boolean;
}

function argument(
  name: string,
  kind: ArgumentKind,
  decode: (thread: LinuxThread, register: number) => number,
  names?: Names,
): Argument {
  return { name, kind, decode, fallible: false, ...(names && { names }) };
}

const int32 = (thread: LinuxThread, register: number): number => thread.cpu.state.int32(register);
const low32 = (thread: LinuxThread, register: number): number => thread.cpu.state.low32(register);
const signed64 = (thread: LinuxThread, register: number): number => thread.cpu.state.long(register);
const unsigned64 = (thread: LinuxThread, register: number): number => thread.cpu.state.number(register);

/** C `int`. */
export const int = (name: string): Argument => argument(name, ArgumentKind.Decimal, int32);
/** C `unsigned int`. */
export const uint = (name: string): Argument => argument(name, ArgumentKind.Decimal, low32);
/** C `long`, `off_t`, `time_t`: exact within ±2^53. */
export const long = (name: string): Argument => argument(name, ArgumentKind.Decimal, signed64);
/** C `unsigned long`: exact below 2^53, else rounded. */
export const ulong = (name: string): Argument => argument(name, ArgumentKind.Hex, unsigned64);
/** C `size_t`: exact below 2^53, else rounded. */
export const size = (name: string): Argument => argument(name, ArgumentKind.Decimal, unsigned64);
export const mode = (name: string): Argument => argument(name, ArgumentKind.Octal, low32);
export const fd = (name: string): Argument => argument(name, ArgumentKind.Fd, int32);
export const signal = (name: string): Argument => argument(name, ArgumentKind.Signal, int32);
/** 32 bits of flags as a signed integer (bit operations in JavaScript are signed). */
export const flags = (name: string, names: Names): Argument => argument(name, ArgumentKind.Flags, int32, names);
export const choice = (name: string, names: Names): Argument => argument(name, ArgumentKind.Choice, int32, names);

const address = (kind: ArgumentKind, name: string): Argument<GuestAddress> => ({
  name,
  kind,
  fallible: false,
  decode: (thread, register) => thread.cpu.state.number(register) as GuestAddress,
});
export const pointer = (name: string): Argument<GuestAddress> => address(ArgumentKind.Pointer, name);
/** A pointer to bytes the call reads; the next argument is their number. */
export const buffer = (name: string): Argument<GuestAddress> => address(ArgumentKind.Buffer, name);

/** Longest path with its terminating zero. Source: include/uapi/linux/limits.h. */
export const PATH_MAX = 4096;

/** A pointer to a path, read into a ByteString: EFAULT and ENAMETOOLONG are answered before the handler runs. */
export const path = (name: string): Argument<ByteString> => ({
  name,
  kind: ArgumentKind.Path,
  fallible: true,
  decode(thread, register) {
    const given = thread.givenPaths?.get(register);
    if (given !== undefined) return given.length < PATH_MAX ? given : -ENAMETOOLONG;
    const text = readCString(thread.memory, thread.cpu.state.number(register) as GuestAddress, PATH_MAX);
    return text === undefined ? -ENAMETOOLONG : text;
  },
});

/** How far a call behaves as Linux's does. */
export interface Support {
  readonly level: 'full' | 'partial' | 'refused';
  /** What a program could notice, one clause each. */
  readonly missing?: readonly string[];
}

const FULL: Support = { level: 'full' };

/** Support of a call that works but for what is named. */
export function partial(...missing: string[]): Support {
  return { level: 'partial', missing };
}

/** Support of a call that always answers an error, as a Linux configured without it would. */
export function refused(...missing: string[]): Support {
  return { level: 'refused', missing };
}

type Values<A extends readonly Argument<unknown>[]> = {
  [K in keyof A]: A[K] extends Argument<infer T> ? T : never;
};

export interface SyscallDefinition {
  readonly number: number;
  readonly name: string;
  readonly arguments: readonly Argument<unknown>[];
  readonly support: Support;
  /** Reads the arguments from the thread's registers and runs the handler. May throw GuestFault. */
  readonly invoke: (thread: LinuxThread) => number;
}

/** Registers of the arguments, in order. Source: psABI A.2.1; syscall(2). */
export const ARGUMENT_REGISTERS = [Gpr.rdi, Gpr.rsi, Gpr.rdx, Gpr.r10, Gpr.r8, Gpr.r9] as const;

export function syscall<const A extends readonly Argument<unknown>[]>(
  number: number,
  name: string,
  args: A,
  handler: (thread: LinuxThread, ...values: Values<A>) => number,
  support: Support = FULL,
): SyscallDefinition {
  const call = handler as (thread: LinuxThread, ...values: unknown[]) => number;
  const values: unknown[] = Array.from({ length: args.length });
  const invoke = (thread: LinuxThread): number => {
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      const value = arg.decode(thread, ARGUMENT_REGISTERS[i]!);
      if (arg.fallible && typeof value === 'number' && value < 0) return value;
      values[i] = value;
    }
    return call(thread, values[0], values[1], values[2], values[3], values[4], values[5]);
  };
  return { number, name, arguments: args, support, invoke };
}
