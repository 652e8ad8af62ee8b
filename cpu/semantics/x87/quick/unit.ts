/**
 * The x87 unit as quick routines see it: all exceptions masked and none pending, the registers they name in use. Anything
 * else is refused. Changes are collected and written by `finish`, after the last refusal.
 */
import type { Extended, RoutineOps } from '../../routine.ts';
import { Status } from '../fpu.ts';

const MASKS = 0x3f;
const TOP_SHIFT = 11;
const TOP_MASK = 7 << TOP_SHIFT;
const CONDITIONS = Status.C0 | Status.C1 | Status.C2 | Status.C3;
/** Places for significands of 24 and 53 bits within 64, and for the other two, by the PC field: a byte each. */
const PRECISION_SHIFTS = 0x000b0028;

export class Unit<V> {
  readonly ops: RoutineOps<V>;
  readonly #control: V;
  #status: V;
  #tags: V;
  readonly #writes: (readonly [physical: V, value: Extended<V>])[] = [];

  constructor(ops: RoutineOps<V>) {
    this.ops = ops;
    this.#control = ops.stateWord('fcw');
    this.#status = ops.stateWord('fsw');
    this.#tags = ops.stateWord('ftw');
    const relevant = ops.or(32, this.#bits(this.#control, MASKS), this.#bits(this.#status, Status.Summary));
    ops.refuseIf(ops.ne(32, relevant, this.word(MASKS)));
  }

  word(value: number): V {
    return this.ops.constant(32, value);
  }

  #bits(value: V, mask: number): V {
    return this.ops.and(32, value, this.word(mask));
  }

  /** RC: as in rounding.ts. */
  get rounding(): V {
    return this.#bits(this.ops.shr(32, this.#control, this.word(10)), 3);
  }

  /** Whether it is to nearest, to 64 bits, as programs start. */
  get hasUsualRounding(): V {
    return this.ops.eq(32, this.#bits(this.#control, 0xf00), this.word(0x300));
  }

  /** How many of a significand's 64 bits arithmetic results do not have. */
  get precisionShift(): V {
    const { ops } = this;
    const field = this.#bits(ops.shr(32, this.#control, this.word(8)), 3);
    return this.#bits(ops.shr(32, this.word(PRECISION_SHIFTS), ops.shl(32, field, this.word(3))), 0xff);
  }

  // --- stack ---------------------------------------------------------------------------------------------------------
  /** Number of the register `index` below the top. */
  physical(index: V): V {
    const { ops } = this;
    return this.#bits(ops.add(32, ops.shr(32, this.#status, this.word(TOP_SHIFT)), index), 7);
  }

  isUsed(physical: V): V {
    return this.#bits(this.ops.shr(32, this.#tags, physical), 1);
  }

  /** The register `index` below the top, which must be in use. */
  used(index: V): V {
    const physical = this.physical(index);
    this.ops.refuseIf(this.ops.eq(32, this.isUsed(physical), this.word(0)));
    return physical;
  }

  read(physical: V): Extended<V> {
    return this.ops.stackRegister(physical);
  }

  write(physical: V, value: Extended<V>): void {
    const { ops } = this;
    this.#writes.push([physical, value]);
    this.#tags = ops.or(32, this.#tags, ops.shl(32, this.word(1), physical));
  }

  free(physical: V): void {
    const { ops } = this;
    this.#tags = ops.and(32, this.#tags, ops.not(32, ops.shl(32, this.word(1), physical)));
  }

  /** The register above the top must be free. */
  push(value: Extended<V>): void {
    const physical = this.physical(this.word(7));
    this.ops.refuseIf(this.isUsed(physical));
    this.turn(this.word(7));
    this.write(physical, value);
  }

  /** Frees the top `count` registers, at most 7. */
  pop(count: V): void {
    const { ops } = this;
    const ones = ops.sub(32, ops.shl(32, this.word(1), count), this.word(1));
    const wide = ops.shl(32, ones, this.physical(this.word(0)));
    const freed = ops.or(32, wide, ops.shr(32, wide, this.word(8)));
    this.#tags = this.#bits(ops.and(32, this.#tags, ops.not(32, freed)), 0xff);
    this.turn(count);
  }

  /** Adds to TOP. */
  turn(steps: V): void {
    const { ops } = this;
    const turned = ops.add(32, this.#status, ops.shl(32, steps, this.word(TOP_SHIFT)));
    this.#status = ops.or(32, this.#bits(turned, TOP_MASK), this.#bits(this.#status, 0xffff & ~TOP_MASK));
  }

  // --- status --------------------------------------------------------------------------------------------------------
  /** Adds exception flags, and C1 as it is in `bits`. */
  settle(bits: V): void {
    this.#status = this.ops.or(32, this.#bits(this.#status, 0xffff & ~Status.C1), bits);
  }

  /** All four condition bits as given. */
  setConditions(bits: V): void {
    this.#status = this.ops.or(32, this.#bits(this.#status, 0xffff & ~CONDITIONS), bits);
  }

  /** Writes what has changed, and where the instruction and its operand are. */
  finish(instruction: V, operand?: V): void {
    const { ops } = this;
    for (const [physical, value] of this.#writes) ops.setStackRegister(physical, value);
    ops.setStateWord('fsw', this.#status);
    ops.setStateWord('ftw', this.#tags);
    ops.setStateWord('fip', instruction);
    if (operand !== undefined) ops.setStateWord('fdp', operand);
  }
}
