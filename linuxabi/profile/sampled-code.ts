/** Where threads were when their slices ended: places in files, to be named by the files' symbols. */
import type { FileNode } from '../../kernel/file-server.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { ElfFile } from '../debug/elf-file.ts';
import { elfOf } from '../debug/node-elf.ts';

interface SampledFile {
  readonly label: string;
  readonly node: FileNode;
  /** By offset in the file. */
  readonly samples: Map<number, number>;
}

export interface FunctionSamples {
  readonly name: string;
  readonly file: string;
  samples: number;
}

const NOT_A_FILE = '[no file]';

export class SampledCode {
  readonly #files = new Map<FileNode, SampledFile>();
  #elsewhere = 0;

  add(thread: LinuxThread): void {
    const { rip } = thread.cpu.state;
    const region = thread.process.addressSpace.regions.find(rip);
    const node = region?.object.node;
    if (region === undefined || node === undefined) {
      this.#elsewhere++;
      return;
    }
    let file = this.#files.get(node);
    if (file === undefined) {
      this.#files.set(node, (file = { label: region.attributes.label, node, samples: new Map() }));
    }
    const offset = region.offset + rip - region.start;
    file.samples.set(offset, (file.samples.get(offset) ?? 0) + 1);
  }

  /** Most samples first. */
  functions(): FunctionSamples[] {
    const found = new Map<string, FunctionSamples>();
    const add = (name: string, file: string, samples: number): void => {
      const row = found.get(`${file} ${name}`);
      if (row === undefined) found.set(`${file} ${name}`, { name, file, samples });
      else row.samples += samples;
    };
    for (const { label, node, samples } of this.#files.values()) {
      const elf = elfOf(node);
      for (const [offset, count] of samples) add(nameAt(elf, offset), label, count);
    }
    if (this.#elsewhere > 0) add(NOT_A_FILE, NOT_A_FILE, this.#elsewhere);
    return [...found.values()].toSorted((a, b) => b.samples - a.samples || (a.name < b.name ? -1 : 1));
  }
}

function nameAt(elf: ElfFile | undefined, offset: number): string {
  const address = elf?.addressOf(offset);
  return (address === undefined ? undefined : elf!.symbols.at(address)?.name) ?? '[no symbol]';
}
