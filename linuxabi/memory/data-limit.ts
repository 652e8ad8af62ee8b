/** RLIMIT_DATA: how much private writable memory a process may have. Source: mm/mmap.c, may_expand_vm, is_data_mapping. */
import { USER_LIMIT } from '../../cpu/address.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import { RegionFlag } from '../../kernel/memory/region.ts';
import { RLIMIT_DATA } from '../abi/resource.ts';
import type { LinuxThread } from '../process/thread.ts';

/** Whether the range [start, end), made private and writable, would be too much: what is data there already does not count. */
export function exceedsDataLimit(thread: LinuxThread, start: number, end: number): boolean {
  const limit = thread.process.limits.soft(RLIMIT_DATA);
  if (limit === Infinity) return false;
  let bytes = end - start;
  for (const region of thread.process.addressSpace.regions.overlapping(0, USER_LIMIT)) {
    const isData = region.isPrivate && (region.permissions & Permission.Write) !== 0;
    if (!isData || region.has(RegionFlag.GrowsDown)) continue;
    const shared = Math.max(0, Math.min(end, region.end) - Math.max(start, region.start));
    bytes += region.end - region.start - shared;
  }
  return bytes > limit;
}
