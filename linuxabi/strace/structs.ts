/** Structures as strace shows them. Layouts come from linuxabi/abi. */
import { pollfdLayout } from '../abi/poll.ts';
import * as pollAbi from '../abi/poll.ts';
import * as stat from '../abi/stat.ts';
import * as sig from '../abi/signal.ts';
import {
  arrayAt,
  bytesAt,
  filled,
  flagsOf,
  given,
  hexOf,
  i32,
  i64,
  pointerOf,
  quote,
  stringAt,
  u32,
  u64,
} from './show.ts';
import { entry, exit } from './show.ts';
import type { CallView, Show, StructText } from './show.ts';

const fileTypes: Readonly<Record<number, string>> = {
  [stat.S_IFSOCK]: 'S_IFSOCK',
  [stat.S_IFLNK]: 'S_IFLNK',
  [stat.S_IFREG]: 'S_IFREG',
  [stat.S_IFBLK]: 'S_IFBLK',
  [stat.S_IFDIR]: 'S_IFDIR',
  [stat.S_IFCHR]: 'S_IFCHR',
  [stat.S_IFIFO]: 'S_IFIFO',
};

export function modeText(mode: number): string {
  const parts: string[] = [];
  const type = fileTypes[mode & stat.S_IFMT];
  if (type !== undefined) parts.push(type);
  if ((mode & stat.S_ISUID) !== 0) parts.push('S_ISUID');
  if ((mode & stat.S_ISGID) !== 0) parts.push('S_ISGID');
  if ((mode & stat.S_ISVTX) !== 0) parts.push('S_ISVTX');
  const bits = (mode & 0o777).toString(8).padStart(3, '0');
  parts.push(`0${bits}`);
  return parts.join('|');
}

/** A device number in its two parts. Source: include/linux/kdev_t.h, new_decode_dev. */
function deviceText(device: number): string {
  const major = Math.floor(device / 256) & 0xfff;
  const minor = (device & 0xff) | (Math.floor(device / 4096) & 0xfff00);
  return `makedev(${hexOf(major)}, ${hexOf(minor)})`;
}

const statText: StructText = (view) => {
  const mode = u32(view, stat.statLayout.st_mode);
  const type = mode & stat.S_IFMT;
  const second =
    type === stat.S_IFCHR || type === stat.S_IFBLK
      ? `st_rdev=${deviceText(u64(view, stat.statLayout.st_rdev))}`
      : `st_size=${i64(view, stat.statLayout.st_size)}`;
  return `{st_mode=${modeText(mode)}, ${second}, ...}`;
};
export const statOut = filled(stat.statLayout.size, statText);

export const timespecText: StructText = (view) => `{tv_sec=${i64(view, 0)}, tv_nsec=${i64(view, 8)}}`;
export const timevalText: StructText = (view) => `{tv_sec=${i64(view, 0)}, tv_usec=${i64(view, 8)}}`;
export const timespecIn = given(16, timespecText);
export const timespecOut = filled(16, timespecText);
export const timevalIn = given(16, timevalText);
export const timevalOut = filled(16, timevalText);
const itimervalText: StructText = (view, call) =>
  `{it_interval=${timevalText(slice(view, 0), call)}, it_value=${timevalText(slice(view, 16), call)}}`;
export const itimervalIn = given(32, itimervalText);
export const itimervalOut = filled(32, itimervalText);
const itimerspecText: StructText = (view, call) =>
  `{it_interval=${timespecText(slice(view, 0), call)}, it_value=${timespecText(slice(view, 16), call)}}`;
export const itimerspecIn = given(32, itimerspecText);
export const itimerspecOut = filled(32, itimerspecText);

function slice(view: DataView, offset: number): DataView {
  return new DataView(view.buffer, view.byteOffset + offset);
}

const UTIME_NAMES: Readonly<Record<number, string>> = {
  [stat.UTIME_NOW]: 'UTIME_NOW',
  [stat.UTIME_OMIT]: 'UTIME_OMIT',
};
/** utimensat's pair, with the date beside the seconds. */
export const utimes = entry((call, index) =>
  arrayAt(call, call.address(index), 2, 16, (view) => {
    const special = UTIME_NAMES[i64(view, 8)];
    if (special !== undefined) return special;
    const date = new Date(i64(view, 0) * 1000).toISOString().slice(0, 19);
    const fraction = i64(view, 8) === 0 ? '' : `.${String(i64(view, 8)).padStart(9, '0')}`;
    return `{tv_sec=${i64(view, 0)}, tv_nsec=${i64(view, 8)}} /* ${date}${fraction}+0000 */`;
  }),
);

