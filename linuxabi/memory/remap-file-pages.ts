/** remap_file_pages, which Linux too has become a mapping of its own for. Source: remap_file_pages(2); mm/mmap.c. */
import { PAGE_SIZE, USER_LIMIT, pageFloor } from '../../cpu/address.ts';
import { Placement } from '../../kernel/memory/address-space.ts';
import { EINVAL } from '../abi/errno.ts';
import { mapFlagNames } from '../abi/mman.ts';
import type { LinuxThread } from '../process/thread.ts';
import { linuxResult } from '../status-errno.ts';
import { flags, pointer, size, syscall, ulong } from '../syscall.ts';
import { touch } from './mapping.ts';

function remap(thread: LinuxThread, address: number, sizeBytes: number, protection: number, page: number): number {
  const start = pageFloor(address);
  const lengthBytes = pageFloor(sizeBytes);
  if (protection !== 0 || lengthBytes === 0 || start + lengthBytes > USER_LIMIT) return -EINVAL;
  const { addressSpace: space } = thread.process;
  const { regions } = space;
  const region = regions.find(start);
  if (region === undefined || region.isPrivate) return -EINVAL;
  const end = start + lengthBytes;
  const isWhole = regions.isCovered(start, end);
  const { object } = region.attributes;
  if (!isWhole || regions.overlapping(start, end).some((other) => other.attributes.object !== object)) return -EINVAL;
  const mapped = space.map({
    ...region.attributes,
    placement: Placement.Fixed,
    address: start,
    lengthBytes,
    offset: page * PAGE_SIZE,
  });
  if (mapped < 0) return linuxResult(mapped);
  touch(space, start, lengthBytes, region.permissions);
  return 0;
}

export const remapFilePages = syscall(
  216,
  'remap_file_pages',
  [pointer('addr'), size('size'), ulong('prot'), size('pgoff'), flags('flags', mapFlagNames)],
  remap,
);
