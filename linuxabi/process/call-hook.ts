/**
 * Somebody outside the machine who looks at system calls before they are carried out, after tracers and filters of the guest's own:
 * whoever embeds it. A machine without a hook pays nothing: see thread.ts, callsAreWatched.
 */
import { BLOCKED, block, Restart, WAIT } from '../blocking.ts';
import { sendToThread } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import { announceSyscall, dispatchSyscall } from '../syscall-table.ts';
import { completeSyscall } from './execution.ts';
import type { LinuxThread } from './thread.ts';

/** What becomes of a call. */
export interface CallDecision {
  /** Its result, ≥ 0 or −errno: it is not carried out. */
  readonly result?: number;
  /** A signal that the caller gets at its beginning. */
  readonly signal?: number;
  /** It begins so much later. */
  readonly delayEnterNs?: number;
  /** Its result comes so much later. */
  readonly delayExitNs?: number;
}

/** Undefined: it is carried out as if nobody had looked. Must not throw. */
export type CallHook = (thread: LinuxThread, number: number) => CallDecision | undefined;

/** As dispatchSyscall. */
export function dispatchHooked(thread: LinuxThread, number: number): number {
  const decision = thread.machine.callHook?.(thread, number);
  if (decision === undefined) return dispatchSyscall(thread, number);
  if (decision.signal !== undefined) sendToThread(thread, kernelSignal(decision.signal));
  const delayNs = decision.delayEnterNs ?? 0;
  if (delayNs <= 0) return carryOut(thread, number, decision);
  return delay(thread, delayNs, () => carryOut(thread, number, decision));
}

function carryOut(thread: LinuxThread, number: number, { result, delayExitNs = 0 }: CallDecision): number {
  if (result !== undefined) announceSyscall(thread, number);
  const given = result ?? dispatchSyscall(thread, number);
  if (delayExitNs <= 0 || thread.ended) return given;
  if (given !== BLOCKED) return delay(thread, delayExitNs, () => given);
  return delayEnd(thread, delayExitNs);
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
