/** What may be decided about a system call, and how the machine is told. */
import { toByteString } from '../../kernel/byte-string.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { errnoNames } from '../../linuxabi/abi/errno.ts';
import type { CallDecision, CallHook, HookAnswer, PendingDecision } from '../../linuxabi/process/call-hook.ts';
import type { NewArguments } from '../../linuxabi/process/call-rewrite.ts';
import { ARGUMENT_REGISTERS, ArgumentKind } from '../../linuxabi/syscall.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { argumentError } from './guest-error.ts';
import { interceptedCall, type InterceptedCall } from './intercepted-call.ts';
import { rethrowOutside } from './outside.ts';
import { signalNumber, type SignalChoice } from './signal-name.ts';

/** What becomes of a call. Nothing said: it goes on. `errno` and `result` exclude each other; then it is not carried out. */
export interface Verdict {
  /** It fails: `ENOSPC`, or the number. */
  readonly errno?: string | number;
  /** It succeeds with this, ≥ 0, though nothing was done. */
  readonly result?: number;
  /**
   * It is carried out with other arguments, in order; undefined where one stays: `[undefined, '/etc/hosts']`. Paths are strings, the rest
   * numbers. The program finds its registers and memory as they were (but for a child of clone, which begins with the new registers).
   */
  readonly args?: readonly (number | string | undefined)[];
  /** It begins so much later. */
  readonly delayMs?: number;
  /** Its result comes so much later. */
  readonly delayExitMs?: number;
  /** The caller gets this signal at the call's beginning. */
  readonly signal?: SignalChoice;
}

/** Asked about a call. A promise keeps the caller waiting, and nobody else; a signal other than SIGKILL waits too. */
export type Decide = (call: InterceptedCall) => Verdict | undefined | void | PromiseLike<Verdict | undefined | void>;

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
export function decisionOf(verdict: Verdict, call?: number): CallDecision {
  const { errno, result, args, delayMs, delayExitMs, signal } = verdict;
  if (errno !== undefined && result !== undefined) throw argumentError('a call has a result or an error, not both');
  if (result !== undefined && !(Number.isSafeInteger(result) && result >= 0))
    throw argumentError(`${result} is no result of a call`);
  const given = errno === undefined ? result : -errnoNumber(errno);
  return {
    ...(given !== undefined && { result: given }),
    ...(args !== undefined && { args: newArguments(args, call) }),
    ...(signal !== undefined && { signal: signalNumber(signal) }),
    ...(delayMs !== undefined && { delayEnterNs: delayMs * NS_PER_MS }),
    ...(delayExitMs !== undefined && { delayExitNs: delayExitMs * NS_PER_MS }),
  };
}

function newArguments(args: NonNullable<Verdict['args']>, call: number | undefined): NewArguments {
  const definition = call === undefined ? undefined : syscallTable[call];
  if (args.length > ARGUMENT_REGISTERS.length) throw argumentError('a call has at most six arguments');
  return args.map((value, index) => {
    const isPath = definition?.arguments[index]?.kind === ArgumentKind.Path;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    if (typeof value === 'string' && isPath && !value.includes('\0')) return toByteString(value);
    if (value === undefined) return undefined;
    const name = definition?.name ?? 'the call';
    throw argumentError(`argument ${index} of ${name} can't be ${JSON.stringify(value)}: a whole number, or a path`);
  });
}

/** @internal */
export function hookOf(decide: Decide): CallHook {
  return (thread, number) => {
    const said = decide(interceptedCall(thread, number));
    if (said === undefined) return 'allow';
    return 'then' in said ? pending(said, number) : decisionOf(said, number);
  };
}

function pending(said: PromiseLike<Verdict | undefined | void>, number: number): PendingDecision {
  const queue = new WaitQueue();
  let answer: HookAnswer | undefined;
  const settle = (made: HookAnswer): void => {
    answer = made;
    queue.wake();
  };
  Promise.resolve(said)
    .then((verdict) => settle(verdict === undefined ? 'allow' : decisionOf(verdict, number)))
    .catch((failure: unknown) => {
      // As with one that throws at once.
      settle('allow');
      rethrowOutside(failure);
    });
  return { queue, settled: () => answer };
}