/** Sets above two thirds are shown by what they lack. Source: strace's sprintsigmask_n. */
const INVERTED_FROM = 42;
export const sigsetText: StructText = (view) => {
  const members: number[] = [];
  const missing: number[] = [];
  for (let signal = 1; signal <= sig._NSIG; signal++) {
    const word = u32(view, signal > 32 ? 4 : 0);
    ((word >>> ((signal - 1) & 31)) & 1 ? members : missing).push(signal);
  }
  const inverted = members.length >= INVERTED_FROM;
  const names = (inverted ? missing : members).map((signal) => sig.signalName(signal).replace(/^SIG/, ''));
  return `${inverted ? '~' : ''}[${names.join(' ')}]`;
};
export const sigsetIn = given(8, sigsetText);
export const sigsetOut = filled(8, sigsetText);

const actionFlags = {
  SA_RESTORER: sig.SA_RESTORER,
  SA_ONSTACK: sig.SA_ONSTACK,
  SA_RESTART: sig.SA_RESTART,
  SA_NODEFER: sig.SA_NODEFER,
  SA_RESETHAND: sig.SA_RESETHAND,
  SA_SIGINFO: sig.SA_SIGINFO,
  SA_NOCLDSTOP: sig.SA_NOCLDSTOP,
  SA_NOCLDWAIT: sig.SA_NOCLDWAIT,
};
const sigactionText: StructText = (view, call) => {
  const layout = sig.kernel_sigaction;
  const handler = u64(view, layout.sa_handler);
  const bits = u32(view, layout.sa_flags);
  const name = handler === 0 ? 'SIG_DFL' : handler === 1 ? 'SIG_IGN' : hexOf(handler);
  const mask = sigsetText(slice(view, layout.sa_mask), call);
  const restorer = (bits & sig.SA_RESTORER) === 0 ? '' : `, sa_restorer=${hexOf(u64(view, layout.sa_restorer))}`;
  // A program that sign-extends SA_RESETHAND sets the upper half too.
  const upper = u32(view, layout.sa_flags + 4);
  const flags = upper === 0 ? flagsOf(bits, actionFlags) : `${flagsOf(bits, actionFlags, '')}|${hexOf(upper)}00000000`;
  return `{sa_handler=${name}, sa_mask=${mask}, sa_flags=${flags}${restorer}}`;
};
export const sigactionIn = given(sig.kernel_sigaction.size, sigactionText);
export const sigactionOut = filled(sig.kernel_sigaction.size, sigactionText);

const stackFlags = { SS_ONSTACK: sig.SS_ONSTACK, SS_DISABLE: sig.SS_DISABLE, SS_AUTODISARM: sig.SS_AUTODISARM };
const stackText: StructText = (view) =>
  `{ss_sp=${pointerOf(u64(view, 0))}, ss_flags=${flagsOf(i32(view, 8), stackFlags)}, ss_size=${u64(view, 16)}}`;
export const stackIn = given(sig.stack_t.size, stackText);
export const stackOut = filled(sig.stack_t.size, stackText);

function limitText(value: bigint): string {
  if (value === 2n ** 64n - 1n) return 'RLIM64_INFINITY';
  return value > 1024n && value % 1024n === 0n ? `${value / 1024n}*1024` : String(value);
}
const rlimitText: StructText = (view) =>
  `{rlim_cur=${limitText(view.getBigUint64(0, true))}, rlim_max=${limitText(view.getBigUint64(8, true))}}`;
export const rlimitIn = given(16, rlimitText);
export const rlimitOut = filled(16, rlimitText);

export const rusageOut = filled(
  144,
  (view, call) => `{ru_utime=${timevalText(view, call)}, ru_stime=${timevalText(slice(view, 16), call)}, ...}`,
);

const UTSNAME_FIELD = 65;
export const utsnameOut = filled(UTSNAME_FIELD * 2, (view) => {
  const field = (at: number): string => {
    const bytes = new Uint8Array(view.buffer, at * UTSNAME_FIELD, UTSNAME_FIELD);
    return quote(bytes.subarray(0, bytes.indexOf(0)));
  };
  return `{sysname=${field(0)}, nodename=${field(1)}, ...}`;
});

