/**
 * How a thread runs: one slice of a dispatcher. A slice first ends what the thread was waiting for, then goes round:
 * take signals, run the Cpu, answer its trap. It returns when its fuel is used up, when the thread parks, or when it ends.
 */
import { Trap } from '../../cpu/engine.ts';
import { Gpr, State } from '../../cpu/state-layout.ts';
import { EINTR, ERESTARTSYS, ERESTART_RESTARTBLOCK } from '../abi/errno.ts';
import { BLOCKED, NO_RESULT, WAIT } from '../blocking.ts';
import { goOn, stopAfterCall } from '../ptrace/stops.ts';
import { deliverSignals } from '../signal/deliver.ts';
import { hasSignalWork, isKilled } from '../signal/send.ts';
import { endTemporaryMask } from '../signal/sets.ts';
import { dispatchSyscall } from '../syscall-table.ts';
import { handleFault } from './fault.ts';
import { abortSequence } from './rseq.ts';
import { enforceCpuLimit } from './cpu-limit.ts';
import { enterWatchedCall } from './syscall-entry.ts';
import type { LinuxThread } from './thread.ts';

/** Fuel charged for a syscall, so that a thread that only makes syscalls has slices too. */
const SYSCALL_FUEL = 1000;

/** Runs about `fuel` instructions. */
export function runSlice(thread: LinuxThread, fuel: number): void {
  const { host } = thread.machine.kernel;
  thread.meter.start(host.nowNs());
  thread.machine.actor = thread.process;
  if (isReady(thread)) runTurns(thread, fuel);
  thread.meter.stop(host.nowNs());
  thread.chargePageFaults();
}

/** Neither held by its tracer nor waiting any longer. */
function isReady(thread: LinuxThread): boolean {
  if ((thread.tracee !== undefined || thread.resumption !== undefined) && !goOn(thread)) return false;
  return thread.wait === undefined || endWait(thread);
}

/** Signals, then user mode until a trap, then its answer, until the fuel is used up or the thread can't go on. */
function runTurns(thread: LinuxThread, fuel: number): void {
  const { meter } = thread;
  if (thread.wasPreempted) {
    thread.wasPreempted = false;
    abortSequence(thread);
  }
  let left = fuel;
  for (;;) {
    if (needsDelivery(thread)) deliverSignals(thread);
    if (!canRun(thread) || left <= 0) return;
    const trap = thread.cpu.run(left);
    const used = fuelUsed(thread, left);
    left -= used;
    meter.ran(used);
    const isOver = readClock(thread, trap);
    if (trap === Trap.Preempted) {
      if (left > 0) continue;
      thread.usage.involuntarySwitches++;
      thread.wasPreempted = true;
      thread.machine.tracer?.sampled?.(thread);
      enforceCpuLimit(thread.process);
      return;
    }
    meter.trapped();
    if (trap === Trap.Syscall) {
      left -= SYSCALL_FUEL;
      systemCall(thread);
      if (thread.yielding) left = 0;
      thread.yielding = false;
    } else {
      handleFault(thread, trap);
    }
    if (isOver) left = 0;
  }
}

/** Now and then, and whenever someone counts CPU time: accounts for the time so far. Whether the slice's is over. */
function readClock(thread: LinuxThread, trap: Trap): boolean {
  const { meter, machine } = thread;
  const { timers, posixTimers } = thread.process;
  const isCounted = timers.countsCpuTime || posixTimers.countsCpuTime;
  if (trap !== Trap.Preempted && !meter.isDue && !isCounted) return false;
  const nowNs = machine.kernel.host.nowNs();
  meter.charge(nowNs);
  if (timers.countsCpuTime) timers.checkCpuTime();
  if (posixTimers.countsCpuTime) posixTimers.checkCpuTime();
  return nowNs >= machine.kernel.scheduler.sliceEndsNs;
}

/** Signals to take, or an interrupted call to restart. */
function needsDelivery(thread: LinuxThread): boolean {
  if (thread.ended || thread.wait !== undefined) return false;
  return thread.syscallNumber >= 0 || thread.signals.savedMask !== undefined || hasSignalWork(thread);
}

/** Neither ended, nor parked on a wait, nor stopped, nor let go from a stop at once: what it was about to do comes first, in its next slice. */
function canRun(thread: LinuxThread): boolean {
  if (thread.ended || thread.wait !== undefined || thread.resumption !== undefined) return false;
  // A traced thread stops when it comes to it, and goes on as its tracer says.
  return thread.tracee === undefined ? !thread.process.jobControl.stopped : thread.tracee.stop === undefined;
}

function fuelUsed(thread: LinuxThread, given: number): number {
  const rest = thread.cpu.state.view.getInt32(State.fuel, true);
  return rest >= 0 && rest < given ? given - rest : given;
}

function systemCall(thread: LinuxThread): void {
  const number = thread.cpu.state.low32(Gpr.rax);
  thread.syscallNumber = number;
  thread.callNumber = number | 0;
  thread.usage.syscalls++;
  const result = thread.callsAreWatched ? enterWatchedCall(thread, number) : dispatchSyscall(thread, number);
  if (result !== BLOCKED) completeSyscall(thread, result);
  else thread.usage.voluntarySwitches++;
}

/** The call's end, and what its tracer has to do with it. */
export function completeSyscall(thread: LinuxThread, result: number): void {
  storeResult(thread, result);
  if (thread.tracee !== undefined && !thread.ended) stopAfterCall(thread.tracee);
}

/** Stores a result, unless the call set the registers itself. ERESTART codes stay in rax for signal delivery. */
function storeResult(thread: LinuxThread, result: number): void {
  if (thread.ended) return;
  thread.machine.tracer?.exit(thread, result);
  if (result === NO_RESULT) {
    thread.syscallNumber = -1;
    return;
  }
  thread.machine.trace.syscallExit(thread.tid, thread.syscallNumber, result);
  thread.cpu.state.setNumber(Gpr.rax, result);
  // A call that asks for a restart stays "in a syscall" until the signal that ended it has been dealt with.
  if (result > -ERESTARTSYS || result < -ERESTART_RESTARTBLOCK) thread.syscallNumber = -1;
  if (thread.syscallNumber < 0 && result !== -EINTR) endTemporaryMask(thread);
}

/** A woken thread looks at its wait. True when the wait is over and the call has its result. */
function endWait(thread: LinuxThread): boolean {
  const parked = thread.wait!;
  parked.leave();
  let result = isKilled(thread) ? WAIT : parked.attempt();
  if (result === WAIT && thread.isInterrupted) result = parked.interrupted();
  if (result === WAIT) {
    thread.park(parked);
    return false;
  }
  thread.wait = undefined;
  if (result === BLOCKED) return false;
  completeSyscall(thread, result);
  return !thread.ended;
}
