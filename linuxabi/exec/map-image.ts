/**
 * Maps the segments of an ELF image into an address space. By now the old program is gone: whatever fails here ends
 * the process, so the answers are only "done" and "failed".
 * Source: fs/binfmt_elf.c, elf_load, elf_map, padzero, load_elf_binary.
 */
import { PAGE_SIZE, guestAddress, pageCeil, pageFloor } from '../../cpu/address.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import { Placement } from '../../kernel/memory/address-space.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import type { MemoryObject } from '../../kernel/memory/memory-object.ts';
import type { MemorySystem } from '../../kernel/memory/memory-system.ts';
import type { Reference } from '../../kernel/reference.ts';
import { ET_DYN, PF_R, PF_W, PF_X } from '../abi/elf.ts';
import type { Segment } from './elf-image.ts';
import type { LoadableFile } from './resolve-program.ts';

export interface MappedImage {
  /** Added to every address in the file. */
  readonly bias: number;
  readonly entry: number;
  /** Where the program headers are in memory; 0 when no segment holds them. */
  readonly headers: number;
  /** First byte past the highest segment. */
  readonly end: number;
}

/** Where an image that can go anywhere is put. */
export const ImagePlace = {
  /** The program itself: from the layout's image base up. */
  Base: 0,
  /** A dynamic linker: among the mappings. */
  Mappings: 1,
} as const;
export type ImagePlace = (typeof ImagePlace)[keyof typeof ImagePlace];

/** Undefined when the image can't be mapped as it asks. */
export function mapImage(
  system: MemorySystem,
  space: AddressSpace,
  file: LoadableFile,
  place: ImagePlace,
): MappedImage | undefined {
  const { image } = file;
  const bias = image.type === ET_DYN ? chooseBias(space, image.segments, place) : 0;
  if (bias === undefined) return undefined;
  const object = system.createFilePrivate(file.node);
  try {
    return mapSegments(space, file, object, bias);
  } finally {
    object.release();
  }
}

function mapSegments(
  space: AddressSpace,
  { image, path }: LoadableFile,
  object: Reference<MemoryObject>,
  bias: number,
): MappedImage | undefined {
  const { limit } = space.layout;
  let placement: Placement = Placement.FixedIfFree;
  let headers = 0;
  let end = 0;
  for (const segment of image.segments) {
    const { address, memoryBytes, fileBytes, offset } = segment;
    if (address >= limit || fileBytes > memoryBytes || memoryBytes > limit || limit - memoryBytes < address) {
      return undefined;
    }
    if (!mapSegment(space, segment, object, bias, placement, path)) return undefined;
    placement = Placement.Fixed;
    if (offset <= image.headersOffset && image.headersOffset < offset + fileBytes) {
      headers = image.headersOffset - offset + address + bias;
    }
    end = Math.max(end, address + memoryBytes + bias);
  }
  const entry = image.entry + bias;
  return entry < limit ? { bias, entry, headers, end } : undefined;
}

/** One segment: its pages of the file, then zeros to its size in memory. */
function mapSegment(
  space: AddressSpace,
  segment: Segment,
  object: Reference<MemoryObject>,
  bias: number,
  placement: Placement,
  label: string,
): boolean {
  const start = segment.address + bias;
  const inPage = start % PAGE_SIZE;
  const fileEnd = start + segment.fileBytes;
  const permissions = permissionsOf(segment.flags);
  if (segment.fileBytes > 0) {
    // The file must lie in its pages as it does in memory.
    if (segment.offset % PAGE_SIZE !== inPage) return false;
    const mapped = space.map({
      placement,
      address: pageFloor(start),
      lengthBytes: segment.fileBytes + inPage,
      permissions,
      object,
      offset: segment.offset - inPage,
      label,
    });
    if (mapped < 0) return false;
  }
  if (segment.memoryBytes <= segment.fileBytes) return true;
  if (segment.fileBytes > 0 && !zeroTail(space, fileEnd) && (segment.flags & PF_W) !== 0) return false;
  const zeroStart = segment.fileBytes > 0 ? pageCeil(fileEnd) : pageFloor(start);
  const lengthBytes = pageCeil(start + segment.memoryBytes) - zeroStart;
  if (lengthBytes <= 0) return true;
  // Linux makes these pages writable whatever the segment says.
  const zeroPermissions = Permission.Read | Permission.Write | (permissions & Permission.Execute);
  const request = { address: zeroStart, lengthBytes, permissions: zeroPermissions };
  return space.mapAnonymous({ placement: Placement.Fixed, ...request }) >= 0;
}

/** What follows the file's last byte in its page belongs to the zero-filled part. */
function zeroTail(space: AddressSpace, fileEnd: number): boolean {
  const length = pageCeil(fileEnd) - fileEnd;
  return space.memory.write(guestAddress(fileEnd), new Uint8Array(length)) === length;
}

function permissionsOf(flags: number): number {
  let permissions: number = Permission.None;
  if (flags & PF_R) permissions |= Permission.Read;
  if (flags & PF_W) permissions |= Permission.Write;
  if (flags & PF_X) permissions |= Permission.Execute;
  return permissions;
}

function chooseBias(space: AddressSpace, segments: readonly Segment[], place: ImagePlace): number | undefined {
  const [first] = segments;
  if (first === undefined) return place === ImagePlace.Base ? 0 : undefined;
  const low = Math.min(...segments.map((segment) => pageFloor(segment.address)));
  const high = Math.max(...segments.map((segment) => segment.address + segment.memoryBytes));
  const lengthBytes = pageCeil(high - low);
  if (lengthBytes === 0 || lengthBytes > space.layout.limit) return undefined;
  const alignment = Math.max(PAGE_SIZE, ...segments.map((segment) => usableAlignment(segment.alignment)));
  // Room to align in.
  const room = lengthBytes + (alignment - PAGE_SIZE);
  const hint = place === ImagePlace.Base ? space.layout.imageBase : 0;
  const start = space.findPlace(room, hint);
  if (start < 0) return undefined;
  return Math.ceil(start / alignment) * alignment - low;
}

/** Alignments that are no power of two count as none. Source: fs/binfmt_elf.c, maximum_alignment. */
function usableAlignment(alignment: number): number {
  return alignment > 0 && Number.isInteger(Math.log2(alignment)) ? alignment : 1;
}
