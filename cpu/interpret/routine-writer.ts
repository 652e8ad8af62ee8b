/** Routines (semantics/routine.ts) as Wasm functions (state, parameters) → answer. */
import type { Width } from '../semantics/ops.ts';
import {
  STATE_WORD_WIDTHS,
  type Extended,
  type Routine,
  type RoutineOps,
  type StateWord,
} from '../semantics/routine.ts';
import { State } from '../state-layout.ts';
import { Op, Type, type OpName } from '../wasm/opcode.ts';
import type { HandlerWriter } from './handler-writer.ts';
import { typeOf } from './integer-ops.ts';
import { STORES, StateOps } from './state-ops.ts';
import { localValue, type Value } from './value.ts';
import { VectorOps } from './vector-ops.ts';

/** Bytes of an x87 register in the state block, as a shift; sign and exponent come after the significand. */
const REGISTER_SHIFT = 4;
const SIGN_EXPONENT = 8;

export class RoutineWriter extends StateOps implements RoutineOps<Value> {
  readonly #floats: VectorOps;

  constructor(writer: HandlerWriter) {
    super(writer);
    this.#floats = new VectorOps(writer);
  }

  /** Leaves the function's code and locals in the writer. */
  write({ parameters, body }: Routine): void {
    this.writer.clear(1 + parameters.length);
    const args = parameters.map((width, i) => localValue(typeOf(width), 1 + i));
    this.writer.push(body(this, args));
  }

  setStateWord(name: StateWord, value: Value): void {
    this.storeState(State[name], STORES[STATE_WORD_WIDTHS[name]], () => this.writer.push(value));
  }

  #pushRegister(physical: Value): void {
    const { code } = this.writer;
    this.writer.push(physical);
    code.i32Const(REGISTER_SHIFT);
    code.op(Op['i32.shl']);
    code.localGet(0);
    code.op(Op['i32.add']);
  }

  stackRegister(physical: Value): Extended<Value> {
    const { code } = this.writer;
    this.#pushRegister(physical);
    const at = this.writer.take(Type.i32);
    this.writer.push(at);
    code.memory(Op['i64.load'], State.st);
    const significand = this.writer.take(Type.i64);
    this.writer.push(at);
    code.memory(Op['i32.load16_u'], State.st + SIGN_EXPONENT);
    return { significand, signExponent: this.writer.take(Type.i32) };
  }

  setStackRegister(physical: Value, { significand, signExponent }: Extended<Value>): void {
    const { code } = this.writer;
    this.#pushRegister(physical);
    this.writer.push(significand);
    code.memory(Op['i64.store'], State.st);
    this.#pushRegister(physical);
    this.writer.push(signExponent);
    code.memory(Op['i32.store16'], State.st + SIGN_EXPONENT);
  }

  giveResult(value: Value): void {
    this.storeState(State.scratch, Op['i64.store'], () => this.writer.push(value));
  }

  choose(
    condition: Value,
    widths: readonly Width[],
    then: () => readonly Value[],
    otherwise: () => readonly Value[],
  ): Value[] {
    const chosen = widths.map((width) => localValue(typeOf(width), this.writer.newLocal(typeOf(width))));
    const assign = (values: readonly Value[]): void => {
      for (const [i, value] of values.entries()) {
        this.writer.push(value);
        this.writer.code.localSet(chosen[i]!.local);
      }
    };
    this.when(
      condition,
      () => assign(then()),
      () => assign(otherwise()),
    );
    return chosen;
  }

  refuseIf(condition: Value): void {
    this.when(condition, () => {
      this.writer.code.i32Const(0);
      this.writer.code.op(Op.return);
    });
  }

  /** The quotient fits: routines see to it. */
  divideWide(
    _signed: 'signed' | 'unsigned',
    high: Value,
    low: Value,
    divisor: Value,
  ): { quotient: Value; remainder: Value } {
    return this.divide(this.writer.runtime.divideUnsigned, [high, low, divisor], () => this.writer.code.op(Op.drop));
  }

  float(w: 32 | 64, name: string, args: readonly Value[]): Value {
    return this.#floats.float(w, name, args);
  }

  convert(name: string, a: Value): Value {
    return this.#floats.convert(name as OpName, a);
  }
}
