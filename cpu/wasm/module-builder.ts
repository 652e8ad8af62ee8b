/**
 * Builds one WebAssembly module in the binary format. Order matters once: imports before own functions, tables and
 * memories, since imported items come first in each index space. Bodies are copied when added, so one CodeWriter can
 * serve all functions of a module, and one ModuleBuilder (after `clear`) many modules.
 * Source: WebAssembly Core Specification 2.0, 5.5 (modules).
 */
import { ByteWriter } from './byte-writer.ts';
import type { CodeWriter } from './code-writer.ts';
import { Op, Type } from './opcode.ts';

const Section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
};
const External = { function: 0, table: 1, memory: 2, global: 3 } as const;
const FUNCTION_TYPE = 0x60;
const LIMIT_MAX = 1;
const LIMIT_SHARED = 2;

export interface Limits {
  readonly min: number;
  readonly max?: number;
}

class ItemSection {
  readonly writer = new ByteWriter(256);
  count = 0;

  clear(): void {
    this.writer.clear();
    this.count = 0;
  }
}

export class ModuleBuilder {
  readonly #types = new ItemSection();
  readonly #typeIndex = new Map<string, number>();
  readonly #imports = new ItemSection();
  readonly #functions = new ItemSection();
  readonly #tables = new ItemSection();
  readonly #memories = new ItemSection();
  readonly #globals = new ItemSection();
  readonly #exports = new ItemSection();
  readonly #elements = new ItemSection();
  readonly #code = new ItemSection();
  readonly #hints = new ItemSection();
  readonly #locals = new ByteWriter(64);
  #importedFunctions = 0;
  #importedTables = 0;
  #importedMemories = 0;
  #importedGlobals = 0;

