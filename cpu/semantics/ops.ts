/**
 * The operation set that instruction semantics are written in. Each instruction is defined once as a function over
 * `Ops<V>`; each back end (evaluator, interpreter generator, translator) supplies the operations. `V` is the back end's
 * value: a BigInt, a WebAssembly expression, an IR node.
 *
 * Rules every definition keeps:
 * - Everything that can fault (load, store, probeStore, divideError, …) comes before the first register or flag write, so that a fault
 *   leaves the state as before the instruction.
 * - Integer values are unsigned and zero-extended from their width (8, 16, 32, 64 bits); each operation names the width it works
 *   at, and gives a result cut to that width. Booleans are values 0 or 1 of width 32. Vector values are 128 bits.
 * - Among the writes memory comes first (it can fault), then registers, then flags.
 * - A value denotes what it was when it was made: a later write to the register or memory it came from does not change it.
 * - Flags are given as thunks: a back end calls only those that are live. They make values, they never read registers or flags.
 * - Semantics look at the shape of an instruction (operand kinds and register classes, widths, condition, repeat), never at
 *   register numbers, displacements or immediates: the interpreter generates one piece of code per shape and finds those
 *   in its decoded record. (Fixed registers such as rcx in `loop` are part of the mnemonic and may be named.)
 * - Back ends fold constants: `when` and `select` on a known condition keep one side.
 */
import type { Instruction, Operand } from '../x86/instruction.ts';
import type { Routine, StateWord } from './routine.ts';

export type Width = 8 | 16 | 32 | 64;

export const Flag = { C: 1, P: 2, A: 4, Z: 8, S: 16, O: 32 } as const;

/** New flag values. An absent member leaves that flag as it was. */
export interface FlagUpdate<V> {
  /** ZF, SF and PF from this result of this width. */
  result?: { width: Width; value: V };
  c?: () => V;
  o?: () => V;
  a?: () => V;
  /** Explicit booleans, where they don't follow from one result. */
  z?: () => V;
  s?: () => V;
  p?: () => V;
  /** What made the flags, so that a back end can fuse a following condition: a - b, or a & b (compare, test). */
  hint?: { kind: 'sub' | 'and'; width: Width; a: V; b: V };
}

export interface Ops<V> {
  // --- operands ------------------------------------------------------------------------------------------------
  /**
   * Value of an operand at its own width: register, loaded memory, immediate (at ImmediateOperand.width), or the 64-bit
   * target of a relative operand. Xmm registers and 128-bit memory give vectors, Ymm registers their low half, Mmx registers
   * 64-bit integers. There are no values of 256 bits: AVX works on halves.
   */
  read(operand: Operand): V;
  /**
   * Like read, for an operand that this instruction writes later: memory must be readable and writable now, and a
   * refusal counts as a write. The `write` of the same operand that follows cannot fault any more.
   */
  readForUpdate(operand: Operand): V;
  /** Writes a register or memory operand; 32-bit register writes zero the upper half, 8/16-bit ones keep it. */
  write(operand: Operand, value: V): void;
  /** The upper half of the YMM register of which an operand is the whole or the low half. `write` leaves it as it is. */
  readHigh(operand: Operand): V;
  writeHigh(operand: Operand, value: V): void;
  /** Checks that a memory operand (up to 256 bits) is writable (needed only where an instruction stores more than once); no-op for registers. */
  probeWrite(operand: Operand): void;
  /** Effective address (without segment base: lea). 64-bit value. */
  effectiveAddress(operand: Operand): V;
  /** Linear address: effective address plus segment base. */
  linearAddress(operand: Operand): V;
  gpr(width: Width, index: number): V;
  setGpr(width: Width, index: number, value: V): void;
  load(width: Width | 128, address: V): V;
  /** Like load, for a place that this instruction stores to later (see readForUpdate). */
  loadForUpdate(width: Width | 128, address: V): V;
  store(width: Width | 128, address: V, value: V): void;

