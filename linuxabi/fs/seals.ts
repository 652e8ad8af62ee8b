/**
 * Seals of files in memory: what may never again be done to them, by whoever has them open. Source: fcntl(2), "File Sealing"; mm/memfd.c,
 * mm/shmem.c.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { EBUSY, EINVAL, EPERM } from '../abi/errno.ts';
import {
  F_ALL_SEALS,
  F_SEAL_EXEC,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
} from '../abi/fcntl.ts';
import type { Machine } from '../machine.ts';
import type { Description } from './description.ts';

const WRITING = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
const EXECUTABLE = 0o111;

/** The seals of the files that can have some. */
export class Seals {
  readonly #ofFile = new WeakMap<FileNode, number>();
  #inUse = false;

  /** There is a file with seals. */
  get inUse(): boolean {
    return this.#inUse;
  }

  /** From now on the file has seals, these at first. */
  begin(node: FileNode, seals: number): void {
    this.#ofFile.set(node, seals);
    this.#inUse = true;
  }

  /** Undefined for files that can't be sealed. Files of a tmpfs can't be, which is a seal too. */
  of(node: FileNode): number | undefined {
    return this.#ofFile.get(node) ?? (node.server.type === 'tmpfs' ? F_SEAL_SEAL : undefined);
  }

  has(node: FileNode, seals: number): boolean {
    return ((this.#ofFile.get(node) ?? 0) & seals) !== 0;
  }

  /** How many of the bytes may be written at a position, or −EPERM. What would grow the file is refused by whole pages. */
  writable(node: FileNode, position: number, length: number): number {
    const seals = this.#ofFile.get(node) ?? 0;
    if ((seals & (WRITING | F_SEAL_GROW)) === 0 || length === 0) return length;
    if ((seals & WRITING) !== 0) return -EPERM;
    const { sizeBytes } = node.attributes();
    if (position + length <= sizeBytes) return length;
    const room = Math.floor(sizeBytes / PAGE_SIZE) * PAGE_SIZE - position;
    return room > 0 ? room : -EPERM;
  }

  /** −EPERM for a size that a seal forbids. */
  refusesSize(node: FileNode, sizeBytes: number): number {
    const seals = this.#ofFile.get(node) ?? 0;
    if ((seals & (F_SEAL_SHRINK | F_SEAL_GROW)) === 0) return 0;
    const now = node.attributes().sizeBytes;
    if (sizeBytes < now && (seals & F_SEAL_SHRINK) !== 0) return -EPERM;
    return sizeBytes > now && (seals & F_SEAL_GROW) !== 0 ? -EPERM : 0;
  }

  /** −EPERM for a mode that makes the file executable, or no longer so, against its seal. */
  refusesMode(node: FileNode, permissions: number): number {
    if (!this.has(node, F_SEAL_EXEC)) return 0;
    return ((node.attributes().permissions ^ permissions) & EXECUTABLE) !== 0 ? -EPERM : 0;
  }
}

/** F_ADD_SEALS. */
export function addSeals(machine: Machine, seals: Seals, description: Description, added: number): number {
  const { node } = description;
  const before = node && seals.of(node);
  if (node === undefined || before === undefined) return -EINVAL;
  if (!description.canWrite) return -EPERM;
  if ((added & ~F_ALL_SEALS) !== 0) return -EINVAL;
  if ((before & F_SEAL_SEAL) !== 0) return -EPERM;
  if ((added & F_SEAL_WRITE) !== 0 && (before & F_SEAL_WRITE) === 0 && isWritablyMapped(machine, node)) return -EBUSY;
  const isExecutable = (node.attributes().permissions & EXECUTABLE) !== 0;
  // An executable file that stays one stays as it is. Source: memfd_add_seals.
  const more = (added & F_SEAL_EXEC) !== 0 && isExecutable ? F_SEAL_SHRINK | F_SEAL_GROW | WRITING : 0;
  seals.begin(node, before | added | more);
  return 0;
}

function isWritablyMapped(machine: Machine, node: FileNode): boolean {
  for (const space of machine.kernel.memory.spaces) {
    for (const region of space.regions) {
      if (region.object.node !== node || region.isPrivate) continue;
      if ((region.attributes.allowed & Permission.Write) !== 0) return true;
    }
  }
  return false;
}

/** The most a shared mapping of the file may be allowed; −EPERM when less is asked for. */
export function sealedPermissions(seals: Seals, node: FileNode, wanted: number, most: number): number {
  if (!seals.has(node, WRITING)) return most;
  return (wanted & Permission.Write) !== 0 ? -EPERM : most & ~Permission.Write;
}
