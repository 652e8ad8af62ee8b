/** fsync and its relatives, advice. What is written is at once in the file server; only a host tree has something to flush. */
import { EBADF, EINVAL, ESPIPE } from '../../abi/errno.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { linuxResult } from '../../status-errno.ts';
import { fd, flags, int, long, size, syscall } from '../../syscall.ts';
import type { Description } from '../description.ts';
import { readable, usable } from '../descriptors.ts';

const SYNC_FILE_RANGE_ALL = 7;
/** Source: include/uapi/linux/fs.h. */
const syncRangeNames = { SYNC_FILE_RANGE_WAIT_BEFORE: 1, SYNC_FILE_RANGE_WRITE: 2, SYNC_FILE_RANGE_WAIT_AFTER: 4 };

function fsync(thread: LinuxThread, fdNumber: number): number {
  const description = usable(thread, fdNumber);
  return typeof description === 'number' ? description : flush(description);
}

/** −EINVAL for what has nothing to be flushed. */
export function flush({ node }: Description): number {
  if (node === undefined || (node.kind !== NodeKind.File && node.kind !== NodeKind.Directory)) return -EINVAL;
  return linuxResult(node.flush?.() ?? 0);
}

function syncfs(thread: LinuxThread, fdNumber: number): number {
  return typeof usable(thread, fdNumber) === 'number' ? -EBADF : 0;
}

/** Source: fs/sync.c, sync_file_range. */
function syncFileRange(thread: LinuxThread, fdNumber: number, offset: number, length: number, how: number): number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  if ((how & ~SYNC_FILE_RANGE_ALL) !== 0 || offset < 0 || length < 0) return -EINVAL;
  const kind = description.node?.kind;
  return kind === NodeKind.File || kind === NodeKind.Directory ? flush(description) : -ESPIPE;
}

/** Advice needs no action; only its arguments are checked. */
function fadvise(thread: LinuxThread, fdNumber: number, _offset: number, length: number, advice: number): number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  if (description.node === undefined || description.node.kind === NodeKind.Fifo) return -ESPIPE;
  return length < 0 || advice < 0 || advice > 5 ? -EINVAL : 0;
}

function readahead(thread: LinuxThread, fdNumber: number): number {
  const description = readable(thread, fdNumber);
  if (typeof description === 'number') return description;
  return description.node?.kind === NodeKind.File ? 0 : -EINVAL;
}

export const syncCalls = [
  syscall(74, 'fsync', [fd('fd')], fsync),
  syscall(75, 'fdatasync', [fd('fd')], fsync),
  syscall(162, 'sync', [], () => 0),
  syscall(187, 'readahead', [fd('fd'), long('offset'), size('count')], readahead),
  syscall(221, 'fadvise64', [fd('fd'), long('offset'), long('len'), int('advice')], fadvise),
  syscall(
    277,
    'sync_file_range',
    [fd('fd'), long('offset'), long('nbytes'), flags('flags', syncRangeNames)],
    syncFileRange,
  ),
  syscall(306, 'syncfs', [fd('fd')], syncfs),
];
