/** F16C: half precision to single and back. Source: SDM vol. 2, VCVTPH2PS, VCVTPS2PH. */
import { OperandKind, type Instruction, type MemoryOperand } from '../../x86/instruction.ts';
import { define, operand, type Definitions } from '../definition.ts';
import type { HelperMachine } from '../helpers.ts';
import type { Ops } from '../ops.ts';
import { choose, constantLanes, shuffle } from '../simd/vector.ts';
import { isWide, readLow, writeEach } from './halves.ts';

/** Four halves in the low 64 bits. Exact; a signalling NaN is invalid and becomes quiet. */
function singles<V>(ops: Ops<V>, halves: V): V {
  const shifted = (name: string, value: V, by: number): V => ops.simd(`i32x4.${name}`, [value, ops.constant(32, by)]);
  const constant = (value: bigint): V => constantLanes(ops, 32, value);
  const wide = ops.simd('i32x4.extend_low_i16x8_u', [halves]);
  const magnitude = ops.simd('v128.and', [wide, constant(0x7fffn)]);
  const sign = shifted('shl', ops.simd('v128.and', [wide, constant(0x8000n)]), 16);
  const moved = shifted('shl', magnitude, 13);
  const normal = ops.simd('i32x4.add', [moved, constant(112n << 23n)]);
  const special = ops.simd('v128.or', [moved, constant(0x7f80_0000n)]);
  // Below the smallest normal number the value is the magnitude times 2^-24.
  const small = ops.simd('f32x4.mul', [ops.simd('f32x4.convert_i32x4_s', [magnitude]), constant(0x3380_0000n)]);
  const isSpecial = ops.simd('i32x4.gt_s', [magnitude, constant(0x7bffn)]);
  const isNormal = ops.simd('i32x4.gt_s', [magnitude, constant(0x03ffn)]);
  const value = choose(ops, isSpecial, special, choose(ops, isNormal, normal, small));
  ops.floatComparison(32, 'packed', 'quiet', value, value);
  const isNan = ops.simd('i32x4.gt_s', [magnitude, constant(0x7c00n)]);
  const quiet = ops.simd('v128.and', [isNan, constant(0x0040_0000n)]);
  return ops.simd('v128.or', [ops.simd('v128.or', [value, sign]), quiet]);
}

function fromHalves<V>(ops: Ops<V>, instruction: Instruction): void {
  const source = readLow(ops, operand(instruction, 1));
  writeEach(ops, instruction, (half) => singles(ops, half === 0 ? source : shuffle(ops, 64, source, source, [1, 0])));
}

/** imm[1:0] rounds, or MXCSR where imm[2] is set. */
export function toHalves(machine: HelperMachine, instruction: Instruction): void {
  const [destination, source, last] = instruction.operands as [MemoryOperand, MemoryOperand, { value: bigint }];
  const mode = Number(last.value) & 7;
  const low = machine.read(source);
  const all = isWide(instruction) ? low | (machine.readHigh(source) << 128n) : low;
  const lanes = isWide(instruction) ? 8 : 4;
  let halves = 0n;
  for (let lane = lanes - 1; lane >= 0; lane--) {
    const single = BigInt.asUintN(32, all >> BigInt(32 * lane));
    halves = (halves << 16n) | machine.toHalf(single, mode & 4 ? 'mxcsr' : mode);
  }
  machine.probeWrite(destination);
  machine.refuseExceptions();
  machine.write(destination, halves);
  if (operand(instruction, 0).kind === OperandKind.Register) machine.writeHigh(destination, 0n);
}

export const halfFloats: Definitions = {
  vcvtph2ps: define(fromHalves),
  vcvtps2ph: define((ops, instruction) => ops.helper('toHalves', instruction), { evaluateOnly: true }),
};
