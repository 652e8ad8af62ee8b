/**
 * Somebody outside the machine who looks at system calls before they are carried out, after tracers and filters of the guest's own:
 * whoever embeds it. A machine without a hook pays nothing: see thread.ts, callsAreWatched.
 */
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import { BLOCKED, block, Restart, WAIT } from '../blocking.ts';
import { sendToThread } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import { announceSyscall, dispatchSyscall } from '../syscall-table.ts';
import { dispatchRewritten, type NewArguments } from './call-rewrite.ts';
import { completeSyscall } from './execution.ts';
import type { LinuxThread } from './thread.ts';

/** What becomes of a call. */
export interface CallDecision {
  /** Its result, ≥ 0, −errno or an answer of blocking.ts: it is not carried out. */
  readonly result?: number;
  /** It is carried out with these in place of what the program gave. */
  readonly args?: NewArguments;
  /** A signal that the caller gets at its beginning. */
  readonly signal?: number;
  /** It begins so much later. */
  readonly delayEnterNs?: number;
  /** Its result comes so much later. */
  readonly delayExitNs?: number;
}

/** Somebody is still thinking about it: the caller stands still until then, and only its death ends that. */
export interface PendingDecision {
  /** Woken when `settled` may answer something else than undefined. */
  readonly queue: WaitQueue;
  readonly settled: () => HookAnswer | undefined;
}

/** 'allow': it is carried out as if nobody had looked. */
export type HookAnswer = CallDecision | PendingDecision | 'allow';

/** Must not throw. */
export type CallHook = (thread: LinuxThread, number: number) => HookAnswer;

/** As dispatchSyscall. */
export function dispatchHooked(thread: LinuxThread, number: number): number {
  return follow(thread, number, thread.machine.callHook?.(thread, number) ?? 'allow');
}

function follow(thread: LinuxThread, number: number, answer: HookAnswer): number {
  if (answer === 'allow') return dispatchSyscall(thread, number);
  return 'settled' in answer ? waitFor(thread, number, answer) : obey(thread, number, answer);
}

function waitFor(thread: LinuxThread, number: number, { queue, settled }: PendingDecision): number {
  const early = settled();
  if (early !== undefined) return follow(thread, number, early);
  return block(thread, {
    attempt: () => {
      const answer = settled();
      if (answer === undefined) return WAIT;
      // What the call waits for is a wait of its own.
      thread.resumption = () => finish(thread, follow(thread, number, answer));
      return BLOCKED;
    },
    queues: [queue],
    restart: Restart.Killable,
  });
}

function obey(thread: LinuxThread, number: number, decision: CallDecision): number {
  if (decision.signal !== undefined) sendToThread(thread, kernelSignal(decision.signal));
  const delayNs = decision.delayEnterNs ?? 0;
  if (delayNs <= 0) return carryOut(thread, number, decision);
  return delay(thread, delayNs, () => carryOut(thread, number, decision));
}

function carryOut(thread: LinuxThread, number: number, decision: CallDecision): number {
  const { delayExitNs = 0 } = decision;
  const given = resultOf(thread, number, decision);
  if (delayExitNs <= 0 || thread.ended) return given;
  if (given !== BLOCKED) return delay(thread, delayExitNs, () => given);
  return delayEnd(thread, delayExitNs);
}

function resultOf(thread: LinuxThread, number: number, { result, args }: CallDecision): number {
  if (result !== undefined) {
    announceSyscall(thread, number);
    return result;
  }
  return args === undefined ? dispatchSyscall(thread, number) : dispatchRewritten(thread, number, args);
}

/** The call waits: its delay begins when it has its result. */
function delayEnd(thread: LinuxThread, delayNs: number): number {
  const parked = thread.wait;
  if (parked === undefined) return BLOCKED;
  const { wait } = parked;
  parked.leave();
  const later = (result: number): number =>
    result === WAIT || result === BLOCKED ? result : after(thread, delayNs, result);
  return block(thread, {
    ...wait,
    attempt: () => later(wait.attempt()),
    onTimeout: () => later(wait.onTimeout?.() ?? 0),
  });
}

/** For an attempt: another wait begins where this one ends. */
function after(thread: LinuxThread, delayNs: number, result: number): number {
  thread.resumption = () => void delay(thread, delayNs, () => result);
  return BLOCKED;
}

/** The thread stands still, and only its death ends that; then it takes the step. */
function delay(thread: LinuxThread, delayNs: number, step: () => number): number {
  let isParked = false;
  const result = block(thread, {
    attempt: () => WAIT,
    queues: [],
    deadlineNs: thread.machine.nowNs() + delayNs,
    onTimeout: () => {
      if (!isParked) return WAIT;
      // What the step waits for is a wait of its own.
      thread.resumption = () => finish(thread, step());
      return BLOCKED;
    },
    restart: Restart.Killable,
  });
  isParked = true;
  return result;
}

function finish(thread: LinuxThread, result: number): void {
  if (result !== BLOCKED) completeSyscall(thread, result);
}
