/** Calls on files and descriptors. */
import * as fcntl from '../../abi/fcntl.ts';
import * as s from '../show.ts';
import type { CallView, Show } from '../show.ts';
import * as t from '../structs.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';
import { fcntlArgument, fcntlResult, openFlagsText } from '../fcntl.ts';
import { request, requestArgument } from '../ioctl.ts';
import { statxFlags, statxMasks, statxOut } from '../statx.ts';

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

/** Behind the position, whose upper half is an argument of its own that x86-64 does not use. */
const vectorFlags = s.entry((call, index) => s.flagsOf(call.int(index + 1), fcntl.rwfNames));
const spliceFlags = s.flags({ SPLICE_F_MOVE: 1, SPLICE_F_NONBLOCK: 2, SPLICE_F_MORE: 4, SPLICE_F_GIFT: 8 });
const xattrFlags = s.flags({ XATTR_CREATE: 1, XATTR_REPLACE: 2 });
const fileAdvice = {
  POSIX_FADV_NORMAL: 0,
  POSIX_FADV_RANDOM: 1,
  POSIX_FADV_SEQUENTIAL: 2,
  POSIX_FADV_WILLNEED: 3,
  POSIX_FADV_DONTNEED: 4,
  POSIX_FADV_NOREUSE: 5,
};
/** sendfile's position: before, and after when it moved. */
const movedOffset: Show = {
  at: 'entry',
  text: t.offsetIn.text,
  after: (call, index) => (call.failed || call.address(index) === 0 ? '' : ` => ${t.offsetIn.text(call, index)}`),
};
const octalResult = (_call: CallView, result: number): string =>
  result
    .toString(8)
    .padStart(3, '0')
    .replace(/^(?!0)/, '0');

export const fileSignatures: Signatures = {
  read: rows(s.dec, s.output, s.size),
  pread64: rows(s.dec, s.output, s.size, s.long),
  write: rows(s.dec, s.input, s.size),
  pwrite64: rows(s.dec, s.input, s.size, s.long),
  readv: rows(s.dec, t.iovecOut, s.unsigned),
  writev: rows(s.dec, t.iovecIn, s.unsigned),
  preadv: rows(s.dec, t.iovecOut, s.unsigned, s.long),
  pwritev: rows(s.dec, t.iovecIn, s.unsigned, s.long),
  preadv2: rows(s.dec, t.iovecOut, s.unsigned, s.long, vectorFlags),
  pwritev2: rows(s.dec, t.iovecIn, s.unsigned, s.long, vectorFlags),
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
  ioctl: rows(s.dec, request, requestArgument),
  fcntl: { shows: [s.dec, s.choice(fcntl.fcntlNames), fcntlArgument], result: fcntlResult },
  sendfile: rows(s.dec, s.dec, movedOffset, s.size),
  splice: rows(s.dec, t.offsetIn, s.dec, t.offsetIn, s.size, spliceFlags),
  tee: rows(s.dec, s.dec, s.size, spliceFlags),
  vmsplice: rows(s.dec, t.iovecIn, s.unsigned, spliceFlags),
  statx: rows(s.dirfd, s.path, statxFlags, s.flags(statxMasks), statxOut),
  close_range: rows(s.unsigned, s.unsigned, s.flags({ CLOSE_RANGE_UNSHARE: 2, CLOSE_RANGE_CLOEXEC: 4 })),
  getxattr: rows(s.path, s.string, s.output, s.size),
  lgetxattr: rows(s.path, s.string, s.output, s.size),
  fgetxattr: rows(s.dec, s.string, s.output, s.size),
  setxattr: rows(s.path, s.string, s.input, s.size, xattrFlags),
  lsetxattr: rows(s.path, s.string, s.input, s.size, xattrFlags),
  fsetxattr: rows(s.dec, s.string, s.input, s.size, xattrFlags),
  listxattr: rows(s.path, s.output, s.size),
  llistxattr: rows(s.path, s.output, s.size),
  flistxattr: rows(s.dec, s.output, s.size),
  removexattr: rows(s.path, s.string),
  lremovexattr: rows(s.path, s.string),
  fremovexattr: rows(s.dec, s.string),
  fadvise64: rows(s.dec, s.long, s.size, s.choice(fileAdvice, 'POSIX_FADV_???')),
  sync_file_range: rows(
    s.dec,
    s.long,
    s.long,
    s.flags({
      SYNC_FILE_RANGE_WAIT_BEFORE: 1,
      SYNC_FILE_RANGE_WRITE: 2,
      SYNC_FILE_RANGE_WAIT_AFTER: 4,
    }),
  ),
  memfd_create: rows(s.string, s.flags({ MFD_CLOEXEC: 1, MFD_ALLOW_SEALING: 2, MFD_HUGETLB: 4 })),
  inotify_init1: rows(s.flags({ IN_CLOEXEC: fcntl.O_CLOEXEC, IN_NONBLOCK: fcntl.O_NONBLOCK })),
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
  lseek: rows(s.dec, s.long, s.choice(fcntl.seekNames, 'SEEK_???')),
  copy_file_range: rows(s.dec, t.offsetIn, s.dec, t.offsetIn, s.size, s.hex),
};
