/**
 * What strace(1) makes of the arguments of each call: a Show per argument, by name of the call. Calls that are not here are
 * shown as the syscall table declares their arguments (declared.ts). `result` says how the result is shown when it is not a plain number.
 */
import * as fcntl from '../abi/fcntl.ts';
import * as futexAbi from '../abi/futex.ts';
import * as mman from '../abi/mman.ts';
import * as sched from '../abi/sched.ts';
import { rlimitNames, rusageNames } from '../abi/resource.ts';
import { sigprocmaskNames, signalName } from '../abi/signal.ts';
import { clockNames, itimerNames, timerFlagNames } from '../abi/time.ts';
import { archPrctlNames, prctlNames } from '../abi/prctl.ts';
import * as prctlAbi from '../abi/prctl.ts';
import * as s from './show.ts';
import type { CallView, Show } from './show.ts';
import { request, requestArgument } from './ioctl.ts';
import * as t from './structs.ts';

export interface Signature {
  readonly shows: readonly Show[];
  /** The result of a call that succeeded. */
  readonly result?: (call: CallView, result: number) => string;
}

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
function openFlagsText(value: number): string {
  const rest = s.flagsOf(value & ~fcntl.O_ACCMODE, openNames, '');
  return [accessModes[value & fcntl.O_ACCMODE], rest].filter(Boolean).join('|');
}
const openFlags = s.entry((call, index) => openFlagsText(call.int(index)));
const descriptorFlags = s.flags({
  O_RDONLY: 0,
  O_NONBLOCK: fcntl.O_NONBLOCK,
  O_CLOEXEC: fcntl.O_CLOEXEC,
  O_DIRECT: fcntl.O_DIRECT,
});
/** The mode is an argument only when a file may be made. */
const openMode: Show = {
  at: 'entry',
  comma: 'own',
  text: (call, index) =>
    (call.int(index - 1) & fcntl.O_CREAT) !== 0 || (call.int(index - 1) & fcntl.O_TMPFILE) === fcntl.O_TMPFILE
      ? `, ${t.permissions.text(call, index)}`
      : '',
};

const atFlags = s.flags({
  AT_SYMLINK_NOFOLLOW: fcntl.AT_SYMLINK_NOFOLLOW,
  AT_REMOVEDIR: fcntl.AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW: fcntl.AT_SYMLINK_FOLLOW,
  AT_NO_AUTOMOUNT: fcntl.AT_NO_AUTOMOUNT,
  AT_EMPTY_PATH: fcntl.AT_EMPTY_PATH,
});
const access = s.flags(fcntl.accessNames, 'F_OK');
const protection = s.flags(mman.protectionNames, 'PROT_NONE');
const mapFlags = s.flags({ MAP_SHARED_VALIDATE: mman.MAP_SHARED_VALIDATE, ...mman.mapFlagNames });
const signal = s.entry((call, index) => (call.int(index) === 0 ? '0' : signalName(call.int(index))));
const offset = s.entry((call, index) => s.hexOf(call.address(index)));

const hexResult = (_call: CallView, result: number): string => s.hexOf(result);
const octalResult = (_call: CallView, result: number): string =>
  result
    .toString(8)
    .padStart(3, '0')
    .replace(/^(?!0)/, '0');
const timedOut = (text: (call: CallView, result: number) => string) => (call: CallView, result: number) =>
  result === 0 ? '0 (Timeout)' : `${result} (${text(call, result)})`;

const fdSetIn = s.entry((call, index) => fdSet(call, index));
function fdSet(call: CallView, index: number): string {
  const address = call.address(index);
  const count = Math.min(call.int(0), 1024);
  const view = call.bytes(address, Math.ceil(count / 64) * 8);
  if (view === undefined) return s.pointerOf(address);
  const members: number[] = [];
  for (let fd = 0; fd < count; fd++) if ((view.getUint8(fd >> 3) >> (fd & 7)) & 1) members.push(fd);
  return `[${members.join(' ')}]`;
}
function selectResult(call: CallView): string {
  const parts = ['in', 'out', 'except'].flatMap((name, i) => {
    const set = call.address(i + 1) === 0 ? '[]' : fdSet(call, i + 1);
    return set === '[]' ? [] : [`${name} ${set}`];
  });
  return parts.join(', ');
}

