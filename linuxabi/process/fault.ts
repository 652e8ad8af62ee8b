/** A Cpu trap that is no syscall becomes a signal. Source: arch/x86/kernel/traps.c, arch/x86/mm/fault.c; SDM vol. 3, 6.15. */
import { Trap } from '../../cpu/engine.ts';
import { Access, FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import { State } from '../../cpu/state-layout.ts';
import { guestAddress, pageFloor } from '../../cpu/address.ts';
import {
  BUS_ADRALN,
  BUS_ADRERR,
  FPE_FLTDIV,
  FPE_FLTINV,
  FPE_FLTOVF,
  FPE_FLTRES,
  FPE_FLTUND,
  FPE_INTDIV,
  ILL_ILLOPN,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGSEGV,
  SIGTRAP,
  SI_KERNEL,
  TRAP_TRACE,
} from '../abi/signal.ts';
import { reachBreakpoint } from '../ptrace/stops.ts';
import { forceSignal, isKilled } from '../signal/send.ts';
import { exitGroup } from './exit.ts';
import type { LinuxThread } from './thread.ts';

/** Vectors of the exceptions, as signal frames show them (trapno). */
const Vector = { DE: 0, DB: 1, BP: 3, UD: 6, SS: 12, GP: 13, PF: 14, MF: 16, AC: 17, XM: 19 } as const;
/** Page-fault error code. */
const PF_PROTECTION = 1;
const PF_WRITE = 2;
const PF_USER = 4;
const PF_INSTRUCTION = 16;
/** While a page's backing is being read. */
const PENDING_PAGE_NS = 200_000;

interface Fault {
  readonly signal: number;
  readonly code: number;
  readonly vector: number;
  readonly errorCode?: number;
  readonly address?: number;
}

export function handleFault(thread: LinuxThread, trap: Trap): void {
  const { state } = thread.cpu;
  thread.callNumber = -1;
  if (trap === Trap.BreakpointReached) {
    reachBreakpoint(thread);
    return;
  }
  if (trap === Trap.PageFault && answeredWithoutSignal(thread, state.trapReason)) return;
  if (trap === Trap.InvalidOpcode) logInstruction(thread);
  const { signal, code, vector, errorCode, address } = faultOf(thread, trap);
  thread.lastFault = {
    trapNumber: vector,
    errorCode: errorCode ?? 0,
    address: trap === Trap.PageFault ? state.trapAddress : thread.lastFault.address,
  };
  forceSignal(thread, { signal, code, ...(address !== undefined && { address }) });
}

function answeredWithoutSignal(thread: LinuxThread, reason: number): boolean {
  if (reason === FaultOutcome.Resolved) return true;
  if (reason === FaultOutcome.Pending) {
    thread.dispatcher.park();
    thread.machine.at(thread.machine.nowNs() + PENDING_PAGE_NS, () => thread.dispatcher.unpark());
    return true;
  }
  if (reason !== FaultOutcome.OutOfMemory) return false;
  // Nearly always its SIGKILL has been sent (limits/out-of-memory.ts).
  if (isKilled(thread)) return true;
  thread.machine.log(`Out of memory: no page for process ${thread.process.pid} (${thread.name}), and nobody to kill`);
  exitGroup(thread.process, SIGKILL);
  return true;
}

function faultOf(thread: LinuxThread, trap: Trap): Fault {
  const { state } = thread.cpu;
  const address = state.rip;
  switch (trap) {
    case Trap.PageFault:
      return pageFault(thread);
    case Trap.InvalidOpcode:
      return { signal: SIGILL, code: ILL_ILLOPN, vector: Vector.UD, address };
    case Trap.DivideError:
      return { signal: SIGFPE, code: FPE_INTDIV, vector: Vector.DE, address };
    case Trap.Breakpoint:
      return { signal: SIGTRAP, code: SI_KERNEL, vector: Vector.BP };
    case Trap.Debug:
      return { signal: SIGTRAP, code: TRAP_TRACE, vector: Vector.DB, address };
    case Trap.FloatingPoint:
      return floatingPoint(thread);
    case Trap.AlignmentCheck:
      return { signal: SIGBUS, code: BUS_ADRALN, vector: Vector.AC, address: 0 };
    case Trap.StackFault:
      return { signal: SIGBUS, code: SI_KERNEL, vector: Vector.SS };
    case Trap.SoftwareInterrupt:
      return { signal: SIGSEGV, code: SI_KERNEL, vector: Vector.GP, errorCode: state.trapAddress * 8 + 2 };
    default:
      return { signal: SIGSEGV, code: SI_KERNEL, vector: Vector.GP };
  }
}

function pageFault(thread: LinuxThread): Fault {
  const { state } = thread.cpu;
  const reason = state.trapReason;
  const write = (state.trapAccess & Access.Write) !== 0 ? PF_WRITE : 0;
  const fetch = (state.trapAccess & Access.Execute) !== 0 ? PF_INSTRUCTION : 0;
  const denied = reason === FaultOutcome.Denied;
  const address = state.trapAddress;
  const present = denied && thread.memory.isPresent(pageFloor(address));
  const errorCode = PF_USER | write | fetch | (present ? PF_PROTECTION : 0);
  if (reason === FaultOutcome.NoBacking) {
    return { signal: SIGBUS, code: BUS_ADRERR, vector: Vector.PF, errorCode, address };
  }
  return { signal: SIGSEGV, code: denied ? SEGV_ACCERR : SEGV_MAPERR, vector: Vector.PF, errorCode, address };
}

/** Source: arch/x86/kernel/fpu/core.c, fpu__exception_code. */
function floatingPoint(thread: LinuxThread): Fault {
  const { state } = thread.cpu;
  const fcw = state.view.getUint16(State.fcw, true);
  const fsw = state.view.getUint16(State.fsw, true);
  const x87 = fsw & ~fcw & 0x3f;
  const mxcsr = state.view.getUint32(State.mxcsr, true);
  const raised = x87 !== 0 ? x87 : mxcsr & ~(mxcsr >> 7) & 0x3f;
  const vector = x87 !== 0 ? Vector.MF : Vector.XM;
  const code =
    raised & 1
      ? FPE_FLTINV
      : raised & 4
        ? FPE_FLTDIV
        : raised & 8
          ? FPE_FLTOVF
          : raised & 0x12
            ? FPE_FLTUND
            : FPE_FLTRES;
  return { signal: SIGFPE, code, vector, address: state.rip };
}

/** UD2: a program's own way to stop. */
const UD2 = [0x0f, 0x0b] as const;

function logInstruction(thread: LinuxThread): void {
  const { rip } = thread.cpu.state;
  const bytes = new Uint8Array(15);
  const count = thread.memory.read(guestAddress(rip), bytes);
  if (bytes[0] === UD2[0] && bytes[1] === UD2[1]) return;
  const text = [...bytes.subarray(0, count)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  thread.machine.logOnce(`${thread.name}: invalid instruction at 0x${rip.toString(16)}: ${text}`);
}