  // --- integers --------------------------------------------------------------------------------------------------
  constant(width: Width, value: bigint | number): V;
  /** The value, where the back end knows it while it makes code (an immediate in the translator); else undefined. */
  known(value: V): bigint | undefined;
  add(w: Width, a: V, b: V): V;
  sub(w: Width, a: V, b: V): V;
  mul(w: Width, a: V, b: V): V;
  /** High half of the 2w-bit product. */
  mulHighUnsigned(w: Width, a: V, b: V): V;
  mulHighSigned(w: Width, a: V, b: V): V;
  and(w: Width, a: V, b: V): V;
  or(w: Width, a: V, b: V): V;
  xor(w: Width, a: V, b: V): V;
  not(w: Width, a: V): V;
  neg(w: Width, a: V): V;
  /** Shift counts are values of any width below 2^32, already masked by the semantics to less than w. */
  shl(w: Width, a: V, count: V): V;
  shr(w: Width, a: V, count: V): V;
  sar(w: Width, a: V, count: V): V;
  rotl(w: Width, a: V, count: V): V;
  rotr(w: Width, a: V, count: V): V;
  /** Divisor not 0, no overflow: the semantics have checked. */
  divUnsigned(w: Width, a: V, b: V): V;
  remUnsigned(w: Width, a: V, b: V): V;
  divSigned(w: Width, a: V, b: V): V;
  remSigned(w: Width, a: V, b: V): V;
  /** 128 / 64 division for the wide forms; traps #DE itself (zero divisor or quotient too large). */
  divideWide(signed: 'signed' | 'unsigned', high: V, low: V, divisor: V): { quotient: V; remainder: V };
  clz(w: Width, a: V): V;
  ctz(w: Width, a: V): V;
  popcnt(w: Width, a: V): V;
  byteSwap(w: Width, a: V): V;
  /** The three resizing operations are the identity when from == to. */
  zeroExtend(from: Width, to: Width, a: V): V;
  signExtend(from: Width, to: Width, a: V): V;
  /** Cuts to a smaller width. */
  truncate(from: Width, to: Width, a: V): V;

  // --- booleans ----------------------------------------------------------------------------------------------------
  eq(w: Width, a: V, b: V): V;
  ne(w: Width, a: V, b: V): V;
  ltUnsigned(w: Width, a: V, b: V): V;
  ltSigned(w: Width, a: V, b: V): V;
  /** cond ? a : b, both evaluated. */
  select(w: Width | 128, cond: V, a: V, b: V): V;
  /** Runs one branch. Values made inside are not usable outside; register, memory and flag writes are. */
  when(cond: V, then: () => void, otherwise?: () => void): void;
  /**
   * As `when`, of the result of an addition, subtraction, multiplication or division: the condition says that it is no NaN. Both branches write the same vector register and do nothing
   * else. A back end may ask later, of a result that this one is an operand of: that is no NaN only if none of its operands is.
   */
  whenNumber(isNumber: V, then: () => void, otherwise: () => void): void;

  // --- flags ---------------------------------------------------------------------------------------------------------
  setFlags(update: FlagUpdate<V>): void;
  /** Current value of a flag, one of Flag. */
  flag(flag: number): V;
  /** Condition code 0..15 as a boolean. */
  condition(code: number): V;
  /** DF as a boolean. */
  directionFlag(): V;
  setDirectionFlag(value: V): void;
  /** All of RFLAGS, packed into a 64-bit value, and back (the semantics have merged the bits that may not change). */
  rflags(): V;
  setRflags(value: V): void;

  // --- floating point control --------------------------------------------------------------------------------------
  /** A field of the state block at its own width, see StateWord. Only helpers and routines write them. */
  stateWord(name: StateWord): V;
  /** How far below the top of the x87 stack an operand is, 0 to 7, width 32. */
  stackIndex(operand: Operand): V;

