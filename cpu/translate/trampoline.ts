/**
 * The way into and between regions: one small instance per address space with a table of all regions, and the lookup
 * table (lookup-table.ts). Regions find each other at the first of an address's places; what is elsewhere, or nowhere, is asked for here.
 *
 * Every instance of a region gets a copy of the tables it imports, and each change goes to all of them (V8 to 11, Node 20 and 22): a
 * thousand regions that import a table of all of them cost 75 MB, three thousand half a millisecond each. So they import a short one, and
 * only the regions in it stand at first places.
 *
 * Instances of regions stay when the memory goes on to the next address space: the same program often runs there again.
 */
import { Exit } from '../exit.ts';
import { LOOKUP_BYTES, LookupField, WAYS, changeWay, lookupPlace, pushLookupPlace } from './lookup-table.ts';
import type { SharedRegion } from './module-cache.ts';
import { State } from '../state-layout.ts';
import { CodeWriter } from '../wasm/code-writer.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, Type } from '../wasm/opcode.ts';

/** Regions that others reach without the trampoline: the first ones of an address space, which tend to be the hottest. */
const DIRECT_REGIONS = 256;

export type RegionExport = (state: number, entry: number, depth: number) => number;

/** Compiled once, instantiated per address space. */
export function compileTrampoline(): WebAssembly.Module {
  const builder = new ModuleBuilder();
  builder.importSharedMemory('k42', 'memory', { min: 1, max: 65536 });
  const table = builder.table({ min: DIRECT_REGIONS });
  const direct = builder.table({ min: DIRECT_REGIONS });
  const regionType = builder.type([Type.i32, Type.i32, Type.i32], [Type.i32]);
  const dispatch = builder.function(
    builder.type([Type.i32, Type.i32], [Type.i32]),
    [Type.i32, Type.i32],
    dispatchCode(regionType, table),
  );
  builder.exportFunction('dispatch', dispatch);
  builder.exportTable('regions', table);
  builder.exportTable('direct', direct);
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
  code.localSet(rip);
  pushLookupPlace(code, () => code.localGet(rip));
  code.localSet(found);
  const hit = code.block();
  for (let way = 0; way < WAYS; way++) {
    if (way > 0) changeWay(code, found, way - 1, way);
    code.localGet(found);
    code.memory(Op['i32.load'], LookupField.address);
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
  code.memory(Op['i32.load'], LookupField.entry);
  code.localGet(depth);
  code.localGet(found);
  code.memory(Op['i32.load'], LookupField.region);
  code.returnCallIndirect(regionType, table);
  return code;
}

/** More regions than this are not kept for the next address space. */
const MAX_KEPT = 512;

/** One for each Wasm memory. */
export class Trampoline {
  readonly dispatch: (state: number, depth: number) => number;
  /** What regions import. */
  readonly direct: WebAssembly.Table;
  readonly #regions: WebAssembly.Table;
  readonly #lookup: Uint32Array;
  readonly #indices = new Map<SharedRegion, number>();
  #free: number[] = [];
  #used = 0;
  #pushedOut = 0;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    const { exports } = new WebAssembly.Instance(module, { k42: { memory } });
    this.dispatch = exports['dispatch'] as (state: number, depth: number) => number;
    this.#regions = exports['regions'] as WebAssembly.Table;
    this.direct = exports['direct'] as WebAssembly.Table;
    this.#lookup = new Uint32Array(memory.buffer, LookupField.address, LOOKUP_BYTES / 4);
  }

  /** For a new address space: nothing can be entered. */
  clear(): void {
    this.#lookup.fill(0);
    if (this.#used <= MAX_KEPT) return;
    for (let index = 0; index < this.#used; index++) this.#set(index, null);
    this.#indices.clear();
    this.#free = [];
    this.#used = 0;
  }

  /** Index of a region in the table; `instantiate` answers its function where it is not there yet. */
  indexOf(region: SharedRegion, instantiate: () => RegionExport): number {
    const known = this.#indices.get(region);
    if (known !== undefined) return known;
    const index = this.#free.pop() ?? this.#used++;
    if (index >= this.#regions.length) this.#regions.grow(this.#regions.length);
    this.#set(index, instantiate());
    this.#indices.set(region, index);
    return index;
  }

  remove(region: SharedRegion): void {
    const index = this.#indices.get(region);
    if (index === undefined) return;
    this.#indices.delete(region);
    this.#set(index, null);
    this.#free.push(index);
  }

  #set(index: number, region: RegionExport | null): void {
    this.#regions.set(index, region);
    if (index < DIRECT_REGIONS) this.direct.set(index, region);
  }

  /** Makes an entry findable from Wasm; when all its places are taken it pushes another out. */
  publish(address: number, region: number, entry: number): void {
    this.withdraw(address);
    const firstWay = region < DIRECT_REGIONS ? 0 : 1;
    const at =
      this.#place(0, address, firstWay) ?? lookupIndex(address, firstWay + (this.#pushedOut++ % (WAYS - firstWay)));
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
  #place(content: number, address: number = content, firstWay = 0): number | undefined {
    for (let way = firstWay; way < WAYS; way++) {
      const at = lookupIndex(address, way);
      if (this.#lookup[at] === content) return at;
    }
    return undefined;
  }
}

function lookupIndex(address: number, way: number): number {
  return lookupPlace(address, way) >>> 2;
}
