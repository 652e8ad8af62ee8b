/** process_vm_readv(2), process_vm_writev(2), kcmp(2): looking into other processes. Source: mm/process_vm_access.c, kernel/kcmp.c. */
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { EBADF, EFAULT, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { readSegments } from '../fs/descriptors.ts';
import type { Segment } from '../fs/transfer.ts';
import { choice, int, pointer, syscall, ulong, partial } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import type { LinuxProcess } from './process.ts';
import { mayAccess } from './ptrace-access.ts';
import type { LinuxThread } from './thread.ts';

type Direction = 'read' | 'write';

interface Vectors {
  readonly local: GuestAddress;
  readonly localCount: number;
  readonly remote: GuestAddress;
  readonly remoteCount: number;
}

const lengthOf = (segments: readonly Segment[]): number => segments.reduce((sum, { length }) => sum + length, 0);

function processVm(thread: LinuxThread, pid: number, vectors: Vectors, vmFlags: number, direction: Direction): number {
  if (vmFlags !== 0) return -EINVAL;
  const local = readSegments(thread, vectors.local, vectors.localCount);
  if (typeof local === 'number') return local;
  if (lengthOf(local) === 0) return 0;
  const remote = readSegments(thread, vectors.remote, vectors.remoteCount);
  if (typeof remote === 'number') return remote;
  if (lengthOf(remote) === 0) return 0;
  const target = thread.machine.tasks.find(pid)?.process;
  if (target === undefined) return -ESRCH;
  if (!mayAccess(thread, target, 'real')) return -EPERM;
  if (target.image === undefined) return -ESRCH;
  return copy(thread, target, local, remote, direction);
}

/** Goes through both lists at once, never over a page's end; what was copied counts when a page can't be reached. */
function copy(
  thread: LinuxThread,
  target: LinuxProcess,
  local: readonly Segment[],
  remote: readonly Segment[],
  direction: Direction,
): number {
  const other = target.addressSpace.memory;
  const [from, to] = direction === 'read' ? [other, thread.memory] : [thread.memory, other];
  const here = new Cursor(local);
  const there = new Cursor(remote);
  let done = 0;
  while (!here.atEnd && !there.atEnd) {
    const bytes = new Uint8Array(Math.min(here.room, there.room));
    const [source, destination] = direction === 'read' ? [there, here] : [here, there];
    const readable = from.read(guestAddress(source.address), bytes);
    const written = to.write(guestAddress(destination.address), bytes.subarray(0, readable));
    done += written;
    if (written < bytes.length) break;
    here.advance(written);
    there.advance(written);
  }
  return done === 0 ? -EFAULT : done;
}

/** A place in a list of segments. */
class Cursor {
  readonly #segments: readonly Segment[];
  #index = 0;
  #offset = 0;

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
    this.advance(0);
  }

  get atEnd(): boolean {
    return this.#index >= this.#segments.length;
  }

  get address(): number {
    return this.#segments[this.#index]!.address + this.#offset;
  }

  /** Bytes to the end of the segment or of the page. */
  get room(): number {
    const { address } = this;
    return Math.min(this.#segments[this.#index]!.length - this.#offset, PAGE_SIZE - (address % PAGE_SIZE));
  }

  advance(bytes: number): void {
    this.#offset += bytes;
    while (!this.atEnd && this.#offset >= this.#segments[this.#index]!.length) {
      this.#index++;
      this.#offset = 0;
    }
  }
}

const kcmpNames = {
  KCMP_FILE: 0,
  KCMP_VM: 1,
  KCMP_FILES: 2,
  KCMP_FS: 3,
  KCMP_SIGHAND: 4,
  KCMP_IO: 5,
  KCMP_SYSVSEM: 6,
  KCMP_EPOLL_TFD: 7,
} as const;

/** What of a process is compared, or −errno. */
function resourceOf(target: LinuxProcess, type: number, index: number): object | number {
  switch (type) {
    case kcmpNames.KCMP_FILE:
      return target.files.get(index) ?? -EBADF;
    case kcmpNames.KCMP_VM:
      return target.image ?? target;
    case kcmpNames.KCMP_FILES:
      return target.files;
    case kcmpNames.KCMP_FS:
      return target.fs;
    case kcmpNames.KCMP_SIGHAND:
      return target.signals.actions;
    // Nobody has an I/O context: all have the same none.
    case kcmpNames.KCMP_IO:
      return target.machine;
    case kcmpNames.KCMP_SYSVSEM:
      return target.machine;
    default:
      return -EINVAL;
  }
}

function kcmp(thread: LinuxThread, pids: readonly [number, number], type: number, indices: readonly [number, number]) {
  const { tasks, order } = thread.machine;
  const [first, second] = pids.map((pid) => tasks.find(pid)?.process);
  if (first === undefined || second === undefined) return -ESRCH;
  if (!mayAccess(thread, first, 'real') || !mayAccess(thread, second, 'real')) return -EPERM;
  const a = resourceOf(first, type, indices[0]);
  const b = resourceOf(second, type, indices[1]);
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return order.compare(a, b);
}

export const crossProcessSyscalls: readonly SyscallDefinition[] = [
  ...(['read', 'write'] as const).map((direction) =>
    syscall(
      direction === 'read' ? 310 : 311,
      `process_vm_${direction}v`,
      [int('pid'), pointer('lvec'), ulong('liovcnt'), pointer('rvec'), ulong('riovcnt'), ulong('flags')],
      (thread, pid, local, localCount, remote, remoteCount, vmFlags) =>
        processVm(thread, pid, { local, localCount, remote, remoteCount }, vmFlags, direction),
    ),
  ),
  syscall(
    312,
    'kcmp',
    [int('pid1'), int('pid2'), choice('type', kcmpNames), ulong('idx1'), ulong('idx2')],
    (thread, pid1, pid2, type, index1, index2) => kcmp(thread, [pid1, pid2], type, [index1, index2]),
    partial('KCMP_EPOLL_TFD answers EINVAL', 'semaphore undo lists are not told apart'),
  ),
];
