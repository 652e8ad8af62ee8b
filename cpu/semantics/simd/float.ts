/**
 * SSE floating-point arithmetic and rounding. Source: SDM vol. 1, 4.8.3.5 and 11.5; vol. 2.
 *
 * NaNs: the result is the first operand's NaN made quiet, else the second's, else the negative default NaN. WebAssembly leaves
 * the bits of a NaN open, so a NaN result is made anew from the operands (off the straight path).
 */
import type { Instruction } from '../../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definition, type Definitions } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import {
  choose,
  constantLanes,
  extract,
  floatName,
  immediate,
  immediateMask,
  laneName,
  readScalar,
  setDestination,
  setLow,
  shuffle,
  vector,
  type FloatWidth,
} from './vector.ts';
import { comparePacked, compareScalar, compareToFlags } from './float-compare.ts';

const QUIET_BIT: Readonly<Record<FloatWidth, bigint>> = { 32: 1n << 22n, 64: 1n << 51n };
const DEFAULT_NAN: Readonly<Record<FloatWidth, bigint>> = { 32: 0xffc0_0000n, 64: 0xfff8_0000_0000_0000n };

// --- NaN results -------------------------------------------------------------------------------------------------
/** The NaN that a scalar operation with these operands gives when it gives one. */
function scalarNan<V>(ops: Ops<V>, w: FloatWidth, operands: readonly V[]): V {
  return operands.reduceRight(
    (rest, value) => {
      const quiet = ops.or(w, value, ops.constant(w, QUIET_BIT[w]));
      return ops.select(w, ops.float(w, 'ne', [value, value]), quiet, rest);
    },
    ops.constant(w, DEFAULT_NAN[w]),
  );
}

/** Likewise in each lane. */
function packedNan<V>(ops: Ops<V>, w: FloatWidth, operands: readonly V[]): V {
  return operands.reduceRight(
    (rest, value) => {
      const quiet = ops.simd('v128.or', [value, constantLanes(ops, w, QUIET_BIT[w])]);
      return choose(ops, ops.simd(floatName(w, 'ne'), [value, value]), quiet, rest);
    },
    constantLanes<V>(ops, w, DEFAULT_NAN[w]),
  );
}

function writeScalar<V>(ops: Ops<V>, w: FloatWidth, instruction: Instruction, result: V, operands: readonly V[]): void {
  ops.whenNumber(
    ops.float(w, 'eq', [result, result]),
    () => setLow(ops, w, instruction, result),
    () => setLow(ops, w, instruction, scalarNan(ops, w, operands)),
  );
}

function writePacked<V>(ops: Ops<V>, w: FloatWidth, instruction: Instruction, result: V, operands: readonly V[]): void {
  const nans = ops.simd(floatName(w, 'ne'), [result, result]);
  // Of the sign bits, since processors have an instruction for that: any_true and all_true take two or three.
  const some = ops.simd(laneName(w, 'bitmask'), [nans]);
  ops.whenNumber(
    ops.eq(32, some, ops.constant(32, 0)),
    () => setDestination(ops, instruction, result),
    () => setDestination(ops, instruction, choose(ops, nans, packedNan(ops, w, operands), result)),
  );
}

/** A packed operation as a value, its NaNs mended without a branch. */
function packedValue<V>(ops: Ops<V>, w: FloatWidth, name: string, a: V, b: V): V {
  const result = ops.simd(floatName(w, name), [a, b]);
  return choose(ops, ops.simd(floatName(w, 'eq'), [result, result]), result, packedNan(ops, w, [a, b]));
}

// --- arithmetic -----------------------------------------------------------------------------------------------------
function scalarBinary(w: FloatWidth, name: string): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = readScalar(ops, w, operand(instruction, 1));
    const a = readScalar(ops, w, operand(instruction, 0));
    writeScalar(ops, w, instruction, ops.float(w, name, [a, b]), [a, b]);
  };
}

function packedBinary(w: FloatWidth, name: string): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    const a = vector(ops, instruction, 0);
    writePacked(ops, w, instruction, ops.simd(floatName(w, name), [a, b]), [a, b]);
  };
}

function scalarRoot(w: FloatWidth): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = readScalar(ops, w, operand(instruction, 1));
    writeScalar(ops, w, instruction, ops.float(w, 'sqrt', [b]), [b]);
  };
}

function packedRoot(w: FloatWidth): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    writePacked(ops, w, instruction, ops.simd(floatName(w, 'sqrt'), [b]), [b]);
  };
}

