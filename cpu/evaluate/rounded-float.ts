/**
 * Floating-point operations under MXCSR's other rounding modes, for the evaluator: WebAssembly rounds to nearest only. Exact arithmetic is
 * that of the x87 (semantics/x87): cut to 64 bits with the last bit set when anything was lost, it rounds rightly to any
 * narrower format. Source: SDM vol. 1, 4.8.4.
 */
import { add, div, mul, roundToIntegral, sqrt, sub } from '../semantics/x87/arithmetic.ts';
import { fromNarrow, toNarrow } from '../semantics/x87/conversions.ts';
import { fromInteger, type Float80 } from '../semantics/x87/float80.ts';
import { Rounding, X, type Control, type Result } from '../semantics/x87/rounding.ts';
import { State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import { demote, evaluateFloat, isNan } from './wasm-float.ts';
import { joinLanes, splitLanes } from './wasm-simd.ts';

type FloatWidth = 32 | 64;

const ALL_MASKED = 0x3f;
const EXACT: Control = { rounding: Rounding.TowardZero, precision: 64, masks: ALL_MASKED };
/** MXCSR's RC field. */
const ROUNDING_SHIFT = 13;

/** The rounding mode of an instruction: MXCSR's, unless its immediate names one (round*: imm[2] clear). */
export function roundingOf(state: CpuState, instruction: Instruction): number {
  const rounding = (state.view.getUint16(State.mxcsr, true) >> ROUNDING_SHIFT) & 3;
  if (rounding === Rounding.Nearest || !instruction.mnemonic.startsWith('round')) return rounding;
  const last = instruction.operands.at(-1);
  return last?.kind === OperandKind.Immediate && !(last.value & 4n) ? Rounding.Nearest : rounding;
}

const BINARY: Readonly<Record<string, (a: Float80, b: Float80, control: Control) => Result>> = { add, sub, mul, div };

/** To the format, once: the rest beyond 64 bits counts as a last bit. */
function narrow(w: FloatWidth, exact: Result, rounding: number): bigint {
  const { significand } = exact.value;
  const sticky = exact.flags & X.Precision ? significand | 1n : significand;
  return toNarrow(w, { ...exact.value, significand: sticky }, control(rounding)).value;
}

function control(rounding: number): Control {
  return { rounding, precision: 64, masks: ALL_MASKED };
}

/** One scalar operation by bare name. NaN results, and operations that don't round, are as ever. */
export function roundedFloat(w: FloatWidth, name: string, args: readonly bigint[], rounding: number): bigint {
  const usual = evaluateFloat(w, name, args);
  const binary = BINARY[name];
  if (binary === undefined && name !== 'sqrt' && name !== 'nearest') return usual;
  if (isNan(w, usual)) return usual;
  const [a, b] = args.map((bits) => fromNarrow(w, bits)) as [Float80, Float80];
  if (name === 'nearest') return toNarrow(w, roundToIntegral(a, control(rounding)).value, control(rounding)).value;
  if (binary === undefined) return narrow(w, sqrt(a, EXACT), rounding);
  const exact = binary(a, b, EXACT);
  // An exact zero sum has its sign from the rounding mode.
  if (exact.value.significand === 0n) return narrow(w, binary(a, b, control(rounding)), rounding);
  return narrow(w, exact, rounding);
}

/** A conversion to floating point that rounds, by full name; undefined for the others. */
export function roundedConversion(name: string, a: bigint, rounding: number): bigint | undefined {
  if (name === 'f32.demote_f64') return isNan(64, a) ? undefined : narrowDouble(a, rounding);
  const [, to, from] = /^f(32|64)\.convert_i(32|64)_s$/.exec(name) ?? [];
  if (to === undefined) return undefined;
  const value = fromInteger(BigInt.asIntN(Number(from), a));
  return toNarrow(Number(to) as FloatWidth, value, control(rounding)).value;
}

function narrowDouble(bits: bigint, rounding: number): bigint {
  return toNarrow(32, fromNarrow(64, bits), control(rounding)).value;
}

const PACKED = /^f(32|64)x\d\.(add|sub|mul|div|sqrt|nearest)$/;

/** A vector operation that rounds, by full name; undefined for the others. */
export function roundedSimd(name: string, args: readonly bigint[], rounding: number): bigint | undefined {
  const [, bits, operation] = PACKED.exec(name) ?? [];
  if (operation !== undefined) {
    const w = Number(bits) as FloatWidth;
    const lanes = args.map((vector) => splitLanes(w, vector));
    const result = lanes[0]!.map((_, i) =>
      roundedFloat(
        w,
        operation,
        lanes.map((lane) => lane[i]!),
        rounding,
      ),
    );
    return joinLanes(w, result);
  }
  if (name === 'f32x4.convert_i32x4_s') {
    const convert = (lane: bigint) => roundedConversion('f32.convert_i32_s', lane, rounding)!;
    return joinLanes(32, splitLanes(32, args[0]!).map(convert));
  }
  if (name !== 'f32x4.demote_f64x2_zero') return undefined;
  const demoted = splitLanes(64, args[0]!).map((lane) =>
    isNan(64, lane) ? demote(lane) : narrowDouble(lane, rounding),
  );
  return joinLanes(32, demoted);
}
