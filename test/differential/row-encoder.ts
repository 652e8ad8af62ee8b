/**
 * Random instructions of one row of the decoder's tables (cpu/x86/row.ts): every choice that the row leaves open (operand
 * size, registers, addressing form, immediates) is made at random.
 */
import { isVexMap, Mandatory, OpcodeMap, TO_VEX } from '../../cpu/x86/row.ts';
import type { Row } from '../../cpu/x86/row.ts';
import { OperandPlace } from '../../cpu/x86/operand-code.ts';
import type { Random } from './random.ts';

/** An address a generated instruction computes: base + (index << shift) + displacement; registers are −1 when absent. */
export interface AddressForm {
  readonly base: number;
  readonly index: number;
  readonly shift: number;
  displacement: number;
  /** Where the displacement lies in the bytes, and how long it is (0, 1, 4 or 8). */
  readonly at: number;
  readonly size: number;
  readonly ripRelative: boolean;
  /** The index field of a SIB byte with its REX bit, 0 without one. */
  readonly sibIndex: number;
  /** The vector register that indexes. */
  readonly vectorIndex?: number;
}

export interface Encoded {
  readonly bytes: number[];
  readonly address: AddressForm | undefined;
  /** Where a relative jump displacement lies, or −1; its size in bytes. */
  readonly relativeAt: number;
  readonly relativeSize: number;
  readonly repeat: boolean;
  /** Register number in ModRM.reg with its REX bit; −1 without ModRM. */
  readonly reg: number;
  /** Register in ModRM.rm, −1 for memory. */
  readonly rm: number;
}

const REX = 0x40;
const REX_W = 8;
const REX_R = 4;
const REX_X = 2;
const REX_B = 1;

export function encodeRow(row: Row, random: Random): Encoded {
  if (isVexMap(row.map)) return encodeVexRow(row, random);
  const rm = rmKind(row, random);
  const { prefixes, rexW, sizeIndex } = choosePrefixes(row, random);
  if (row.lock && rm === 'memory' && random.oneIn(4)) prefixes.push(0xf0);
  const repeat = row.repeats && random.oneIn(2);
  if (repeat) prefixes.push(random.pick([0xf2, 0xf3]));
  if (rm === 'memory' && random.oneIn(24)) prefixes.push(0x67);
  const mandatory = { [Mandatory.P66]: 0x66, [Mandatory.F3]: 0xf3, [Mandatory.F2]: 0xf2 }[row.mandatory as 1 | 2 | 3];
  if (mandatory !== undefined) prefixes.push(mandatory);

  let rex = random.oneIn(2) ? random.below(8) : 0;
  if (row.rexB >= 0) rex = (rex & ~REX_B) | row.rexB;
  if (rexW) rex |= REX_W;
  const bytes = [...prefixes];
  if (rex !== 0 || random.oneIn(8)) bytes.push(REX | rex);
  if (row.map !== OpcodeMap.Primary) bytes.push(0x0f);
  if (row.map === OpcodeMap.Map0F38) bytes.push(0x38);
  if (row.map === OpcodeMap.Map0F3A) bytes.push(0x3a);
  bytes.push(row.opcode + random.below(row.span));

  let address: AddressForm | undefined;
  let reg = -1;
  let rmRegister = -1;
  if (row.hasModrm) {
    const modrm = chooseModrm(row, rm, random);
    reg = ((modrm >> 3) & 7) | (rex & REX_R ? 8 : 0);
    bytes.push(modrm);
    if (modrm < 0xc0 && !row.ignoresMod) address = appendAddress(bytes, modrm, rex, random);
    else rmRegister = (modrm & 7) | (rex & REX_B ? 8 : 0);
  }
  const relative = appendImmediates(row, bytes, sizeIndex, random);
  address ??= offsetForm(row, bytes);
  return { bytes, address, ...relative, repeat, reg, rm: rmRegister };
}

/** With a VEX prefix, of two bytes where that will do. Source: SDM vol. 2, 2.3.5. */
function encodeVexRow(row: Row, random: Random): Encoded {
  const rm = rmKind(row, random);
  const w = row.vexW >= 0 ? row.vexW : random.below(2);
  const l = row.vexL >= 0 ? row.vexL : random.below(2);
  const rex = random.oneIn(2) ? random.below(8) : 0;
  const vvvv = row.usesVvvv ? random.below(16) : 0;
  const bytes: number[] = rm === 'memory' && random.oneIn(24) ? [0x67] : [];
  const last = (w << 7) | ((~vvvv & 15) << 3) | (l << 2) | row.mandatory;
  const isShort = row.map === OpcodeMap.Vex0F && w === 0 && (rex & ~REX_R) === 0 && random.oneIn(2);
  if (isShort) bytes.push(0xc5, last | (rex & REX_R ? 0 : 0x80));
  else bytes.push(0xc4, ((~rex & 7) << 5) | (row.map - TO_VEX), last);
  bytes.push(row.opcode);
  let address: AddressForm | undefined;
  let modrm = 0xff;
  if (row.hasModrm) {
    modrm = chooseModrm(row, rm, random);
    const isVectorIndexed = row.operands.some((code) => code.place === OperandPlace.VectorIndexed);
    if (isVectorIndexed) modrm = (modrm & ~7) | 4;
    bytes.push(modrm);
    if (modrm < 0xc0) address = appendAddress(bytes, modrm, rex, random);
    if (isVectorIndexed && address !== undefined) address = { ...address, index: -1, vectorIndex: address.sibIndex };
  }
  const relative = appendImmediates(row, bytes, w ? 2 : 1, random);
  const reg = ((modrm >> 3) & 7) | (rex & REX_R ? 8 : 0);
  const rmRegister = modrm < 0xc0 ? -1 : (modrm & 7) | (rex & REX_B ? 8 : 0);
  return { bytes, address, ...relative, repeat: false, reg, rm: rmRegister };
}