export const sysinfoOut = filled(112, (view) => {
  const loads = [8, 16, 24].map((offset) => u64(view, offset)).join(', ');
  const names = ['totalram', 'freeram', 'sharedram', 'bufferram', 'totalswap', 'freeswap'];
  const memory = names.map((name, i) => `${name}=${u64(view, 32 + 8 * i)}`).join(', ');
  const high = `totalhigh=${u64(view, 88)}, freehigh=${u64(view, 96)}, mem_unit=${u32(view, 104)}`;
  return `{uptime=${i64(view, 0)}, loads=[${loads}], ${memory}, procs=${view.getUint16(80, true)}, ${high}}`;
});

export const tmsOut = filled(
  32,
  (view) =>
    `{tms_utime=${i64(view, 0)}, tms_stime=${i64(view, 8)}, tms_cutime=${i64(view, 16)}, tms_cstime=${i64(view, 24)}}`,
);

const fileSystems: Readonly<Record<number, string>> = {
  [stat.TMPFS_MAGIC]: 'TMPFS_MAGIC',
  [stat.PROC_SUPER_MAGIC]: 'PROC_SUPER_MAGIC',
  [stat.DEVPTS_SUPER_MAGIC]: 'DEVPTS_SUPER_MAGIC',
  [stat.EXT4_SUPER_MAGIC]: 'EXT2_SUPER_MAGIC',
  [stat.OVERLAYFS_SUPER_MAGIC]: 'OVERLAYFS_SUPER_MAGIC',
  [stat.PIPEFS_MAGIC]: 'PIPEFS_MAGIC',
};
const mountFlags = {
  ST_VALID: 0x20,
  ST_RDONLY: 1,
  ST_NOSUID: 2,
  ST_NODEV: 4,
  ST_NOEXEC: 8,
  ST_SYNCHRONOUS: 16,
  ST_NOATIME: 1024,
  ST_NODIRATIME: 2048,
  ST_RELATIME: 4096,
};
export const statfsOut = filled(stat.statfsLayout.size, (view) => {
  const layout = stat.statfsLayout;
  const counts = (['f_bsize', 'f_blocks', 'f_bfree', 'f_bavail', 'f_files', 'f_ffree'] as const)
    .map((name) => `${name}=${u64(view, layout[name])}`)
    .join(', ');
  const type = u64(view, layout.f_type);
  const fsid = `{val=[${hexOf(u32(view, layout.f_fsid))}, ${hexOf(u32(view, layout.f_fsid + 4))}]}`;
  const ending = `f_namelen=${u64(view, layout.f_namelen)}, f_frsize=${u64(view, layout.f_frsize)}`;
  const bits = flagsOf(u64(view, layout.f_flags), mountFlags);
  return `{f_type=${fileSystems[type] ?? hexOf(type)}, ${counts}, f_fsid=${fsid}, ${ending}, f_flags=${bits}}`;
});

/** An int filled in, in brackets. */
export const intOut = filled(4, (view) => `[${i32(view, 0)}]`);
export const intsOut = (count: number): Show =>
  filled(4 * count, (view) => `[${Array.from({ length: count }, (_, i) => i32(view, 4 * i)).join(', ')}]`);
export const offsetIn = given(8, (view) => `[${i64(view, 0)}]`);

function statusText(status: number): string {
  const signal = status & 0x7f;
  if (status === 0xffff) return '{WIFCONTINUED(s)}';
  if ((status & 0xff) === 0x7f) return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${sig.signalName((status >> 8) & 0xff)}}`;
  if (signal === 0) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${(status >> 8) & 0xff}}`;
  const dumped = (status & 0x80) === 0 ? '' : ' && WCOREDUMP(s)';
  return `{WIFSIGNALED(s) && WTERMSIG(s) == ${sig.signalName(signal)}${dumped}}`;
}
export const waitStatusOut = exit((call, index) => {
  const address = call.address(index);
  // Nothing was stored when no child was ready.
  const view = call.failed || call.result === 0 ? undefined : call.bytes(address, 4);
  return view === undefined ? pointerOf(address) : `[${statusText(i32(view, 0))}]`;
});

