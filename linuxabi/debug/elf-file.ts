/**
 * An ELF file as a debugger reads it: where its code is, and its symbols. Needed in the middle of a run, so it is read here and at once; a file
 * that is damaged has as little in it as can be told. Source: elf(5).
 */
import { EHDR_SIZE, ELFCLASS64, ELFDATA2LSB, EM_X86_64, Ehdr, PHDR_SIZE, PT_LOAD } from '../abi/elf.ts';
import { isElf } from '../exec/elf-image.ts';
import {
  SHDR_SIZE,
  SHF_EXECINSTR,
  SHN_UNDEF,
  SHT_DYNSYM,
  SHT_PROGBITS,
  SHT_SYMTAB,
  SYM_SIZE,
  Shdr,
  Sym,
  textAt,
  wide,
  type Section,
} from './elf-sections.ts';
import { stubSymbols } from './stub-symbols.ts';
import { SymbolTable, type CodeSymbol } from './symbol-table.ts';

export interface ElfBytes {
  readonly sizeBytes: number;
  /** Fills `into` from an offset; answers how many bytes there were. */
  read(offset: number, into: Uint8Array): number;
}

export interface ElfSegment {
  readonly address: number;
  readonly offset: number;
  readonly fileBytes: number;
  /** PF_… */
  readonly flags: number;
}

/** Code with an address, and the name of what it is in. */
export interface CodeSection {
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
}

const STT_NOTYPE = 0;
const STT_OBJECT = 1;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;
const STB_LOCAL = 0;
const PF_X = 1;
/** Nothing of a sound file is larger. */
const MAX_TABLE_BYTES = 256 << 20;

export class ElfFile {
  readonly #bytes: ElfBytes;
  readonly #header: DataView;
  readonly #sections: readonly Section[];
  /** PT_LOAD. */
  readonly segments: readonly ElfSegment[];
  #symbols: SymbolTable | undefined;

  /** Undefined where the bytes are not those of a program or library for x86-64. */
  static open(bytes: ElfBytes): ElfFile | undefined {
    const header = new Uint8Array(EHDR_SIZE);
    if (bytes.read(0, header) < EHDR_SIZE || !isElf(header)) return undefined;
    if (header[4] !== ELFCLASS64 || header[5] !== ELFDATA2LSB) return undefined;
    const view = new DataView(header.buffer);
    return view.getUint16(Ehdr.e_machine, true) === EM_X86_64 ? new ElfFile(bytes, view) : undefined;
  }

  private constructor(bytes: ElfBytes, header: DataView) {
    this.#bytes = bytes;
    this.#header = header;
    this.segments = this.#readSegments();
    this.#sections = this.#readSections();
  }

  get entry(): number {
    return wide(this.#header, Ehdr.e_entry);
  }

  /** ET_EXEC or ET_DYN. */
  get type(): number {
    return this.#header.getUint16(Ehdr.e_type, true);
  }

  get symbols(): SymbolTable {
    this.#symbols ??= new SymbolTable([
      ...this.#readSymbols(),
      ...stubSymbols(this.#sections, (section) => this.#content(section)),
    ]);
    return this.#symbols;
  }

