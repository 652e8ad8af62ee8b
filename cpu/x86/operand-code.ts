/**
 * Operand codes of the instruction tables, after SDM vol. 2, appendix A.2: a letter for where the operand is, a letter for its size.
 *
 * where: E general register or memory by ModRM.rm, R register only by rm, G general register by ModRM.reg, Z general register by the opcode's low bits, M memory,
 *        V W U xmm by reg, by rm or memory, by rm only; P Q N mmx likewise; H B xmm and general register by VEX.vvvv; L xmm by the last byte's high half;
 *        T memory with an index in a vector register (VSIB), and that register: two operands; S C D segment, control, debug register by reg;
 *        I immediate, J relative target, O absolute offset, X [rsi], Y [rdi] without segment, DI [rdi], BX [rbx] with segment;
 *        Rd/Mb: rm with another size as a register than in memory.
 * size:  b w d q x t = 8 16 32 64 128 80 bits, v = 16/32/64 by operand size, z = 16/32/32, y = 32/32/64, p = far pointer, s = 80 (descriptor table), none = no access.
 *        X h f e = 128, 64, 32, 16 bits, doubled for VEX.L = 1; X makes the register then a ymm register. After T: d q width of the elements, then x or X: that of the index.
 *        Ib is taken as it is; Ibs is sign-extended to the operand size, as Iz is always.
 * fixed: AL CL AX DX rAX (v) eAX (z) 1 FS GS ST0 STi XMM0.
 */
import { Fixed, registerOperand } from './registers.ts';
import { RegisterClass, type RegisterOperand } from './instruction.ts';

export const OperandPlace = {
  RmGpr: 0,
  RegGpr: 1,
  OpcodeGpr: 2,
  Memory: 3,
  RmXmm: 4,
  RegXmm: 5,
  RmMmx: 6,
  RegMmx: 7,
  Segment: 8,
  Control: 9,
  Debug: 10,
  Immediate: 11,
  SignedImmediate: 12,
  Relative: 13,
  Offset: 14,
  Source: 15,
  Destination: 16,
  AtRdi: 17,
  AtRbx: 18,
  StackRegister: 19,
  Fixed: 20,
  Accumulator: 21,
  One: 22,
  VexXmm: 23,
  VexGpr: 24,
  LastXmm: 25,
  VectorIndexed: 26,
} as const;
export type OperandPlace = (typeof OperandPlace)[keyof typeof OperandPlace];

/** Widths by operand-size index: 16, 32, 64. */
export type Widths = readonly [number, number, number];

export interface OperandCode {
  readonly text: string;
  readonly place: OperandPlace;
  readonly usesModrm: boolean;
  /** ModRM.rm must be memory, must be a register, or may be either. */
  readonly rm: 'memory' | 'register' | 'either';
  /** Width as a register (or immediate). */
  readonly widths: Widths;
  readonly memoryWidths: Widths;
  /** VEX.L = 1 doubles the width in memory. */
  readonly byLength: boolean;
  /** VEX.L = 1 makes the register a ymm register. */
  readonly registerByLength: boolean;
  /** Immediate bytes in the instruction. */
  readonly bytes: Widths;
  readonly fixed: RegisterOperand | undefined;
}

const SIZES: Readonly<Record<string, Widths>> = {
  '': [0, 0, 0],
  b: [8, 8, 8],
  w: [16, 16, 16],
  d: [32, 32, 32],
  q: [64, 64, 64],
  x: [128, 128, 128],
  X: [128, 128, 128],
  h: [64, 64, 64],
  f: [32, 32, 32],
  e: [16, 16, 16],
  t: [80, 80, 80],
  s: [80, 80, 80],
  v: [16, 32, 64],
  z: [16, 32, 32],
  y: [32, 32, 64],
  p: [32, 48, 80],
};

const PLACES: Readonly<Record<string, OperandPlace>> = {
  E: OperandPlace.RmGpr,
  R: OperandPlace.RmGpr,
  G: OperandPlace.RegGpr,
  Z: OperandPlace.OpcodeGpr,
  M: OperandPlace.Memory,
  W: OperandPlace.RmXmm,
  U: OperandPlace.RmXmm,
  V: OperandPlace.RegXmm,
  Q: OperandPlace.RmMmx,
  N: OperandPlace.RmMmx,
  P: OperandPlace.RegMmx,
  S: OperandPlace.Segment,
  C: OperandPlace.Control,
  D: OperandPlace.Debug,
  O: OperandPlace.Offset,
  X: OperandPlace.Source,
  Y: OperandPlace.Destination,
  DI: OperandPlace.AtRdi,
  BX: OperandPlace.AtRbx,
  H: OperandPlace.VexXmm,
  B: OperandPlace.VexGpr,
  L: OperandPlace.LastXmm,
  T: OperandPlace.VectorIndexed,
};
/** Sizes that depend on VEX.L. */
const BY_LENGTH: ReadonlySet<string> = new Set(['X', 'h', 'f', 'e']);