  // --- vectors -------------------------------------------------------------------------------------------------------
  /** One WebAssembly SIMD operation by its name ('i32x4.add', 'i8x16.shuffle', 'f64x2.sqrt', …), with its immediates (lane, shuffle bytes). */
  simd(name: string, args: readonly V[], immediates?: readonly number[]): V;
  /** Vector register halves for scalar moves; index is the xmm number. */
  xmm(index: number): V;
  setXmm(index: number, value: V): void;
  /** Upper halves of YMM registers by number. */
  ymmHigh(index: number): V;
  setYmmHigh(index: number, value: V): void;
  vectorConstant(low: bigint, high: bigint): V;

  // --- scalar floating point: bit patterns of width 32 or 64 in, bit patterns out -------------------------------------
  /** Wasm f32/f64 operation by bare name ('add', 'sub', 'mul', 'div', 'sqrt', 'eq', 'lt', …) on integer bit patterns; comparisons give booleans. */
  float(w: 32 | 64, name: string, args: readonly V[]): V;
  /** Notes the exceptions of comparing these lanes (vectors, or scalars); compiled back ends do nothing. Comparisons by name raise none. */
  floatComparison(w: 32 | 64, shape: 'scalar' | 'packed', kind: 'quiet' | 'signalling', a: V, b: V): void;
  /** a * b + c lane by lane, rounded once, where the sign bits given are set of -(a * b) and of -c; undefined where the back end has no such operation (avx/fma.ts then makes it of others). */
  fma(
    w: 32 | 64,
    operands: readonly [a: V, b: V, c: V],
    signs: { readonly product: V; readonly addend: V },
  ): V | undefined;
  /** Wasm conversion by full name ('f64.convert_i64_s', 'f32.demote_f64', 'i32.trunc_sat_f64_s', …) on bit patterns. */
  convert(name: string, a: V): V;

  // --- control --------------------------------------------------------------------------------------------------------
  /** Address of this / of the following instruction, as 64-bit values. */
  here(): V;
  next(): V;
  jump(target: V): void;
  /** Conditional jump; falls through otherwise. The last thing an instruction does. */
  branch(cond: V, target: V): void;
  /** The stack work is done by the semantics; these only tell the back end what kind of jump it is. */
  call(target: V): void;
  ret(target: V): void;
  /** Ends the instruction with a trap (a Trap code of engine.ts); `after` = RIP moves past the instruction first. */
  trap(kind: number, rip: 'here' | 'after'): void;
  /** Traps when cond is true; nothing of the instruction has happened. */
  trapIf(cond: V, kind: number): void;

  /** Compiled code leaves the instruction to the evaluator when cond is true; nothing of it has happened. The evaluator goes on. */
  evaluateIf(cond: V): void;

  /**
   * Before one iteration of a repeated movs or stos: a back end may do any number of whole iterations that can't fault, as
   * long as one is left to do (rcx >= 1 afterwards), keeping rsi, rdi and rcx in step. Doing nothing is right too.
   */
  bulk(instruction: Instruction): void;

  /** Calls a routine. What it answers, width 32: 0 means that it has refused and done nothing. */
  routine(routine: Routine, args: readonly V[]): V;
  /** The second answer of the routine just called, 64 bits. */
  routineResult(): V;
  /**
   * Runs the instruction in a host helper and gives true, where the back end can; compiled code gets false and goes on with the
   * definition: a quick way for the usual cases, which leaves the others by `evaluateIf`. So the quick way is always judged against the helper.
   */
  preferHelper(name: string, instruction: Instruction): boolean;

  /**
   * Runs the instruction in a host helper (x87, CPUID, FXSAVE, …; helpers.ts). Compiled code leaves with precise state and
   * has the evaluator execute the whole instruction, as for Definition.evaluateOnly. The only thing the semantics do.
   */
  helper(name: string, instruction: Instruction): void;
}

export type Semantics = <V>(ops: Ops<V>, instruction: Instruction) => void;
