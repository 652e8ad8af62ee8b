/**
 * The decoder: bytes to Instruction, by the tables. Order of work: prefixes, opcode, row (lookup.ts), ModRM memory operand, then the
 * row's operand codes. Source: SDM vol. 2, chapter 2.
 *
 * Not looked at: CPUID. A row in the tables is an instruction that is known; everything else is Invalid, EVEX too.
 */
import type { GuestAddress } from '../address.ts';
import {
  FS_BASE,
  GS_BASE,
  NO_REGISTER,
  OperandKind,
  RegisterClass,
  Repeat,
  type Instruction,
  type MemoryOperand,
  type Operand,
  type RegisterOperand,
} from './instruction.ts';
import { findRow, needsModrm } from './lookup.ts';
import { OperandPlace, type OperandCode } from './operand-code.ts';
import { byteRegister, generalRegister, registerOperand } from './registers.ts';
import { OpcodeMap, TO_VEX, type Row } from './row.ts';

export const DecodeFailure = {
  /** No such instruction: #UD. */
  Invalid: -1,
  /** The bytes end before the instruction does: fetch the next page and try again. */
  Truncated: -2,
  /** More than 15 bytes: #GP. */
  TooLong: -3,
} as const;
export type DecodeFailure = (typeof DecodeFailure)[keyof typeof DecodeFailure];

export const MAX_INSTRUCTION_LENGTH = 15;
/** The furthest the decoder can read before it checks: 15 prefixes, opcode, ModRM, SIB, displacement, immediate. */
const MAX_READ = 48;
const TWO_32 = 2 ** 32;

/** Decodes the instruction at bytes[offset], which has that guest address. */
export function decode(bytes: Uint8Array, offset: number, address: GuestAddress): Instruction | DecodeFailure {
  const available = bytes.length - offset;
  if (available >= MAX_READ) {
    const decoder = new Decoder(bytes, offset, address);
    const result = decoder.decode();
    return decoder.consumed > MAX_INSTRUCTION_LENGTH ? DecodeFailure.TooLong : result;
  }
  return decodeNearEnd(bytes, offset, address, available);
}

