/** The executable sections of a 64-bit little-endian ELF file: what a decoder sweep reads. Source: elf(5). */
import { closeSync, openSync, readSync } from 'node:fs';

export interface TextSection {
  readonly address: number;
  readonly bytes: Uint8Array;
}

const SHF_EXECINSTR = 4;
const SHT_PROGBITS = 1;

export function executableSections(path: string): TextSection[] {
  const file = openSync(path, 'r');
  try {
    const header = readAt(file, 0, 64);
    const count = header.getUint16(60, true);
    const size = header.getUint16(58, true);
    const table = readAt(file, Number(header.getBigUint64(40, true)), count * size);
    const sections: TextSection[] = [];
    for (let at = 0; at < count * size; at += size) {
      const executable = table.getBigUint64(at + 8, true) & BigInt(SHF_EXECINSTR);
      if (table.getUint32(at + 4, true) !== SHT_PROGBITS || !executable) continue;
      const view = readAt(file, Number(table.getBigUint64(at + 24, true)), Number(table.getBigUint64(at + 32, true)));
      sections.push({ address: Number(table.getBigUint64(at + 16, true)), bytes: new Uint8Array(view.buffer) });
    }
    return sections;
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): DataView {
  const buffer = new Uint8Array(length);
  readSync(file, buffer, 0, length, position);
  return new DataView(buffer.buffer);
}
