/** A system call of a program as those see it who decide about it, and what they may decide. */
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { toHostString } from '../../kernel/byte-string.ts';
import { errnoNames } from '../../linuxabi/abi/errno.ts';
import type { CallDecision } from '../../linuxabi/process/call-hook.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import { ARGUMENT_REGISTERS, ArgumentKind } from '../../linuxabi/syscall.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { argumentError } from './guest-error.ts';
import { signalNumber, type SignalChoice } from './signal-name.ts';

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
}

/** What becomes of a call. Nothing said: it goes on. `errno` and `result` exclude each other; then it is not carried out. */
export interface Verdict {
  /** It fails: `ENOSPC`, or the number. */
  readonly errno?: string | number;
  /** It succeeds with this, ≥ 0, though nothing was done. */
  readonly result?: number;
  /** It begins so much later. */
  readonly delayMs?: number;
  /** Its result comes so much later. */
  readonly delayExitMs?: number;
  /** The caller gets this signal at the call's beginning. */
  readonly signal?: SignalChoice;
}

const NS_PER_MS = 1e6;
const numberOfErrno = new Map(Object.entries(errnoNames).map(([number, name]) => [name, Number(number)]));

/** Throws on a name that Linux does not have. */
export function errnoNumber(errno: string | number): number {
  const number = typeof errno === 'number' ? errno : numberOfErrno.get(errno);
  if (number === undefined || !Number.isInteger(number) || number < 1 || number > 4095)
    throw argumentError(`there is no error ${errno}`);
  return number;
}

/**
 * Throws where the verdict makes no sense.
 * @internal
 */
export function decisionOf({ errno, result, delayMs, delayExitMs, signal }: Verdict): CallDecision {
  if (errno !== undefined && result !== undefined) throw argumentError('a call has a result or an error, not both');
  if (result !== undefined && !(Number.isSafeInteger(result) && result >= 0))
    throw argumentError(`${result} is no result of a call`);
  const given = errno === undefined ? result : -errnoNumber(errno);
  return {
    ...(given !== undefined && { result: given }),
    ...(signal !== undefined && { signal: signalNumber(signal) }),
    ...(delayMs !== undefined && { delayEnterNs: delayMs * NS_PER_MS }),
    ...(delayExitMs !== undefined && { delayExitNs: delayExitMs * NS_PER_MS }),
  };
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
