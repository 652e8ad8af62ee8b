/**
 * The way into and between regions: one small instance per address space with a table of all regions, and a lookup
 * table from guest addresses to entries in the low part of the guest memory that nobody else uses.
 */
import { Exit } from '../exit.ts';
import { State } from '../state-layout.ts';
import { CodeWriter } from '../wasm/code-writer.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, Type } from '../wasm/opcode.ts';

/** Below the state blocks; see guest-memory.ts for the low area. */
const LOOKUP_TABLE = 0;
const LOOKUP_BITS = 12;
const LOOKUP_MASK = (1 << LOOKUP_BITS) - 1;
/** u32: guest address (0 = empty), index in the region table, entry number, unused. */
const ENTRY_SHIFT = 4;
const LOOKUP_BYTES = (LOOKUP_MASK + 1) << ENTRY_SHIFT;
/** An entry is at its hash or at the hash with one of its lowest bits flipped: hot entries must not push each other out. */
const WAYS = 4;

type RegionExport = (state: number, entry: number, depth: number) => number;

/** Compiled once, instantiated per address space. */
export function compileTrampoline(): WebAssembly.Module {
  const builder = new ModuleBuilder();
  builder.importSharedMemory('k42', 'memory', { min: 1, max: 65536 });
  const table = builder.table({ min: 64 });
  const regionType = builder.type([Type.i32, Type.i32, Type.i32], [Type.i32]);
  const dispatch = builder.function(
    builder.type([Type.i32, Type.i32], [Type.i32]),
    [Type.i32, Type.i32],
    dispatchCode(regionType, table),
  );
  builder.exportFunction('dispatch', dispatch);
  builder.exportTable('regions', table);
  return new WebAssembly.Module(builder.build());
}

/** (state, depth) → Exit: goes on at State.rip. Locals: 2 the address, 3 its lookup entry. */
function dispatchCode(regionType: number, table: number): CodeWriter {
  const code = new CodeWriter();
  const [state, depth, rip, found] = [0, 1, 2, 3];
  code.localGet(state);
  code.memory(Op['i32.load'], State.fuel);
  code.i32Const(0);
  code.op(Op['i32.lt_s']);
  code.if();
  code.i32Const(Exit.Fuel);
  code.op(Op.return);
  code.end();
  code.localGet(state);
  code.memory(Op['i32.load'], State.rip);
  code.localTee(rip);
  code.localGet(rip);
  code.i32Const(LOOKUP_BITS);
  code.op(Op['i32.shr_u']);
  code.op(Op['i32.xor']);
  code.i32Const(LOOKUP_MASK);
  code.op(Op['i32.and']);
  code.i32Const(ENTRY_SHIFT);
  code.op(Op['i32.shl']);
  code.localSet(found);
  const hit = code.block();
  for (let way = 0; way < WAYS; way++) {
    // Flips the bits in turn: 0, 1, 2, 3 from the hash.
    if (way > 0) flip(code, found, way ^ (way - 1));
    code.localGet(found);
    code.memory(Op['i32.load'], LOOKUP_TABLE);
    code.localGet(rip);
    code.op(Op['i32.eq']);
    code.brIf(hit);
  }
  code.i32Const(Exit.Continue);
  code.op(Op.return);
  code.end();
  code.localGet(state);
  code.memory(Op['i32.load'], State.rip + 4);
  code.if();
  code.i32Const(Exit.Continue);
  code.op(Op.return);
  code.end();
  code.localGet(state);
  code.localGet(found);
  code.memory(Op['i32.load'], LOOKUP_TABLE + 8);
  code.localGet(depth);
  code.localGet(found);
  code.memory(Op['i32.load'], LOOKUP_TABLE + 4);
  code.returnCallIndirect(regionType, table);
  return code;
}

function flip(code: CodeWriter, found: number, ways: number): void {
  code.localGet(found);
  code.i32Const(ways << ENTRY_SHIFT);
  code.op(Op['i32.xor']);
  code.localSet(found);
}

export class Trampoline {
  readonly dispatch: (state: number, depth: number) => number;
  readonly #regions: WebAssembly.Table;
  readonly #lookup: Uint32Array;
  readonly #free: number[] = [];
  #used = 0;
  #pushedOut = 0;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    const { exports } = new WebAssembly.Instance(module, { k42: { memory } });
    this.dispatch = exports['dispatch'] as (state: number, depth: number) => number;
    this.#regions = exports['regions'] as WebAssembly.Table;
    this.#lookup = new Uint32Array(memory.buffer, LOOKUP_TABLE, LOOKUP_BYTES / 4);
    this.#lookup.fill(0);
  }

  /** Puts a region into the table; answers its index. */
  add(region: RegionExport): number {
    const index = this.#free.pop() ?? this.#used++;
    if (index >= this.#regions.length) this.#regions.grow(this.#regions.length);
    this.#regions.set(index, region);
    return index;
  }

  remove(index: number): void {
    this.#regions.set(index, null);
    this.#free.push(index);
  }

  /** Makes an entry findable from Wasm; when all its places are taken it pushes another out. */
  publish(address: number, region: number, entry: number): void {
    const at = this.#place(address) ?? this.#place(0, address) ?? lookupIndex(address, this.#pushedOut++ % WAYS);
    this.#lookup[at] = address;
    this.#lookup[at + 1] = region;
    this.#lookup[at + 2] = entry;
  }

  withdraw(address: number): void {
    const at = this.#place(address);
    if (at !== undefined) this.#lookup[at] = 0;
  }

  isPublished(address: number): boolean {
    return this.#place(address) !== undefined;
  }

  /** Where this content is among the places of an address. */
  #place(content: number, address: number = content): number | undefined {
    for (let way = 0; way < WAYS; way++) {
      const at = lookupIndex(address, way);
      if (this.#lookup[at] === content) return at;
    }
    return undefined;
  }
}

function lookupIndex(address: number, way: number): number {
  return (((address ^ (address >>> LOOKUP_BITS) ^ way) & LOOKUP_MASK) << ENTRY_SHIFT) >>> 2;
}
