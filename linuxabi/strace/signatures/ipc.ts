/** System V shared memory, semaphores, message queues; POSIX message queues. Source: strace's ipc_*.c, mq.c. */
import { O_CREAT, O_NONBLOCK } from '../../abi/fcntl.ts';
import * as ipc from '../../abi/ipc.ts';
import { mqAttrLayout } from '../../abi/mqueue.ts';
import type { Names } from '../../syscall.ts';
import { openFlagsText } from '../fcntl.ts';
import { sigeventIn } from '../process-structs.ts';
import * as s from '../show.ts';
import type { CallView, Show, StructText } from '../show.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';
import * as t from '../structs.ts';

const key = s.entry((call, index) => s.choiceOf(call.int(index) >>> 0, { IPC_PRIVATE: ipc.IPC_PRIVATE }));

const PERMISSIONS = 0o777;
/** Flags, and permissions that are always there. */
const creation = (names: Names): Show =>
  s.entry((call, index) => {
    const value = call.int(index) >>> 0;
    const mode = `0${(value & PERMISSIONS).toString(8).padStart(2, '0')}`;
    const bits = (value & ~PERMISSIONS) >>> 0;
    return bits === 0 ? mode.padStart(3, '0') : `${s.flagsOf(bits, names)}|${mode.padStart(3, '0')}`;
  });
const { IPC_CREAT, IPC_EXCL, IPC_NOWAIT } = ipc.ipcFlagNames;
const commonFlags = { IPC_CREAT, IPC_EXCL };
const segmentFlags = { ...commonFlags, SHM_HUGETLB: ipc.SHM_HUGETLB, SHM_NORESERVE: ipc.SHM_NORESERVE };
const operationFlags = { SEM_UNDO: ipc.SEM_UNDO, IPC_NOWAIT };

const modeOf = (view: DataView): string => s.octalOf(s.u32(view, ipc.ipcPermLayout.mode));
function permissionText(view: DataView, name: string): string {
  const { uid, gid, cuid, cgid } = ipc.ipcPermLayout;
  const part = (offset: number): number => s.i32(view, offset);
  const { key: at } = ipc.ipcPermLayout;
  return `${name}={uid=${part(uid)}, gid=${part(gid)}, mode=${modeOf(view)}, key=${s.u32(view, at)}, cuid=${part(cuid)}, cgid=${part(cgid)}}`;
}
function newPermissionText(view: DataView, name: string): string {
  const { uid, gid } = ipc.ipcPermLayout;
  return `${name}={uid=${s.i32(view, uid)}, gid=${s.i32(view, gid)}, mode=${modeOf(view)}}`;
}

type Member = readonly [name: string, read: (view: DataView, offset: number) => number | bigint, offset: number];
const members = (view: DataView, list: readonly Member[]): string =>
  list.map(([name, read, offset]) => `${name}=${read(view, offset)}`).join(', ');
/** What does not fit a number as well. */
const exactU64 = (view: DataView, offset: number): bigint => view.getBigUint64(offset, true);
const { u32, i64, i32 } = s;

interface Structure {
  readonly size: number;
  readonly text: StructText;
  /** Read by the call, not filled. */
  readonly given?: true;
}