/** Zeros stand for what isn't there: a result that depends on them is Truncated. */
function decodeNearEnd(
  bytes: Uint8Array,
  offset: number,
  address: GuestAddress,
  available: number,
): Instruction | DecodeFailure {
  const padded = new Uint8Array(MAX_READ);
  padded.set(bytes.subarray(offset));
  const decoder = new Decoder(padded, 0, address);
  const result = decoder.decode();
  if (decoder.consumed > available && available < MAX_INSTRUCTION_LENGTH) return DecodeFailure.Truncated;
  return decoder.consumed > MAX_INSTRUCTION_LENGTH ? DecodeFailure.TooLong : result;
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #address: number;
  #at: number;
  #rex = 0;
  #operandSize66 = 0;
  /** 0, 0xf2 or 0xf3: the last of them. */
  #repeat = 0;
  #lock = false;
  #segment: number = NO_REGISTER;
  #address32 = false;
  #mod = 0;
  #reg = 0;
  #rm = 0;
  #base: number = NO_REGISTER;
  #index: number = NO_REGISTER;
  #scaleShift = 0;
  #displacement = 0;
  #ripRelative = false;
  #sibByte = 0;
  /** 0, 1, 2: operand size 16, 32, 64. */
  #size = 1;
  /** VEX.vvvv, and VEX.L: 1 for 256 bits. */
  #vvvv = 0;
  #length = 0;

  constructor(bytes: Uint8Array, offset: number, address: number) {
    this.#bytes = bytes;
    this.#start = offset;
    this.#at = offset;
    this.#address = address;
  }

  get consumed(): number {
    return this.#at - this.#start;
  }

  decode(): Instruction | DecodeFailure {
    let opcode = this.#prefixes();
    if (opcode < 0) return DecodeFailure.TooLong;
    if (opcode === 0xc4 || opcode === 0xc5) return this.#vex(opcode);
    let map: number = OpcodeMap.Primary;
    if (opcode === 0x0f) {
      map = OpcodeMap.Map0F;
      opcode = this.#byte();
      if (opcode === 0x38 || opcode === 0x3a) {
        map = opcode === 0x38 ? OpcodeMap.Map0F38 : OpcodeMap.Map0F3A;
        opcode = this.#byte();
      }
    }
    const row = this.#findRow(map, opcode);
    if (row === undefined) return DecodeFailure.Invalid;
    return this.#finish(row, opcode);
  }

  /** After a VEX prefix's first byte. Source: SDM vol. 2, 2.3.5, figure 2-9. */
  #vex(first: number): Instruction | DecodeFailure {
    const refused = this.#rex !== 0 || this.#operandSize66 !== 0 || this.#repeat !== 0 || this.#lock;
    const payload = this.#byte();
    // R, X and B are inverted, as is vvvv.
    let map = 1;
    this.#rex = (~payload & 0x80) >> 5;
    let last = payload & 0x7f;
    if (first === 0xc4) {
      map = payload & 0x1f;
      this.#rex = (~payload & 0xe0) >> 5;
      last = this.#byte();
      this.#rex |= (last & 0x80) >> 4;
    }
    if (refused || map < 1 || map > 3) return DecodeFailure.Invalid;
    this.#vvvv = (~last >> 3) & 15;
    this.#length = (last >> 2) & 1;
    this.#size = this.#rex & 8 ? 2 : 1;
    const opcode = this.#byte();
    // VEX.pp numbers the mandatory prefixes like the lookup: none, 66, F3, F2.
    const selector = (last & 3) | ((this.#rex & 8) >> 1) | (this.#length << 3);
    const row = this.#rowAt(map + TO_VEX, opcode, selector);
    if (row === undefined || (!row.usesVvvv && this.#vvvv !== 0)) return DecodeFailure.Invalid;
    return this.#finish(row, opcode);
  }

  /** Reads prefixes; returns the first opcode byte, or -1 when there is no room for one. */
  #prefixes(): number {
    for (let count = 0; count < MAX_INSTRUCTION_LENGTH; count++) {
      const byte = this.#byte();
      if ((byte & 0xf0) === 0x40) {
        this.#rex = byte;
        continue;
      }
      if (!this.#legacyPrefix(byte)) return byte;
      // A REX prefix counts only right before the opcode.
      this.#rex = 0;
    }
    this.#at++;
    return -1;
  }

  #legacyPrefix(byte: number): boolean {
    switch (byte) {
      case 0x66:
        this.#operandSize66 = 1;
        return true;
      case 0x67:
        this.#address32 = true;
        return true;
      case 0xf2:
      case 0xf3:
        this.#repeat = byte;
        return true;
      case 0xf0:
        this.#lock = true;
        return true;
      case 0x64:
        this.#segment = FS_BASE;
        return true;
      case 0x65:
        this.#segment = GS_BASE;
        return true;
      case 0x26:
      case 0x2e:
      case 0x36:
      case 0x3e:
        return true;
      default:
        return false;
    }
  }

  #findRow(map: number, opcode: number): Row | undefined {
    const size = this.#rex & 8 ? 2 : this.#operandSize66 ? 0 : 1;
    this.#size = size;
    const mandatory = this.#repeat === 0 ? this.#operandSize66 : this.#repeat === 0xf3 ? 2 : 3;
    return this.#rowAt(map, opcode, mandatory | (size << 2) | ((this.#rex & 1) << 4));
  }

  #rowAt(map: number, opcode: number, selector: number): Row | undefined {
    const row = findRow(map, opcode, selector, this.#bytes[this.#at]!);
    if (row === undefined && needsModrm(map, opcode, selector)) this.#at++;
    return row;
  }

  #finish(row: Row, opcode: number): Instruction | DecodeFailure {
    if (row.default64 && this.#size === 1) this.#size = 2;
    if (row.forced64) this.#size = 2;
    if (row.hasModrm) this.#modrm(row);
    if (this.#lock && (!row.lock || !row.hasModrm || this.#mod === 3)) return DecodeFailure.Invalid;
    const codes = row.operands;
    const operands: Operand[] = [];
    for (let i = 0; i < codes.length; i++) {
      const operand = this.#operand(codes[i]!, row, opcode);
      if (operand === undefined) return DecodeFailure.Invalid;
      operands.push(operand);
      if (codes[i]!.place === OperandPlace.VectorIndexed) operands.push(this.#vector(codes[i]!, this.#vectorIndex));
    }
    return {
      address: this.#address as GuestAddress,
      length: this.#at - this.#start,
      mnemonic: row.mnemonic,
      width: row.widths[this.#size]! << (row.widthByLength ? this.#length : 0),
      addressWidth: this.#address32 ? 32 : 64,
      condition: row.span === 16 ? opcode & 15 : 0,
      lock: this.#lock,
      repeat: row.repeats && this.#repeat !== 0 ? (this.#repeat === 0xf3 ? Repeat.Repe : Repeat.Repne) : Repeat.None,
      operands,
    };
  }

  /** ModRM, SIB and displacement. Source: SDM vol. 2, 2.1.5, tables 2-2 and 2-3. */
  #modrm(row: Row): void {
    const modrm = this.#byte();
    const mod = row.ignoresMod ? 3 : modrm >> 6;
    const rm = modrm & 7;
    this.#mod = mod;
    this.#reg = (modrm >> 3) & 7;
    this.#rm = rm;
    if (mod === 3) return;
    if (rm === 4) this.#sib();
    else if (rm === 5 && mod === 0) {
      this.#ripRelative = true;
      const next = this.#at + 4 - this.#start + row.immediateBytes[this.#size]!;
      this.#displacement = this.#address + next + this.#int32();
      if (this.#address32) this.#displacement = ((this.#displacement % TWO_32) + TWO_32) % TWO_32;
      return;
    } else this.#base = rm | ((this.#rex & 1) << 3);
    if (mod === 1) this.#displacement = (this.#byte() << 24) >> 24;
    else if (mod === 2) this.#displacement = this.#int32();
  }

  #sib(): void {
    const sib = this.#byte();
    this.#sibByte = sib;
    const index = ((sib >> 3) & 7) | ((this.#rex & 2) << 2);
    // Index 4 without REX.X is "none"; r12 can be an index.
    if (index !== 4) {
      this.#index = index;
      this.#scaleShift = sib >> 6;
    }
    if ((sib & 7) === 5 && this.#mod === 0) this.#displacement = this.#int32();
    else this.#base = (sib & 7) | ((this.#rex & 1) << 3);
  }

  #operand(code: OperandCode, row: Row, opcode: number): Operand | undefined {
    const width = code.widths[this.#size]!;
    switch (code.place) {
      case OperandPlace.RmGpr:
        if (this.#mod !== 3) return code.rm === 'register' ? undefined : this.#memory(code);
        return this.#general(width, this.#rm | ((this.#rex & 1) << 3));
      case OperandPlace.RegGpr:
        return this.#general(width, this.#extendedReg());
      case OperandPlace.OpcodeGpr:
        return this.#general(width, (opcode & 7) | ((this.#rex & 1) << 3));
      case OperandPlace.Memory:
        return this.#mod === 3 ? undefined : this.#memory(code);
      case OperandPlace.RmXmm:
        if (this.#mod !== 3) return code.rm === 'register' ? undefined : this.#memory(code);
        return this.#vector(code, this.#rm | ((this.#rex & 1) << 3));
      case OperandPlace.RegXmm:
        return this.#vector(code, this.#extendedReg());
      case OperandPlace.VexXmm:
        return this.#vector(code, this.#vvvv);
      case OperandPlace.RmMmx:
        if (this.#mod !== 3) return code.rm === 'register' ? undefined : this.#memory(code);
        return registerOperand(RegisterClass.Mmx, this.#rm);
      case OperandPlace.RegMmx:
        return registerOperand(RegisterClass.Mmx, this.#reg);
      case OperandPlace.Immediate:
        return this.#immediate(width);
      case OperandPlace.SignedImmediate:
        return { kind: OperandKind.Immediate, value: signedImmediate(this.#signed(code.bytes[this.#size]!)), width };
      case OperandPlace.Relative:
        return this.#relative(code.bytes[this.#size]!);
      default:
        return this.#rareOperand(code, row);
    }
  }

  #rareOperand(code: OperandCode, row: Row): Operand | undefined {
    const width = code.widths[this.#size]!;
    switch (code.place) {
      case OperandPlace.Accumulator:
        return generalRegister(width, 0);
      case OperandPlace.Fixed:
        return code.fixed;
      case OperandPlace.StackRegister:
        return registerOperand(RegisterClass.St, this.#rm);
      case OperandPlace.One:
        return { kind: OperandKind.Immediate, value: 1n, width };
      case OperandPlace.Segment:
        // MOV to CS is undefined, and there are six segment registers.
        if (this.#reg > 5 || (this.#reg === 1 && row.operands[0] === code)) return undefined;
        return registerOperand(RegisterClass.Segment, this.#reg);
      case OperandPlace.Control:
      case OperandPlace.Debug:
        return this.#systemRegister(code);
      case OperandPlace.Offset: {
        const displacement = this.#address32 ? this.#uint32() : this.#int64();
        return this.#memoryAt(code, NO_REGISTER, this.#segment, displacement);
      }
      case OperandPlace.Source:
        return this.#memoryAt(code, 6, this.#segment, 0);
      case OperandPlace.Destination:
        return this.#memoryAt(code, 7, NO_REGISTER, 0);
      case OperandPlace.AtRdi:
        return this.#memoryAt(code, 7, this.#segment, 0);
      case OperandPlace.AtRbx:
        return this.#memoryAt(code, 3, this.#segment, 0);
      case OperandPlace.VexGpr:
        return generalRegister(width, this.#vvvv);
      case OperandPlace.LastXmm:
        return this.#vector(code, this.#byte() >> 4);
      case OperandPlace.VectorIndexed:
        return this.#vectorIndexed(code);
      default:
        return undefined;
    }
  }

  /** CR0, 2, 3, 4, 8 and DR0..7 exist. */
  #systemRegister(code: OperandCode): Operand | undefined {
    const index = this.#extendedReg();
    if (code.place === OperandPlace.Debug) return index < 8 ? registerOperand(RegisterClass.Debug, index) : undefined;
    return (0b1_0001_1101 >> index) & 1 ? registerOperand(RegisterClass.Control, index) : undefined;
  }

  #vector(code: OperandCode, index: number): RegisterOperand {
    const isYmm = this.#length !== 0 && code.registerByLength;
    return registerOperand(isYmm ? RegisterClass.Ymm : RegisterClass.Xmm, index);
  }

  /** A SIB byte whose index is a vector register: all 16 can be one. Destination, index and mask must be three registers. */
  #vectorIndexed(code: OperandCode): MemoryOperand | undefined {
    const index = this.#vectorIndex;
    const destination = this.#extendedReg();
    if (this.#mod === 3 || this.#rm !== 4) return undefined;
    if (index === destination || index === this.#vvvv || destination === this.#vvvv) return undefined;
    return { ...this.#memory(code), index: NO_REGISTER, scaleShift: this.#sibByte >> 6 };
  }

  get #vectorIndex(): number {
    return ((this.#sibByte >> 3) & 7) | ((this.#rex & 2) << 2);
  }

  #extendedReg(): number {
    return this.#reg | ((this.#rex & 4) << 1);
  }

  #general(width: number, index: number): Operand {
    return width === 8 ? byteRegister(index, this.#rex) : generalRegister(width, index);
  }

  #memory(code: OperandCode): MemoryOperand {
    return {
      kind: OperandKind.Memory,
      base: this.#base,
      index: this.#index,
      scaleShift: this.#scaleShift,
      displacement: this.#displacement,
      ripRelative: this.#ripRelative,
      segment: this.#segment,
      addressWidth: this.#address32 ? 32 : 64,
      width: code.memoryWidths[this.#size]! << (code.byLength ? this.#length : 0),
    };
  }

  #memoryAt(code: OperandCode, base: number, segment: number, displacement: number): MemoryOperand {
    return {
      kind: OperandKind.Memory,
      base,
      index: NO_REGISTER,
      scaleShift: 0,
      displacement,
      ripRelative: false,
      segment,
      addressWidth: this.#address32 ? 32 : 64,
      width: code.memoryWidths[this.#size]!,
    };
  }

  #immediate(width: number): Operand {
    if (width === 8) return BYTE_IMMEDIATES[this.#byte()]!;
    const value = width === 64 ? this.#bigInt64() : BigInt(this.#signed(width >> 3));
    return { kind: OperandKind.Immediate, value: width === 16 ? value & 0xffffn : value, width };
  }

  #relative(bytes: number): Operand {
    const displacement = this.#signed(bytes);
    const target = this.#address + (this.#at - this.#start) + displacement;
    return { kind: OperandKind.Relative, target: target as GuestAddress };
  }

  #byte(): number {
    return this.#bytes[this.#at++]!;
  }

  #signed(bytes: number): number {
    if (bytes === 1) return (this.#byte() << 24) >> 24;
    if (bytes === 4) return this.#int32();
    const low = this.#byte();
    return ((low | (this.#byte() << 8)) << 16) >> 16;
  }

  #int32(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at = at + 4;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  #uint32(): number {
    return this.#int32() >>> 0;
  }

  #int64(): number {
    const low = this.#uint32();
    return low + this.#int32() * TWO_32;
  }

  #bigInt64(): bigint {
    const low = BigInt(this.#uint32());
    return low | (BigInt(this.#int32()) << 32n);
  }
}

/** Immediate bytes are so common that each is one shared object. */
const BYTE_IMMEDIATES: readonly Operand[] = Array.from({ length: 256 }, (_, value) =>
  Object.freeze({ kind: OperandKind.Immediate, value: BigInt(value), width: 8 }),
);

const SMALL_IMMEDIATES: readonly bigint[] = Array.from({ length: 256 }, (_, index) => BigInt(index - 128));

/** A bigint of a 32-bit value, without making one where it fits a byte. */
function signedImmediate(value: number): bigint {
  return value >= -128 && value < 128 ? SMALL_IMMEDIATES[value + 128]! : BigInt(value);
}
