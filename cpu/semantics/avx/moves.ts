/** AVX moves of whole registers, broadcasts, masks and tests of 256 bits, vzeroupper. Source: SDM vol. 2. */
import type { Instruction, MemoryOperand } from '../../x86/instruction.ts';
import { OperandKind } from '../../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definitions } from '../definition.ts';
import type { Ops, Semantics, Width } from '../ops.ts';
import { constantLanes, extract, not, shuffle, splat, zero, type FloatWidth, type LaneWidth } from '../simd/vector.ts';
import { isWide, readHalves, readLow, requireAlignment, writeEach, writeHalves, writeLow } from './halves.ts';

function move(alignment: 'aligned' | 'any'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const [destination, source] = [operand(instruction, 0), operand(instruction, 1)];
    if (alignment === 'aligned') for (const place of [source, destination]) requireAlignment(ops, place);
    if (isWide(instruction)) writeHalves(ops, destination, readHalves(ops, source));
    else writeLow(ops, destination, ops.read(source));
  };
}

function broadcast(w: LaneWidth): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const source = operand(instruction, 1);
    const lane = source.kind === OperandKind.Memory ? ops.read(source) : extract(ops, w, ops.read(source), 0);
    const part = w < 32 && source.kind === OperandKind.Memory ? ops.zeroExtend(w as Width, 32, lane) : lane;
    const all = splat(ops, w, part);
    writeEach(ops, instruction, () => all);
  };
}

/** 128 bits to both halves. */
function broadcastHalf<V>(ops: Ops<V>, instruction: Instruction): void {
  const loaded = readLow(ops, operand(instruction, 1));
  writeHalves(ops, operand(instruction, 0), [loaded, loaded]);
}

/** The sign bits of the lanes as a number, those of the upper half above the others. */
function mask(name: string, lanes: number): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const [destination, source] = [operand(instruction, 0), operand(instruction, 1)];
    let bits = ops.simd(name, [ops.read(source)]);
    if (isWide(instruction))
      bits = ops.or(32, bits, ops.shl(32, ops.simd(name, [ops.readHigh(source)]), ops.constant(32, lanes)));
    ops.write(destination, ops.zeroExtend(32, (destination as MemoryOperand).width as Width, bits));
  };
}

/** ZF: no bit of both; CF: no bit of the source that the destination lacks; of all bits, or of the lanes' signs alone. */
function test(w: FloatWidth | 'all'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const wide = isWide(instruction);
    const source = wide ? readHalves(ops, operand(instruction, 1)) : [readLow(ops, operand(instruction, 1))];
    const first = operand(instruction, 0);
    const destination = wide ? readHalves(ops, first) : [ops.read(first)];
    const none = (combine: string): V => {
      const joined = source
        .map((value, half) => ops.simd(combine, [value, destination[half]!]))
        .reduce((all, value) => ops.simd('v128.or', [all, value]));
      const counted = w === 'all' ? joined : ops.simd('v128.and', [joined, constantLanes(ops, w, 1n << BigInt(w - 1))]);
      return not(ops, ops.simd('v128.any_true', [counted]));
    };
    const clear = () => ops.constant(32, 0);
    ops.setFlags({ z: () => none('v128.and'), c: () => none('v128.andnot'), o: clear, s: clear, a: clear, p: clear });
  };
}

function zeroUpper<V>(ops: Ops<V>): void {
  for (let index = 0; index < 16; index++) ops.setYmmHigh(index, zero(ops));
}

function zeroAll<V>(ops: Ops<V>): void {
  for (let index = 0; index < 16; index++) ops.setXmm(index, zero(ops));
  zeroUpper(ops);
}

/** vmovddup: even doubles twice; the form of 128 bits loads one. */
function duplicate<V>(ops: Ops<V>, instruction: Instruction): void {
  const source = operand(instruction, 1);
  const twice = (value: V): V => shuffle(ops, 64, value, value, [0, 0]);
  if (!isWide(instruction)) return writeLow(ops, operand(instruction, 0), twice(readLow(ops, source)));
  const [low, high] = readHalves(ops, source);
  writeHalves(ops, operand(instruction, 0), [twice(low), twice(high)]);
}

/** pcmpistrm and pcmpestrm leave their mask in xmm0. */
export function clearMaskRegister<V>(ops: Ops<V>): void {
  ops.setYmmHigh(0, zero(ops));
}

const aligned = define(move('aligned'));
const unaligned = define(move('any'));

export const avxMoves: Definitions = {
  ...Object.fromEntries(
    'vmovaps vmovapd vmovdqa vmovntps vmovntpd vmovntdq vmovntdqa'.split(' ').map((mnemonic) => [mnemonic, aligned]),
  ),
  ...Object.fromEntries('vmovups vmovupd vmovdqu vlddqu'.split(' ').map((mnemonic) => [mnemonic, unaligned])),
  vmovddup: define(duplicate),
  vbroadcastss: define(broadcast(32)),
  vbroadcastsd: define(broadcast(64)),
  vpbroadcastb: define(broadcast(8)),
  vpbroadcastw: define(broadcast(16)),
  vpbroadcastd: define(broadcast(32)),
  vpbroadcastq: define(broadcast(64)),
  vbroadcastf128: define(broadcastHalf),
  vbroadcasti128: define(broadcastHalf),
  vmovmskps: define(mask('i32x4.bitmask', 4)),
  vmovmskpd: define(mask('i64x2.bitmask', 2)),
  vpmovmskb: define(mask('i8x16.bitmask', 16)),
  vptest: define(test('all'), { flagsWritten: ALL_FLAGS }),
  vtestps: define(test(32), { flagsWritten: ALL_FLAGS }),
  vtestpd: define(test(64), { flagsWritten: ALL_FLAGS }),
  vzeroupper: define(zeroUpper),
  vzeroall: define(zeroAll),
};
