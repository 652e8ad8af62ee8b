/** All syscalls by number, and the dispatch. Families export arrays of definitions (syscall.ts); here they are joined. */
import { GuestFault } from '../cpu/memory/guest-memory.ts';
import { LinuxTraceClass } from './trace-events.ts';
import { ARGUMENT_REGISTERS } from './syscall.ts';
import type { SyscallDefinition } from './syscall.ts';
import { EFAULT, ENOSYS } from './abi/errno.ts';
import { fileSyscalls } from './fs/file-syscalls.ts';
import { futex2Syscalls } from './futex/futex2-syscalls.ts';
import { futexSyscalls } from './futex/futex-syscalls.ts';
import { aioSyscalls } from './aio/aio-syscalls.ts';
import { capabilitySyscalls } from './ids/capability-syscalls.ts';
import { groupSyscalls } from './ids/group-syscalls.ts';
import { identitySyscalls } from './ids/identity-syscalls.ts';
import { limitSyscalls } from './ids/limit-syscalls.ts';
import { mqSyscalls } from './ipc/mq-syscalls.ts';
import { msgSyscalls } from './ipc/msg-syscalls.ts';
import { semSyscalls } from './ipc/sem-syscalls.ts';
import { shmSyscalls } from './ipc/shm-syscalls.ts';
import { memorySyscalls } from './memory/memory-syscalls.ts';
import { prctlSyscalls } from './prctl/prctl-syscalls.ts';
import { refusedSyscalls } from './misc/refused-syscalls.ts';
import { netSyscalls } from './net/net-syscalls.ts';
import { uringSyscalls } from './misc/uring-syscalls.ts';
import { systemSyscalls } from './misc/system-syscalls.ts';
import { pidfdSyscalls } from './pidfd/pidfd-syscalls.ts';
import { cloneSyscalls } from './process/clone-syscalls.ts';
import { crossProcessSyscalls } from './process/cross-process-syscalls.ts';
import { taskSyscalls } from './process/task-syscalls.ts';
import type { LinuxThread } from './process/thread.ts';
import { waitSyscalls } from './process/wait-syscalls.ts';
import { policySyscalls } from './scheduling/policy-syscalls.ts';
import { processorSyscalls } from './scheduling/processor-syscalls.ts';
import { ptraceSyscalls } from './ptrace/ptrace-syscalls.ts';
import { seccompSyscalls } from './seccomp/seccomp-syscalls.ts';
import { actionSyscalls } from './signal/action-syscalls.ts';
import { killSyscalls } from './signal/kill-syscalls.ts';
import { signalWaitSyscalls } from './signal/wait-syscalls.ts';
import { signalFileSyscalls } from './signal/file-syscalls.ts';
import { adjustSyscalls } from './time/adjust-syscalls.ts';
import { clockSyscalls } from './time/clock-syscalls.ts';
import { sleepSyscalls } from './time/sleep-syscalls.ts';
import { timerSyscalls } from './time/timer-syscalls.ts';

const families: readonly (readonly SyscallDefinition[])[] = [
  fileSyscalls,
  aioSyscalls,
  memorySyscalls,
  shmSyscalls,
  semSyscalls,
  msgSyscalls,
  mqSyscalls,
  taskSyscalls,
  cloneSyscalls,
  crossProcessSyscalls,
  pidfdSyscalls,
  waitSyscalls,
  actionSyscalls,
  killSyscalls,
  signalWaitSyscalls,
  signalFileSyscalls,
  futexSyscalls,
  futex2Syscalls,
  clockSyscalls,
  adjustSyscalls,
  sleepSyscalls,
  timerSyscalls,
  identitySyscalls,
  capabilitySyscalls,
  groupSyscalls,
  limitSyscalls,
  policySyscalls,
  processorSyscalls,
  prctlSyscalls,
  systemSyscalls,
  seccompSyscalls,
  ptraceSyscalls,
  netSyscalls,
  uringSyscalls,
  refusedSyscalls,
];

function join(): readonly (SyscallDefinition | undefined)[] {
  const table: (SyscallDefinition | undefined)[] = [];
  for (const definition of families.flat()) {
    const other = table[definition.number];
    if (other !== undefined)
      throw new Error(`syscall ${definition.number} is both ${other.name} and ${definition.name}`);
    table[definition.number] = definition;
  }
  return table;
}

/** x86-64 gives no numbers between the old ones and those that all architectures share, nor (yet) above. */
const UNUSED_FIRST = 335;
const UNUSED_END = 424;
const NUMBERS_IN_USE_END = 512;

/** By number; undefined where Linux or k42 has none. */
export const syscallTable = join();

/** Tells those who watch the machine of the call in the thread's registers. */
export function announceSyscall(thread: LinuxThread, number: number): void {
  const { machine, cpu } = thread;
  const { state } = cpu;
  // The arguments would be read for nothing.
  if ((machine.kernel.trace.control.mask & LinuxTraceClass.Syscall) !== 0) {
    const [first, second, third] = ARGUMENT_REGISTERS;
    machine.trace.syscallEnter(thread.tid, number, state.number(first), state.number(second), state.number(third));
  }
  machine.tracer?.enter(thread, syscallTable[number], number);
}

/** Carries out the call in the thread's registers: a result, −errno, or one of the answers of blocking.ts. */
export function dispatchSyscall(thread: LinuxThread, number: number): number {
  const definition = syscallTable[number];
  const { machine } = thread;
  announceSyscall(thread, number);
  const invoke = definition?.invoke ?? machine.ownCalls.get(number);
  if (invoke === undefined) {
    // Numbers that Linux has never given out say nothing, and a guest could fill the log with them.
    if (number < NUMBERS_IN_USE_END && !(number >= UNUSED_FIRST && number < UNUSED_END))
      machine.logOnce(`syscall ${number} is not implemented (first called by ${thread.name})`, `syscall ${number}`);
    return -ENOSYS;
  }
  try {
    return invoke(thread);
  } catch (failure) {
    if (failure instanceof GuestFault) return -EFAULT;
    throw failure;
  }
}