const shm = ipc.shmidLayout;
const shmid: Structure = {
  size: shm.size,
  text: (view) =>
    `{${permissionText(view, 'shm_perm')}, ${members(view, [
      ['shm_segsz', exactU64, shm.shm_segsz],
      ['shm_cpid', i32, shm.shm_cpid],
      ['shm_lpid', i32, shm.shm_lpid],
      ['shm_nattch', exactU64, shm.shm_nattch],
      ['shm_atime', i64, shm.shm_atime],
      ['shm_dtime', i64, shm.shm_dtime],
      ['shm_ctime', i64, shm.shm_ctime],
    ])}}`,
};
const sem = ipc.semidLayout;
const semid: Structure = {
  size: sem.size,
  text: (view) =>
    `{${permissionText(view, 'sem_perm')}, ${members(view, [
      ['sem_otime', i64, sem.sem_otime],
      ['sem_ctime', i64, sem.sem_ctime],
      ['sem_nsems', exactU64, sem.sem_nsems],
    ])}}`,
};
const msq = ipc.msqidLayout;
const msqid: Structure = {
  size: msq.size,
  text: (view) =>
    `{${permissionText(view, 'msg_perm')}, ${members(view, [
      ['msg_stime', i64, msq.msg_stime],
      ['msg_rtime', i64, msq.msg_rtime],
      ['msg_ctime', i64, msq.msg_ctime],
      ['msg_qnum', exactU64, msq.msg_qnum],
      ['msg_qbytes', exactU64, msq.msg_qbytes],
      ['msg_lspid', i32, msq.msg_lspid],
      ['msg_lrpid', i32, msq.msg_lrpid],
    ])}}`,
};
const newOwner = (name: string, size: number): Structure => ({
  size,
  given: true,
  text: (view) => `{${newPermissionText(view, name)}}`,
});
const newQueue: Structure = {
  size: msq.size,
  given: true,
  text: (view) => `{${newPermissionText(view, 'msg_perm')}, msg_qbytes=${exactU64(view, msq.msg_qbytes)}}`,
};
/** Numbers one after the other. */
const sequence = (
  names: readonly string[],
  read: (view: DataView, offset: number) => number | bigint,
  stride: number,
): StructText => {
  const list = names.map((name, index): Member => [name, read, index * stride]);
  return (view) => `{${members(view, list)}}`;
};
const shminfo: Structure = {
  size: ipc.shminfoLayout.size,
  text: sequence(['shmmax', 'shmmin', 'shmmni', 'shmseg', 'shmall'], exactU64, 8),
};
const shmUsage: Structure = {
  size: ipc.shmInfoLayout.size,
  text: (view) =>
    `{used_ids=${u32(view, 0)}, ${members(
      view,
      ['shm_tot', 'shm_rss', 'shm_swp', 'swap_attempts', 'swap_successes'].map((name, index): Member => [
        name,
        exactU64,
        8 + index * 8,
      ]),
    )}}`,
};
const seminfo: Structure = {
  size: ipc.seminfoLayout.size,
  text: sequence(
    ['semmap', 'semmni', 'semmns', 'semmnu', 'semmsl', 'semopm', 'semume', 'semusz', 'semvmx', 'semaem'],
    i32,
    4,
  ),
};
const messageNumbers = sequence(['msgpool', 'msgmap', 'msgmax', 'msgmnb', 'msgmni', 'msgssz', 'msgtql'], i32, 4);
const msginfo: Structure = {
  size: ipc.msginfoLayout.size,
  text: (view, call) =>
    `${messageNumbers(view, call).slice(0, -1)}, msgseg=${view.getUint16(ipc.msginfoLayout.msgseg, true)}}`,
};

/** The last argument means what the command says. */
const controlled = (commandIndex: number, structures: Readonly<Record<number, Structure>>): Show =>
  s.exit((call, index) => {
    const structure = structures[call.int(commandIndex)];
    const address = call.address(index);
    if (structure === undefined || (call.failed && structure.given === undefined)) return s.pointerOf(address);
    return s.structAt(call, address, structure.size, structure.text);
  });

const operation: StructText = (view) => {
  const { sem_num, sem_op, sem_flg } = ipc.sembufLayout;
  const bits = s.flagsOf(view.getUint16(sem_flg, true), operationFlags, '0', 'SEM_???');
  return `{sem_num=${view.getUint16(sem_num, true)}, sem_op=${view.getInt16(sem_op, true)}, sem_flg=${bits}}`;
};
const operations = s.entry((call, index) =>
  call.address(index + 1) === 0 && call.address(index) !== 0
    ? '[]'
    : s.arrayAt(call, call.address(index), call.address(index + 1), ipc.sembufLayout.size, operation),
);

const TYPE_BYTES = 8;
/** A type and a text whose length is in the next argument. */
function messageText(call: CallView, index: number): string {
  const address = call.address(index);
  const type = call.bytes(address, TYPE_BYTES);
  if (type === undefined) return s.pointerOf(address);
  return `{mtype=${type.getBigInt64(0, true)}, mtext=${s.bytesAt(call, address + TYPE_BYTES, call.address(index + 1))}}`;
}
const message = s.entry(messageText);
const messageOut = s.exit((call, index) => (call.failed ? s.pointerOf(call.address(index)) : messageText(call, index)));

