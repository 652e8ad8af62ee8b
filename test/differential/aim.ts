/**
 * Makes a random instruction meet the test's data: sets the registers an address is made of so that it falls into the data
 * windows (or, sometimes, just where it must fault), sends jumps to places that end the case, and brings about the conditions
 * that random values hardly ever meet (equal comparands, divisions that fit, short shift counts).
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { OperandPlace } from '../../cpu/x86/operand-code.ts';
import type { Row } from '../../cpu/x86/row.ts';
import { CODE_MAX, DATA, Fx, WINDOW1, WINDOW1_SIZE, WINDOW2, WINDOW2_SIZE } from './machine-record.ts';
import type { MachineCase } from './machine-record.ts';
import { setDisplacement } from './row-encoder.ts';
import type { AddressForm, Encoded } from './row-encoder.ts';
import type { Random } from './random.ts';

const RAX = 0;
const RCX = 1;
const RDX = 2;
const RBX = 3;
const RSP = 4;
const RBP = 5;
const RSI = 6;
const RDI = 7;

/** Puts the instruction at `slot` and prepares the state for it. */
export function aim(row: Row, encoded: Encoded, target: MachineCase, slot: number, random: Random): void {
  const codeAddress = slot + random.below(8);
  target.codeAddress = codeAddress;
  prepareImplicit(row, encoded, target, random);
  const data = randomTarget(random);
  if (encoded.address !== undefined) {
    aimAddress(encoded, encoded.address, data, codeAddress, target, random);
    prepareMemory(row, encoded, target, data, random);
    if (encoded.address.vectorIndex !== undefined) prepareGather(encoded.address.vectorIndex, target, random);
  }
  if (encoded.relativeAt >= 0) aimRelative(encoded, slot, codeAddress, random);
  if (jumpsIndirectly(row)) aimJump(encoded, target, landing(encoded, slot, codeAddress, random), data);
  target.code = encoded.bytes;
}

/** Mostly inside a window; now and then at the read-only page, next to unmapped pages, or no address at all. */
function randomTarget(random: Random): number {
  switch (random.below(16)) {
    case 0:
      return WINDOW2 + random.below(WINDOW2_SIZE);
    case 1:
      return random.pick([
        DATA - 16,
        DATA - 1,
        DATA - 4,
        DATA + 3 * PAGE_SIZE - 4,
        DATA + 3 * PAGE_SIZE,
        DATA + 2 * PAGE_SIZE - 4,
        0,
      ]);
    case 2:
    case 3:
    case 4:
      return WINDOW1 + random.below(WINDOW1_SIZE - 16);
    default:
      return WINDOW1 + 16 * random.below(WINDOW1_SIZE / 16 - 1);
  }
}

function aimAddress(
  encoded: Encoded,
  form: AddressForm,
  data: number,
  codeAddress: number,
  target: MachineCase,
  random: Random,
): void {
  if (form.ripRelative) return setDisplacement(encoded, data - (codeAddress + encoded.bytes.length));
  if (form.base < 0 && form.index < 0) return setDisplacement(encoded, data);
  if (random.oneIn(64)) return;
  const nonCanonical = random.oneIn(64) ? 0x0000_8000_0000_0000n : 0n;
  let rest = BigInt(data) - BigInt(form.displacement) + nonCanonical;
  if (form.base < 0) {
    target.gpr[form.index] = BigInt.asUintN(64, rest >> BigInt(form.shift));
    return;
  }
  if (form.index === form.base) {
    target.gpr[form.base] = BigInt.asUintN(64, rest / BigInt(1 + (1 << form.shift)));
    return;
  }
  if (form.index >= 0) {
    const index = random.oneIn(2) ? BigInt(random.below(64)) : random.u64();
    target.gpr[form.index] = index;
    rest -= index << BigInt(form.shift);
  }
  target.gpr[form.base] = BigInt.asUintN(64, rest);
}

/** Registers that instructions use without naming them. */
function prepareImplicit(row: Row, encoded: Encoded, target: MachineCase, random: Random): void {
  const places = new Set(row.operands.map((code) => code.place));
  if (places.has(OperandPlace.Source)) target.gpr[RSI] = BigInt(randomTarget(random));
  if (places.has(OperandPlace.Destination) || places.has(OperandPlace.AtRdi))
    target.gpr[RDI] = BigInt(randomTarget(random));
  if (places.has(OperandPlace.AtRbx)) target.gpr[RBX] = BigInt(randomTarget(random)) - (target.gpr[RAX]! & 0xffn);
  if (row.repeats) {
    target.gpr[RCX] = BigInt(random.below(40));
    if (random.oneIn(2)) equalStrings(target, random);
  } else if (random.oneIn(2)) target.gpr[RCX] = (target.gpr[RCX]! & ~0xffn) | BigInt(random.below(70));
  if (row.mnemonic === 'leave' || row.mnemonic === 'enter') target.gpr[RBP] = BigInt(WINDOW1 + 8 * random.below(28));
  if (row.mnemonic === 'enter' && random.oneIn(2)) encoded.bytes[encoded.bytes.length - 1] = random.below(4);
  if (row.mnemonic === 'div' || row.mnemonic === 'idiv') prepareDivision(target, random);
  // INT 3, 4 and 80h are gates that user mode may use; the last one would make a system call on the host.
  if (row.mnemonic === 'int') encoded.bytes[encoded.bytes.length - 1] = random.pick([0, 1, 13, 14, 0x20, 0x81, 0xff]);
  if (row.mnemonic === 'popf') poke(target, Number(target.gpr[RSP]), BigInt(random.u32() & 0xcd5) | 0x202n);
}

