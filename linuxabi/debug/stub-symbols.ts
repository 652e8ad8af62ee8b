/**
 * Names that no symbol table has: of the slots that the dynamic linker fills (`puts@got`), and of the stubs that jump through them
 * (`puts@plt`). Source: System V ABI, AMD64 supplement, "Procedure Linkage Table".
 */
import { SHT_DYNSYM, SYM_SIZE, Sym, textAt, wide, type Section } from './elf-sections.ts';
import type { CodeSymbol } from './symbol-table.ts';

const SHT_RELA = 4;
const Rela = { offset: 0, type: 8, symbol: 12 } as const;
const RELA_SIZE = 24;
const R_X86_64_GLOB_DAT = 6;
const R_X86_64_JUMP_SLOT = 7;
const SLOT_BYTES = 8;
const STUB_SECTIONS = new Set(['.plt', '.plt.sec', '.plt.got']);
/** jmp qword ptr [rip + displacement] */
const JUMP = [0xff, 0x25] as const;
const JUMP_BYTES = 6;

/** Nothing where there is no such section. */
type Content = (section: Section | undefined) => Uint8Array;

export function stubSymbols(sections: readonly Section[], content: Content): CodeSymbol[] {
  const slots = readSlots(sections, content);
  const named = (address: number, name: string, sizeBytes: number): CodeSymbol => ({
    name,
    address,
    sizeBytes,
    sectionEnd: address + sizeBytes,
    rank: 0,
  });
  const stubs = sections
    .filter(({ name }) => STUB_SECTIONS.has(name))
    .flatMap((section) =>
      findStubs(section, content(section), slots).map(({ address, name, bytes }) =>
        named(address, `${name}@plt`, bytes),
      ),
    );
  return [...stubs, ...[...slots].map(([address, name]) => named(address, `${name}@got`, SLOT_BYTES))];
}

/** By address: whose address it will hold. */
function readSlots(sections: readonly Section[], content: Content): Map<number, string> {
  const slots = new Map<number, string>();
  for (const section of sections) {
    const symbols = sections[section.link];
    if (section.type !== SHT_RELA || symbols?.type !== SHT_DYNSYM) continue;
    const names = content(sections[symbols.link]);
    const table = viewOf(content(symbols));
    const relocations = viewOf(content(section));
    for (let at = 0; at + RELA_SIZE <= relocations.byteLength; at += RELA_SIZE) {
      const type = relocations.getUint32(at + Rela.type, true);
      const symbol = relocations.getUint32(at + Rela.symbol, true) * SYM_SIZE;
      if (type !== R_X86_64_GLOB_DAT && type !== R_X86_64_JUMP_SLOT) continue;
      if (symbol + SYM_SIZE > table.byteLength) continue;
      const name = textAt(names, table.getUint32(symbol + Sym.name, true));
      if (name !== '') slots.set(wide(relocations, at + Rela.offset), name);
    }
  }
  return slots;
}

interface Stub {
  readonly address: number;
  readonly name: string;
  readonly bytes: number;
}

function findStubs({ address, entryBytes }: Section, bytes: Uint8Array, slots: ReadonlyMap<number, string>): Stub[] {
  const step = entryBytes >= JUMP_BYTES ? entryBytes : 16;
  const view = viewOf(bytes);
  const found: Stub[] = [];
  for (let at = 0; at + step <= bytes.length; at += step) {
    for (let jump = at; jump + JUMP_BYTES <= at + step; jump++) {
      if (bytes[jump] !== JUMP[0] || bytes[jump + 1] !== JUMP[1]) continue;
      const name = slots.get(address + jump + JUMP_BYTES + view.getInt32(jump + 2, true));
      if (name !== undefined) found.push({ address: address + at, name, bytes: step });
      break;
    }
  }
  return found;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