/** a < b ? a : b: the second operand when either is NaN or both are zero. WebAssembly's pmin with its operands swapped. */
function packedExtreme(w: FloatWidth, name: 'pmin' | 'pmax'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    const a = vector(ops, instruction, 0);
    ops.floatComparison(w, 'packed', 'signalling', a, b);
    setDestination(ops, instruction, ops.simd(floatName(w, name), [b, a]));
  };
}

/** Likewise in lane 0; the others are the first operand's. */
function scalarExtreme(w: FloatWidth, name: 'pmin' | 'pmax'): Semantics {
  const lanes = w === 32 ? [0, 5, 6, 7] : [0, 3];
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    const a = vector(ops, instruction, 0);
    ops.floatComparison(w, 'scalar', 'signalling', extract(ops, w, a, 0), extract(ops, w, b, 0));
    setDestination(ops, instruction, shuffle(ops, w, ops.simd(floatName(w, name), [b, a]), a, lanes));
  };
}

/** Neighbouring lanes of a, then of b. */
function horizontal(w: FloatWidth, name: string): Semantics {
  const even = w === 32 ? [0, 2, 4, 6] : [0, 2];
  const odd = even.map((lane) => lane + 1);
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    const a = vector(ops, instruction, 0);
    const [first, second] = [shuffle(ops, w, a, b, even), shuffle(ops, w, a, b, odd)];
    writePacked(ops, w, instruction, ops.simd(floatName(w, name), [first, second]), [first, second]);
  };
}

/** Subtracts in even lanes, adds in odd ones: the sum with a source negated in even lanes, in which NaNs stay as they are. */
function alternating(w: FloatWidth): Semantics {
  const evenSigns = w === 32 ? 0x8000_0000n : 1n << 63n;
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    const a = vector(ops, instruction, 0);
    const signs = ops.vectorConstant(evenSigns, w === 32 ? evenSigns : 0n);
    const result = ops.simd(floatName(w, 'add'), [a, ops.simd('v128.xor', [b, signs])]);
    writePacked(ops, w, instruction, result, [a, b]);
  };
}

/**
 * Dot product: the products that imm[7:4] names, added pairwise, to the lanes that imm[3:0] names. The sums
 * are (p0 + p1) + (p2 + p3); which of several NaNs comes out, the SDM leaves open.
 */
function dotProduct(w: FloatWidth): Semantics {
  const partners =
    w === 32
      ? [
          [1, 0, 3, 2],
          [2, 3, 0, 1],
        ]
      : [[1, 0]];
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const { value } = immediate(ops, instruction);
    const b = vector(ops, instruction, 1);
    // Zeros where nothing is multiplied, so that nothing is met there.
    const chosen = immediateMask(ops, w, ops.shr(32, value, ops.constant(32, 4)));
    const factor = (from: V): V => ops.simd('v128.and', [from, chosen]);
    let sum = packedValue(ops, w, 'mul', factor(vector(ops, instruction, 0)), factor(b));
    for (const lanes of partners) sum = packedValue(ops, w, 'add', sum, shuffle(ops, w, sum, sum, lanes));
    setDestination(ops, instruction, ops.simd('v128.and', [sum, immediateMask(ops, w, value)]));
  };
}

// --- rounding ---------------------------------------------------------------------------------------------------------
/** By imm[1:0]; imm[2] asks for MXCSR's mode, which is to nearest. */
const ROUNDINGS = ['nearest', 'floor', 'ceil', 'trunc'] as const;

/** The rounding that the immediate names; all four where it isn't known when code is made. */
function rounded<V>(ops: Ops<V>, instruction: Instruction, width: FloatWidth | 128, apply: (name: string) => V): V {
  const { value, known } = immediate(ops, instruction);
  if (known !== undefined) return apply(known & 4 ? 'nearest' : ROUNDINGS[known & 3]!);
  const mode = ops.and(32, value, ops.constant(32, 7));
  return [1, 2, 3].reduce(
    (chosen, code) => ops.select(width, ops.eq(32, mode, ops.constant(32, code)), apply(ROUNDINGS[code]!), chosen),
    apply('nearest'),
  );
}

function roundScalar(w: FloatWidth): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = readScalar(ops, w, operand(instruction, 1));
    writeScalar(
      ops,
      w,
      instruction,
      rounded(ops, instruction, w, (name) => ops.float(w, name, [b])),
      [b],
    );
  };
}

