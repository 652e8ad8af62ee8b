/** fcntl's argument and result, and the flags of open, which it shares. */
import * as fcntl from '../abi/fcntl.ts';
import * as s from './show.ts';
import type { CallView, Show } from './show.ts';

const openNames = {
  O_CREAT: fcntl.O_CREAT,
  O_EXCL: fcntl.O_EXCL,
  O_NOCTTY: fcntl.O_NOCTTY,
  O_TRUNC: fcntl.O_TRUNC,
  O_APPEND: fcntl.O_APPEND,
  O_NONBLOCK: fcntl.O_NONBLOCK,
  O_SYNC: fcntl.O_SYNC,
  O_ASYNC: fcntl.O_ASYNC,
  O_DSYNC: fcntl.O_DSYNC,
  O_DIRECT: fcntl.O_DIRECT,
  O_LARGEFILE: fcntl.O_LARGEFILE,
  O_NOFOLLOW: fcntl.O_NOFOLLOW,
  O_NOATIME: fcntl.O_NOATIME,
  O_CLOEXEC: fcntl.O_CLOEXEC,
  O_PATH: fcntl.O_PATH,
  O_TMPFILE: fcntl.O_TMPFILE,
  O_DIRECTORY: fcntl.O_DIRECTORY,
} as const;
const accessModes = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'];
export function openFlagsText(value: number): string {
  const rest = s.flagsOf(value & ~fcntl.O_ACCMODE, openNames, '');
  return [accessModes[value & fcntl.O_ACCMODE], rest].filter(Boolean).join('|');
}
const sealNames = { F_SEAL_SEAL: 1, F_SEAL_SHRINK: 2, F_SEAL_GROW: 4, F_SEAL_WRITE: 8, F_SEAL_FUTURE_WRITE: 16 };
const F_SETOWN_EX = 15;
const F_GETOWN_EX = 16;
const ownerText: s.StructText = (view) =>
  `{type=${s.choiceOf(s.i32(view, 0), { F_OWNER_TID: 0, F_OWNER_PID: 1, F_OWNER_PGRP: 2 })}, pid=${s.i32(view, 4)}}`;

export const fcntlArgument: Show = {
  at: 'exit',
  comma: 'own',
  text(call, index) {
    const command = call.int(index - 1);
    const value = call.int(index);
    if (command === fcntl.F_GETFD || command === fcntl.F_GETFL || command === fcntl.F_GETOWN) return '';
    if (command === fcntl.F_GETPIPE_SZ || command === fcntl.F_GETSIG || command === fcntl.F_GET_SEALS) return '';
    if (command === fcntl.F_ADD_SEALS) return `, ${s.flagsOf(value, sealNames)}`;
    if (command === F_GETOWN_EX || command === F_SETOWN_EX)
      return `, ${s.structAt(call, call.address(index), 8, ownerText)}`;
    if (command === fcntl.F_SETFD) return `, ${s.flagsOf(value, { FD_CLOEXEC: fcntl.FD_CLOEXEC })}`;
    if (command === fcntl.F_SETFL) return `, ${openFlagsText(value)}`;
    if (!locks.includes(command)) return `, ${value}`;
    return `, ${s.structAt(call, call.address(index), fcntl.flockLayout.size, lockText)}`;
  },
};
const locks: readonly number[] = [
  fcntl.F_GETLK,
  fcntl.F_SETLK,
  fcntl.F_SETLKW,
  fcntl.F_OFD_GETLK,
  fcntl.F_OFD_SETLK,
  fcntl.F_OFD_SETLKW,
];
const lockTypes = ['F_RDLCK', 'F_WRLCK', 'F_UNLCK'];
const lockText: s.StructText = (view, call) => {
  const type = lockTypes[view.getInt16(0, true)] ?? String(view.getInt16(0, true));
  const whence = s.nameOf(view.getInt16(2, true), fcntl.seekNames) ?? String(view.getInt16(2, true));
  const owner = call.int(1) === fcntl.F_GETLK || call.int(1) === fcntl.F_OFD_GETLK ? `, l_pid=${s.i32(view, 24)}` : '';
  return `{l_type=${type}, l_whence=${whence}, l_start=${s.i64(view, 8)}, l_len=${s.i64(view, 16)}${owner}}`;
};
export function fcntlResult(call: CallView, result: number): string {
  const command = call.int(1);
  if (command === fcntl.F_GETFD && result !== 0) return `0x${result.toString(16)} (flags FD_CLOEXEC)`;
  if (command === fcntl.F_GETFL) return `${s.hexOf(result)} (flags ${openFlagsText(result)})`;
  if (command === fcntl.F_GET_SEALS) return `${s.hexOf(result)} (seals ${s.flagsOf(result, sealNames)})`;
  return String(result);
}
