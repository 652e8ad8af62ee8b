/** AES rounds and key steps. Source: SDM vol. 2, AESENC and its siblings; FIPS 197. */
import type { Instruction } from '../../x86/instruction.ts';
import { define, type Definitions } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import { constantLanes, immediate, setDestination, shuffle, splat, vector } from './vector.ts';

/** x times 2 in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
function doubled(x: number): number {
  return ((x << 1) ^ (x & 0x80 ? 0x11b : 0)) & 0xff;
}

function rotatedLeft(x: number, by: number): number {
  return ((x << by) | (x >> (8 - by))) & 0xff;
}

/** The S-box: the inverse in the field, then an affine map. FIPS 197, 5.1.1. */
function makeBox(): readonly number[] {
  const box = Array<number>(256).fill(0x63);
  // p runs through all nonzero elements as powers of 3, q through their inverses.
  for (let p = 1, q = 1, first = true; first || p !== 1; first = false) {
    p = p ^ doubled(p);
    for (const by of [1, 2, 4]) q ^= q << by;
    q = (q & 0xff) ^ (q & 0x80 ? 0x09 : 0);
    box[p] = q ^ rotatedLeft(q, 1) ^ rotatedLeft(q, 2) ^ rotatedLeft(q, 3) ^ rotatedLeft(q, 4) ^ 0x63;
  }
  return box;
}

const BOX = makeBox();
const INVERSE_BOX = BOX.map((_, value) => BOX.indexOf(value));

/** Sixteen entries of a table, as a vector. */
interface Row {
  readonly low: bigint;
  readonly high: bigint;
}

function rowsOf(table: readonly number[]): readonly Row[] {
  const half = (first: number): bigint =>
    table.slice(first, first + 8).reduceRight((joined, byte) => (joined << 8n) | BigInt(byte), 0n);
  return Array.from({ length: 16 }, (_, row) => ({ low: half(row * 16), high: half(row * 16 + 8) }));
}

const BOX_ROWS = rowsOf(BOX);
const INVERSE_ROWS = rowsOf(INVERSE_BOX);

/** Each byte looked up in a table of 256: by rows of 16, as swizzle gives 0 for an index that is not in the row. */
function lookedUp<V>(ops: Ops<V>, rows: readonly Row[], value: V): V {
  return rows
    .map(({ low, high }, row) => {
      const index = ops.simd('v128.xor', [value, constantLanes(ops, 8, BigInt(row << 4))]);
      return ops.simd('i8x16.swizzle', [ops.vectorConstant(low, high), index]);
    })
    .reduce((all, part) => ops.simd('v128.or', [all, part]));
}

/** Byte r of column c comes from column c + r, or c - r. */
function rows(direction: 1 | -1): number[] {
  return Array.from({ length: 16 }, (_, at) => (at + direction * 4 * (at & 3) + 16) & 15);
}

const SHIFTED = rows(1);
const SHIFTED_BACK = rows(-1);

/** Within each column byte r comes from row r + by. */
function columns<V>(ops: Ops<V>, value: V, by: number): V {
  const picks = Array.from({ length: 16 }, (_, at) => (at & 12) | ((at + by) & 3));
  return shuffle(ops, 8, value, value, picks);
}

function twice<V>(ops: Ops<V>, value: V): V {
  const carry = ops.simd('i8x16.shr_s', [value, ops.constant(32, 7)]);
  const reduced = ops.simd('v128.and', [carry, constantLanes(ops, 8, 0x1bn)]);
  return ops.simd('v128.xor', [ops.simd('i8x16.shl', [value, ops.constant(32, 1)]), reduced]);
}

function xor<V>(ops: Ops<V>, ...values: readonly V[]): V {
  return values.reduce((all, value) => ops.simd('v128.xor', [all, value]));
}

function mixColumns<V>(ops: Ops<V>, value: V): V {
  const next = columns(ops, value, 1);
  return xor(ops, twice(ops, xor(ops, value, next)), next, columns(ops, value, 2), columns(ops, value, 3));
}

/** The inverse matrix is the matrix times one that is 5 on and 4 beside the diagonal. */
function unmixColumns<V>(ops: Ops<V>, value: V): V {
  const four = twice(ops, twice(ops, xor(ops, value, columns(ops, value, 2))));
  return mixColumns(ops, xor(ops, value, four));
}

type Mixing = 'middle' | 'last';

/** The key is the second source. */
function encrypt(mixing: Mixing): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const key = vector(ops, instruction, 1);
    const state = vector(ops, instruction, 0);
    const substituted = lookedUp(ops, BOX_ROWS, shuffle(ops, 8, state, state, SHIFTED));
    setDestination(ops, instruction, xor(ops, mixing === 'middle' ? mixColumns(ops, substituted) : substituted, key));
  };
}

function decrypt(mixing: Mixing): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const key = vector(ops, instruction, 1);
    const state = vector(ops, instruction, 0);
    const substituted = lookedUp(ops, INVERSE_ROWS, shuffle(ops, 8, state, state, SHIFTED_BACK));
    setDestination(ops, instruction, xor(ops, mixing === 'middle' ? unmixColumns(ops, substituted) : substituted, key));
  };
}

function inverseMix<V>(ops: Ops<V>, instruction: Instruction): void {
  setDestination(ops, instruction, unmixColumns(ops, vector(ops, instruction, 1)));
}

/** Words 1 and 3 substituted, each as it is and rotated with the round constant. */
function keyAssist<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value } = immediate(ops, instruction);
  const substituted = lookedUp(ops, BOX_ROWS, vector(ops, instruction, 1));
  const words = shuffle(ops, 8, substituted, substituted, [4, 5, 6, 7, 5, 6, 7, 4, 12, 13, 14, 15, 13, 14, 15, 12]);
  const odd = ops.vectorConstant(0xffff_ffff_0000_0000n, 0xffff_ffff_0000_0000n);
  setDestination(ops, instruction, xor(ops, words, ops.simd('v128.and', [splat(ops, 32, value), odd])));
}

export const aes: Definitions = {
  aesenc: define(encrypt('middle')),
  aesenclast: define(encrypt('last')),
  aesdec: define(decrypt('middle')),
  aesdeclast: define(decrypt('last')),
  aesimc: define(inverseMix),
  aeskeygenassist: define(keyAssist),
};
