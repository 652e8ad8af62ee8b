/** msgget, msgsnd, msgrcv, msgctl. Source: msgget(2), msgop(2), msgctl(2); ipc/msg.c. */
import { guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import type { Message, MessageQueue, Receiver } from '../../sysv/message-queues.ts';
import { EFAULT, EINVAL } from '../abi/errno.ts';
import {
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MSGSEG,
  MSGSSZ,
  MSG_INFO,
  MSG_STAT,
  MSG_STAT_ANY,
  ipcFlagNames,
  msgCommandNames,
  msgFlagNames,
  msginfoLayout,
  msqidLayout,
} from '../abi/ipc.ts';
import { Restart } from '../blocking.ts';
import { readBytes, readLong, writeLong } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, flags, int, long, pointer, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { callerOf } from './caller.ts';
import { Image, readOwnership } from './ipc-image.ts';
import { ParkedSleeper, waitFor } from './wait-for.ts';

/** The type stands before the text. */
const TYPE_BYTES = 8;

function msgget(thread: LinuxThread, key: number, flagBits: number): number {
  return thread.machine.ipc.messages.call((adapter) => adapter.get(callerOf(thread), key, flagBits));
}

function msgsnd(thread: LinuxThread, id: number, address: GuestAddress, length: number, flagBits: number): number {
  const { messages } = thread.machine.ipc;
  const type = readLong(thread.memory, address);
  const refused = messages.call((adapter) => adapter.checkSend(id, type, length));
  if (refused < 0) return refused;
  const bytes = readBytes(thread.memory, guestAddress(address + TYPE_BYTES), length);
  let sleeper: ParkedSleeper | undefined;
  const started = messages.call((adapter) =>
    adapter.send(callerOf(thread), id, { type, bytes }, flagBits, () => (sleeper = new ParkedSleeper())),
  );
  if (typeof started === 'number') return started;
  return waitFor(thread, {
    sleeper: sleeper!,
    cancel: () => messages.tell((adapter) => adapter.cancelSend(started)),
    restart: Restart.NoHandler,
  });
}

function msgrcv(
  thread: LinuxThread,
  id: number,
  address: GuestAddress,
  length: number,
  type: number,
  flagBits: number,
): number {
  const { messages } = thread.machine.ipc;
  let sleeper: ParkedSleeper | undefined;
  const started = messages.call((adapter) =>
    adapter.receive(callerOf(thread), id, { length, type, flags: flagBits }, () => (sleeper = new ParkedSleeper())),
  );
  if (typeof started === 'number') return started;
  if ('bytes' in started) return storeMessage(thread, started, address, length);
  return waitFor(thread, {
    sleeper: sleeper!,
    cancel: () => messages.tell((adapter) => adapter.cancelReceive(started)),
    restart: Restart.NoHandler,
    complete: (result) => (result < 0 ? result : storeReceived(thread, started, address, length)),
  });
}

function storeReceived(thread: LinuxThread, receiver: Receiver, address: GuestAddress, length: number): number {
  return storeMessage(thread, receiver.received!, address, length);
}

/** A message that can't be stored is lost all the same. */
function storeMessage(thread: LinuxThread, { type, bytes }: Message, address: GuestAddress, length: number): number {
  const part = bytes.subarray(0, length);
  writeLong(thread.memory, address, type);
  return thread.memory.write(guestAddress(address + TYPE_BYTES), part) === part.length ? part.length : -EFAULT;
}

function storeQueue(thread: LinuxThread, queue: MessageQueue, address: number): void {
  new Image(msqidLayout.size)
    .permission(queue.permission)
    .u64(msqidLayout.msg_stime, queue.sendSeconds)
    .u64(msqidLayout.msg_rtime, queue.receiveSeconds)
    .u64(msqidLayout.msg_ctime, queue.changeSeconds)
    .u64(msqidLayout.msg_cbytes, queue.bytes)
    .u64(msqidLayout.msg_qnum, queue.messages.length)
    .u64(msqidLayout.msg_qbytes, queue.mostBytes)
    .u32(msqidLayout.msg_lspid, queue.lastSender)
    .u32(msqidLayout.msg_lrpid, queue.lastReceiver)
    .store(thread, address);
}

function msgctl(thread: LinuxThread, id: number, command: number, address: number): number {
  if (id < 0 || command < 0) return -EINVAL;
  const { messages } = thread.machine.ipc;
  const caller = callerOf(thread);
  switch (command) {
    case IPC_INFO:
    case MSG_INFO:
      return msgInformation(thread, command, address);
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY: {
      const which = command === IPC_STAT ? { id } : ({ slot: id, any: command === MSG_STAT_ANY ? 1 : 0 } as const);
      const queue = messages.call((adapter) => adapter.stat(caller, which));
      if (typeof queue === 'number') return queue;
      storeQueue(thread, queue, address);
      return command === IPC_STAT ? 0 : queue.permission.id;
    }
    case IPC_SET: {
      const ownership = readOwnership(thread, address);
      const mostBytes = readLong(thread.memory, guestAddress(address + msqidLayout.msg_qbytes));
      return messages.call((adapter) => adapter.set(caller, id, ownership, mostBytes));
    }
    case IPC_RMID:
      return messages.call((adapter) => adapter.remove(caller, id));
    default:
      return -EINVAL;
  }
}

function msgInformation(thread: LinuxThread, command: number, address: number): number {
  const { ipc, settings } = thread.machine;
  const totals = ipc.messages.call((adapter) => adapter.totals());
  if (typeof totals === 'number') return totals;
  const [most, mostBytes, queues] = ['msgmax', 'msgmnb', 'msgmni'].map((name) => settings.number(`kernel/${name}`));
  const usage =
    command === MSG_INFO
      ? [totals.used, totals.messages, totals.bytes]
      : [(queues! * mostBytes!) / 1024, mostBytes!, mostBytes!];
  const image = new Image(msginfoLayout.size);
  // msgpool msgmap msgmax msgmnb msgmni msgssz msgtql
  const members = [usage[0]!, usage[1]!, most!, mostBytes!, queues!, MSGSSZ, usage[2]!];
  for (const [member, value] of members.entries()) image.u32(member * 4, value);
  image.u16(msginfoLayout.msgseg, MSGSEG).store(thread, address);
  return totals.highestSlot;
}

export const msgSyscalls: readonly SyscallDefinition[] = [
  syscall(68, 'msgget', [int('key'), flags('msgflg', ipcFlagNames)], msgget),
  syscall(69, 'msgsnd', [int('msqid'), pointer('msgp'), long('msgsz'), flags('msgflg', ipcFlagNames)], msgsnd),
  syscall(
    70,
    'msgrcv',
    [int('msqid'), pointer('msgp'), long('msgsz'), long('msgtyp'), flags('msgflg', msgFlagNames)],
    msgrcv,
  ),
  syscall(71, 'msgctl', [int('msqid'), choice('cmd', msgCommandNames), pointer('buf')], msgctl),
];
