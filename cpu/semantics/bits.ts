/** Bit operations: bt bts btr btc bsf bsr tzcnt lzcnt popcnt crc32. Source: SDM vol. 2. */
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import { movedAddress } from './address.ts';
import { crc32 } from './crc32.ts';
import { ALL_FLAGS, define, operand, type Definitions } from './definition.ts';
import { resize, toBoolean } from './flags.ts';
import { Flag, type Ops, type Semantics, type Width } from './ops.ts';

type BitAction = 'test' | 'set' | 'reset' | 'complement';

interface BitPlace<V> {
  value: V;
  /** Bit number within the value, width 32. */
  index: V;
  store(value: V): void;
}

/** The word a bit operation works on. A register offset reaches beyond a memory operand: it selects the word first. */
function locate<V>(ops: Ops<V>, instruction: Instruction, action: BitAction): BitPlace<V> {
  const w = instruction.width as Width;
  const place = operand(instruction, 0);
  const offset = operand(instruction, 1);
  const mask = ops.constant(32, w - 1);
  if (offset.kind === OperandKind.Immediate || place.kind !== OperandKind.Memory) {
    const from = offset.kind === OperandKind.Immediate ? 8 : w;
    const index = ops.and(32, resize(ops, from, 32, ops.read(offset)), mask);
    const value = action === 'test' ? ops.read(place) : ops.readForUpdate(place);
    return { value, index, store: (changed) => ops.write(place, changed) };
  }
  const bitOffset = ops.read(offset);
  const index = ops.and(32, resize(ops, w, 32, bitOffset), mask);
  const words = ops.sar(64, ops.signExtend(w, 64, bitOffset), ops.constant(32, Math.log2(w)));
  const bytes = ops.shl(64, words, ops.constant(32, Math.log2(w / 8)));
  const address = movedAddress(ops, place, bytes);
  const value = action === 'test' ? ops.load(w, address) : ops.loadForUpdate(w, address);
  return { value, index, store: (changed) => ops.store(w, address, changed) };
}

/** CF = the bit; the other flags are undefined except ZF, and stay. */
function bitOperation(action: BitAction): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const one = ops.constant(w, 1);
    const { value, index, store } = locate(ops, instruction, action);
    const bit = toBoolean(ops, w, ops.and(w, ops.shr(w, value, index), one));
    const mask = ops.shl(w, one, index);
    if (action === 'set') store(ops.or(w, value, mask));
    if (action === 'reset') store(ops.and(w, value, ops.not(w, mask)));
    if (action === 'complement') store(ops.xor(w, value, mask));
    ops.setFlags({ c: () => bit });
  };
}

/** With a source of 0 the destination is undefined; processors leave all its 64 bits as they were. */
function bitScan(direction: 'forward' | 'reverse'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const source = ops.read(operand(instruction, 1));
    const none = ops.eq(w, source, ops.constant(w, 0));
    const found = direction === 'forward' ? ops.ctz(w, source) : ops.xor(w, ops.clz(w, source), ops.constant(w, w - 1));
    ops.when(ops.ne(w, source, ops.constant(w, 0)), () => ops.write(operand(instruction, 0), found));
    ops.setFlags({ z: () => none });
  };
}

/** tzcnt, lzcnt: CF = source is 0, ZF = result is 0. */
function bitCount(operation: 'ctz' | 'clz'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const source = ops.read(operand(instruction, 1));
    const count = ops[operation](w, source);
    ops.write(operand(instruction, 0), count);
    ops.setFlags({
      c: () => ops.eq(w, source, ops.constant(w, 0)),
      z: () => ops.eq(w, count, ops.constant(w, 0)),
    });
  };
}

function popcnt<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const source = ops.read(operand(instruction, 1));
  ops.write(operand(instruction, 0), ops.popcnt(w, source));
  const zero = () => ops.constant(32, 0);
  ops.setFlags({ z: () => ops.eq(w, source, ops.constant(w, 0)), c: zero, o: zero, s: zero, a: zero, p: zero });
}

const bitFlags = { flagsWritten: Flag.C, flagsUndefined: Flag.O | Flag.S | Flag.A | Flag.P };
const scanFlags = { flagsWritten: Flag.Z, flagsUndefined: ALL_FLAGS & ~Flag.Z };
const countFlags = { flagsWritten: Flag.C | Flag.Z, flagsUndefined: Flag.O | Flag.S | Flag.A | Flag.P };

export const bits: Definitions = {
  bt: define(bitOperation('test'), bitFlags),
  bts: define(bitOperation('set'), bitFlags),
  btr: define(bitOperation('reset'), bitFlags),
  btc: define(bitOperation('complement'), bitFlags),
  bsf: define(bitScan('forward'), scanFlags),
  bsr: define(bitScan('reverse'), scanFlags),
  tzcnt: define(bitCount('ctz'), countFlags),
  lzcnt: define(bitCount('clz'), countFlags),
  popcnt: define(popcnt, { flagsWritten: ALL_FLAGS }),
  crc32: define(crc32),
};
