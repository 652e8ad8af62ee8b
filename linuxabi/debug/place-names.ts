/** Names of addresses in running programs: by the symbols of the file that is mapped there. */
import type { FileNode } from '../../kernel/file-server.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import type { ElfFile } from './elf-file.ts';
import { elfOf } from './node-elf.ts';
import type { NamedPlace } from './symbol-table.ts';

export class PlaceNames {
  readonly #files = new Map<FileNode, ElfFile | undefined>();

  /** What lies at an address of this memory, with its place there. */
  at(space: AddressSpace, address: number): NamedPlace | undefined {
    const region = space.regions.find(address);
    const node = region?.object.node;
    if (region === undefined || node === undefined) return undefined;
    const elf = this.#elfOf(node);
    const linked = elf?.addressOf(region.offset + address - region.start);
    const place = linked === undefined ? undefined : elf!.symbols.at(linked);
    if (place === undefined) return undefined;
    const shift = address - linked!;
    return { name: place.name, start: place.start + shift, end: place.end + shift };
  }

  #elfOf(node: FileNode): ElfFile | undefined {
    if (!this.#files.has(node)) this.#files.set(node, elfOf(node));
    return this.#files.get(node);
  }
}