  clear(): void {
    for (const section of [this.#types, this.#imports, this.#functions, this.#tables, this.#memories]) section.clear();
    for (const section of [this.#globals, this.#exports, this.#elements, this.#code, this.#hints]) section.clear();
    this.#typeIndex.clear();
    this.#importedFunctions = 0;
    this.#importedTables = 0;
    this.#importedMemories = 0;
    this.#importedGlobals = 0;
  }

  /** Index of a function type; equal types share one index. */
  type(params: readonly number[], results: readonly number[]): number {
    const key = `${params.join()}:${results.join()}`;
    const known = this.#typeIndex.get(key);
    if (known !== undefined) return known;
    const { writer } = this.#types;
    writer.byte(FUNCTION_TYPE);
    writer.u32(params.length);
    writer.bytes(params);
    writer.u32(results.length);
    writer.bytes(results);
    const index = this.#types.count++;
    this.#typeIndex.set(key, index);
    return index;
  }

  importFunction(module: string, name: string, typeIndex: number): number {
    this.#import(module, name, External.function);
    this.#imports.writer.u32(typeIndex);
    return this.#importedFunctions++;
  }

  importTable(module: string, name: string, limits: Limits): number {
    this.#import(module, name, External.table);
    this.#imports.writer.byte(Type.funcref);
    writeLimits(this.#imports.writer, limits, 0);
    return this.#importedTables++;
  }

  /** Imports a memory that is shared; limits in 64 KiB pages. */
  importSharedMemory(module: string, name: string, limits: Required<Limits>): number {
    this.#import(module, name, External.memory);
    writeLimits(this.#imports.writer, limits, LIMIT_SHARED);
    return this.#importedMemories++;
  }

  importMemory(module: string, name: string, limits: Limits): number {
    this.#import(module, name, External.memory);
    writeLimits(this.#imports.writer, limits, 0);
    return this.#importedMemories++;
  }

  importGlobal(module: string, name: string, type: number, mutability: 'const' | 'var'): number {
    this.#import(module, name, External.global);
    this.#imports.writer.byte(type);
    this.#imports.writer.byte(mutability === 'var' ? 1 : 0);
    return this.#importedGlobals++;
  }

  /** A table of function references. */
  table(limits: Limits): number {
    this.#tables.writer.byte(Type.funcref);
    writeLimits(this.#tables.writer, limits, 0);
    return this.#importedTables + this.#tables.count++;
  }

  memory(limits: Limits): number {
    writeLimits(this.#memories.writer, limits, 0);
    return this.#importedMemories + this.#memories.count++;
  }

  /** A mutable global of type i32 with this initial value. */
  globalI32(initial: number): number {
    const { writer } = this.#globals;
    writer.byte(Type.i32);
    writer.byte(1);
    writer.byte(Op['i32.const']);
    writer.i32(initial);
    writer.byte(Op.end);
    return this.#importedGlobals + this.#globals.count++;
  }

  /** Index that the n-th own function has or will have: for calls to functions added later. */
  functionIndex(n: number): number {
    return this.#importedFunctions + n;
  }

  /** Adds a function; `locals` are the types of its locals after the parameters, one entry each. */
  function(typeIndex: number, locals: readonly number[], code: CodeWriter): number {
    const index = this.#importedFunctions + this.#functions.count++;
    this.#functions.writer.u32(typeIndex);
    const header = this.#writeLocals(locals);
    const { writer } = this.#code;
    writer.u32(header.length + code.length + 1);
    writer.bytes(header);
    writer.bytes(code.view());
    writer.byte(Op.end);
    this.#code.count++;
    if (code.hints.length > 0) this.#writeHints(index, code.hints, header.length);
    return index;
  }

  exportFunction(name: string, functionIndex: number): void {
    this.#export(name, External.function, functionIndex);
  }

  exportTable(name: string, tableIndex: number): void {
    this.#export(name, External.table, tableIndex);
  }

  exportMemory(name: string, memoryIndex: number): void {
    this.#export(name, External.memory, memoryIndex);
  }

  /** Fills table `tableIndex` from `offset` on when the module is instantiated. */
  elements(tableIndex: number, offset: number, functionIndices: readonly number[]): void {
    const { writer } = this.#elements;
    writer.u32(2);
    writer.u32(tableIndex);
    writer.byte(Op['i32.const']);
    writer.i32(offset);
    writer.byte(Op.end);
    writer.byte(0);
    writer.u32(functionIndices.length);
    for (const index of functionIndices) writer.u32(index);
    this.#elements.count++;
  }

  build(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(this.#code.writer.length + 1024);
    out.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    writeSection(out, Section.type, this.#types);
    writeSection(out, Section.import, this.#imports);
    writeSection(out, Section.function, this.#functions);
    writeSection(out, Section.table, this.#tables);
    writeSection(out, Section.memory, this.#memories);
    writeSection(out, Section.global, this.#globals);
    writeSection(out, Section.export, this.#exports);
    writeSection(out, Section.element, this.#elements);
    if (this.#hints.count > 0) this.#writeHintSection(out);
    writeSection(out, Section.code, this.#code);
    return out.copy();
  }

  #import(module: string, name: string, kind: number): void {
    const { writer } = this.#imports;
    writer.name(module);
    writer.name(name);
    writer.byte(kind);
    this.#imports.count++;
  }

  #export(name: string, kind: number, index: number): void {
    const { writer } = this.#exports;
    writer.name(name);
    writer.byte(kind);
    writer.u32(index);
    this.#exports.count++;
  }

  /** Locals in the format's run-length form: neighbours of one type share an entry. */
  #writeLocals(locals: readonly number[]): Uint8Array {
    let runs = 0;
    for (let i = 0; i < locals.length; i++) if (i === 0 || locals[i] !== locals[i - 1]) runs++;
    const writer = this.#locals;
    writer.clear();
    writer.u32(runs);
    for (let start = 0; start < locals.length;) {
      let end = start + 1;
      while (end < locals.length && locals[end] === locals[start]) end++;
      writer.u32(end - start);
      writer.byte(locals[start]!);
      start = end;
    }
    return writer.view();
  }

  #writeHints(functionIndex: number, hints: readonly number[], bodyOffset: number): void {
    const { writer } = this.#hints;
    writer.u32(functionIndex);
    writer.u32(hints.length / 2);
    for (let i = 0; i < hints.length; i += 2) {
      writer.u32(bodyOffset + hints[i]!);
      writer.u32(1);
      writer.byte(hints[i + 1]!);
    }
    this.#hints.count++;
  }

  #writeHintSection(out: ByteWriter): void {
    const content = new ByteWriter(this.#hints.writer.length + 64);
    content.name('metadata.code.branch_hint');
    content.u32(this.#hints.count);
    content.bytes(this.#hints.writer.view());
    out.byte(Section.custom);
    out.u32(content.length);
    out.bytes(content.view());
  }
}

function writeLimits(writer: ByteWriter, limits: Limits, flags: number): void {
  writer.byte(flags | (limits.max === undefined ? 0 : LIMIT_MAX));
  writer.u32(limits.min);
  if (limits.max !== undefined) writer.u32(limits.max);
}

function writeSection(out: ByteWriter, id: number, section: ItemSection): void {
  if (section.count === 0) return;
  const { writer } = section;
  out.byte(id);
  out.u32(writer.length + leb32Size(section.count));
  out.u32(section.count);
  out.bytes(writer.view());
}

function leb32Size(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest !== 0; rest >>>= 7) size++;
  return size;
}