const fcntlArgument: Show = {
  at: 'exit',
  comma: 'own',
  text(call, index) {
    const command = call.int(index - 1);
    const value = call.int(index);
    if (command === fcntl.F_GETFD || command === fcntl.F_GETFL || command === fcntl.F_GETOWN) return '';
    if (command === fcntl.F_GETPIPE_SZ || command === fcntl.F_GETSIG) return '';
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
  const owner = call.int(1) === fcntl.F_GETLK ? `, l_pid=${s.i32(view, 24)}` : '';
  return `{l_type=${type}, l_whence=${whence}, l_start=${s.i64(view, 8)}, l_len=${s.i64(view, 16)}${owner}}`;
};
function fcntlResult(call: CallView, result: number): string {
  const command = call.int(1);
  if (command === fcntl.F_GETFD && result !== 0) return `0x${result.toString(16)} (flags FD_CLOEXEC)`;
  if (command === fcntl.F_GETFL) return `${s.hexOf(result)} (flags ${openFlagsText(result)})`;
  return String(result);
}

const CSIGNAL = 0xff;
const cloneFlags = s.entry((call) => {
  const bits = s.flagsOf(call.int(0) & ~CSIGNAL, sched.cloneNames, '');
  const ending = call.int(0) & CSIGNAL;
  const text = [bits, ending === 0 ? '' : signalName(ending)].filter(Boolean).join('|');
  return `flags=${text === '' ? '0' : text}`;
});
const cloneRest: Show = {
  at: 'exit',
  comma: 'own',
  text(call) {
    const bits = call.int(0);
    const parent = (bits & sched.CLONE_PARENT_SETTID) === 0 ? '' : `, parent_tid=${t.intOut.text(call, 2)}`;
    const tls = (bits & sched.CLONE_SETTLS) === 0 ? '' : `, tls=${s.hexOf(call.address(4))}`;
    const child = bits & (sched.CLONE_CHILD_SETTID | sched.CLONE_CHILD_CLEARTID);
    return `${parent}${tls}${child === 0 ? '' : `, child_tidptr=${s.pointerOf(call.address(3))}`}`;
  },
};

const { FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME, FUTEX_CMD_MASK } = futexAbi;
const futexOperation = s.entry((call, index) => {
  const value = call.int(index);
  const name = s.nameOf(value & FUTEX_CMD_MASK, futexAbi.futexNames) ?? s.hexOf(value & FUTEX_CMD_MASK);
  const scope = (value & FUTEX_PRIVATE_FLAG) === 0 ? '' : '_PRIVATE';
  return `${name}${scope}${(value & FUTEX_CLOCK_REALTIME) === 0 ? '' : '|FUTEX_CLOCK_REALTIME'}`;
});
const futexRest: Show = {
  at: 'entry',
  comma: 'own',
  text(call) {
    const command = call.int(1) & FUTEX_CMD_MASK;
    const timeout = (): string => t.timespecIn.text(call, 3);
    if (command === futexAbi.FUTEX_WAIT) return `, ${timeout()}`;
    const bits = call.int(5) === -1 ? 'FUTEX_BITSET_MATCH_ANY' : s.hexOf(call.int(5) >>> 0);
    if (command === futexAbi.FUTEX_WAIT_BITSET) return `, ${timeout()}, ${bits}`;
    if (command === futexAbi.FUTEX_WAKE_BITSET) return `, ${bits}`;
    if (command === futexAbi.FUTEX_REQUEUE) return `, ${call.int(3)}, ${s.pointerOf(call.address(4))}`;
    if (command === futexAbi.FUTEX_CMP_REQUEUE)
      return `, ${call.int(3)}, ${s.pointerOf(call.address(4))}, ${call.int(5)}`;
    return '';
  },
};

const prctlRest: Show = {
  at: 'exit',
  comma: 'own',
  text(call) {
    const option = call.int(0);
    if (option === prctlAbi.PR_SET_NAME || option === prctlAbi.PR_GET_NAME)
      return `, ${s.stringAt(call, call.address(1))}`;
    if (option === prctlAbi.PR_SET_PDEATHSIG) return `, ${signal.text(call, 1)}`;
    if (noArgument.includes(option)) return '';
    return `, ${call.int(1) === 0 ? '0' : s.hexOf(call.address(1))}`;
  },
};
const noArgument: readonly number[] = [
  prctlAbi.PR_GET_DUMPABLE,
  prctlAbi.PR_GET_KEEPCAPS,
  prctlAbi.PR_GET_SECUREBITS,
  prctlAbi.PR_GET_TIMERSLACK,
];

/** What a sleep left over: filled only when a signal ended it. */
const remaining = s.exit((call, index) =>
  call.result === -516 || call.result === -4
    ? s.structAt(call, call.address(index), 16, t.timespecText)
    : s.pointerOf(call.address(index)),
);

/** The mask in the frame that the handler returns through. */
const SIGNAL_MASK_IN_CONTEXT = 296;
const restoredMask = s.entry((call) => {
  const view = call.bytes(call.thread.cpu.state.number(4) + SIGNAL_MASK_IN_CONTEXT, 8);
  return view === undefined ? '' : `{mask=${t.sigsetText(view, call)}}`;
});

const waitFlags = s.flags({
  WNOHANG: sched.WNOHANG,
  WSTOPPED: sched.WSTOPPED,
  WEXITED: sched.WEXITED,
  WCONTINUED: sched.WCONTINUED,
  WNOWAIT: sched.WNOWAIT,
});

const rows = (...shows: readonly Show[]): Signature => ({ shows });

const fileSignatures: Readonly<Record<string, Signature>> = {
  read: rows(s.dec, s.output, s.size),
  pread64: rows(s.dec, s.output, s.size, s.long),
  write: rows(s.dec, s.input, s.size),
  pwrite64: rows(s.dec, s.input, s.size, s.long),
  readv: rows(s.dec, t.iovecOut, s.dec),
  writev: rows(s.dec, t.iovecIn, s.dec),
  open: rows(s.path, openFlags, openMode),
  openat: rows(s.dirfd, s.path, openFlags, openMode),
  creat: rows(s.path, t.permissions),
  stat: rows(s.path, t.statOut),
  lstat: rows(s.path, t.statOut),
  fstat: rows(s.dec, t.statOut),
  newfstatat: rows(s.dirfd, s.path, t.statOut, atFlags),
  access: rows(s.path, access),
  faccessat: rows(s.dirfd, s.path, access),
  faccessat2: rows(
    s.dirfd,
    s.path,
    access,
    s.flags({ AT_SYMLINK_NOFOLLOW: 0x100, AT_EACCESS: 0x200, AT_EMPTY_PATH: 0x1000 }),
  ),
  readlink: rows(s.path, s.output, s.size),
  readlinkat: rows(s.dirfd, s.path, s.output, s.size),
  getcwd: rows(
    s.exit((call, index) =>
      call.failed ? s.pointerOf(call.address(index)) : s.stringAt(call, call.address(index), 4096),
    ),
    s.size,
  ),
  getdents64: rows(s.dec, t.entriesOut, s.size),
  pipe: rows(t.intsOut(2)),
  pipe2: rows(t.intsOut(2), descriptorFlags),
  dup3: rows(s.dec, s.dec, descriptorFlags),
  poll: { shows: [t.pollfds, s.unsigned, s.dec], result: timedOut(t.pollResult) },
  ppoll: { shows: [t.pollfds, s.unsigned, t.timespecIn, t.sigsetIn, s.size], result: timedOut(t.pollResult) },
  select: { shows: [s.dec, fdSetIn, fdSetIn, fdSetIn, t.timevalIn], result: timedOut(selectResult) },
  pselect6: {
    shows: [
      s.dec,
      fdSetIn,
      fdSetIn,
      fdSetIn,
      t.timespecIn,
      s.given(16, (view, call) => {
        const mask = s.structAt(call, s.u64(view, 0), 8, t.sigsetText);
        return `{sigmask=${mask}, sigsetsize=${s.u64(view, 8)}}`;
      }),
    ],
    result: timedOut(selectResult),
  },
  ioctl: rows(s.dec, request, requestArgument),
  fcntl: { shows: [s.dec, s.choice(fcntl.fcntlNames), fcntlArgument], result: fcntlResult },
  sendfile: rows(s.dec, s.dec, t.offsetIn, s.size),
  mkdir: rows(s.path, t.permissions),
  mkdirat: rows(s.dirfd, s.path, t.permissions),
  mknod: rows(s.path, t.modeArgument),
  mknodat: rows(s.dirfd, s.path, t.modeArgument),
  chmod: rows(s.path, t.permissions),
  fchmod: rows(s.dec, t.permissions),
  fchmodat: rows(s.dirfd, s.path, t.permissions),
  umask: { shows: [t.permissions], result: octalResult },
  link: rows(s.path, s.path),
  linkat: rows(s.dirfd, s.path, s.dirfd, s.path, atFlags),
  unlinkat: rows(s.dirfd, s.path, s.flags({ AT_REMOVEDIR: fcntl.AT_REMOVEDIR })),
  fchownat: rows(s.dirfd, s.path, s.id, s.id, atFlags),
  utimensat: rows(s.dirfd, s.path, t.utimes, atFlags),
  statfs: rows(s.path, t.statfsOut),
  fstatfs: rows(s.dec, t.statfsOut),
  lseek: rows(s.dec, s.long, s.choice(fcntl.seekNames)),
  copy_file_range: rows(s.dec, t.offsetIn, s.dec, t.offsetIn, s.size, s.hex),
  // Nothing here has a socket behind it: the address stays what it was.
  getpeername: rows(s.dec, s.pointer, t.intOut),
};

const memorySignatures: Readonly<Record<string, Signature>> = {
  brk: { shows: [s.pointer], result: hexResult },
  mmap: { shows: [s.pointer, s.size, protection, mapFlags, s.dec, offset], result: hexResult },
  mremap: {
    shows: [
      s.pointer,
      s.size,
      s.size,
      s.flags(mman.mremapFlagNames),
      {
        at: 'entry',
        comma: 'own',
        text: (call) => ((call.int(3) & mman.MREMAP_FIXED) === 0 ? '' : `, ${s.pointerOf(call.address(4))}`),
      },
    ],
    result: hexResult,
  },
  mprotect: rows(s.pointer, s.size, protection),
  munmap: rows(s.pointer, s.size),
  madvise: rows(s.pointer, s.size, s.choice(mman.adviceNames)),
  msync: rows(s.pointer, s.size, s.flags(mman.msyncFlagNames)),
};

const processSignatures: Readonly<Record<string, Signature>> = {
  execve: rows(s.path, t.stringsIn, t.environmentIn),
  execveat: rows(s.dirfd, s.path, t.stringsIn, t.environmentIn, atFlags),
  clone: rows(
    s.entry((call) => `child_stack=${s.pointerOf(call.address(1))}`),
    cloneFlags,
    cloneRest,
  ),
  wait4: rows(s.dec, t.waitStatusOut, waitFlags, t.rusageOut),
  arch_prctl: rows(s.choice(archPrctlNames), s.pointer),
  prctl: rows(s.choice(prctlNames), prctlRest),
  rseq: rows(s.pointer, s.hex, s.dec, s.hex),
  set_robust_list: rows(s.pointer, s.size),
  futex: rows(s.pointer, futexOperation, s.unsigned, futexRest),
  prlimit64: rows(s.dec, s.choice(rlimitNames), t.rlimitIn, t.rlimitOut),
  getrlimit: rows(s.choice(rlimitNames), t.rlimitOut),
  setrlimit: rows(s.choice(rlimitNames), t.rlimitIn),
  getrusage: rows(s.choice(rusageNames), t.rusageOut),
  sysinfo: rows(t.sysinfoOut),
  uname: rows(t.utsnameOut),
  getrandom: rows(s.randomOutput, s.size, s.flags({ GRND_NONBLOCK: 1, GRND_RANDOM: 2, GRND_INSECURE: 4 })),
  sethostname: rows(s.input, s.size),
  getresuid: rows(t.intOut, t.intOut, t.intOut),
  getresgid: rows(t.intOut, t.intOut, t.intOut),
};

const signalSignatures: Readonly<Record<string, Signature>> = {
  rt_sigaction: rows(signal, t.sigactionIn, t.sigactionOut, s.size),
  rt_sigprocmask: rows(s.choice(sigprocmaskNames), t.sigsetIn, t.sigsetOut, s.size),
  rt_sigpending: rows(t.sigsetOut, s.size),
  rt_sigsuspend: rows(t.sigsetIn, s.size),
  rt_sigreturn: rows(restoredMask),
  sigaltstack: rows(t.stackIn, t.stackOut),
  kill: rows(s.dec, signal),
  tkill: rows(s.dec, signal),
  tgkill: rows(s.dec, s.dec, signal),
};

const timeSignatures: Readonly<Record<string, Signature>> = {
  nanosleep: rows(t.timespecIn, remaining),
  clock_nanosleep: rows(s.choice(clockNames), s.flags(timerFlagNames), t.timespecIn, remaining),
  clock_gettime: rows(s.choice(clockNames), t.timespecOut),
  clock_getres: rows(s.choice(clockNames), t.timespecOut),
  gettimeofday: rows(t.timevalOut, s.pointer),
  times: { shows: [t.tmsOut], result: (_call, result) => String(result) },
  getitimer: rows(s.choice(itimerNames), t.itimervalOut),
  setitimer: rows(s.choice(itimerNames), t.itimervalIn, t.itimervalOut),
  timer_settime: rows(s.dec, s.flags(timerFlagNames), t.itimerspecIn, t.itimerspecOut),
  timer_gettime: rows(s.dec, t.itimerspecOut),
};

export const signatures: ReadonlyMap<string, Signature> = new Map(
  Object.entries({
    ...fileSignatures,
    ...memorySignatures,
    ...processSignatures,
    ...signalSignatures,
    ...timeSignatures,
  }),
);
