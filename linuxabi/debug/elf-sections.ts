/** Sections of an ELF file and what symbols look like in them. Source: elf(5). */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Of a symbol table: the section of its names. */
  readonly link: number;
  /** Of a table, or of stubs. */
  readonly entryBytes: number;
}

export const Shdr = {
  name: 0,
  type: 4,
  flags: 8,
  address: 16,
  offset: 24,
  size: 32,
  link: 40,
  entryBytes: 56,
} as const;
export const SHDR_SIZE = 64;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_DYNSYM = 11;
export const SHF_EXECINSTR = 4;
export const SHN_UNDEF = 0;
export const Sym = { name: 0, info: 4, section: 6, value: 8, size: 16 } as const;
export const SYM_SIZE = 24;

/** 64 bits; beyond 2^53 rounded, which is outside of every file. */
export function wide(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

export function textAt(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(0, start);
  return start >= bytes.length || end < 0 ? '' : new TextDecoder().decode(bytes.subarray(start, end));
}