function roundPacked(w: FloatWidth): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    const result = rounded(ops, instruction, 128, (name) => ops.simd(floatName(w, name), [b]));
    writePacked(ops, w, instruction, result, [b]);
  };
}

// --- estimates --------------------------------------------------------------------------------------------------------
/**
 * rcp and rsqrt may differ from the true value by 1.5 * 2^-12; this is the true value. Denormal operands count as zero, tiny
 * results become zero, as the SDM has it.
 */
function estimate<V>(ops: Ops<V>, b: V, root: 'root' | 'plain'): V {
  const signs = constantLanes<V>(ops, 32, 0x8000_0000n);
  const smallestNormal = constantLanes<V>(ops, 32, 0x0080_0000n);
  const flush = (value: V): V => {
    const tiny = ops.simd('f32x4.lt', [ops.simd('f32x4.abs', [value]), smallestNormal]);
    return choose(ops, tiny, ops.simd('v128.and', [value, signs]), value);
  };
  const operandValue = flush(b);
  const divisor = root === 'root' ? ops.simd('f32x4.sqrt', [operandValue]) : operandValue;
  const result = flush(packedValue(ops, 32, 'div', constantLanes(ops, 32, 0x3f80_0000n), divisor));
  return choose(ops, ops.simd('f32x4.eq', [result, result]), result, packedNan(ops, 32, [b]));
}

function packedEstimate(root: 'root' | 'plain'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    setDestination(ops, instruction, estimate(ops, vector(ops, instruction, 1), root));
  };
}

function scalarEstimate(root: 'root' | 'plain'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const result = estimate(ops, vector(ops, instruction, 1), root);
    setLow(ops, 32, instruction, ops.simd('i32x4.extract_lane', [result], [0]));
  };
}

// --- the table ----------------------------------------------------------------------------------------------------------
function family(
  stem: string,
  make: Readonly<Record<'ps' | 'pd' | 'ss' | 'sd', Semantics>>,
): Record<string, Definition> {
  return Object.fromEntries(Object.entries(make).map(([suffix, semantics]) => [stem + suffix, define(semantics)]));
}

function binaryFamily(stem: string): Record<string, Definition> {
  return family(stem, {
    ps: packedBinary(32, stem),
    pd: packedBinary(64, stem),
    ss: scalarBinary(32, stem),
    sd: scalarBinary(64, stem),
  });
}

const toFlags = (w: FloatWidth, kind: 'quiet' | 'signalling'): Definition =>
  define(compareToFlags(w, kind), { flagsWritten: ALL_FLAGS });

export const floats: Definitions = {
  ...binaryFamily('add'),
  ...binaryFamily('sub'),
  ...binaryFamily('mul'),
  ...binaryFamily('div'),
  ...family('sqrt', { ps: packedRoot(32), pd: packedRoot(64), ss: scalarRoot(32), sd: scalarRoot(64) }),
  ...family('min', {
    ps: packedExtreme(32, 'pmin'),
    pd: packedExtreme(64, 'pmin'),
    ss: scalarExtreme(32, 'pmin'),
    sd: scalarExtreme(64, 'pmin'),
  }),
  ...family('max', {
    ps: packedExtreme(32, 'pmax'),
    pd: packedExtreme(64, 'pmax'),
    ss: scalarExtreme(32, 'pmax'),
    sd: scalarExtreme(64, 'pmax'),
  }),
  ...family('round', { ps: roundPacked(32), pd: roundPacked(64), ss: roundScalar(32), sd: roundScalar(64) }),
  ...family('cmp', {
    ps: comparePacked(32, 'sse'),
    pd: comparePacked(64, 'sse'),
    ss: compareScalar(32, 'sse'),
    sd: compareScalar(64, 'sse'),
  }),
  haddps: define(horizontal(32, 'add')),
  haddpd: define(horizontal(64, 'add')),
  hsubps: define(horizontal(32, 'sub')),
  hsubpd: define(horizontal(64, 'sub')),
  addsubps: define(alternating(32)),
  addsubpd: define(alternating(64)),
  dpps: define(dotProduct(32)),
  dppd: define(dotProduct(64)),
  rcpps: define(packedEstimate('plain')),
  rcpss: define(scalarEstimate('plain')),
  rsqrtps: define(packedEstimate('root')),
  rsqrtss: define(scalarEstimate('root')),
  comiss: toFlags(32, 'signalling'),
  ucomiss: toFlags(32, 'quiet'),
  comisd: toFlags(64, 'signalling'),
  ucomisd: toFlags(64, 'quiet'),
};
