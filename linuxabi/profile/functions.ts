/** The functions of an ELF file, by its symbol tables: which one an offset in the file lies in. */
import { open, type ELFSymbolSection } from 'elfinfo';
import type { FileNode } from '../../kernel/file-server.ts';
import { PT_LOAD } from '../abi/elf.ts';

/** Symbol types. Source: elf(5), st_info. */
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;

interface ElfFunction {
  /** In the file. */
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

export class FunctionTable {
  /** By start. */
  readonly #functions: readonly ElfFunction[];

  constructor(functions: readonly ElfFunction[]) {
    this.#functions = functions.toSorted((a, b) => a.start - b.start);
  }

  at(offset: number): string | undefined {
    let low = 0;
    let high = this.#functions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#functions[middle]!.start <= offset) low = middle + 1;
      else high = middle;
    }
    const found = this.#functions[low - 1];
    return found !== undefined && offset < found.end ? found.name : undefined;
  }
}

/** Empty where the file is no ELF file, or stripped. */
export async function functionsOf(node: FileNode): Promise<FunctionTable> {
  const bytes = new Uint8Array(node.attributes().sizeBytes);
  node.read(0, bytes);
  const { elf } = await open(bytes).catch(() => ({ elf: undefined }));
  if (elf === undefined) return new FunctionTable([]);
  const segments = elf.segments.filter((segment) => (segment.type as number) === PT_LOAD);
  const fileOffset = (address: number): number | undefined => {
    const segment = segments.find(
      ({ vaddr, filesz }) => address >= Number(vaddr) && address < Number(vaddr) + Number(filesz),
    );
    return segment === undefined ? undefined : address - Number(segment.vaddr) + Number(segment.offset);
  };
  const functions = elf.sections
    .flatMap((section) => ('symbols' in section ? (section as ELFSymbolSection).symbols : []))
    .filter(({ type }) => (type as number) === STT_FUNC || (type as number) === STT_GNU_IFUNC)
    .flatMap(({ name, value, size }): ElfFunction[] => {
      const start = fileOffset(Number(value));
      return start === undefined || size === 0 ? [] : [{ start, end: start + size, name }];
    });
  return new FunctionTable(functions);
}
