/** ptrace(2): from a request to what it does. Source: kernel/ptrace.c, ptrace_request; arch/x86/kernel/ptrace.c, arch_ptrace. */
import { guestAddress } from '../../cpu/address.ts';
import { Gpr } from '../../cpu/state-layout.ts';
import { EINVAL, EIO, ESRCH } from '../abi/errno.ts';
import * as abi from '../abi/ptrace.ts';
import { SIGKILL } from '../abi/signal.ts';
import { readBytes, readPointer, writeBytes, writeLong } from '../guest-string.ts';
import { readForeign, writeForeign } from '../process/foreign-memory.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import { choice, int, partial, pointer, syscall, ulong } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { areOptions, attach, detach, seize, traceMe } from './attach.ts';
import { callInfo } from './call-info.ts';
import { floatingPointSet, generalSet, registerSetOf } from './register-sets.ts';
import type { RegisterSet } from './register-sets.ts';
import { peekUser, pokeUser } from './registers.ts';
import * as signals from './signal-requests.ts';
import { leaveStop, setStepping, trapAgain } from './stops.ts';
import type { Pace, Tracee } from './tracee.ts';

/** A request about a thread that is stopped for the caller. `data` is exact in `caller`'s register. */
type Handler = (caller: LinuxThread, tracee: Tracee, address: number, data: number) => number;

const WORD = 8;

function peek(caller: LinuxThread, { thread }: Tracee, address: number, data: number): number {
  const word = new Uint8Array(WORD);
  if (readForeign(thread.process.addressSpace, address, word) < WORD) return -EIO;
  writeBytes(caller.memory, guestAddress(data), word);
  return 0;
}

function poke(caller: LinuxThread, { thread }: Tracee, address: number): number {
  const word = new Uint8Array(WORD);
  new DataView(word.buffer).setBigUint64(0, exactData(caller), true);
  return writeForeign(thread.process.addressSpace, address, word) < WORD ? -EIO : 0;
}

/** The fourth argument in all its 64 bits. */
function exactData(caller: LinuxThread): bigint {
  return caller.cpu.state.gpr[Gpr.r10]!;
}

function peekUserWord(caller: LinuxThread, tracee: Tracee, offset: number, data: number): number {
  const word = peekUser(tracee, offset);
  if (word === undefined) return -EIO;
  caller.memory.writeU64(guestAddress(data), word);
  return 0;
}

function getSet(set: RegisterSet): Handler {
  return (caller, tracee, _address, data) => {
    writeBytes(caller.memory, guestAddress(data), set.get(tracee));
    return 0;
  };
}

function setSet(set: RegisterSet): Handler {
  return (caller, tracee, _address, data) =>
    set.set(tracee, readBytes(caller.memory, guestAddress(data), set.sizeBytes));
}

/** struct iovec */
const iovec = { base: 0, length: 8 } as const;

function registerSet(direction: 'get' | 'set'): Handler {
  return (caller, tracee, type, data) => {
    const { memory } = caller;
    const base = readPointer(memory, guestAddress(data + iovec.base));
    const asked = readPointer(memory, guestAddress(data + iovec.length)) as number;
    const set = registerSetOf(tracee, type);
    if (set === undefined || asked % WORD !== 0) return -EINVAL;
    const length = Math.min(asked, set.sizeBytes);
    if (direction === 'get') writeBytes(memory, base, set.get(tracee).subarray(0, length));
    else {
      const refused = set.set(tracee, readBytes(memory, base, length));
      if (refused !== 0) return refused;
    }
    writeLong(memory, guestAddress(data + iovec.length), length);
    return 0;
  };
}

function goOn(pace: Pace, isStepping: 'step' | 'run'): Handler {
  return (_caller, tracee, _address, signal) => {
    if (signals.checkSignal(signal) !== 0) return -EIO;
    tracee.pace = pace;
    tracee.thread.watchCalls();
    setStepping(tracee, isStepping === 'step');
    leaveStop(tracee, signal);
    return 0;
  };
}

function setOptions(_caller: LinuxThread, tracee: Tracee, _address: number, options: number): number {
  if (!areOptions(options)) return -EINVAL;
  tracee.options = options;
  return 0;
}

function listen(_caller: LinuxThread, tracee: Tracee): number {
  const { stop, isSeized } = tracee;
  if (!isSeized || stop?.info === undefined || stop.info.code >> 8 !== abi.PTRACE_EVENT_STOP) return -EIO;
  tracee.isListening = true;
  // What has happened meanwhile is told at once.
  if (tracee.mustTrap) trapAgain(tracee);
  return 0;
}

function getCallInfo(caller: LinuxThread, tracee: Tracee, sizeBytes: number, data: number): number {
  const bytes = callInfo(tracee);
  writeBytes(caller.memory, guestAddress(data), bytes.subarray(0, Math.min(sizeBytes, bytes.length)));
  return bytes.length;
}