  /** By address; of a file without sections, what its segments can execute. */
  code(): CodeSection[] {
    const sections = this.#sections.filter(({ type, flags }) => type === SHT_PROGBITS && (flags & SHF_EXECINSTR) !== 0);
    const parts =
      sections.length > 0
        ? sections
        : this.segments
            .filter(({ flags }) => (flags & PF_X) !== 0)
            .map((segment) => ({ ...segment, name: 'segment', sizeBytes: segment.fileBytes }));
    return parts
      .map(({ name, address, offset, sizeBytes }) => ({ name, address, bytes: this.#range(offset, sizeBytes) }))
      .toSorted((a, b) => a.address - b.address);
  }

  /** The address, as linked, of what lies at an offset of the file. */
  addressOf(fileOffset: number): number | undefined {
    const segment = this.segments.find(
      ({ offset, fileBytes }) => fileOffset >= offset && fileOffset < offset + fileBytes,
    );
    return segment && segment.address + fileOffset - segment.offset;
  }

  offsetOf(linkedAddress: number): number | undefined {
    const segment = this.segments.find(
      ({ address, fileBytes }) => linkedAddress >= address && linkedAddress < address + fileBytes,
    );
    return segment && segment.offset + linkedAddress - segment.address;
  }

  #range(offset: number, length: number): Uint8Array {
    const size = Math.min(length, this.#bytes.sizeBytes - offset, MAX_TABLE_BYTES);
    if (!(size > 0)) return new Uint8Array(0);
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, Math.max(0, this.#bytes.read(offset, bytes)));
  }

  #content(section: Section | undefined): Uint8Array {
    return section === undefined ? new Uint8Array(0) : this.#range(section.offset, section.sizeBytes);
  }

  #table(offset: number, count: number, entryBytes: number): DataView[] {
    const bytes = this.#range(offset, count * entryBytes);
    const whole = Math.floor(bytes.length / entryBytes);
    return Array.from({ length: whole }, (_, i) => new DataView(bytes.buffer, i * entryBytes, entryBytes));
  }

  #readSegments(): ElfSegment[] {
    const count = this.#header.getUint16(Ehdr.e_phnum, true);
    return this.#table(wide(this.#header, Ehdr.e_phoff), count, PHDR_SIZE)
      .filter((view) => view.getUint32(0, true) === PT_LOAD)
      .map((view) => ({
        flags: view.getUint32(4, true),
        offset: wide(view, 8),
        address: wide(view, 16),
        fileBytes: wide(view, 32),
      }));
  }

  #readSections(): Section[] {
    const count = this.#header.getUint16(Ehdr.e_shnum, true);
    const views = this.#table(wide(this.#header, Ehdr.e_shoff), count, SHDR_SIZE);
    const namesView = views[this.#header.getUint16(Ehdr.e_shstrndx, true)];
    const names = namesView ? this.#range(wide(namesView, Shdr.offset), wide(namesView, Shdr.size)) : new Uint8Array(0);
    return views.map((view) => ({
      name: textAt(names, view.getUint32(Shdr.name, true)),
      type: view.getUint32(Shdr.type, true),
      flags: view.getUint32(Shdr.flags, true),
      address: wide(view, Shdr.address),
      offset: wide(view, Shdr.offset),
      sizeBytes: wide(view, Shdr.size),
      link: view.getUint32(Shdr.link, true),
      entryBytes: wide(view, Shdr.entryBytes),
    }));
  }

  #readSymbols(): CodeSymbol[] {
    const tables = this.#sections.filter(({ type }) => type === SHT_SYMTAB || type === SHT_DYNSYM);
    return tables.flatMap(({ offset, sizeBytes, link }) => {
      const names = this.#content(this.#sections[link]);
      return this.#table(offset, Math.floor(sizeBytes / SYM_SIZE), SYM_SIZE).flatMap((view) =>
        this.#readSymbol(view, names),
      );
    });
  }

  /** Empty for what names no place: undefined symbols, files, thread-local storage, marks of the assembler. */
  #readSymbol(view: DataView, names: Uint8Array): CodeSymbol[] {
    const info = view.getUint8(Sym.info);
    const [type, binding] = [info & 15, info >> 4];
    const section = this.#sections[view.getUint16(Sym.section, true)];
    if (view.getUint16(Sym.section, true) === SHN_UNDEF || section === undefined) return [];
    const isCode = (section.flags & SHF_EXECINSTR) !== 0;
    const isFunction = type === STT_FUNC || type === STT_GNU_IFUNC;
    if (!isFunction && type !== STT_OBJECT && !(type === STT_NOTYPE && isCode)) return [];
    const name = textAt(names, view.getUint32(Sym.name, true));
    if (name === '') return [];
    const rank = (isFunction ? 4 : 0) + (name.startsWith('_') ? 0 : 2) + (binding === STB_LOCAL ? 0 : 1);
    const sectionEnd = section.address + section.sizeBytes;
    return [{ name, address: wide(view, Sym.value), sizeBytes: wide(view, Sym.size), sectionEnd, rank }];
  }
}
