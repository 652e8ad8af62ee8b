/**
 * What the loader needs to know of an ELF file: read from its headers alone, parsed by elfinfo. The parser wants a valid
 * file, so Linux's own checks come first and it is handed the headers in a normal form: an Elf64 header, the program
 * headers right behind it, no sections.
 * Source: fs/binfmt_elf.c, load_elf_binary, load_elf_phdrs.
 */
import { open } from 'elfinfo';
import type { ByteString } from '../../kernel/byte-string.ts';
import { stringFromBytes } from '../../kernel/byte-string.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import {
  EHDR_SIZE,
  ELFCLASS64,
  ELFDATA2LSB,
  ELF_MAGIC,
  EM_X86_64,
  ET_DYN,
  ET_EXEC,
  EV_CURRENT,
  Ehdr,
  PF_X,
  PHDR_SIZE,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
} from '../abi/elf.ts';
import { EIO, ENOEXEC } from '../abi/errno.ts';
import { PATH_MAX } from '../syscall.ts';

export interface Segment {
  /** PF_ bits. */
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly alignment: number;
}

export interface ElfImage {
  /** ET_EXEC or ET_DYN. */
  readonly type: number;
  readonly entry: number;
  readonly headersOffset: number;
  readonly headersCount: number;
  /** PT_LOAD, in file order. */
  readonly segments: readonly Segment[];
  /** Path in PT_INTERP; a negative number is the error that stands in its place. */
  readonly interpreter: ByteString | number | undefined;
  readonly executableStack: boolean;
}

/** Largest program header table. */
const PROGRAM_HEADERS_LIMIT = 65_536;

export function isElf(head: Uint8Array): boolean {
  return head.length >= 4 && stringFromBytes(head.subarray(0, 4)) === ELF_MAGIC;
}

/**
 * Reads and checks the headers: the normal form for `parseHeaders`, or −ENOEXEC. Class and byte order are not looked
 * at, as Linux does not.
 */
export function readHeaders(node: FileNode): Uint8Array | number {
  const header = new Uint8Array(EHDR_SIZE);
  // A short file leaves zeros, which the checks refuse.
  if (node.read(0, header) < 0 || !isElf(header)) return -ENOEXEC;
  const view = new DataView(header.buffer);
  const type = view.getUint16(Ehdr.e_type, true);
  if (type !== ET_EXEC && type !== ET_DYN) return -ENOEXEC;
  if (view.getUint16(Ehdr.e_machine, true) !== EM_X86_64) return -ENOEXEC;
  const headersBytes = view.getUint16(Ehdr.e_phnum, true) * PHDR_SIZE;
  const headersOffset = Number(view.getBigUint64(Ehdr.e_phoff, true));
  if (view.getUint16(Ehdr.e_phentsize, true) !== PHDR_SIZE) return -ENOEXEC;
  if (headersBytes === 0 || headersBytes > PROGRAM_HEADERS_LIMIT) return -ENOEXEC;
  if (headersOffset + headersBytes > node.attributes().sizeBytes) return -ENOEXEC;
  const headers = new Uint8Array(EHDR_SIZE + headersBytes);
  if (node.read(headersOffset, headers.subarray(EHDR_SIZE)) !== headersBytes) return -ENOEXEC;
  headers.set(normalised(header));
  return headers;
}

function normalised(header: Uint8Array): Uint8Array {
  const copy = header.slice();
  copy.set([ELFCLASS64, ELFDATA2LSB, EV_CURRENT], 4);
  const view = new DataView(copy.buffer);
  view.setUint16(Ehdr.e_ehsize, EHDR_SIZE, true);
  view.setBigUint64(Ehdr.e_phoff, BigInt(EHDR_SIZE), true);
  view.setBigUint64(Ehdr.e_shoff, 0n, true);
  view.setUint16(Ehdr.e_shnum, 0, true);
  return copy;
}

/** The image a file with these headers makes, or −ENOEXEC. Asynchronous because the parser is. */
export async function parseHeaders(node: FileNode, headers: Uint8Array): Promise<ElfImage | number> {
  const { elf } = await open(headers);
  if (elf === undefined) return -ENOEXEC;
  const original = new Uint8Array(EHDR_SIZE);
  node.read(0, original);
  const stack = elf.segments.findLast((header) => (header.type as number) === PT_GNU_STACK);
  const interpreter = elf.segments.find((header) => (header.type as number) === PT_INTERP);
  return {
    type: elf.type,
    entry: Number(elf.entryPoint),
    headersOffset: Number(new DataView(original.buffer).getBigUint64(Ehdr.e_phoff, true)),
    headersCount: elf.segments.length,
    segments: elf.segments
      .filter((header) => (header.type as number) === PT_LOAD)
      .map((header) => ({
        flags: header.flags,
        offset: Number(header.offset),
        address: Number(header.vaddr),
        fileBytes: Number(header.filesz),
        memoryBytes: Number(header.memsz),
        alignment: Number(header.align),
      })),
    interpreter: interpreter && readInterpreter(node, Number(interpreter.offset), Number(interpreter.filesz)),
    executableStack: stack !== undefined && (stack.flags & PF_X) !== 0,
  };
}

function readInterpreter(node: FileNode, offset: number, lengthBytes: number): ByteString | number {
  if (lengthBytes < 2 || lengthBytes > PATH_MAX) return -ENOEXEC;
  const bytes = new Uint8Array(lengthBytes);
  if (node.read(offset, bytes) !== lengthBytes) return -EIO;
  if (bytes[lengthBytes - 1] !== 0) return -ENOEXEC;
  return stringFromBytes(bytes.subarray(0, bytes.indexOf(0)));
}
