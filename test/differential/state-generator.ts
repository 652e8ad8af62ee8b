/**
 * Register and memory contents for differential cases: mostly the values at which instructions change their mind (0, 1, −1, sign
 * bits, carries, denormals, infinities, NaNs), the rest random.
 */
import { Rflags } from '../../cpu/state-layout.ts';
import { Fx, WINDOW1, WINDOW1_SIZE, YMM_SIZE } from './machine-record.ts';
import type { MachineCase } from './machine-record.ts';
import type { Random } from './random.ts';

const RSP = 4;

const INTEGERS = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x100n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_ffff_ffffn,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_ffff_ff80n,
] as const;

/** Zero, one, denormals, largest, infinity, quiet and signalling NaN, integers' edges; the sign comes on top. */
const SINGLES = [
  0, 0x3f800000, 0x3fc00000, 0x40000000, 1, 0x7fffff, 0x800000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7fc12345,
  0x7f800001, 0x7fa00000, 0x4f000000, 0x4effffff, 0x5f000000, 0x4b000001, 0x3effffff, 0x3f000000, 0x42c80000,
] as const;
const DOUBLES = [
  0n,
  0x3ff0000000000000n,
  0x3ff8000000000000n,
  0x4000000000000000n,
  1n,
  0xfffffffffffffn,
  0x10000000000000n,
  0x7fefffffffffffffn,
  0x7ff0000000000000n,
  0x7ff8000000000000n,
  0x7ff8000012345678n,
  0x7ff0000000000001n,
  0x7ff4000000000000n,
  0x41dfffffffc00000n,
  0x41e0000000000000n,
  0x43e0000000000000n,
  0x4330000000000001n,
  0x3fe0000000000000n,
  0x3fdfffffffffffffn,
  0x36a0000000000000n,
  0x47efffffe0000000n,
  0x47f0000000000000n,
  0x3810000000000000n,
] as const;

/** Significand and exponent of 80-bit values: zero, one, pi, denormal, pseudo-denormal, infinity, NaNs, unnormal, large. */
const EXTENDED: readonly (readonly [bigint, number])[] = [
  [0n, 0],
  [0x8000000000000000n, 0x3fff],
  [0xc90fdaa22168c235n, 0x4000],
  [1n, 0],
  [0x8000000000000000n, 0],
  [0x8000000000000000n, 0x7fff],
  [0xc000000000000000n, 0x7fff],
  [0x8000000000000001n, 0x7fff],
  [0xffffffffffffffffn, 0x7ffe],
  [0x8000000000000000n, 1],
  [0xffffffffffffffffn, 0x3ffe],
  [0x8000000000000000n, 0x403e],
  [0xfffffffffffffffen, 0x403d],
  [0x8000000000000000n, 0x401e],
  [0x8000000000000000n, 0x400e],
  [0x8000000000000000n, 0x3ffe],
  [0xa000000000000000n, 0x4002],
  [0x4000000000000000n, 0x4000],
  [0n, 0x7fff],
];

/** MXCSR with every exception masked. */
const MXCSR_MASKS = 0x1f80;

export interface StateOptions {
  /** Random rounding and precision instead of the default. */
  readonly x87Control: 'default' | 'varied';
  /** Random rounding, flushing, sticky flags and masks instead of the default. */
  readonly mxcsr: 'default' | 'varied';
  /** x87 registers: all empty, or some in use. */
  readonly x87: 'empty' | 'used';
}

/** Fills everything but the code. */
export function randomState(random: Random, target: MachineCase, options: StateOptions): void {
  for (let index = 0; index < 16; index++) target.gpr[index] = randomInteger(random);
  target.gpr[RSP] = BigInt(WINDOW1 + 8 * random.below(WINDOW1_SIZE / 8));
  target.rflags = randomFlags(random);
  randomVectors(random, target);
  randomX87(random, target, options);
  randomWindow(random, target.window1);
  randomWindow(random, target.window2);
}

export function randomInteger(random: Random): bigint {
  switch (random.below(6)) {
    case 0:
    case 1:
      return random.pick(INTEGERS);
    case 2:
      return BigInt(random.below(256));
    case 3:
      return 1n << BigInt(random.below(64));
    case 4:
      return BigInt.asUintN(64, random.pick(INTEGERS) + BigInt(random.below(5)) - 2n);
    default:
      return random.u64();
  }
}

