/**
 * Builds the vDSO: a complete ELF shared object in one page, with dynamic symbols, both hash tables and the symbol version
 * LINUX_2.6, so that any libc finds its functions. Every part is placed once, and all references derive from that.
 * Source: vdso(7); the generic ABI, chapters 4 and 5; the GNU hash section (as ld writes it).
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { EHDR_SIZE, PHDR_SIZE } from '../abi/elf.ts';
import { vdsoFunctions } from './vdso-code.ts';
import type { VdsoFunction } from './vdso-code.ts';

const SONAME = 'linux-vdso.so.1';
const VERSION = 'LINUX_2.6';
const VERSION_INDEX = 2;

/** Little-endian bytes, built up in order. */
class Bytes {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  u(width: 1 | 2 | 4 | 8, ...values: number[]): this {
    for (const value of values) {
      for (let i = 0, left = value; i < width; i++, left = Math.floor(left / 256)) this.#bytes.push(left % 256);
    }
    return this;
  }

  raw(bytes: Iterable<number>): this {
    this.#bytes.push(...bytes);
    return this;
  }

  text(text: string): this {
    return this.raw(Array.from(text, (character) => character.charCodeAt(0))).u(1, 0);
  }

  align(to: number, filler = 0): this {
    while (this.#bytes.length % to !== 0) this.#bytes.push(filler);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

class StringTable {
  readonly bytes = new Bytes().u(1, 0);
  readonly #offsets = new Map<string, number>();

  offset(text: string): number {
    let at = this.#offsets.get(text);
    if (at === undefined) {
      at = this.bytes.length;
      this.bytes.text(text);
      this.#offsets.set(text, at);
    }
    return at;
  }
}

interface DynamicSymbol {
  readonly name: string;
  /** STB_GLOBAL or STB_WEAK. */
  readonly binding: 1 | 2;
  /** Offset in the text. */
  readonly value: number;
  readonly size: number;
}

const SectionType = {
  Progbits: 1,
  Strtab: 3,
  Hash: 5,
  Dynamic: 6,
  Dynsym: 11,
  GnuHash: 0x6ffffff6,
  GnuVerdef: 0x6ffffffd,
  GnuVersym: 0x6fffffff,
} as const;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly content: Uint8Array;
  readonly link: string;
  readonly info: number;
  readonly entrySize: number;
}

const ALLOC = 2;
const EXECINSTR = 4;

export function buildVdsoImage(functions: readonly VdsoFunction[] = vdsoFunctions): Uint8Array {
  const text = new Bytes();
  const symbols: DynamicSymbol[] = [];
  for (const { name, alias, code } of functions) {
    text.align(16, 0x90);
    symbols.push({ name, binding: 1, value: text.length, size: code.length });
    symbols.push({ name: alias, binding: 2, value: text.length, size: code.length });
    text.raw(code);
  }
  const strings = new StringTable();
  for (const { name } of symbols) strings.offset(name);
  strings.offset(SONAME);
  strings.offset(VERSION);
  const section = (name: string, type: number, content: Bytes, link = '', info = 0, entrySize = 0): Section => {
    return { name, type, flags: ALLOC, content: content.done(), link, info, entrySize };
  };
  const sections = [
    section('.hash', SectionType.Hash, sysvHashTable(symbols), '.dynsym', 0, 4),
    section('.gnu.hash', SectionType.GnuHash, gnuHashTable(symbols), '.dynsym'),
    section(
      '.dynsym',
      SectionType.Dynsym,
      new Bytes().raw(new Uint8Array((symbols.length + 1) * 24)),
      '.dynstr',
      1,
      24,
    ),
    section('.dynstr', SectionType.Strtab, strings.bytes),
    section('.gnu.version', SectionType.GnuVersym, symbolVersions(symbols), '.dynsym', 0, 2),
    section('.gnu.version_d', SectionType.GnuVerdef, versionDefinitions(strings), '.dynstr', 2),
    section('.dynamic', SectionType.Dynamic, new Bytes().raw(new Uint8Array(DYNAMIC_ENTRIES * 16)), '.dynstr', 0, 16),
    { ...section('.text', SectionType.Progbits, text), flags: ALLOC | EXECINSTR },
  ];
  return assemble(sections, symbols, strings);
}

const DYNAMIC_ENTRIES = 11;
const PROGRAM_HEADERS = 2;

function assemble(sections: readonly Section[], symbols: readonly DynamicSymbol[], strings: StringTable): Uint8Array {
  const offsets = new Map<string, number>();
  let end = EHDR_SIZE + PROGRAM_HEADERS * PHDR_SIZE;
  for (const { name, content } of sections) {
    end = Math.ceil(end / 16) * 16;
    offsets.set(name, end);
    end += content.length;
  }
  const names = new StringTable();
  const headers = sectionHeaders(sections, offsets, names, end);
  const image = new Uint8Array(PAGE_SIZE);
  for (const { name, content } of sections) image.set(content, offsets.get(name));
  image.set(symbolTable(sections, symbols, strings, offsets.get('.text')!), offsets.get('.dynsym'));
  image.set(dynamicTable(offsets, strings), offsets.get('.dynamic'));
  image.set(names.bytes.done(), end);
  const headersOffset = Math.ceil((end + names.bytes.length) / 8) * 8;
  if (headersOffset + headers.length > image.length) throw new Error('the vDSO does not fit into its page');
  image.set(headers, headersOffset);
  const dynamic = { offset: offsets.get('.dynamic')!, size: DYNAMIC_ENTRIES * 16 };
  image.set(elfHeader(headersOffset, sections.length + 2, dynamic));
  return image;
}

function elfHeader(
  sectionsOffset: number,
  sectionCount: number,
  dynamic: { offset: number; size: number },
): Uint8Array {
  return new Bytes()
    .raw([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])
    .u(8, 0)
    .u(2, 3, 62) // ET_DYN, EM_X86_64
    .u(4, 1)
    .u(8, 0, EHDR_SIZE, sectionsOffset)
    .u(4, 0)
    .u(2, EHDR_SIZE, PHDR_SIZE, PROGRAM_HEADERS, 64, sectionCount, sectionCount - 1)
    .u(4, 1, 5) // PT_LOAD, R X
    .u(8, 0, 0, 0, PAGE_SIZE, PAGE_SIZE, PAGE_SIZE)
    .u(4, 2, 4) // PT_DYNAMIC, R
    .u(8, dynamic.offset, dynamic.offset, dynamic.offset, dynamic.size, dynamic.size, 8)
    .done();
}

function symbolTable(
  sections: readonly Section[],
  symbols: readonly DynamicSymbol[],
  strings: StringTable,
  text: number,
) {
  const textIndex = sections.findIndex(({ name }) => name === '.text') + 1;
  const table = new Bytes().u(8, 0, 0, 0);
  for (const { name, binding, value, size } of symbols) {
    table.u(4, strings.offset(name));
    table.u(1, (binding << 4) | 2, 0); // STT_FUNC, STV_DEFAULT
    table.u(2, textIndex);
    table.u(8, text + value, size);
  }
  return table.done();
}

function dynamicTable(offsets: ReadonlyMap<string, number>, strings: StringTable): Uint8Array {
  const at = (name: string): number => offsets.get(name)!;
  return new Bytes()
    .u(8, 14, strings.offset(SONAME)) // DT_SONAME
    .u(8, 4, at('.hash'))
    .u(8, 0x6ffffef5, at('.gnu.hash'))
    .u(8, 5, at('.dynstr'))
    .u(8, 6, at('.dynsym'))
    .u(8, 10, strings.bytes.length) // DT_STRSZ
    .u(8, 11, 24) // DT_SYMENT
    .u(8, 0x6ffffff0, at('.gnu.version'))
    .u(8, 0x6ffffffc, at('.gnu.version_d'))
    .u(8, 0x6ffffffd, 2) // DT_VERDEFNUM
    .u(8, 0, 0)
    .done();
}

function sectionHeaders(
  sections: readonly Section[],
  offsets: ReadonlyMap<string, number>,
  names: StringTable,
  namesOffset: number,
): Uint8Array {
  const index = (name: string): number => sections.findIndex((section) => section.name === name) + 1;
  const table = new Bytes().raw(new Uint8Array(64));
  for (const { name, type, flags, content, link, info, entrySize } of sections) {
    const offset = offsets.get(name)!;
    table.u(4, names.offset(name), type).u(8, flags, offset, offset, content.length);
    table.u(4, link === '' ? 0 : index(link), info).u(8, 8, entrySize);
  }
  const own = names.offset('.shstrtab');
  table.u(4, own, SectionType.Strtab).u(8, 0, 0, namesOffset, names.bytes.length).u(4, 0, 0).u(8, 1, 0);
  return table.done();
}

/** One bucket: ten symbols need no more. */
function sysvHashTable(symbols: readonly DynamicSymbol[]): Bytes {
  const count = symbols.length + 1;
  const chain = symbols.map((_, i) => (i + 2 < count ? i + 2 : 0));
  return new Bytes().u(4, 1, count, 1, 0, ...chain);
}

/** One bucket and a Bloom filter of one word. */
function gnuHashTable(symbols: readonly DynamicSymbol[]): Bytes {
  const shift = 6;
  const hashes = symbols.map(({ name }) => gnuHash(name));
  let bloom = 0n;
  for (const hash of hashes) bloom |= (1n << BigInt(hash % 64)) | (1n << BigInt((hash >>> shift) % 64));
  const chain = hashes.map((hash, i) => (i === hashes.length - 1 ? (hash | 1) >>> 0 : (hash & ~1) >>> 0));
  return new Bytes()
    .u(4, 1, 1, 1, shift)
    .u(4, Number(bloom & 0xffffffffn), Number(bloom >> 32n))
    .u(4, 1, ...chain);
}

function symbolVersions(symbols: readonly DynamicSymbol[]): Bytes {
  return new Bytes().u(2, 0, ...symbols.map(() => VERSION_INDEX));
}

/** Elf64_Verdef with one Elf64_Verdaux each: the object itself, then the version. */
function versionDefinitions(strings: StringTable): Bytes {
  const bytes = new Bytes();
  const define = (flags: number, index: number, name: string, next: number): void => {
    bytes.u(2, 1, flags, index, 1).u(4, sysvHash(name), 20, next);
    bytes.u(4, strings.offset(name), 0);
  };
  define(1, 1, SONAME, 28); // VER_FLG_BASE
  define(0, VERSION_INDEX, VERSION, 0);
  return bytes;
}

export function sysvHash(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) {
    hash = (hash << 4) + name.charCodeAt(i);
    const top = hash & 0xf0000000;
    hash = (hash ^ (top >>> 24)) & ~top;
  }
  return hash >>> 0;
}

export function gnuHash(name: string): number {
  let hash = 5381;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 33) + name.charCodeAt(i)) >>> 0;
  return hash;
}
