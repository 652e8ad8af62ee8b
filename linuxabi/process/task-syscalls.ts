/** execve(2), _exit(2) and what threads register with the kernel. */
import type { GuestAddress } from '../../cpu/address.ts';
import { guestAddress } from '../../cpu/address.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { E2BIG, EBADF, EINVAL, ELOOP, ENOENT, EPERM, ESRCH } from '../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../abi/fcntl.ts';
import { robust_list_head } from '../abi/futex.ts';
import { exiting } from '../ptrace/events.ts';
import { MAX_ARG_STRLEN } from '../exec/argument-limits.ts';
import type { Location } from '../fs/mount.ts';
import { Last } from '../fs/path-walk.ts';
import { readCString, readPointer, writeLong } from '../guest-string.ts';
import { fd, flags, int, path, pointer, size, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { execute } from './exec.ts';
import { exitGroup, exitThread, exitedStatus } from './exit.ts';
import { mayAccess } from './ptrace-access.ts';
import { registerRseq } from './rseq.ts';
import type { LinuxThread } from './thread.ts';

/** Pointers in an argument vector; far above what the stack limit lets through. */
const VECTOR_LIMIT = 2 ** 20;

const atNames = { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } as const;

/** A null-terminated array of strings; a null array is an empty one. −E2BIG when a string or the array is too long. */
function readVector(thread: LinuxThread, address: GuestAddress): readonly ByteString[] | number {
  const strings: ByteString[] = [];
  if (address === 0) return strings;
  for (let i = 0; i < VECTOR_LIMIT; i++) {
    const text = readPointer(thread.memory, guestAddress(address + i * 8));
    if (text === 0) return strings;
    const string = readCString(thread.memory, text, MAX_ARG_STRLEN);
    if (string === undefined) return -E2BIG;
    strings.push(string);
  }
  return -E2BIG;
}

function execveat(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  vectors: readonly [GuestAddress, GuestAddress],
  atFlags: number,
) {
  if ((atFlags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) return -EINVAL;
  const location = name === '' ? fileOfDescriptor(thread, dirfd, atFlags) : undefined;
  if (typeof location === 'number') return location;
  const argv = readVector(thread, vectors[0]);
  if (typeof argv === 'number') return argv;
  const envp = readVector(thread, vectors[1]);
  if (typeof envp === 'number') return envp;
  const last = (atFlags & AT_SYMLINK_NOFOLLOW) !== 0 ? Last.NoFollow : Last.Follow;
  return execute(thread, { dirfd, path: name, argv, envp, last, ...(location && { location }) });
}

function fileOfDescriptor(thread: LinuxThread, dirfd: number, atFlags: number): Location | number {
  if ((atFlags & AT_EMPTY_PATH) === 0) return -ENOENT;
  const description = thread.process.files.get(dirfd);
  if (description === undefined) return -EBADF;
  if (description.location === undefined) return -ENOENT;
  return description.node?.kind === NodeKind.SymbolicLink ? -ELOOP : description.location;
}

export const taskSyscalls: readonly SyscallDefinition[] = [
  syscall(59, 'execve', [path('filename'), pointer('argv'), pointer('envp')], (thread, name, argv, envp) =>
    name === '' ? -ENOENT : execveat(thread, AT_FDCWD, name, [argv, envp], 0),
  ),
  syscall(
    322,
    'execveat',
    [fd('dirfd'), path('filename'), pointer('argv'), pointer('envp'), flags('flags', atNames)],
    (thread, dirfd, name, argv, envp, atFlags) => execveat(thread, dirfd, name, [argv, envp], atFlags),
  ),
  syscall(60, 'exit', [int('status')], (thread, status) =>
    exiting(thread, exitedStatus(status), () => exitThread(thread, exitedStatus(status))),
  ),
  syscall(231, 'exit_group', [int('status')], (thread, status) =>
    exiting(thread, exitedStatus(status), () => exitGroup(thread.process, exitedStatus(status))),
  ),
  syscall(218, 'set_tid_address', [pointer('tidptr')], (thread, address) => {
    thread.clearChildTid = address;
    return thread.tid;
  }),
  syscall(273, 'set_robust_list', [pointer('head'), size('len')], (thread, head, length) => {
    if (length !== robust_list_head.size) return -EINVAL;
    thread.robustList = head;
    return 0;
  }),
  syscall(
    274,
    'get_robust_list',
    [int('pid'), pointer('head_ptr'), pointer('len_ptr')],
    (thread, tid, head, length) => {
      const target = tid === 0 ? thread : thread.machine.tasks.find(tid);
      if (target === undefined) return -ESRCH;
      if (!mayAccess(thread, target.process, 'real')) return -EPERM;
      writeLong(thread.memory, length, robust_list_head.size);
      writeLong(thread.memory, head, target.robustList);
      return 0;
    },
  ),
  syscall(334, 'rseq', [pointer('rseq'), uint('rseq_len'), int('flags'), uint('sig')], registerRseq),
];