function randomFlags(random: Random): number {
  const arithmetic = Rflags.CF | Rflags.PF | Rflags.AF | Rflags.ZF | Rflags.SF | Rflags.OF;
  const direction = random.oneIn(8) ? Rflags.DF : 0;
  return (random.u32() & arithmetic) | direction | Rflags.IF | Rflags.FIXED;
}

function randomVectors(random: Random, target: MachineCase): void {
  const { fx } = target;
  const view = new DataView(fx.buffer, fx.byteOffset, fx.length);
  for (let index = 0; index < 16; index++) randomVector(random, view, Fx.xmm + 16 * index);
  const upper = new DataView(target.ymm.buffer, target.ymm.byteOffset, YMM_SIZE);
  for (let index = 0; index < 16; index++) randomVector(random, upper, 16 * index);
}

function randomVector(random: Random, view: DataView, at: number): void {
  const kind = random.below(6);
  for (let lane = 0; lane < 16; lane += 8) {
    switch (kind) {
      case 0:
        view.setBigUint64(at + lane, randomDouble(random), true);
        break;
      case 1:
        view.setUint32(at + lane, randomSingle(random), true);
        view.setUint32(at + lane + 4, randomSingle(random), true);
        break;
      case 2:
        view.setBigUint64(at + lane, randomInteger(random), true);
        break;
      case 3:
        for (let byte = 0; byte < 8; byte++)
          view.setUint8(at + lane + byte, random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]));
        break;
      case 4:
        for (let word = 0; word < 8; word += 2) {
          view.setUint16(at + lane + word, random.pick([0, 1, 0x7fff, 0x8000, 0xffff, random.below(65536)]), true);
        }
        break;
      default:
        view.setBigUint64(at + lane, random.u64(), true);
    }
  }
}

function randomSingle(random: Random): number {
  const magnitude = random.oneIn(3) ? random.u32() & 0x7fffffff : random.pick(SINGLES);
  return (magnitude | (random.oneIn(2) ? 0x80000000 : 0)) >>> 0;
}

function randomDouble(random: Random): bigint {
  if (random.oneIn(6))
    return doubleBits(random.below(2 ** 32) * 2 ** (random.below(80) - 40) * (random.oneIn(2) ? 1 : -1));
  const magnitude = random.oneIn(3) ? random.u64() & 0x7fff_ffff_ffff_ffffn : random.pick(DOUBLES);
  return magnitude | (random.oneIn(2) ? 1n << 63n : 0n);
}

function doubleBits(value: number): bigint {
  return new BigUint64Array(new Float64Array([value]).buffer)[0]!;
}

function randomX87(random: Random, target: MachineCase, options: StateOptions): void {
  const { fx } = target;
  const view = new DataView(fx.buffer, fx.byteOffset, fx.length);
  const varied = options.x87Control === 'varied';
  const variedMxcsr = options.mxcsr === 'varied';
  const rounding = random.below(4);
  const precision = random.pick([0, 2, 3]);
  view.setUint16(Fx.fcw, varied ? 0x7f | (precision << 8) | (rounding << 10) : 0x37f, true);
  const flushBits = variedMxcsr ? random.pick([0, 0, 0x8000, 0x40, 0x8040]) : 0;
  const masks = variedMxcsr && random.oneIn(4) ? random.u32() & MXCSR_MASKS : MXCSR_MASKS;
  view.setUint32(Fx.mxcsr, masks | (variedMxcsr ? (rounding << 13) | random.below(64) | flushBits : 0), true);
  if (options.x87 === 'empty') return;
  const top = random.below(8);
  view.setUint16(Fx.fsw, (top << 11) | (random.u32() & 0x4700), true);
  view.setUint8(Fx.ftw, random.oneIn(3) ? 0xff : random.below(256));
  for (let index = 0; index < 8; index++) randomExtended(random, view, Fx.st + 16 * index);
}

function randomExtended(random: Random, view: DataView, at: number): void {
  const sign = random.oneIn(2) ? 0x8000 : 0;
  const [significand, exponent] = random.oneIn(2)
    ? random.pick(EXTENDED)
    : [random.u64() | (1n << 63n), random.oneIn(4) ? random.below(0x7fff) : 0x3fff + random.below(130) - 65];
  view.setBigUint64(at, significand, true);
  view.setUint16(at + 8, exponent | sign, true);
}

function randomWindow(random: Random, window: Uint8Array): void {
  const view = new DataView(window.buffer, window.byteOffset, window.length);
  for (let at = 0; at < window.length; at += 16) randomVector(random, view, at);
}
