/** `k42 disasm`: the code of an ELF file in Intel syntax. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ElfFile, type CodeSection } from '../linuxabi/debug/elf-file.ts';
import { listing } from '../linuxabi/debug/listing.ts';
import { parseOptions, UsageError } from './options.ts';
import { printLines } from './print-lines.ts';
import { whyNot } from './refusal.ts';

const USAGE = 'usage: k42 disasm FILE [SYMBOL|ADDRESS[-ADDRESS]]';
/** Of an address without an end: so many bytes. */
const GLANCE_BYTES = 64;

interface Range {
  readonly start: number;
  readonly end: number;
}

export async function disasm(words: readonly string[]): Promise<number> {
  const [path, what, ...others] = parseOptions([], words).rest;
  if (path === undefined || others.length > 0) throw new UsageError(USAGE);
  const file = openElf(path);
  try {
    const { size } = fstatSync(file);
    const elf = ElfFile.open({
      sizeBytes: size,
      read: (offset, into) => readSync(file, into, 0, into.length, offset),
    });
    if (elf === undefined) throw new UsageError(`${path}: not an ELF file for x86-64`);
    await printLines(what === undefined ? everything(elf) : part(elf, what, path));
    return 0;
  } finally {
    closeSync(file);
  }
}

function openElf(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (failure) {
    throw new UsageError(`${path}: ${whyNot(failure)}`, { cause: failure });
  }
}

function* everything(elf: ElfFile): Generator<string> {
  for (const section of elf.code()) {
    yield `\nSection ${section.name}:`;
    yield* lines(elf, section, { start: section.address, end: section.address + section.bytes.length });
  }
}

function* part(elf: ElfFile, what: string, path: string): Generator<string> {
  const range = rangeOf(elf, what);
  if (range === undefined) throw new UsageError(`${path} has no symbol '${what}', and an address is hexadecimal`);
  const sections = elf
    .code()
    .filter(({ address, bytes }) => range.start < address + bytes.length && range.end > address);
  if (sections.length === 0) throw new UsageError(`${path} has no code at ${what}`);
  for (const section of sections) yield* lines(elf, section, range);
}

function rangeOf(elf: ElfFile, what: string): Range | undefined {
  const named = elf.symbols.named(what);
  if (named !== undefined) return named;
  const match = /^(0x)?([0-9a-f]+)(?:-(?:0x)?([0-9a-f]+))?$/i.exec(what);
  if (match === null) return undefined;
  const start = Number.parseInt(match[2]!, 16);
  return { start, end: match[3] === undefined ? start + GLANCE_BYTES : Number.parseInt(match[3], 16) };
}

function* lines(elf: ElfFile, { address, bytes }: CodeSection, { start, end }: Range): Generator<string> {
  const from = Math.max(start, address);
  yield* listing(bytes.subarray(from - address), from, (at) => elf.symbols.at(at), end - from);
}
