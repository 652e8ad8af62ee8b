/**
 * fork, vfork and clone: a new task. What it gets is decided slot by slot: copied, or shared where a CLONE_ flag says so.
 * Source: clone(2); kernel/fork.c, copy_process.
 */
import { guestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { Gpr } from '../../cpu/state-layout.ts';
import type { CpuState } from '../../cpu/state.ts';
import { EAGAIN, EEXIST, EINVAL } from '../abi/errno.ts';
import { RLIMIT_NPROC } from '../abi/resource.ts';
import {
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWNS,
  CLONE_NEWUTS,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SETTLS,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
} from '../abi/sched.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import { checkRoom as checkDescriptorRoom } from '../fs/descriptors.ts';
import { installPidfd } from '../pidfd/pidfd.ts';
import { cloned, vforkDone } from '../ptrace/events.ts';
import { refuseNamespaces } from './namespaces.ts';
import { Limits } from './limits.ts';
import { Preferences } from './preferences.ts';
import { LinuxProcess } from './process.ts';
import type { ProcessSlot } from './slot.ts';
import { PID_MAX } from './task-table.ts';
import { LinuxThread } from './thread.ts';

export interface CloneRequest {
  readonly flags: number;
  /** CLONE_CLEAR_SIGHAND: signals that had handlers are back at their default. */
  readonly handlers: 'kept' | 'default';
  readonly exitSignal: number;
  /** The child's stack pointer; 0 keeps the parent's. */
  readonly stackPointer: number;
  readonly parentTid: number;
  readonly childTid: number;
  readonly tls: number;
  /** Where CLONE_PIDFD stores the descriptor. */
  readonly pidfdAddress: number;
  /** A number of the caller's choice. */
  readonly tid?: number;
}

/** The reserved area holds 960 blocks; vfork children need some too. Source: cpu/memory/arena.ts. */
const THREADS_PER_MEMORY = 900;

/** The child's tid (at once, or after a vfork child has let go of the memory), or −errno. */
export function cloneTask(parent: LinuxThread, request: CloneRequest): number {
  const { flags } = request;
  const refused =
    checkFlags(flags) || refuseNamespaces(parent, flags) || checkLimit(parent) || checkRoom(parent, flags);
  if (refused !== 0) return refused;
  if ((flags & CLONE_PARENT_SETTID) !== 0) parent.memory.readU32(guestAddress(request.parentTid));
  const pidfdPlace = (flags & CLONE_PIDFD) !== 0 ? checkPidfd(parent, request) : 0;
  if (pidfdPlace < 0) return pidfdPlace;
  const { tasks } = parent.machine;
  if (request.tid !== undefined && (request.tid >= PID_MAX || !tasks.isFree(request.tid)))
    return request.tid >= PID_MAX ? -EINVAL : -EEXIST;
  const tid = request.tid ?? tasks.allocate();
  if (tid === undefined) return -EAGAIN;
  const isThread = (flags & CLONE_THREAD) !== 0;
  const process = isThread ? parent.process : createProcess(parent, tid, request);
  const child = createThread(parent, process, tid, request);
  if (isThread) parent.machine.taskEvents.threadStarted(parent, child, flags);
  else {
    parent.machine.trace.processForked(parent.process.pid, tid);
    parent.machine.taskEvents.forked(parent, process, flags);
  }
  storeTids(parent, child, request);
  if ((flags & CLONE_PIDFD) !== 0) {
    const pidfd = installPidfd(parent, process, 0, isThread ? child : undefined);
    parent.memory.writeU32(guestAddress(request.pidfdAddress), pidfd);
  }
  child.dispatcher.start();
  return cloned(parent, child, flags, isThread ? 0 : request.exitSignal, () =>
    (flags & CLONE_VFORK) !== 0 && !isThread ? awaitMemory(parent, process) : tid,
  );
}

/** The descriptor of CLONE_PIDFD must find a number and a place to be stored. May throw GuestFault. */
function checkPidfd(parent: LinuxThread, { pidfdAddress }: CloneRequest): number {
  const room = checkDescriptorRoom(parent);
  if (room < 0) return room;
  parent.memory.writeU32(guestAddress(pidfdAddress), parent.memory.readU32(guestAddress(pidfdAddress)));
  return 0;
}

function checkFlags(flags: number): number {
  if ((flags & CLONE_THREAD) !== 0 && (flags & CLONE_SIGHAND) === 0) return -EINVAL;
  if ((flags & CLONE_SIGHAND) !== 0 && (flags & CLONE_VM) === 0) return -EINVAL;
  if ((flags & CLONE_FS) !== 0 && (flags & CLONE_NEWNS) !== 0) return -EINVAL;
  return 0;
}

function checkLimit(parent: LinuxThread): number {
  if (!parent.machine.bounds.tasks.allows(1)) return -EAGAIN;
  const { credentials, limits } = parent.process;
  const limit = limits.soft(RLIMIT_NPROC);
  if (limit === Infinity || credentials.uid === 0) return 0;
  let count = 0;
  for (const process of parent.machine.tasks.processes.values()) {
    if (process.credentials.uid === credentials.uid) count += process.threads.size;
  }
  return count >= limit ? -EAGAIN : 0;
}

/** Each thread's registers take a block of the reserved low memory of its address space. */
function checkRoom(parent: LinuxThread, flags: number): number {
  return (flags & CLONE_VM) !== 0 && parent.process.threads.size >= THREADS_PER_MEMORY ? -EAGAIN : 0;
}

function copyOrShare<T extends ProcessSlot<T>>(slot: T, shared: number): T {
  return shared !== 0 ? slot.share() : slot.fork();
}

function createProcess(parent: LinuxThread, pid: number, { flags, exitSignal, handlers }: CloneRequest): LinuxProcess {
  const from = parent.process;
  const process = new LinuxProcess(parent.machine, pid, from.group, {
    image: copyOrShare(from.image!, flags & CLONE_VM),
    files: copyOrShare(from.files, flags & CLONE_FILES),
    fs: copyOrShare(from.fs, flags & CLONE_FS),
    uts: (flags & CLONE_NEWUTS) !== 0 ? from.uts.copy() : from.uts,
    actions: copyOrShare(
      handlers === 'default' ? from.signals.actions.withoutHandlers() : from.signals.actions,
      flags & CLONE_SIGHAND,
    ),
    credentials: { ...from.credentials },
    limits: new Limits(from.limits),
  });
  if ((flags & CLONE_NEWNS) !== 0) process.fs.unshareMounts();
  const family = (flags & CLONE_PARENT) !== 0 ? (from.parent ?? from) : from;
  process.parent = family;
  process.controllingTerminal = from.controllingTerminal;
  family.children.add(process);
  process.exitSignal = (flags & CLONE_PARENT) !== 0 ? from.exitSignal : exitSignal;
  process.executable = from.executable;
  process.executableFile = from.executableFile;
  process.argumentsPlace = from.argumentsPlace;
  process.oomScoreAdjustment = from.oomScoreAdjustment;
  process.oomScoreAdjustmentFloor = from.oomScoreAdjustmentFloor;
  process.coredumpFilter = from.coredumpFilter;
  process.loginUid = from.loginUid;
  process.argv = from.argv;
  process.environment = from.environment;
  process.dumpable = from.dumpable;
  process.personality = from.personality;
  process.barrierRegistrations = from.barrierRegistrations;
  process.preferences = new Preferences(from.preferences);
  process.borrowsMemory = (flags & CLONE_VFORK) !== 0;
  parent.machine.tasks.processes.set(pid, process);
  return process;
}

function createThread(parent: LinuxThread, process: LinuxProcess, tid: number, request: CloneRequest): LinuxThread {
  const { flags } = request;
  const { machine } = parent;
  const cpu = machine.engine.createCpu(process.addressSpace.memory);
  setUpRegisters(cpu.state, parent.cpu.state, request);
  const thread = new LinuxThread(process, tid, cpu, parent.name);
  thread.signals.mask.assign(parent.signals.mask);
  // A thread in the same memory must not run handlers on its creator's alternate stack.
  const ownStack = (flags & CLONE_VM) !== 0 && (flags & CLONE_VFORK) === 0;
  if (!ownStack) thread.signals.alternateStack = parent.signals.alternateStack;
  if ((flags & CLONE_VM) === 0) thread.rseq = parent.rseq;
  if ((flags & CLONE_CHILD_CLEARTID) !== 0) thread.clearChildTid = request.childTid;
  thread.scheduling.inherit(parent.scheduling);
  thread.timerSlackNs = parent.timerSlackNs;
  thread.noNewPrivileges = parent.noNewPrivileges;
  thread.restrictCalls(parent.seccomp);
  thread.defaultTimerSlackNs = parent.timerSlackNs;
  process.threads.set(tid, thread);
  machine.tasks.threads.set(tid, thread);
  return thread;
}

function setUpRegisters(state: CpuState, from: CpuState, { flags, stackPointer, tls }: CloneRequest): void {
  state.copyFrom(from);
  state.setNumber(Gpr.rax, 0);
  if (stackPointer !== 0) state.setNumber(Gpr.rsp, stackPointer);
  if ((flags & CLONE_SETTLS) !== 0) state.fsBase = tls;
}

function storeTids(parent: LinuxThread, child: LinuxThread, { flags, parentTid, childTid }: CloneRequest): void {
  if ((flags & CLONE_PARENT_SETTID) !== 0) parent.memory.writeU32(guestAddress(parentTid), child.tid);
  if ((flags & CLONE_CHILD_SETTID) === 0) return;
  try {
    child.memory.writeU32(guestAddress(childTid), child.tid);
  } catch (failure) {
    // The child starts all the same, as in Linux.
    if (!(failure instanceof GuestFault)) throw failure;
  }
}

/** vfork: the parent stands still until the child execs or ends. */
function awaitMemory(parent: LinuxThread, child: LinuxProcess): number {
  return block(parent, {
    attempt: () => (child.borrowsMemory ? WAIT : vforkDone(parent, child.pid)),
    queues: [child.memoryReleased],
    restart: Restart.Killable,
  });
}
