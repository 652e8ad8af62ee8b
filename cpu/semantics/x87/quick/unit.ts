/**
 * The x87 unit as quick routines see it: all exceptions masked and none pending, the registers they name in use. Anything
 * else is refused. Changes are collected and written by `finish`, after the last refusal.
 */
import type { Extended, RoutineOps } from '../../routine.ts';
import { Status } from '../fpu.ts';

const MASKS = 0x3f;
/** Both words are kept as one, so that there is one load and one store: the status word is the upper half. */
const STATUS_SHIFT = 16;
const STATUS_SUMMARY = Status.Summary << STATUS_SHIFT;
const TOP_SHIFT = STATUS_SHIFT + 11;
const TOP_MASK = 7 << TOP_SHIFT;
const C1 = Status.C1 << STATUS_SHIFT;
const CONDITIONS = (Status.C0 | Status.C1 | Status.C2 | Status.C3) << STATUS_SHIFT;
/** Places for significands of 24 and 53 bits within 64, and for the other two, by the PC field: a byte each. */
const PRECISION_SHIFTS = 0x000b0028;

export class Unit<V> {
  readonly ops: RoutineOps<V>;
  #words: V;
  #tags: V | undefined;
  #tagsChanged = false;
  readonly #writes: (readonly [physical: V, value: Extended<V>])[] = [];

  constructor(ops: RoutineOps<V>) {
    this.ops = ops;
    this.#words = ops.stateWord('x87Words');
    ops.refuseIf(ops.ne(32, this.#bits(this.#words, STATUS_SUMMARY | MASKS), this.word(MASKS)));
  }

  word(value: number): V {
    return this.ops.constant(32, value);
  }

  #bits(value: V, mask: number): V {
    return this.ops.and(32, value, this.word(mask));
  }

  /** RC: as in rounding.ts. */
  get rounding(): V {
    return this.#bits(this.ops.shr(32, this.#words, this.word(10)), 3);
  }

  /** Whether it is to nearest, to 64 bits, as programs start. */
  get hasUsualRounding(): V {
    return this.ops.eq(32, this.#bits(this.#words, 0xf00), this.word(0x300));
  }

  /** How many of a significand's 64 bits arithmetic results do not have. */
  get precisionShift(): V {
    const { ops } = this;
    const field = this.#bits(ops.shr(32, this.#words, this.word(8)), 3);
    return this.#bits(ops.shr(32, this.word(PRECISION_SHIFTS), ops.shl(32, field, this.word(3))), 0xff);
  }

  // --- stack ---------------------------------------------------------------------------------------------------------
  /** Number of the register `index` below the top. */
  physical(index: V): V {
    const { ops } = this;
    return this.#bits(ops.add(32, this.#top(), index), 7);
  }

  /** TOP; above it other bits of the status word. */
  #top(): V {
    return this.ops.shr(32, this.#words, this.word(TOP_SHIFT));
  }

  top(): V {
    return this.#bits(this.#top(), 7);
  }

  get #allTags(): V {
    return (this.#tags ??= this.ops.stateWord('ftw'));
  }

  #setTags(tags: V): void {
    this.#tags = tags;
    this.#tagsChanged = true;
  }

  isUsed(physical: V): V {
    return this.#bits(this.ops.shr(32, this.#allTags, physical), 1);
  }

  /** A register that must be in use. */
  #requireUsed(physical: V): V {
    this.ops.refuseIf(this.ops.eq(32, this.isUsed(physical), this.word(0)));
    return physical;
  }

  /** The register `index` below the top, which must be in use. */
  used(index: V): V {
    return this.#requireUsed(this.physical(index));
  }

  usedTop(): V {
    return this.#requireUsed(this.top());
  }

  read(physical: V): Extended<V> {
    return this.ops.stackRegister(physical);
  }

  /** Writes a register that is in use. */
  write(physical: V, value: Extended<V>): void {
    this.#writes.push([physical, value]);
  }

  /** Writes any register. */
  fill(physical: V, value: Extended<V>): void {
    const { ops } = this;
    this.write(physical, value);
    this.#setTags(ops.or(32, this.#allTags, ops.shl(32, this.word(1), physical)));
  }

  free(physical: V): void {
    const { ops } = this;
    this.#setTags(ops.and(32, this.#allTags, ops.not(32, ops.shl(32, this.word(1), physical))));
  }

  /** The register above the top must be free. */
  push(value: Extended<V>): void {
    const physical = this.physical(this.word(7));
    this.ops.refuseIf(this.isUsed(physical));
    this.turn(7);
    this.fill(physical, value);
  }

  /** Frees the top registers. */
  pop(count: number): void {
    for (let done = 0; done < count; done++) {
      this.free(this.top());
      this.turn(1);
    }
  }

  /** Adds to TOP. */
  turn(steps: number): void {
    const { ops } = this;
    const turned = ops.add(32, this.#words, this.word(steps << TOP_SHIFT));
    this.#words = ops.or(32, this.#bits(turned, TOP_MASK), this.#bits(this.#words, ~TOP_MASK));
  }

  // --- status --------------------------------------------------------------------------------------------------------
  /** Adds exception flags, and C1 as it is in `bits`: bits of the status word. Absent: none. */
  settle(bits?: V): void {
    const rest = this.#bits(this.#words, ~C1);
    this.#words = bits === undefined ? rest : this.ops.or(32, rest, this.#ofStatus(bits));
  }

  /** All four condition bits as given. */
  setConditions(bits: V): void {
    this.#words = this.ops.or(32, this.#bits(this.#words, ~CONDITIONS), this.#ofStatus(bits));
  }

  #ofStatus(bits: V): V {
    return this.ops.shl(32, bits, this.word(STATUS_SHIFT));
  }

  /** Writes what has changed, and where the instruction and its operand are. */
  finish(instruction: V, operand?: V): void {
    const { ops } = this;
    for (const [physical, value] of this.#writes) ops.setStackRegister(physical, value);
    ops.setStateWord('x87Words', this.#words);
    if (this.#tagsChanged) ops.setStateWord('ftw', this.#allTags);
    ops.setStateWord('fip', instruction);
    if (operand !== undefined) ops.setStateWord('fdp', operand);
  }
}
