/**
 * The interpreter of one address space: an instance of the interpreter module on the guest's Wasm memory. The compiled
 * module and the table shape → handler are shared by all (InterpreterCode).
 */
import { PAGE_SIZE } from '../address.ts';
import type { ArchiveSource } from '../archive-source.ts';
import { Exit } from '../exit.ts';
import type { PagedMemory } from '../memory/paged-memory.ts';
import type { Instruction } from '../x86/instruction.ts';
import { DecodedPages } from './decoded-pages.ts';
import { FunctionStarts } from './function-starts.ts';
import { SHAPE_SECTION } from './interpreter-module.ts';
import type { ShapeList } from './interpreter-module.ts';
import { makeInterpreter } from './make-interpreter.ts';
import { FIXED_HANDLERS, FixedHandler, RECORD_SIZE, RecordField } from './record.ts';
import type { IsaLevel } from '../x86/isa-level.ts';
import { SingleInstructions } from './single-instructions.ts';
import { mnemonicOf, shapeOf, startsWithRelative } from './shape.ts';

export class InterpreterCode {
  readonly module: WebAssembly.Module;
  readonly pages: DecodedPages;
  readonly functions = new FunctionStarts();
  readonly singles = new SingleInstructions();
  /** Scratch: the page that is being decoded. */
  readonly pageBytes = new Uint8Array(PAGE_SIZE);
  readonly #mnemonics = new Map<string, number>();
  readonly #handlers = new Map<number, number>();
  readonly #directCalls = new Set<number>();

  /** From the bytes made at build time for the level; without them the module is generated now, which takes a good part of a second. */
  constructor(level: IsaLevel, bytes: Uint8Array<ArrayBuffer> = makeInterpreter(level), decodedPages?: ArchiveSource) {
    this.pages = new DecodedPages(decodedPages, (records) => this.#noteCalls(records));
    this.module = new WebAssembly.Module(bytes);
    const section = WebAssembly.Module.customSections(this.module, SHAPE_SECTION)[0]!;
    const list = JSON.parse(new TextDecoder().decode(section)) as ShapeList;
    list.mnemonics.forEach((mnemonic, i) => this.#mnemonics.set(mnemonic, i));
    const call = this.#mnemonics.get('call');
    list.shapes.forEach((shape, i) => {
      this.#handlers.set(shape, FIXED_HANDLERS + i);
      if (mnemonicOf(shape) === call && startsWithRelative(shape)) this.#directCalls.add(FIXED_HANDLERS + i);
    });
  }

  /** Index of the handler for an instruction, FixedHandler.Evaluate when there is none. */
  handlerOf(instruction: Instruction): number {
    const mnemonic = this.#mnemonics.get(instruction.mnemonic);
    if (mnemonic === undefined) return FixedHandler.Evaluate;
    return this.#handlers.get(shapeOf(mnemonic, instruction)) ?? FixedHandler.Evaluate;
  }

  isDirectCall(handler: number): boolean {
    return this.#directCalls.has(handler);
  }

  #noteCalls(records: Uint32Array): void {
    for (let at = 0; at < records.length; at += RECORD_SIZE / 4) {
      if (this.isDirectCall(records[at]!)) this.functions.add(records[at + RecordField.immediate / 4]!);
    }
  }

  get handlerCount(): number {
    return this.#handlers.size;
  }
}

interface InterpreterExports {
  /** Runs from State.rip of the state block at this address until something must be done outside. */
  enter(state: number): Exit;
  /** Runs from one record, with this much fuel. */
  runRecord(state: number, record: number, fuel: number): Exit;
}

/** (state, depth) → Exit: runs regions from State.rip. */
export type EnterRegion = (state: number, depth: number) => number;

/** For who enters regions by himself: the interpreter leaves before each. */
export const ENTER_OUTSIDE: EnterRegion = () => Exit.Hot;

/** An instance belongs to a Wasm memory; which guest memory that is at the moment changes when arenas are recycled. */
export class Interpreter {
  memory: PagedMemory;
  /** Functions of routines, by name, and others. */
  readonly routines: WebAssembly.Exports;
  readonly enter: (state: number) => Exit;
  readonly runRecord: (state: number, record: number, fuel: number) => Exit;

  constructor(code: InterpreterCode, memory: PagedMemory, enterRegion: EnterRegion) {
    this.memory = memory;
    const instance = new WebAssembly.Instance(code.module, {
      k42: {
        memory: memory.wasm,
        enterRegion,
        slowLoad: (state: number, low: number, high: number, size: number) =>
          this.memory.slowLoad(state, low, high, size),
        slowStore: (state: number, low: number, high: number, size: number) =>
          this.memory.slowStore(state, low, high, size),
        slowProbe: (state: number, low: number, high: number, size: number) =>
          this.memory.slowProbe(state, low, high, size),
      },
    });
    const exports = instance.exports as unknown as InterpreterExports;
    this.routines = instance.exports;
    this.enter = exports.enter;
    this.runRecord = exports.runRecord;
  }
}