const FIXED: Readonly<Record<string, RegisterOperand>> = {
  AL: Fixed.al,
  CL: Fixed.cl,
  AX: Fixed.ax,
  DX: Fixed.dx,
  FS: Fixed.fs,
  GS: Fixed.gs,
  ST0: registerOperand(RegisterClass.St, 0),
  XMM0: registerOperand(RegisterClass.Xmm, 0),
};

const NONE: Widths = [0, 0, 0];

/** Widths a register of the class has whatever the memory form's width. */
const REGISTER_WIDTHS: Readonly<Record<string, Widths>> = {
  V: SIZES['x']!,
  W: SIZES['x']!,
  U: SIZES['x']!,
  H: SIZES['x']!,
  L: SIZES['x']!,
  P: SIZES['q']!,
  Q: SIZES['q']!,
  N: SIZES['q']!,
};

export function parseOperandCode(text: string): OperandCode {
  const base = {
    text,
    usesModrm: false,
    rm: 'either' as const,
    widths: NONE,
    memoryWidths: NONE,
    byLength: false,
    registerByLength: false,
    bytes: NONE,
    fixed: undefined,
  };
  const fixed = FIXED[text];
  if (fixed !== undefined)
    return { ...base, place: OperandPlace.Fixed, widths: [fixed.width, fixed.width, fixed.width], fixed };
  if (text === 'rAX') return { ...base, place: OperandPlace.Accumulator, widths: SIZES['v']! };
  if (text === 'eAX') return { ...base, place: OperandPlace.Accumulator, widths: SIZES['z']! };
  if (text === '1') return { ...base, place: OperandPlace.One, widths: SIZES['b']! };
  if (text === 'STi') return { ...base, place: OperandPlace.StackRegister, usesModrm: true, widths: SIZES['t']! };
  if (text.startsWith('I') || text.startsWith('J')) return parseImmediate(text);
  const [first, memory] = text.split('/') as [string, string | undefined];
  const where = first.startsWith('DI') || first.startsWith('BX') ? first.slice(0, 2) : first.slice(0, 1);
  const place = PLACES[where]!;
  const size = first.slice(where.length);
  if (where === 'T')
    return {
      ...base,
      place,
      usesModrm: true,
      rm: 'memory',
      memoryWidths: SIZES[size[0]!]!,
      registerByLength: size[1] === 'X',
    };
  const widths = SIZES[size];
  const memoryWidths = memory === undefined ? widths : SIZES[memory.slice(1)];
  if (place === undefined || widths === undefined || memoryWidths === undefined)
    throw new Error(`bad operand code: ${text}`);
  return {
    ...base,
    place,
    usesModrm: place <= OperandPlace.Debug && place !== OperandPlace.OpcodeGpr,
    rm: 'RUN'.includes(where) && memory === undefined ? 'register' : where === 'M' ? 'memory' : 'either',
    widths: REGISTER_WIDTHS[where] ?? widths,
    memoryWidths,
    byLength: BY_LENGTH.has(memory === undefined ? size : memory.slice(1)),
    registerByLength: size === 'X',
    bytes: place === OperandPlace.LastXmm ? [1, 1, 1] : NONE,
  };
}

function parseImmediate(text: string): OperandCode {
  const signed = text === 'Ibs' || text === 'Iz';
  const size = SIZES[text[1]!]!;
  const widths = signed ? SIZES['v']! : size;
  const place = text.startsWith('J')
    ? OperandPlace.Relative
    : signed
      ? OperandPlace.SignedImmediate
      : OperandPlace.Immediate;
  const bytes: Widths = [size[0] / 8, size[1] / 8, size[2] / 8];
  return {
    text,
    place,
    usesModrm: false,
    rm: 'either',
    widths,
    memoryWidths: NONE,
    byLength: false,
    registerByLength: false,
    bytes,
    fixed: undefined,
  };
}