const shmCommand = s.choice(ipc.shmCommandNames, 'SHM_???');
const semCommand = s.choice(ipc.semCommandNames, 'SEM_???');
const msgCommand = s.choice(ipc.msgCommandNames, 'MSG_???');
const receiving = { MSG_NOERROR: ipc.MSG_NOERROR, MSG_EXCEPT: ipc.MSG_EXCEPT, MSG_COPY: ipc.MSG_COPY, IPC_NOWAIT };

const attributes: StructText = (view) => {
  const { mq_flags, mq_maxmsg, mq_msgsize, mq_curmsgs } = mqAttrLayout;
  const status = s.flagsOf(Number(view.getBigInt64(mq_flags, true)), { O_NONBLOCK });
  return `{mq_flags=${status}, ${members(view, [
    ['mq_maxmsg', i64, mq_maxmsg],
    ['mq_msgsize', i64, mq_msgsize],
    ['mq_curmsgs', i64, mq_curmsgs],
  ])}}`;
};
const attributesIn = s.given(mqAttrLayout.size, attributes);
const openFlags = s.entry((call, index) => openFlagsText(call.int(index)));
const creates = (call: CallView): boolean => (call.int(1) & O_CREAT) !== 0;
/** Arguments that only O_CREAT has. */
const whenCreating = (show: Show): Show => ({
  at: 'entry',
  comma: 'own',
  text: (call, index) => (creates(call) ? `, ${show.text(call, index)}` : ''),
});
export const ipcSignatures: Signatures = {
  shmget: rows(key, s.size, creation(segmentFlags)),
  shmat: {
    shows: [s.dec, s.pointer, s.flags(ipc.shmFlagNames)],
    result: (_call, result) => s.hexOf(result),
  },
  shmdt: rows(s.pointer),
  shmctl: rows(
    s.dec,
    shmCommand,
    controlled(1, {
      [ipc.IPC_STAT]: shmid,
      [ipc.SHM_STAT]: shmid,
      [ipc.SHM_STAT_ANY]: shmid,
      [ipc.IPC_SET]: newOwner('shm_perm', shm.size),
      [ipc.IPC_INFO]: shminfo,
      [ipc.SHM_INFO]: shmUsage,
    }),
  ),
  semget: rows(key, s.dec, creation(commonFlags)),
  semop: rows(s.dec, operations, s.size),
  semtimedop: rows(s.dec, operations, s.size, t.timespecIn),
  semctl: rows(
    s.dec,
    s.dec,
    semCommand,
    controlled(2, {
      [ipc.IPC_STAT]: semid,
      [ipc.SEM_STAT]: semid,
      [ipc.SEM_STAT_ANY]: semid,
      [ipc.IPC_SET]: newOwner('sem_perm', sem.size),
      [ipc.IPC_INFO]: seminfo,
      [ipc.SEM_INFO]: seminfo,
    }),
  ),
  mq_open: rows(s.string, openFlags, whenCreating(t.modeArgument), whenCreating(attributesIn)),
  mq_unlink: rows(s.string),
  mq_timedsend: rows(s.dec, s.input, s.size, s.unsigned, t.timespecIn),
  mq_timedreceive: rows(s.dec, s.output, s.size, t.intOut, t.timespecIn),
  mq_notify: rows(s.dec, sigeventIn),
  mq_getsetattr: rows(s.dec, attributesIn, s.filled(mqAttrLayout.size, attributes)),
  msgget: rows(key, creation(commonFlags)),
  msgsnd: rows(s.dec, message, s.size, s.flags({ IPC_NOWAIT })),
  msgrcv: rows(s.dec, messageOut, s.size, s.long, s.flags(receiving)),
  msgctl: rows(
    s.dec,
    msgCommand,
    controlled(1, {
      [ipc.IPC_STAT]: msqid,
      [ipc.MSG_STAT]: msqid,
      [ipc.MSG_STAT_ANY]: msqid,
      [ipc.IPC_SET]: newQueue,
      [ipc.IPC_INFO]: msginfo,
      [ipc.MSG_INFO]: msginfo,
    }),
  ),
};
