/** fallocate: storage ahead of writing, holes, ranges taken out and put in. Source: fallocate(2); fs/open.c, vfs_fallocate; fs/ext4/extents.c. */
import { NodeKind, punchHole } from '../../../kernel/file-server.ts';
import type { FileNode } from '../../../kernel/file-server.ts';
import { contentOf, writeContent } from '../../../kernel/file-server.ts';
import { EBADF, EFBIG, EINVAL, EISDIR, ENODEV, EOPNOTSUPP, EPERM, ESPIPE } from '../../abi/errno.ts';
import {
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_WRITE,
  FALLOC_FL_COLLAPSE_RANGE,
  FALLOC_FL_INSERT_RANGE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_ZERO_RANGE,
  fallocateNames,
} from '../../abi/fcntl.ts';
import { IN_MODIFY } from '../../abi/inotify.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { linuxResult } from '../../status-errno.ts';
import { fd, flags, long, syscall } from '../../syscall.ts';
import { usable } from '../descriptors.ts';
import { factoriesOf } from '../opening.ts';
import { resize } from '../resize.ts';
import { dropPrivilegeBits } from '../transfer.ts';

const BLOCK = 4096;
/** Largest file of ext4 with blocks of 4 KiB. */
const MAX_BYTES = 2 ** 44 - BLOCK;
/** Modes that exclude each other, and whether FALLOC_FL_KEEP_SIZE may (1) or must (2) come with them. */
const KEEP_RULES: Readonly<Record<number, 0 | 1 | 2>> = {
  0: 1,
  [FALLOC_FL_PUNCH_HOLE]: 2,
  [FALLOC_FL_ZERO_RANGE]: 1,
  [FALLOC_FL_COLLAPSE_RANGE]: 0,
  [FALLOC_FL_INSERT_RANGE]: 0,
};

interface Range {
  readonly offset: number;
  readonly length: number;
  readonly keepsSize: boolean;
}

function fallocate(thread: LinuxThread, fdNumber: number, mode: number, offset: number, length: number): number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  if (offset < 0 || length <= 0) return -EINVAL;
  const what = mode & ~FALLOC_FL_KEEP_SIZE;
  const keepsSize = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  const rule = KEEP_RULES[what];
  if (rule === undefined || (rule === 0 && keepsSize) || (rule === 2 && !keepsSize)) return -EOPNOTSUPP;
  if (!description.canWrite) return -EBADF;
  const { node } = description;
  if (node === undefined || node.kind === NodeKind.Fifo) return -ESPIPE;
  if (node.kind === NodeKind.Directory) return -EISDIR;
  if (node.kind !== NodeKind.File) return -ENODEV;
  if (offset + length > MAX_BYTES) return -EFBIG;
  const sealed = sealedAgainst(thread, node, what, offset + length);
  if (sealed < 0) return sealed;
  factoriesOf(thread).aboutToChange(node);
  dropPrivilegeBits(thread, description);
  const result = change(thread, node, what, { offset, length, keepsSize });
  if (result >= 0) {
    node.setAttributes({ modifiedNs: thread.machine.clock.realtimeNs() });
    description.notify(IN_MODIFY);
  }
  return result;
}

function change(thread: LinuxThread, node: FileNode, what: number, range: Range): number {
  const { offset, length } = range;
  const size = node.attributes().sizeBytes;
  switch (what) {
    case FALLOC_FL_PUNCH_HOLE:
      return linuxResult(punchHole(node, offset, length));
    case FALLOC_FL_ZERO_RANGE: {
      if (onTmpfs(node)) return -EOPNOTSUPP;
      const status = punchHole(node, offset, length);
      return status === 0 ? reserve(thread, node, size, range) : linuxResult(status);
    }
    case FALLOC_FL_COLLAPSE_RANGE:
      if (onTmpfs(node)) return -EOPNOTSUPP;
      if (offset % BLOCK !== 0 || length % BLOCK !== 0 || offset + length >= size) return -EINVAL;
      return collapse(thread, node, size, range);
    case FALLOC_FL_INSERT_RANGE:
      if (onTmpfs(node)) return -EOPNOTSUPP;
      if (offset % BLOCK !== 0 || length % BLOCK !== 0 || offset >= size) return -EINVAL;
      return insert(thread, node, size, range);
    default:
      return reserve(thread, node, size, range);
  }
}

function sealedAgainst(thread: LinuxThread, node: FileNode, what: number, end: number): number {
  const { seals } = thread.process.fs.system;
  if (what === FALLOC_FL_PUNCH_HOLE) return seals.has(node, F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) ? -EPERM : 0;
  return end > node.attributes().sizeBytes && seals.has(node, F_SEAL_GROW) ? -EPERM : 0;
}

/** tmpfs punches holes and no more. Source: mm/shmem.c, shmem_fallocate. */
function onTmpfs(node: FileNode): boolean {
  return node.server.type === 'tmpfs';
}

function reserve(thread: LinuxThread, node: FileNode, size: number, { offset, length, keepsSize }: Range): number {
  const grows = !keepsSize && offset + length > size;
  const refused = grows ? resize(thread, node, offset + length) : 0;
  if (refused < 0) return refused;
  const status = node.reserve?.(offset, length) ?? 0;
  if (status < 0 && grows) node.setAttributes({ sizeBytes: size });
  return linuxResult(status);
}

function collapse(thread: LinuxThread, node: FileNode, size: number, { offset, length }: Range): number {
  const buffer = thread.process.fs.system.transfer;
  for (let from = offset + length; from < size;) {
    const piece = buffer.subarray(0, Math.min(buffer.length, size - from));
    const failed = copyPiece(node, from, from - length, piece);
    if (failed < 0) return failed;
    from += piece.length;
  }
  return resize(thread, node, size - length);
}

/** From the end, so that nothing is overwritten before it has moved. */
function insert(thread: LinuxThread, node: FileNode, size: number, { offset, length }: Range): number {
  const refused = resize(thread, node, size + length);
  if (refused < 0) return refused;
  const buffer = thread.process.fs.system.transfer;
  for (let end = size; end > offset;) {
    const from = Math.max(offset, end - buffer.length);
    const failed = copyPiece(node, from, from + length, buffer.subarray(0, end - from));
    if (failed < 0) return failed;
    end = from;
  }
  return linuxResult(punchHole(node, offset, length));
}

function copyPiece(node: FileNode, from: number, to: number, piece: Uint8Array): number {
  const got = contentOf(node).read(from, piece);
  return got < 0 ? linuxResult(got) : linuxResult(writeContent(node, to, piece.subarray(0, got)));
}

export const allocateCalls = [
  syscall(285, 'fallocate', [fd('fd'), flags('mode', fallocateNames), long('offset'), long('len')], fallocate),
];