function rmKind(row: Row, random: Random): 'memory' | 'register' | 'none' {
  if (!row.hasModrm || (row.modrm !== undefined && row.modrm.first >= 0)) return 'none';
  if (row.modrm !== undefined && row.modrm.mod !== 'any') return row.modrm.mod;
  const fixed = row.operands.find((code) => code.usesModrm && code.rm !== 'either');
  if (fixed !== undefined) return fixed.rm as 'memory' | 'register';
  if (row.operands.some((code) => code.place === OperandPlace.StackRegister)) return 'register';
  return random.oneIn(2) ? 'memory' : 'register';
}

function choosePrefixes(row: Row, random: Random): { prefixes: number[]; rexW: boolean; sizeIndex: 0 | 1 | 2 } {
  const sizes = row.size !== 0 ? [row.size] : row.mandatory === Mandatory.P66 ? [32, 64] : [16, 32, 32, 64];
  const size = row.mandatory >= 0 && row.size === 0 ? random.pick([32, 64]) : random.pick(sizes);
  const default64 = row.default64 || row.forced64;
  if (row.forced64 && size === 16) return { prefixes: [], rexW: false, sizeIndex: 2 };
  if (size === 16 && row.mandatory !== Mandatory.P66) return { prefixes: [0x66], rexW: false, sizeIndex: 0 };
  if (size === 64) return { prefixes: [], rexW: true, sizeIndex: 2 };
  return { prefixes: [], rexW: false, sizeIndex: default64 ? 2 : 1 };
}

function chooseModrm(row: Row, rm: 'memory' | 'register' | 'none', random: Random): number {
  const pattern = row.modrm;
  if (pattern !== undefined && pattern.first >= 0)
    return pattern.first + random.below(pattern.last - pattern.first + 1);
  const reg = pattern !== undefined && pattern.digit >= 0 ? pattern.digit : random.below(8);
  const mod = rm === 'register' || row.ignoresMod ? 3 : random.below(3);
  return (mod << 6) | (reg << 3) | random.below(8);
}

function appendAddress(bytes: number[], modrm: number, rex: number, random: Random): AddressForm {
  const mod = modrm >> 6;
  const rm = modrm & 7;
  let base = rm | (rex & REX_B ? 8 : 0);
  let index = -1;
  let sibIndex = 0;
  let shift = 0;
  let size = mod === 1 ? 1 : mod === 2 ? 4 : 0;
  let ripRelative = false;
  if (rm === 4) {
    const sib = random.below(256);
    bytes.push(sib);
    shift = sib >> 6;
    sibIndex = ((sib >> 3) & 7) | (rex & REX_X ? 8 : 0);
    index = sibIndex === 4 ? -1 : sibIndex;
    base = (sib & 7) | (rex & REX_B ? 8 : 0);
    if (mod === 0 && (sib & 7) === 5) {
      base = -1;
      size = 4;
    }
  } else if (mod === 0 && rm === 5) {
    base = -1;
    size = 4;
    ripRelative = true;
  }
  const at = bytes.length;
  const displacement = size === 1 ? random.below(256) - 128 : size === 4 ? random.below(512) - 256 : 0;
  appendNumber(bytes, displacement, size);
  return { base, index, shift, displacement, at, size, ripRelative, sibIndex };
}

function appendImmediates(
  row: Row,
  bytes: number[],
  sizeIndex: 0 | 1 | 2,
  random: Random,
): { relativeAt: number; relativeSize: number } {
  let relative = { relativeAt: -1, relativeSize: 0 };
  for (const code of row.operands) {
    const size = code.bytes[sizeIndex];
    if (size === 0) continue;
    if (code.place === OperandPlace.Relative) relative = { relativeAt: bytes.length, relativeSize: size };
    const edge = random.pick([0, 1, 0x7f, 0x80, 0xff]);
    for (let index = 0; index < size; index++) bytes.push(random.oneIn(2) ? edge : random.below(256));
  }
  return relative;
}

/** moffs operands: an absolute address in the instruction. */
function offsetForm(row: Row, bytes: number[]): AddressForm | undefined {
  if (!row.operands.some((code) => code.place === OperandPlace.Offset)) return undefined;
  const at = bytes.length;
  const size = bytes.includes(0x67) ? 4 : 8;
  appendNumber(bytes, 0, size);
  return { base: -1, index: -1, shift: 0, displacement: 0, at, size, ripRelative: false, sibIndex: 0 };
}

function appendNumber(bytes: number[], value: number, size: number): void {
  for (let index = 0; index < size; index++) bytes.push(Math.floor(value / 2 ** (8 * index)) & 0xff);
}

/** Changes the displacement of a generated address; it must fit its size. */
export function setDisplacement(encoded: Encoded, value: number): void {
  const { address, bytes } = encoded;
  if (address === undefined) return;
  address.displacement = value;
  for (let index = 0; index < address.size; index++)
    bytes[address.at + index] = Math.floor(value / 2 ** (8 * index)) & 0xff;
}
