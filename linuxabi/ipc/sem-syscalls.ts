/** semget, semop, semtimedop, semctl. Source: semget(2), semop(2), semctl(2); ipc/sem.c. */
import { guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import type { SemaphoreOperation, SemaphoreSet } from '../../sysv/semaphores.ts';
import { EINVAL, E2BIG } from '../abi/errno.ts';
import {
  GETALL,
  GETNCNT,
  GETPID,
  GETVAL,
  GETZCNT,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  SEMAEM,
  SEMMNU,
  SEMUSZ,
  SEMVMX,
  SEM_INFO,
  SEM_STAT,
  SEM_STAT_ANY,
  SETALL,
  SETVAL,
  ipcFlagNames,
  sembufLayout,
  semCommandNames,
  semidLayout,
  seminfoLayout,
} from '../abi/ipc.ts';
import { Restart } from '../blocking.ts';
import { readBytes, writeBytes } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, flags, int, pointer, size, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { readDurationNs } from '../time/timespec.ts';
import { callerOf } from './caller.ts';
import { taskNumber } from './ipc-system.ts';
import { Image, readOwnership } from './ipc-image.ts';
import { ParkedSleeper, waitFor } from './wait-for.ts';

function semget(thread: LinuxThread, key: number, count: number, flagBits: number): number {
  return thread.machine.ipc.semaphores.call((adapter) => adapter.get(callerOf(thread), key, count, flagBits));
}

function readOperations(thread: LinuxThread, address: GuestAddress, count: number): SemaphoreOperation[] {
  const { memory } = thread;
  const operations: SemaphoreOperation[] = [];
  for (let i = 0, at: number = address; i < count; i++, at += sembufLayout.size) {
    operations.push({
      index: memory.readU16(guestAddress(at + sembufLayout.sem_num)),
      change: (memory.readU16(guestAddress(at + sembufLayout.sem_op)) << 16) >> 16,
      flags: memory.readU16(guestAddress(at + sembufLayout.sem_flg)),
    });
  }
  return operations;
}

function semtimedop(
  thread: LinuxThread,
  id: number,
  address: GuestAddress,
  count: number,
  timeout: GuestAddress,
): number {
  const { ipc, settings } = thread.machine;
  let durationNs: number | undefined;
  if ((timeout as number) !== 0) {
    // What is not readable is told first, what is no time only after the operations.
    durationNs = readDurationNs(thread, timeout);
  }
  if (count > settings.number('kernel/sem', 2)) return -E2BIG;
  const operations = readOperations(thread, address, count);
  if (count < 1 || id < 0) return -EINVAL;
  if (durationNs !== undefined && durationNs < 0) return -EINVAL;
  let sleeper: ParkedSleeper | undefined;
  const started = ipc.semaphores.call((adapter) =>
    adapter.operate(callerOf(thread), taskNumber(thread), id, operations, () => (sleeper = new ParkedSleeper())),
  );
  if (typeof started === 'number') return started;
  return waitFor(thread, {
    sleeper: sleeper!,
    cancel: () => ipc.semaphores.tell((adapter) => adapter.cancel(started)),
    restart: Restart.Never,
    deadlineNs: durationNs === undefined ? undefined : thread.machine.nowNs() + durationNs,
  });
}

function storeSet(thread: LinuxThread, set: SemaphoreSet, address: number): void {
  new Image(semidLayout.size)
    .permission(set.permission)
    .u64(semidLayout.sem_otime, set.operationSeconds)
    .u64(semidLayout.sem_ctime, set.changeSeconds)
    .u64(semidLayout.sem_nsems, set.values.length)
    .store(thread, address);
}

const BYTES_PER_VALUE = 2;

function getAll(thread: LinuxThread, id: number, address: number): number {
  const set = thread.machine.ipc.semaphores.call((adapter) => adapter.stat(callerOf(thread), { id }));
  if (typeof set === 'number') return set;
  writeBytes(thread.memory, guestAddress(address), new Uint8Array(Uint16Array.from(set.values).buffer));
  return 0;
}

function setAll(thread: LinuxThread, id: number, address: number): number {
  const { semaphores } = thread.machine.ipc;
  const caller = callerOf(thread);
  const set = semaphores.call((adapter) => adapter.writable(caller, id));
  if (typeof set === 'number') return set;
  const bytes = readBytes(thread.memory, guestAddress(address), set.values.length * BYTES_PER_VALUE);
  const values = [...new Uint16Array(bytes.buffer)];
  return semaphores.call((adapter) => adapter.setAll(caller, set, values));
}

function semctl(thread: LinuxThread, id: number, index: number, command: number, argument: number): number {
  if (id < 0) return -EINVAL;
  const { semaphores } = thread.machine.ipc;
  const caller = callerOf(thread);
  switch (command) {
    case IPC_INFO:
    case SEM_INFO:
      return semInformation(thread, command, argument);
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY: {
      const which = command === IPC_STAT ? { id } : ({ slot: id, any: command === SEM_STAT_ANY ? 1 : 0 } as const);
      const set = semaphores.call((adapter) => adapter.stat(caller, which));
      if (typeof set === 'number') return set;
      storeSet(thread, set, argument);
      return command === IPC_STAT ? 0 : set.permission.id;
    }
    case IPC_SET: {
      const ownership = readOwnership(thread, argument);
      return semaphores.call((adapter) => adapter.set(caller, id, ownership));
    }
    case IPC_RMID:
      return semaphores.call((adapter) => adapter.remove(caller, id));
    case GETVAL:
    case GETPID:
      return semaphores.call((adapter) => adapter.read(caller, id, index, command === GETVAL ? 'values' : 'pids'));
    case GETNCNT:
    case GETZCNT:
      return semaphores.call((adapter) => adapter.waiting(caller, id, index, command === GETZCNT));
    case SETVAL:
      return semaphores.call((adapter) => adapter.setValue(caller, id, index, argument | 0));
    case GETALL:
      return getAll(thread, id, argument);
    case SETALL:
      return setAll(thread, id, argument);
    default:
      return -EINVAL;
  }
}

function semInformation(thread: LinuxThread, command: number, address: number): number {
  const { semaphores } = thread.machine.ipc;
  const totals = semaphores.call((adapter) => adapter.totals());
  if (typeof totals === 'number') return totals;
  const limit = (index: number): number => thread.machine.settings.number('kernel/sem', index);
  const [perSet, all, operations, sets] = [limit(0), limit(1), limit(2), limit(3)];
  const usage = command === SEM_INFO ? [totals.used, totals.semaphores] : [SEMUSZ, SEMAEM];
  const image = new Image(seminfoLayout.size);
  // semmap semmni semmns semmnu semmsl semopm semume semusz semvmx semaem
  const members = [all, sets, all, SEMMNU, perSet, operations, operations, usage[0]!, SEMVMX, usage[1]!];
  for (const [member, value] of members.entries()) image.u32(member * 4, value);
  image.store(thread, address);
  return totals.highestSlot;
}

export const semSyscalls: readonly SyscallDefinition[] = [
  syscall(64, 'semget', [int('key'), int('nsems'), flags('semflg', ipcFlagNames)], semget),
  syscall(65, 'semop', [int('semid'), pointer('sops'), size('nsops')], (thread, id, operations, count) =>
    semtimedop(thread, id, operations, count, guestAddress(0)),
  ),
  syscall(66, 'semctl', [int('semid'), int('semnum'), choice('cmd', semCommandNames), pointer('arg')], semctl),
  syscall(220, 'semtimedop', [int('semid'), pointer('sops'), size('nsops'), pointer('timeout')], semtimedop),
];
