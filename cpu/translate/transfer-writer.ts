/**
 * How a region goes on in another: straight there when the lookup table has it at its first place, else through the trampoline. A straight way
 * saves a call across instances, and each has its own branch history (bash loop: see README.md).
 */
import { State } from '../state-layout.ts';
import type { CodeWriter } from '../wasm/code-writer.ts';
import type { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, Type } from '../wasm/opcode.ts';
import type { Locals } from './locals.ts';
import { LookupField, lookupPlace, pushLookupPlace } from './lookup-table.ts';

/** What a region's module imports, by index. */
export interface RegionImports {
  /** (state, depth) → Exit code: the trampoline. */
  readonly dispatch: number;
  /** The table of the regions that may stand at first places. */
  readonly direct: number;
  /** Type (state, entry, depth) → Exit code of a region's function. */
  readonly regionType: number;
}

export function importRegionImports(builder: ModuleBuilder): RegionImports {
  builder.importSharedMemory('k42', 'memory', { min: 1, max: 65536 });
  return {
    dispatch: builder.importFunction('k42', 'dispatch', builder.type([Type.i32, Type.i32], [Type.i32])),
    direct: builder.importTable('k42', 'direct', { min: 1 }),
    regionType: builder.type([Type.i32, Type.i32, Type.i32], [Type.i32]),
  };
}

export class TransferWriter {
  readonly #code: CodeWriter;
  readonly #locals: Locals;
  readonly #imports: RegionImports;

  constructor(code: CodeWriter, locals: Locals, imports: RegionImports) {
    this.#code = code;
    this.#locals = locals;
    this.#imports = imports;
  }

  /** rip and fuel into the state block, as every other code expects them. */
  storeControl(): void {
    const code = this.#code;
    const { state, rip, fuel } = this.#locals;
    code.localGet(state);
    code.localGet(rip);
    code.memory(Op['i64.store'], State.rip);
    code.localGet(state);
    code.localGet(fuel);
    code.memory(Op['i32.store'], State.fuel);
  }

  /** Goes on where the rip local says, and never comes back. */
  jump(): void {
    const code = this.#code;
    const { state, depth } = this.#locals;
    this.#find();
    code.if();
    this.#pushEntry(() => code.localGet(depth));
    code.returnCallIndirect(this.#imports.regionType, this.#imports.direct);
    code.end();
    code.localGet(state);
    code.localGet(depth);
    code.returnCall(this.#imports.dispatch);
  }

  /** Goes on at this address or where the rip local says, one level deeper, and pushes the Exit code that comes back. */
  call(address: number | undefined): void {
    const code = this.#code;
    const { state } = this.#locals;
    this.#find(address);
    code.if(Type.i32);
    this.#pushEntry(() => this.#pushDeeper());
    code.callIndirect(this.#imports.regionType, this.#imports.direct);
    code.else();
    code.localGet(state);
    this.#pushDeeper();
    code.call(this.#imports.dispatch);
    code.end();
  }

  #pushDeeper(): void {
    this.#code.localGet(this.#locals.depth);
    this.#code.i32Const(1);
    this.#code.op(Op['i32.add']);
  }

  /** Sets the place local; pushes whether the entry is there, and fuel is left. */
  #find(address?: number): void {
    const code = this.#code;
    const { rip, place, fuel } = this.#locals;
    if (address === undefined) {
      pushLookupPlace(code, () => {
        code.localGet(rip);
        code.op(Op['i32.wrap_i64']);
      });
    } else {
      code.i32Const(lookupPlace(address));
    }
    code.localTee(place);
    code.memory(Op['i64.load32_u'], LookupField.address);
    code.localGet(rip);
    code.op(Op['i64.eq']);
    code.localGet(fuel);
    code.i32Const(0);
    code.op(Op['i32.ge_s']);
    code.op(Op['i32.and']);
  }

  /** The arguments of a region's function, and its index in the table. */
  #pushEntry(depth: () => void): void {
    const code = this.#code;
    const { state, place } = this.#locals;
    code.localGet(state);
    code.localGet(place);
    code.memory(Op['i32.load'], LookupField.entry);
    depth();
    code.localGet(place);
    code.memory(Op['i32.load'], LookupField.region);
  }
}