function getRseq(caller: LinuxThread, { thread }: Tracee, sizeBytes: number, data: number): number {
  const layout = abi.ptrace_rseq_configuration;
  const view = new DataView(new ArrayBuffer(layout.size));
  view.setBigUint64(layout.pointer, BigInt(thread.rseq?.address ?? 0), true);
  view.setUint32(layout.size_, thread.rseq?.length ?? 0, true);
  view.setUint32(layout.signature, thread.rseq?.signature ?? 0, true);
  const bytes = new Uint8Array(view.buffer, 0, Math.min(sizeBytes, layout.size));
  writeBytes(caller.memory, guestAddress(data), bytes);
  return layout.size;
}

const handlers: Readonly<Record<number, Handler>> = {
  [abi.PTRACE_PEEKTEXT]: peek,
  [abi.PTRACE_PEEKDATA]: peek,
  [abi.PTRACE_POKETEXT]: poke,
  [abi.PTRACE_POKEDATA]: poke,
  [abi.PTRACE_PEEKUSER]: peekUserWord,
  [abi.PTRACE_POKEUSER]: (caller, tracee, offset) => pokeUser(tracee, offset, exactData(caller)),
  [abi.PTRACE_GETREGS]: getSet(generalSet),
  [abi.PTRACE_SETREGS]: setSet(generalSet),
  [abi.PTRACE_GETFPREGS]: getSet(floatingPointSet),
  [abi.PTRACE_SETFPREGS]: setSet(floatingPointSet),
  [abi.PTRACE_GETREGSET]: registerSet('get'),
  [abi.PTRACE_SETREGSET]: registerSet('set'),
  [abi.PTRACE_CONT]: goOn('free', 'run'),
  [abi.PTRACE_SYSCALL]: goOn('calls', 'run'),
  [abi.PTRACE_SINGLESTEP]: goOn('free', 'step'),
  [abi.PTRACE_SYSEMU]: goOn('emulated-calls', 'run'),
  [abi.PTRACE_SYSEMU_SINGLESTEP]: goOn('emulated-calls', 'step'),
  [abi.PTRACE_SETOPTIONS]: setOptions,
  [abi.PTRACE_OLDSETOPTIONS]: setOptions,
  [abi.PTRACE_GETEVENTMSG]: (caller, tracee, _address, data) => {
    writeLong(caller.memory, guestAddress(data), tracee.message);
    return 0;
  },
  [abi.PTRACE_GETSIGINFO]: (caller, tracee, _address, data) => signals.getSignalInfo(caller, tracee, data),
  [abi.PTRACE_SETSIGINFO]: (caller, tracee, _address, data) => signals.setSignalInfo(caller, tracee, data),
  [abi.PTRACE_PEEKSIGINFO]: signals.peekSignals,
  [abi.PTRACE_GETSIGMASK]: signals.getSignalMask,
  [abi.PTRACE_SETSIGMASK]: signals.setSignalMask,
  [abi.PTRACE_LISTEN]: listen,
  [abi.PTRACE_GET_SYSCALL_INFO]: getCallInfo,
  [abi.PTRACE_GET_RSEQ_CONFIGURATION]: getRseq,
  [abi.PTRACE_DETACH]: (_caller, tracee, _address, signal) => {
    if (signals.checkSignal(signal) !== 0) return -EIO;
    detach(tracee, signal);
    return 0;
  },
};

function ptrace(caller: LinuxThread, request: number, pid: number, address: number, data: number): number {
  if (request === abi.PTRACE_TRACEME) return traceMe(caller);
  const thread = pid > 0 ? caller.machine.tasks.find(pid) : undefined;
  if (thread === undefined) return -ESRCH;
  if (request === abi.PTRACE_ATTACH) return attach(caller, thread);
  if (request === abi.PTRACE_SEIZE) return seize(caller, thread, address, data);
  const { tracee } = thread;
  if (tracee?.tracer !== caller.process) return -ESRCH;
  if (request === abi.PTRACE_KILL) {
    sendToProcess(thread.process, kernelSignal(SIGKILL));
    return 0;
  }
  if (request === abi.PTRACE_INTERRUPT) {
    if (!tracee.isSeized) return -EIO;
    trapAgain(tracee);
    return 0;
  }
  if (tracee.stop === undefined || tracee.isListening || thread.ended) return -ESRCH;
  return handlers[request]?.(caller, tracee, address, data) ?? -EIO;
}

export const ptraceSyscalls: readonly SyscallDefinition[] = [
  syscall(
    101,
    'ptrace',
    [choice('request', abi.ptraceNames), int('pid'), pointer('addr'), ulong('data')],
    ptrace,
    partial(
      'threads of the tracer are not told apart',
      'no hardware breakpoints or watchpoints: enabling a debug register answers ENOSPC',
      'PTRACE_SINGLEBLOCK and requests about 32-bit programs and filters answer EIO',
      'of an exit_group only the thread that called stops at PTRACE_EVENT_EXIT',
    ),
  ),
];
