/** Moves between XMM registers, memory and general registers, whole and in part; masks; widening moves. Source: SDM vol. 2. */
import { OperandKind, type Instruction, type MemoryOperand } from '../../x86/instruction.ts';
import { define, operand, type Definitions } from '../definition.ts';
import type { Ops, Semantics, Width } from '../ops.ts';
import {
  alignedAddress,
  extract,
  fromScalar,
  isRegister,
  orMmx,
  readScalar,
  replace,
  setDestination,
  setLow,
  shuffle,
  vector,
  type FloatWidth,
} from './vector.ts';

/** 128 bits; #GP on memory off a 16-byte boundary. */
function moveAligned<V>(ops: Ops<V>, instruction: Instruction): void {
  const destination = operand(instruction, 0);
  const value = vector(ops, instruction, 1);
  if (destination.kind === OperandKind.Memory) ops.store(128, alignedAddress(ops, destination), value);
  else ops.write(destination, value);
}

function move<V>(ops: Ops<V>, instruction: Instruction): void {
  ops.write(operand(instruction, 0), ops.read(operand(instruction, 1)));
}

/** movss, movsd: between registers only lane 0 changes, from memory the rest becomes zero. */
function moveScalar(w: FloatWidth): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const destination = operand(instruction, 0);
    const source = operand(instruction, 1);
    const value = readScalar(ops, w, source);
    if (!isRegister(destination)) return ops.write(destination, value);
    if (isRegister(source)) return setLow(ops, w, instruction, value);
    ops.write(destination, fromScalar(ops, w, value));
  };
}

/** movd, movq: register upper parts become zero. */
function moveDoubleOrQuad(w: FloatWidth): Semantics {
  return orMmx(<V>(ops: Ops<V>, instruction: Instruction): void => {
    const destination = operand(instruction, 0);
    const source = operand(instruction, 1);
    const isVector = (candidate: typeof source) => isRegister(candidate) && candidate.width === 128;
    const value = isVector(source) ? extract(ops, w, ops.read(source), 0) : ops.read(source);
    ops.write(destination, isVector(destination) ? fromScalar(ops, w, value) : value);
  });
}

/** One 64-bit half of the register, from or to memory; the other half stays. */
function moveHalf(lane: 0 | 1): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const destination = operand(instruction, 0);
    const source = operand(instruction, 1);
    if (!isRegister(destination)) return ops.write(destination, extract(ops, 64, ops.read(source), lane));
    const value = ops.read(source);
    ops.write(destination, replace(ops, 64, ops.read(destination), value, lane));
  };
}

/** Lanes of 32 or 64 bits from the destination (first) and the source. */
function rearrange(w: 32 | 64, lanes: readonly number[]): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const source = vector(ops, instruction, 1);
    setDestination(ops, instruction, shuffle(ops, w, vector(ops, instruction, 0), source, lanes));
  };
}

function mask(name: string): Semantics {
  return orMmx(<V>(ops: Ops<V>, instruction: Instruction): void => {
    const to = (operand(instruction, 0) as MemoryOperand).width as Width;
    setDestination(ops, instruction, ops.zeroExtend(32, to, ops.simd(name, [vector(ops, instruction, 1)])));
  });
}

/** pmovsx, pmovzx: the low lanes widened step by step. */
function widen(from: 8 | 16 | 32, to: 16 | 32 | 64, sign: 's' | 'u'): Semantics {
  const shapes = ['i8x16', 'i16x8', 'i32x4', 'i64x2'];
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    let value = vector(ops, instruction, 1);
    for (let step = Math.log2(from / 8); step < Math.log2(to / 8); step++)
      value = ops.simd(`${shapes[step + 1]}.extend_low_${shapes[step]}_${sign}`, [value]);
    setDestination(ops, instruction, value);
  };
}

export const vectorMoves: Definitions = {
  movaps: define(moveAligned),
  movapd: define(moveAligned),
  movdqa: define(moveAligned),
  movntps: define(moveAligned),
  movntpd: define(moveAligned),
  movntdq: define(moveAligned),
  movntdqa: define(moveAligned),
  movups: define(move),
  movupd: define(move),
  movdqu: define(move),
  lddqu: define(move),
  movss: define(moveScalar(32)),
  movsd: define(moveScalar(64)),
  movd: define(moveDoubleOrQuad(32)),
  movq: define(moveDoubleOrQuad(64)),
  movlps: define(moveHalf(0)),
  movlpd: define(moveHalf(0)),
  movhps: define(moveHalf(1)),
  movhpd: define(moveHalf(1)),
  movhlps: define(rearrange(64, [3, 1])),
  movlhps: define(rearrange(64, [0, 2])),
  movsldup: define(rearrange(32, [4, 4, 6, 6])),
  movshdup: define(rearrange(32, [5, 5, 7, 7])),
  movddup: define(rearrange(64, [2, 2])),
  movmskps: define(mask('i32x4.bitmask')),
  movmskpd: define(mask('i64x2.bitmask')),
  pmovmskb: define(mask('i8x16.bitmask')),
  pmovsxbw: define(widen(8, 16, 's')),
  pmovsxbd: define(widen(8, 32, 's')),
  pmovsxbq: define(widen(8, 64, 's')),
  pmovsxwd: define(widen(16, 32, 's')),
  pmovsxwq: define(widen(16, 64, 's')),
  pmovsxdq: define(widen(32, 64, 's')),
  pmovzxbw: define(widen(8, 16, 'u')),
  pmovzxbd: define(widen(8, 32, 'u')),
  pmovzxbq: define(widen(8, 64, 'u')),
  pmovzxwd: define(widen(16, 32, 'u')),
  pmovzxwq: define(widen(16, 64, 'u')),
  pmovzxdq: define(widen(32, 64, 'u')),
};
