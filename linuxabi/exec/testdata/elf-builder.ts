/** For tests: small ELF programs, right and wrong in chosen places. */
import { EHDR_SIZE, EM_X86_64, ET_EXEC, Ehdr, PF_R, PF_W, PF_X, PHDR_SIZE, PT_LOAD } from '../../abi/elf.ts';

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number | bigint;
  readonly address: number | bigint;
  readonly fileBytes: number | bigint;
  readonly memoryBytes: number | bigint;
  readonly alignment: number | bigint;
}

export interface ElfOptions {
  readonly type?: number;
  readonly entry?: number | bigint;
  readonly headers?: readonly Partial<ProgramHeader>[];
  readonly fileBytes?: number;
  /** Last word on the file's bytes. */
  readonly patch?: (view: DataView) => void;
}

export const BASE = 0x400000;
const CODE_OFFSET = 0x1000;
/** xor edi, edi; mov dil, 42; mov eax, 60 (exit); syscall */
export const CODE = [0x31, 0xff, 0x40, 0xb7, 42, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];

export const wholeFile: ProgramHeader = {
  type: PT_LOAD,
  flags: PF_R | PF_X,
  offset: 0,
  address: BASE,
  fileBytes: 0x2000,
  memoryBytes: 0x2000,
  alignment: 0x1000,
};

export const dataSegment: ProgramHeader = {
  ...wholeFile,
  flags: PF_R | PF_W,
  offset: 0x1800,
  address: BASE + 0x10800,
  fileBytes: 0x100,
  memoryBytes: 0x3000,
};

/** A program that exits with 42, unless the options spoil it. */
export function buildElf(options: ElfOptions = {}): Uint8Array {
  const headers = options.headers ?? [{}, dataSegment];
  const bytes = new Uint8Array(options.fileBytes ?? 0x2000);
  const view = new DataView(bytes.buffer);
  const full = new DataView(new ArrayBuffer(0x2000));
  const target = bytes.length < 0x2000 ? full : view;
  const out = new Uint8Array(target.buffer);
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  target.setUint16(Ehdr.e_type, options.type ?? ET_EXEC, true);
  target.setUint16(Ehdr.e_machine, EM_X86_64, true);
  target.setUint32(Ehdr.e_version, 1, true);
  target.setBigUint64(Ehdr.e_entry, BigInt(options.entry ?? BASE + CODE_OFFSET), true);
  target.setBigUint64(Ehdr.e_phoff, BigInt(EHDR_SIZE), true);
  target.setUint16(Ehdr.e_ehsize, EHDR_SIZE, true);
  target.setUint16(Ehdr.e_phentsize, PHDR_SIZE, true);
  target.setUint16(Ehdr.e_phnum, headers.length, true);
  headers.forEach((header, index) => writeHeader(target, EHDR_SIZE + index * PHDR_SIZE, { ...wholeFile, ...header }));
  out.set(CODE, CODE_OFFSET);
  options.patch?.(target);
  if (target === full) bytes.set(out.subarray(0, bytes.length));
  return bytes;
}

function writeHeader(view: DataView, at: number, header: ProgramHeader): void {
  view.setUint32(at, header.type, true);
  view.setUint32(at + 4, header.flags, true);
  const { offset, address, fileBytes, memoryBytes, alignment } = header;
  [offset, address, address, fileBytes, memoryBytes, alignment].forEach((value, index) =>
    view.setBigUint64(at + 8 + index * 8, BigInt.asUintN(64, BigInt(value)), true),
  );
}
