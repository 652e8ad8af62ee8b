/** The ELF file behind a node of a file tree. */
import type { FileNode } from '../../kernel/file-server.ts';
import { ElfFile } from './elf-file.ts';

export function elfOf(node: FileNode): ElfFile | undefined {
  return ElfFile.open({
    sizeBytes: node.attributes().sizeBytes,
    read: (offset, into) => node.read(offset, into),
  });
}
