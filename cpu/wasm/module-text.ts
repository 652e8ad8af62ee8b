/**
 * A module of ours as text, to be read: imports and functions, an instruction a line, indented by blocks. Names and immediates are spelled as in
 * the text format; it is not meant to be assembled again. Source: WebAssembly Core Specification 2.0, 5.4 and 5.5.
 */
import { ByteReader } from './byte-reader.ts';
import { EMPTY_BLOCK, Op, Type } from './opcode.ts';

const HEADER_BYTES = 8;
const Section = { import: 2, code: 10 } as const;
const External = { function: 0, table: 1, memory: 2, global: 3 } as const;
const FIRST_PREFIX = 0xfc;
const OPS: ReadonlyMap<number, string> = new Map(Object.entries(Op).map(([name, code]) => [code, name]));
const TYPES: ReadonlyMap<number, string> = new Map(Object.entries(Type).map(([name, code]) => [code, name]));

interface Import {
  readonly text: string;
  readonly kind: number;
  readonly name: string;
}

export function* moduleText(wasm: Uint8Array): Generator<string> {
  const reader = new ByteReader(wasm, HEADER_BYTES);
  let functions: string[] = [];
  while (!reader.isAtEnd) {
    const section = reader.byte();
    const content = reader.part();
    if (section === Section.import) {
      const imports = content.list(() => readImport(content));
      functions = imports.filter(({ kind }) => kind === External.function).map(({ name }) => name);
      for (const { text } of imports) yield text;
    } else if (section === Section.code) {
      for (let left = content.u32(); left > 0; left--) yield* functionText(content.part(), functions);
    }
  }
}

function readImport(reader: ByteReader): Import {
  const module = reader.name();
  const name = reader.name();
  const kind = reader.byte();
  if (kind === External.function) reader.u32();
  else if (kind === External.global) reader.bytes(2);
  else {
    if (kind === External.table) reader.byte();
    const hasMaximum = (reader.byte() & 1) !== 0;
    reader.u32();
    if (hasMaximum) reader.u32();
  }
  const kindName = Object.entries(External).find(([, value]) => value === kind)?.[0] ?? 'item';
  return { text: `(import "${module}" "${name}" (${kindName}))`, kind, name };
}

function* functionText(reader: ByteReader, functions: readonly string[]): Generator<string> {
  const locals = reader.list(() => `${reader.u32()} ${TYPES.get(reader.byte()) ?? '?'}`);
  yield '(func';
  if (locals.length > 0) yield `  (locals ${locals.join(', ')})`;
  let depth = 1;
  while (!reader.isAtEnd) {
    const { name, text } = readInstruction(reader, functions);
    if (name === 'end' || name === 'else') depth--;
    yield depth === 0 ? ')' : '  '.repeat(depth) + text;
    if (name === 'block' || name === 'loop' || name === 'if' || name === 'else') depth++;
  }
}

function readInstruction(reader: ByteReader, functions: readonly string[]): { name: string; text: string } {
  const first = reader.byte();
  const code = first < FIRST_PREFIX ? first : first * 0x100 + reader.u32();
  const name = OPS.get(code);
  if (name === undefined) throw new Error(`unknown opcode 0x${code.toString(16)}`);
  return { name, text: [name, ...immediates(name, reader, functions)].join(' ') };
}

function immediates(name: string, reader: ByteReader, functions: readonly string[]): string[] {
  switch (name) {
    case 'block':
    case 'loop':
    case 'if':
      return blockType(reader);
    case 'br_table':
      return [...reader.list(() => String(reader.u32())), String(reader.u32())];
    case 'call':
    case 'return_call':
      return [functionName(reader.u32(), functions)];
    case 'call_indirect':
    case 'return_call_indirect':
      return [`(type ${reader.u32()})`, `(table ${reader.u32()})`];
    case 'memory.copy':
      return [...reader.bytes(2)].map(String);
    case 'memory.fill':
    case 'memory.size':
    case 'memory.grow':
      return [String(reader.byte())];
    case 'i8x16.shuffle':
      return [...reader.bytes(16)].map(String);
    default:
      return plainImmediates(name, reader);
  }
}

function plainImmediates(name: string, reader: ByteReader): string[] {
  if (/^(br|br_if)$|^(local|global)\.|^table\.(get|set|grow|size|fill)$/.test(name)) return [String(reader.u32())];
  if (name.endsWith('.const')) return [constant(name, reader)];
  const places = /\.(load|store)/.test(name) ? memoryPlace(reader) : [];
  return name.includes('_lane') ? [...places, String(reader.byte())] : places;
}

function functionName(index: number, functions: readonly string[]): string {
  return functions[index] === undefined ? String(index) : `$${functions[index]}`;
}

/** None, a value type, or the index of a function type. */
function blockType(reader: ByteReader): string[] {
  const type = Number(reader.signed());
  if (type >= 0) return [`(type ${type})`];
  return type + 0x80 === EMPTY_BLOCK ? [] : [`(result ${TYPES.get(type + 0x80) ?? '?'})`];
}

function constant(name: string, reader: ByteReader): string {
  if (name === 'f32.const') return String(reader.f32());
  if (name === 'f64.const') return String(reader.f64());
  if (name !== 'v128.const') return String(reader.signed());
  const words = Array.from({ length: 4 }, () => [...reader.bytes(4)].toReversed());
  return `i32x4 ${words.map((bytes) => `0x${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`).join(' ')}`;
}

function memoryPlace(reader: ByteReader): string[] {
  const alignment = reader.u32();
  const offset = reader.u32();
  return [...(offset === 0 ? [] : [`offset=${offset}`]), `align=${2 ** alignment}`];
}
