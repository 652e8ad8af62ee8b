/**
 * The floating-point operations of the evaluator's operation set under MXCSR: rounding modes, flushing, and the exceptions that one
 * instruction meets. Values and exceptions come from soft-float.ts; here are the names of the operations and what depends on the
 * instruction. Source: SDM vol. 1, 10.2.3 and 11.5.
 */
import { State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import {
  add,
  comparisonExceptions,
  convertFormat,
  div,
  Exception,
  fromInteger,
  fusedMultiplyAdd,
  isNan,
  mul,
  operandOf,
  RoundTo,
  sqrt,
  sub,
  toInteger,
  toIntegral,
  type FloatMode,
  type FloatResult,
} from './soft-float.ts';
import { evaluateConversion, evaluateFloat, isFloatComparison } from './wasm-float.ts';
import { joinLanes, splitLanes } from './wasm-simd.ts';

type FloatWidth = 32 | 64;

const FLUSH_TO_ZERO = 0x8000;
const DENORMALS_ARE_ZERO = 0x40;
const UNDERFLOW_MASK = 0x800;
const OVERFLOW_MASK = 0x400;
const MASKS_SHIFT = 7;
const ROUNDING_SHIFT = 13;
export const ALL_EXCEPTIONS = 0x3f;

/** What the mnemonic says about rounding and exceptions. */
const Behaviour = {
  Usual: 0,
  /** rcp, rsqrt: nothing of MXCSR counts, nothing is raised. */
  Estimate: 1,
  /** round*: the immediate may name a mode and suppress Precision. */
  Round: 2,
  /** To integers: rounding and range give one exception together. */
  ToInteger: 3,
} as const;
type Behaviour = (typeof Behaviour)[keyof typeof Behaviour];

function behaviourOf(mnemonic: string): Behaviour {
  const name = mnemonic.startsWith('v') ? mnemonic.slice(1) : mnemonic;
  if (name.startsWith('rcp') || name.startsWith('rsqrt')) return Behaviour.Estimate;
  if (name.startsWith('round')) return Behaviour.Round;
  return /^cvtt?[ps][sd]2(si|dq|pi)$/.test(name) ? Behaviour.ToInteger : Behaviour.Usual;
}

const DEFAULT_MODE: FloatMode = {
  rounding: RoundTo.Nearest,
  denormalsAreZero: false,
  flushToZero: false,
  underflowMasked: true,
  overflowMasked: true,
};

const BINARY: Readonly<Record<string, (w: FloatWidth, a: bigint, b: bigint, mode: FloatMode) => FloatResult>> = {
  add,
  sub,
  mul,
  div,
};
const ROUNDINGS: Readonly<Record<string, number>> = { floor: RoundTo.Down, ceil: RoundTo.Up, trunc: RoundTo.Zero };
/** Operations that look at values, so that a denormal can count as zero, but raise nothing by themselves. */
const EXTREMES: ReadonlySet<string> = new Set(['pmin', 'pmax']);

const FLOAT_LANES = /^f(32|64)x\d\.(\w+)$/;
/** Names that begin like an operation on float lanes, but move bits. */
const MOVES = /splat|lane|abs|neg$/;

export class FloatUnit {
  /** Exceptions met since `begin`. */
  raised = 0;
  readonly #behaviours = new Map<string, Behaviour>();
  #behaviour: Behaviour = Behaviour.Usual;
  #mode = DEFAULT_MODE;
  /** For a conversion to integers: in which lanes rounding has lost something, in the order in which they are converted. */
  #inexact: boolean[] = [];
  #immediate = 0;

  begin(state: CpuState, instruction: Instruction): void {
    const { mnemonic } = instruction;
    let behaviour = this.#behaviours.get(mnemonic);
    if (behaviour === undefined) this.#behaviours.set(mnemonic, (behaviour = behaviourOf(mnemonic)));
    this.raised = 0;
    this.#behaviour = behaviour;
    this.#inexact = [];
    this.#mode = DEFAULT_MODE;
    if (behaviour === Behaviour.Estimate) return;
    const mxcsr = state.view.getUint32(State.mxcsr, true);
    if ((mxcsr & ~ALL_EXCEPTIONS) !== 0x1f80) this.#mode = modeOf(mxcsr);
    if (behaviour === Behaviour.Round) this.#immediate = immediateOf(instruction);
  }

  float(w: FloatWidth, name: string, args: readonly bigint[]): bigint {
    const [a, b] = args as [bigint, bigint];
    const binary = BINARY[name];
    if (binary !== undefined) return this.#take(binary(w, a, b, this.#mode));
    if (name === 'sqrt') return this.#take(sqrt(w, a, this.#mode));
    const rounding = name === 'nearest' ? this.#nearest() : ROUNDINGS[name];
    if (rounding !== undefined) return this.#integral(w, a, rounding);
    if (isFloatComparison(name) || EXTREMES.has(name))
      return evaluateFloat(
        w,
        name,
        args.map((bits) => operandOf(w, bits, this.#mode)),
      );
    return evaluateFloat(w, name, args);
  }

  /** a * b + c in one lane; the sign bits given negate the product and the addend, but no NaN. */
  fma(w: FloatWidth, [a, b, c]: readonly [bigint, bigint, bigint], product: bigint, addend: bigint): bigint {
    const signed = (bits: bigint, sign: bigint): bigint => (isNan(w, bits) ? bits : bits ^ sign);
    return this.#take(fusedMultiplyAdd(w, [signed(a, product), b, signed(c, addend)], this.#mode));
  }

  /** Flushing to zero does not apply to halves. */
  toHalf(single: bigint, rounding: number | 'mxcsr'): bigint {
    const mode = { ...this.#mode, flushToZero: false, rounding: rounding === 'mxcsr' ? this.#mode.rounding : rounding };
    return this.#take(convertFormat(32, 16, single, mode));
  }

  convert(name: string, a: bigint): bigint {
    if (name === 'f32.demote_f64') return this.#take(convertFormat(64, 32, a, this.#mode));
    if (name === 'f64.promote_f32') return this.#take(convertFormat(32, 64, a, this.#mode));
    const [, to, from] = /^f(32|64)\.convert_i(32|64)_s$/.exec(name) ?? [];
    if (to !== undefined) {
      const value = BigInt.asIntN(Number(from), a);
      return this.#take(fromInteger(Number(to) as FloatWidth, value, this.#mode));
    }
    const [, bits, source] = /^i(32|64)\.trunc_sat_f(32|64)_s$/.exec(name) ?? [];
    if (bits !== undefined) return this.#truncated(Number(source) as FloatWidth, a, Number(bits));
    return evaluateConversion(name, a);
  }

  /** A vector operation on floating-point lanes, by full name; undefined for all others. */
  simd(name: string, args: readonly bigint[]): bigint | undefined {
    const conversion = this.#packedConversion(name, args[0]!);
    if (conversion !== undefined) return conversion;
    const [, bits, operation] = FLOAT_LANES.exec(name) ?? [];
    if (operation === undefined || MOVES.test(operation)) return undefined;
    const w = Number(bits) as FloatWidth;
    const vectors = args.map((vector) => splitLanes(w, vector));
    const mask = isFloatComparison(operation) ? -1n : 1n;
    const lane = (_: bigint, i: number): bigint => {
      const operands = vectors.map((lanes) => lanes[i]!);
      return mask * this.float(w, operation, operands);
    };
    return joinLanes(w, vectors[0]!.map(lane));
  }

  /** Notes the exceptions of a comparison lane by lane, or of the lowest lanes alone. */
  compare(w: FloatWidth, kind: 'quiet' | 'signalling', lanes: readonly (readonly [bigint, bigint])[]): void {
    for (const operands of lanes) this.raised |= comparisonExceptions(w, kind, operands, this.#mode);
  }

  #packedConversion(name: string, a: bigint): bigint | undefined {
    switch (name) {
      case 'f32x4.convert_i32x4_s':
        return joinLanes(
          32,
          splitLanes(32, a).map((lane) => this.convert('f32.convert_i32_s', lane)),
        );
      case 'f64x2.convert_low_i32x4_s':
        return joinLanes(
          64,
          splitLanes(32, a)
            .slice(0, 2)
            .map((lane) => this.convert('f64.convert_i32_s', lane)),
        );
      case 'f32x4.demote_f64x2_zero':
        return joinLanes(
          32,
          splitLanes(64, a).map((lane) => this.convert('f32.demote_f64', lane)),
        );
      case 'f64x2.promote_low_f32x4':
        return joinLanes(
          64,
          splitLanes(32, a)
            .slice(0, 2)
            .map((lane) => this.convert('f64.promote_f32', lane)),
        );
      case 'i32x4.trunc_sat_f32x4_s':
        return joinLanes(
          32,
          splitLanes(32, a).map((lane) => this.#truncated(32, lane, 32)),
        );
      case 'i32x4.trunc_sat_f64x2_s_zero':
        return joinLanes(
          32,
          splitLanes(64, a).map((lane) => this.#truncated(64, lane, 32)),
        );
      default:
        return undefined;
    }
  }

  #take({ bits, raised }: FloatResult): bigint {
    if (this.#behaviour !== Behaviour.Estimate) this.raised |= raised;
    return bits;
  }

  /** The mode of `nearest`: MXCSR's, unless the immediate of round* says otherwise. */
  #nearest(): number {
    return this.#behaviour === Behaviour.Round && !(this.#immediate & 4) ? RoundTo.Nearest : this.#mode.rounding;
  }

  #integral(w: FloatWidth, a: bigint, rounding: number): bigint {
    const { bits, raised } = toIntegral(w, a, rounding, this.#mode);
    if (this.#behaviour === Behaviour.ToInteger) this.#inexact.push((raised & Exception.Precision) !== 0);
    else if (this.#behaviour === Behaviour.Round && this.#immediate & 8) this.raised |= raised & ~Exception.Precision;
    else this.raised |= raised;
    return bits;
  }

  /** Saturated like WebAssembly's; out of range it is invalid and nothing else. */
  #truncated(w: FloatWidth, a: bigint, bits: number): bigint {
    const roundedOff = this.#inexact.shift() === true;
    const found = toInteger(w, a, bits, this.#mode);
    if (found === undefined) {
      this.raised |= Exception.Invalid;
      return isNan(w, a) ? 0n : evaluateConversion(`i${bits}.trunc_sat_f${w}_s`, a);
    }
    if (found.inexact || roundedOff) this.raised |= Exception.Precision;
    return BigInt.asUintN(bits, found.value);
  }
}

function modeOf(mxcsr: number): FloatMode {
  return {
    rounding: (mxcsr >> ROUNDING_SHIFT) & 3,
    denormalsAreZero: (mxcsr & DENORMALS_ARE_ZERO) !== 0,
    flushToZero: (mxcsr & FLUSH_TO_ZERO) !== 0,
    underflowMasked: (mxcsr & UNDERFLOW_MASK) !== 0,
    overflowMasked: (mxcsr & OVERFLOW_MASK) !== 0,
  };
}

function immediateOf(instruction: Instruction): number {
  const last = instruction.operands.at(-1);
  return last?.kind === OperandKind.Immediate ? Number(last.value) & 0xff : 0;
}

/** Exceptions that are not masked. */
export function unmaskedExceptions(mxcsr: number): number {
  return ~(mxcsr >> MASKS_SHIFT) & ALL_EXCEPTIONS;
}