/** Quotients that fit: the high half is small or the sign of the low one. */
function prepareDivision(target: MachineCase, random: Random): void {
  switch (random.below(4)) {
    case 0:
      target.gpr[RDX] = 0n;
      break;
    case 1:
      target.gpr[RDX] = target.gpr[RAX]! >> 63n ? 0xffff_ffff_ffff_ffffn : 0n;
      break;
    case 2:
      target.gpr[RDX] = BigInt(random.below(8));
      break;
    default:
  }
  if (random.oneIn(2)) target.gpr[RAX] = target.gpr[RAX]! & ~0xff00n;
}

/** Small indexes, of 32 or of 64 bits, so that the elements are near the operand. */
function prepareGather(register: number, target: MachineCase, random: Random): void {
  const size = random.pick([4, 8]);
  for (const half of [
    target.fx.subarray(Fx.xmm + 16 * register, Fx.xmm + 16 * register + 16),
    target.ymm.subarray(16 * register, 16 * register + 16),
  ]) {
    for (let at = 0; at < 16; at += size) {
      const index = random.below(12) - (random.oneIn(16) ? 600 : 4);
      half.fill(index < 0 ? 0xff : 0, at, at + size);
      new DataView(half.buffer, half.byteOffset).setInt16(at, index, true);
    }
  }
}

function equalStrings(target: MachineCase, random: Random): void {
  target.window1.fill(random.pick([0, 0x41, 0xff]));
  if (random.oneIn(2)) target.window1[random.below(WINDOW1_SIZE)] = 7;
  if (random.oneIn(2)) target.gpr[RAX] = 0x4141_4141_4141_4141n;
}

/** What is in the operand in memory, or how far the instruction may reach from it. */
function prepareMemory(row: Row, encoded: Encoded, target: MachineCase, data: number, random: Random): void {
  if (row.mnemonic.startsWith('cmpxchg') && random.oneIn(2)) {
    target.gpr[RAX] = peek(target, data);
    target.gpr[RDX] = peek(target, data + (row.mnemonic === 'cmpxchg8b' ? 4 : 8));
  }
  // A bit offset in a register reaches far beyond the operand.
  if (
    /^bt[src]?$/.test(row.mnemonic) &&
    encoded.reg >= 0 &&
    row.operands[1]?.place === OperandPlace.RegGpr &&
    !random.oneIn(8)
  ) {
    const form = encoded.address!;
    if (encoded.reg !== form.base && encoded.reg !== form.index)
      target.gpr[encoded.reg] = BigInt.asUintN(64, BigInt(random.below(256) - 128));
  }
}

/** Where a jump may land: on the INT3s between the code and the end of its slot. */
function landing(encoded: Encoded, slot: number, codeAddress: number, random: Random): number {
  const first = codeAddress + encoded.bytes.length;
  return first + random.below(slot + CODE_MAX - first);
}

function aimRelative(encoded: Encoded, slot: number, codeAddress: number, random: Random): void {
  if (encoded.relativeSize === 4 && random.oneIn(8)) {
    // Far away: not into the code of another case.
    encoded.bytes[encoded.relativeAt + 3] = (encoded.bytes[encoded.relativeAt + 3]! & 0x9f) | 0x40;
    return;
  }
  const displacement = landing(encoded, slot, codeAddress, random) - (codeAddress + encoded.bytes.length);
  for (let index = 0; index < encoded.relativeSize; index++)
    encoded.bytes[encoded.relativeAt + index] = (displacement >> (8 * index)) & 0xff;
}

function jumpsIndirectly(row: Row): boolean {
  return row.mnemonic === 'ret' || ((row.mnemonic === 'jmp' || row.mnemonic === 'call') && row.hasModrm);
}

function aimJump(encoded: Encoded, target: MachineCase, destination: number, data: number): void {
  if (encoded.address !== undefined) poke(target, data, BigInt(destination));
  else if (encoded.rm >= 0 && encoded.rm !== RSP) target.gpr[encoded.rm] = BigInt(destination);
  else poke(target, Number(target.gpr[RSP]), BigInt(destination));
}

/** Offset in the first window, or −1. */
function windowOffset(address: number): number {
  const offset = address - WINDOW1;
  return offset >= 0 && offset + 8 <= WINDOW1_SIZE ? offset : -1;
}

function peek(target: MachineCase, address: number): bigint {
  const offset = windowOffset(address);
  if (offset < 0) return 0n;
  return new DataView(target.window1.buffer, target.window1.byteOffset).getBigUint64(offset, true);
}

function poke(target: MachineCase, address: number, value: bigint): void {
  const offset = windowOffset(address);
  if (offset >= 0) new DataView(target.window1.buffer, target.window1.byteOffset).setBigUint64(offset, value, true);
}