const pollNames = {
  POLLIN: pollAbi.POLLIN,
  POLLPRI: pollAbi.POLLPRI,
  POLLOUT: pollAbi.POLLOUT,
  POLLRDNORM: pollAbi.POLLRDNORM,
  POLLWRNORM: pollAbi.POLLWRNORM,
  POLLRDBAND: pollAbi.POLLRDBAND,
  POLLWRBAND: pollAbi.POLLWRBAND,
  POLLERR: pollAbi.POLLERR,
  POLLHUP: pollAbi.POLLHUP,
  POLLNVAL: pollAbi.POLLNVAL,
  POLLRDHUP: pollAbi.POLLRDHUP,
};
export const pollfds = entry((call, index) =>
  arrayAt(call, call.address(index), call.int(index + 1) >>> 0, pollfdLayout.size, (view) => {
    const file = i32(view, pollfdLayout.fd);
    const events = flagsOf(view.getUint16(pollfdLayout.events, true), pollNames);
    return file < 0 ? `{fd=${file}}` : `{fd=${file}, events=${events}}`;
  }),
);
/** What poll found, as it stands behind the result. */
export function pollResult(call: CallView): string {
  const ready: string[] = [];
  for (let i = 0; i < call.int(1); i++) {
    const view = call.bytes(call.address(0) + i * pollfdLayout.size, pollfdLayout.size);
    const found = view?.getUint16(pollfdLayout.revents, true) ?? 0;
    if (found !== 0) ready.push(`{fd=${i32(view!, 0)}, revents=${flagsOf(found, pollNames)}}`);
  }
  return `[${ready.join(', ')}]`;
}

export const iovecIn = entry((call, index) =>
  arrayAt(
    call,
    call.address(index),
    call.int(index + 1),
    16,
    (view) => `{iov_base=${bytesAt(call, u64(view, 0), u64(view, 8))}, iov_len=${u64(view, 8)}}`,
  ),
);
export const iovecOut = exit((call, index) => {
  let left = call.failed ? 0 : call.result!;
  return arrayAt(call, call.address(index), call.int(index + 1), 16, (view) => {
    const length = Math.min(left, u64(view, 8));
    left -= length;
    const base = call.failed ? pointerOf(u64(view, 0)) : bytesAt(call, u64(view, 0), length);
    return `{iov_base=${base}, iov_len=${u64(view, 8)}}`;
  });
});

const POINTERS_SHOWN = 32;
/** argv: an array of strings that ends with a null pointer. */
export const stringsIn = entry((call, index) => {
  const address = call.address(index);
  const parts: string[] = [];
  if (address === 0) return 'NULL';
  for (let i = 0; ; i++) {
    const view = call.bytes(address + 8 * i, 8);
    if (view === undefined) return hexOf(address);
    if (u64(view, 0) === 0) break;
    if (i === POINTERS_SHOWN) {
      parts.push('...');
      break;
    }
    parts.push(stringAt(call, u64(view, 0)));
  }
  return `[${parts.join(', ')}]`;
});
/** envp: only how many there are. */
export const environmentIn = entry((call, index) => {
  const address = call.address(index);
  if (address === 0) return 'NULL';
  let count = 0;
  for (;;) {
    const view = call.bytes(address + 8 * count, 8);
    if (view === undefined) return hexOf(address);
    if (u64(view, 0) === 0) break;
    count++;
  }
  return `${hexOf(address)} /* ${count} var${count === 1 ? '' : 's'} */`;
});

export const entriesOut = exit((call, index) => {
  const address = call.address(index);
  if (call.failed) return pointerOf(address);
  let count = 0;
  for (let at = 0; at < call.result!; count++) {
    const length = call.bytes(address + at + stat.dirent64Layout.d_reclen, 2)?.getUint16(0, true) ?? 0;
    if (length === 0) break;
    at += length;
  }
  return `${pointerOf(address)} /* ${count} entr${count === 1 ? 'y' : 'ies'} */`;
});

export const modeArgument = entry((call, index) => modeText(call.int(index)));
/** At least three octal digits. */
export const permissions = entry((call, index) => {
  const digits = (call.int(index) & 0xffff).toString(8);
  return digits.length < 3 ? digits.padStart(3, '0') : `0${digits}`;
});
