/** Which memory goes into a core file, and how the file is laid out. Source: core(5), "Controlling which mappings are written"; fs/coredump.c, vma_dump_size. */
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import { Access, Permission } from '../../cpu/memory/guest-memory.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { RegionFlag } from '../../kernel/memory/region.ts';
import type { Region } from '../../kernel/memory/region.ts';
import * as elf from '../abi/elf.ts';
import { isElf } from '../exec/elf-image.ts';

/** Bits of /proc/PID/coredump_filter. */
const Filter = { AnonymousPrivate: 1, AnonymousShared: 2, FilePrivate: 4, FileShared: 8, ElfHeaders: 16 } as const;

export interface CoreSegment {
  readonly region: Region;
  /** How much of it is in the file. */
  readonly fileBytes: number;
}

export function coreSegments(space: AddressSpace, filter: number): CoreSegment[] {
  return [...space.regions].map((region) => ({ region, fileBytes: dumpedBytes(space, region, filter) }));
}

function dumpedBytes(space: AddressSpace, region: Region, filter: number): number {
  const { start, end, object, isPrivate, offset } = region;
  const whole = end - start;
  const isFile = object.node !== undefined;
  if (!isPrivate) return (filter & (isFile ? Filter.FileShared : Filter.AnonymousShared)) !== 0 ? whole : 0;
  // What is private and could be written may hold what no file has.
  if ((!isFile || region.has(RegionFlag.Reserved)) && (filter & Filter.AnonymousPrivate) !== 0) return whole;
  if (isFile && (filter & Filter.FilePrivate) !== 0) return whole;
  const startsElf = isFile && offset === 0 && (region.permissions & Permission.Read) !== 0 && isElfAt(space, start);
  return startsElf && (filter & Filter.ElfHeaders) !== 0 ? PAGE_SIZE : 0;
}

function isElfAt({ memory }: AddressSpace, start: number): boolean {
  const magic = new Uint8Array(elf.ELF_MAGIC.length);
  memory.read(guestAddress(start), magic);
  return isElf(magic);
}

/** A page's bytes; undefined where it is nothing but zeros. */
export function pageOfCore(
  space: AddressSpace,
  { object, permissions }: Region,
  address: number,
): Uint8Array | undefined {
  const present = space.memory.pageBytes(guestAddress(address), Access.Read);
  if (present !== undefined || object.node === undefined || (permissions & Permission.Read) === 0) return present;
  const bytes = new Uint8Array(PAGE_SIZE);
  space.memory.read(guestAddress(address), bytes);
  return bytes;
}

/** Where the memory begins in the file. */
export function dataStart(segments: readonly CoreSegment[], notesBytes: number): number {
  const headers = elf.EHDR_SIZE + (segments.length + 1) * elf.PHDR_SIZE;
  return Math.ceil((headers + notesBytes) / PAGE_SIZE) * PAGE_SIZE;
}

/** The ELF header and the program headers: one for the notes, one for each region. */
export function coreHeaders(segments: readonly CoreSegment[], notesBytes: number): Uint8Array {
  const bytes = new Uint8Array(elf.EHDR_SIZE + (segments.length + 1) * elf.PHDR_SIZE);
  const view = new DataView(bytes.buffer);
  fillElfHeader(bytes, view, segments.length + 1);
  let at: number = elf.EHDR_SIZE;
  view.setUint32(at + elf.Phdr.p_type, elf.PT_NOTE, true);
  setWord(view, at + elf.Phdr.p_offset, bytes.length);
  setWord(view, at + elf.Phdr.p_filesz, notesBytes);
  setWord(view, at + elf.Phdr.p_align, 4);
  let offset = dataStart(segments, notesBytes);
  for (const { region, fileBytes } of segments) {
    at += elf.PHDR_SIZE;
    view.setUint32(at + elf.Phdr.p_type, elf.PT_LOAD, true);
    view.setUint32(at + elf.Phdr.p_flags, elfFlags(region), true);
    setWord(view, at + elf.Phdr.p_offset, offset);
    setWord(view, at + elf.Phdr.p_vaddr, region.start);
    setWord(view, at + elf.Phdr.p_filesz, fileBytes);
    setWord(view, at + elf.Phdr.p_memsz, region.end - region.start);
    setWord(view, at + elf.Phdr.p_align, PAGE_SIZE);
    offset += fileBytes;
  }
  return bytes;
}

function fillElfHeader(bytes: Uint8Array, view: DataView, count: number): void {
  const ident = [0x7f, 0x45, 0x4c, 0x46, elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EV_CURRENT];
  bytes.set(ident, elf.Ehdr.e_ident);
  view.setUint16(elf.Ehdr.e_type, elf.ET_CORE, true);
  view.setUint16(elf.Ehdr.e_machine, elf.EM_X86_64, true);
  view.setUint32(elf.Ehdr.e_version, elf.EV_CURRENT, true);
  setWord(view, elf.Ehdr.e_phoff, elf.EHDR_SIZE);
  view.setUint16(elf.Ehdr.e_ehsize, elf.EHDR_SIZE, true);
  view.setUint16(elf.Ehdr.e_phentsize, elf.PHDR_SIZE, true);
  view.setUint16(elf.Ehdr.e_phnum, count, true);
}

function elfFlags({ permissions }: Region): number {
  const bits: readonly (readonly [number, number])[] = [
    [Permission.Read, elf.PF_R],
    [Permission.Write, elf.PF_W],
    [Permission.Execute, elf.PF_X],
  ];
  return bits.reduce((sum, [permission, flag]) => ((permissions & permission) === 0 ? sum : sum | flag), 0);
}

function setWord(view: DataView, at: number, value: number): void {
  view.setBigUint64(at, BigInt(value), true);
}
