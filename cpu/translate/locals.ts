/**
 * The Wasm locals of a region function: parameters, fixed locals, one per guest register in use, and temporaries, which are
 * shared by all blocks: none lives longer than its block.
 */
import { Type } from '../wasm/opcode.ts';
import { slotType } from './slots.ts';

const PARAMETERS = 3;
const FIXED = [Type.i32, Type.i32, Type.i32, Type.i64, Type.i32];

export class Locals {
  /** Parameters. */
  readonly state = 0;
  readonly entry = 1;
  readonly depth = 2;
  /** Fixed locals. */
  readonly selector = 3;
  readonly exit = 4;
  readonly fuel = 5;
  readonly rip = 6;
  readonly place = 7;
  /** Types of all locals after the parameters. */
  readonly types: number[] = [...FIXED];
  readonly #slots = new Map<number, number>();
  readonly #free = new Map<number, { used: number; locals: number[] }>();

  /** Local of a guest register slot; made at first use. */
  slot(slot: number): number {
    const known = this.#slots.get(slot);
    if (known !== undefined) return known;
    const local = this.#add(slotType(slot));
    this.#slots.set(slot, local);
    return local;
  }

  startBlock(): void {
    for (const pool of this.#free.values()) pool.used = 0;
  }

  temporary(type: number): number {
    let pool = this.#free.get(type);
    if (!pool) this.#free.set(type, (pool = { used: 0, locals: [] }));
    if (pool.used === pool.locals.length) pool.locals.push(this.#add(type));
    return pool.locals[pool.used++]!;
  }

  #add(type: number): number {
    this.types.push(type);
    return PARAMETERS + this.types.length - 1;
  }
}
