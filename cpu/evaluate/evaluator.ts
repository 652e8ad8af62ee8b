/**
 * The evaluator: executes one decoded instruction at a time on a CPU state and a guest memory, with BigInts as values. The
 * readable oracle that the other back ends are compared with, and in production the executor of what those leave alone.
 *
 * A trap in the middle of an instruction unwinds by a preallocated signal; by the rules of Ops nothing has happened then.
 */
import { guestAddress } from '../address.ts';
import { Trap } from '../engine.ts';
import { Access, type GuestMemory } from '../memory/guest-memory.ts';
import type { Processor } from '../processor.ts';
import { helperOf, type HelperMachine } from '../semantics/helpers.ts';
import type { FlagUpdate, Ops, Width } from '../semantics/ops.ts';
import { semanticsOf } from '../semantics/table.ts';
import { STATE_WORD_WIDTHS, type Routine, type StateWord } from '../semantics/routine.ts';
import { State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import {
  OperandKind,
  RegisterClass,
  type Instruction,
  type MemoryOperand,
  type Operand,
  type RegisterOperand,
} from '../x86/instruction.ts';
import { readCondition, readFlag, updateFlags } from './flag-file.ts';
import { ALLOWED, checkAccess } from './guest-access.ts';
import { IntegerOps } from './integer-ops.ts';
import { FloatUnit, unmaskedExceptions } from './float-unit.ts';
import { SimdOperations, joinLanes, splitLanes } from './wasm-simd.ts';

/** The instruction completed and RIP is at the next one to execute. */
export const NO_TRAP = -1;

const RIP = State.rip / 8;
/** Invalid, Denormal, ZeroDivide. */
const BEFORE_COMPUTING = 7;
const NANOSECONDS_PER_MILLISECOND = 1e6;

const XMM_BYTES = 16;
const YMM_BYTES = 32;

/** Thrown to end an instruction early; never leaves the evaluator. Made once, because an Error takes long to make. */
const TRAPPED = new Error('trap');

export class Evaluator extends IntegerOps implements Ops<bigint>, HelperMachine {
  readonly state: CpuState;
  readonly memory: GuestMemory;
  readonly processor: Processor;
  readonly #timestamp: () => bigint;
  readonly #simd: SimdOperations;
  #here = 0n;
  #next = 0n;
  /** Where the instruction goes on; #next unless it jumps. */
  #target = 0n;
  #trapAfter = NO_TRAP;
  /** The trap of what has been thrown. */
  #thrown = NO_TRAP;
  readonly #floats = new FloatUnit();

  /** `simd`: may be shared, because it keeps what it has compiled. `timestamp`: of RDTSC. */
  constructor(
    state: CpuState,
    memory: GuestMemory,
    processor: Processor,
    simd = new SimdOperations(),
    timestamp: () => bigint = nanoseconds,
  ) {
    super();
    this.#simd = simd;
    this.processor = processor;
    this.state = state;
    this.memory = memory;
    this.#timestamp = timestamp;
  }

  /** Executes one instruction: NO_TRAP, or the Trap it ended with. */
  execute(instruction: Instruction): number {
    const definition = semanticsOf(instruction.mnemonic);
    if (definition === undefined) return Trap.InvalidOpcode;
    this.#here = BigInt(instruction.address);
    this.#next = this.#here + BigInt(instruction.length);
    this.#target = this.#next;
    this.#trapAfter = NO_TRAP;
    this.#floats.begin(this.state, instruction);
    const before = unmaskedExceptions(this.#mxcsr) === 0 ? undefined : this.state.bytes.slice();
    try {
      definition.semantics(this, instruction);
    } catch (error) {
      if (error !== TRAPPED) throw error;
      return this.#thrown;
    }
    if (this.#floats.raised !== 0 && this.#noteExceptions(before)) return Trap.FloatingPoint;
    this.state.gpr[RIP] = this.#target;
    return this.#trapAfter;
  }

  get #mxcsr(): number {
    return this.state.view.getUint32(State.mxcsr, true);
  }
  set #mxcsr(value: number) {
    this.state.view.setUint32(State.mxcsr, value, true);
  }

  /**
   * Sets MXCSR's flags. True for #XM: then nothing else has happened, the state goes back to what it was before. Where an exception is
   * unmasked that is found before computing, those found after it are not looked for. Source: SDM vol. 1, 11.5.3.
   */
  #noteExceptions(before: Uint8Array | undefined): boolean {
    const { raised } = this.#floats;
    const unmasked = raised & unmaskedExceptions(this.#mxcsr);
    if (unmasked !== 0 && before !== undefined) this.state.bytes.set(before);
    this.#mxcsr |= unmasked & BEFORE_COMPUTING ? raised & BEFORE_COMPUTING : raised;
    return unmasked !== 0;
  }

  refuseExceptions(): void {
    if (this.#floats.raised !== 0 && this.#noteExceptions(undefined)) this.raise(Trap.FloatingPoint);
  }

  raise(kind: number): never {
    this.#thrown = kind;
    throw TRAPPED;
  }

  timestamp(): bigint {
    return this.#timestamp();
  }

  // --- operands ------------------------------------------------------------------------------------------------
  read(operand: Operand): bigint {
    switch (operand.kind) {
      case OperandKind.Register:
        return this.#readRegister(operand);
      case OperandKind.Memory:
        return this.load(operand.width as Width | 128, this.linearAddress(operand));
      case OperandKind.Immediate:
        return BigInt.asUintN(operand.width, operand.value);
      case OperandKind.Relative:
        return BigInt.asUintN(64, BigInt(operand.target));
    }
  }

  readForUpdate(operand: Operand): bigint {
    if (operand.kind !== OperandKind.Memory) return this.read(operand);
    return this.loadForUpdate(operand.width as Width | 128, this.linearAddress(operand));
  }

  write(operand: Operand, value: bigint): void {
    if (operand.kind === OperandKind.Register) return this.#writeRegister(operand, value);
    if (operand.kind !== OperandKind.Memory) throw new Error('write to a constant operand');
    this.store(operand.width as Width | 128, this.linearAddress(operand), value);
  }

  probeWrite(operand: Operand): void {
    if (operand.kind !== OperandKind.Memory) return;
    this.#check(this.linearAddress(operand), operand.width / 8, Access.Write);
  }

  #readRegister(register: RegisterOperand): bigint {
    const { index } = register;
    switch (register.class) {
      case RegisterClass.Gpr8High:
        return (this.state.gpr[index]! >> 8n) & 0xffn;
      case RegisterClass.Xmm:
      case RegisterClass.Ymm:
        return this.xmm(index);
      case RegisterClass.Mmx:
        return this.state.view.getBigUint64(State.st + 16 * index, true);
      case RegisterClass.Gpr8:
      case RegisterClass.Gpr16:
      case RegisterClass.Gpr32:
      case RegisterClass.Gpr64:
        return this.gpr(register.width as Width, index);
      default:
        throw new Error(`register class ${register.class} is not a value`);
    }
  }

  #writeRegister(register: RegisterOperand, value: bigint): void {
    const { index } = register;
    switch (register.class) {
      case RegisterClass.Gpr8High:
        this.state.gpr[index] = (this.state.gpr[index]! & ~0xff00n) | (value << 8n);
        return;
      case RegisterClass.Xmm:
      case RegisterClass.Ymm:
        return this.setXmm(index, value);
      case RegisterClass.Mmx:
        this.state.view.setBigUint64(State.st + 16 * index, value, true);
        return;
      case RegisterClass.Gpr8:
      case RegisterClass.Gpr16:
      case RegisterClass.Gpr32:
      case RegisterClass.Gpr64:
        return this.setGpr(register.width as Width, index, value);
      default:
        throw new Error(`register class ${register.class} is not a value`);
    }
  }

  effectiveAddress(operand: Operand): bigint {
    const { base, index, scaleShift, displacement, addressWidth } = operand as MemoryOperand;
    const { gpr } = this.state;
    const sum = gpr[base]! + (gpr[index]! << BigInt(scaleShift)) + BigInt(displacement);
    return BigInt.asUintN(addressWidth, sum);
  }

  linearAddress(operand: Operand): bigint {
    const segmentBase = this.state.gpr[(operand as MemoryOperand).segment]!;
    return BigInt.asUintN(64, this.effectiveAddress(operand) + segmentBase);
  }

  gpr(width: Width, index: number): bigint {
    return BigInt.asUintN(width, this.state.gpr[index]!);
  }

  setGpr(width: Width, index: number, value: bigint): void {
    const { gpr } = this.state;
    if (width >= 32) gpr[index] = value;
    else if (width === 16) gpr[index] = (gpr[index]! & ~0xffffn) | value;
    else gpr[index] = (gpr[index]! & ~0xffn) | value;
  }

  // --- memory --------------------------------------------------------------------------------------------------------
  #check(address: bigint, length: number, access: Access): void {
    const trap = checkAccess(this.state, this.memory, address, length, access);
    if (trap !== ALLOWED) this.raise(trap);
  }

  load(width: Width | 128, address: bigint): bigint {
    this.#check(address, width / 8, Access.Read);
    return this.#loadChecked(width, address);
  }

  loadForUpdate(width: Width | 128, address: bigint): bigint {
    this.#check(address, width / 8, Access.Write);
    this.#check(address, width / 8, Access.Read);
    return this.#loadChecked(width, address);
  }

  #loadChecked(width: Width | 128, address: bigint): bigint {
    const at = guestAddress(Number(address));
    switch (width) {
      case 8:
        return BigInt(this.memory.readU8(at));
      case 16:
        return BigInt(this.memory.readU16(at));
      case 32:
        return BigInt(this.memory.readU32(at));
      case 64:
        return this.memory.readU64(at);
      case 128:
        return this.memory.readU64(at) | (this.memory.readU64(guestAddress(at + 8)) << 64n);
    }
  }

  store(width: Width | 128, address: bigint, value: bigint): void {
    this.#check(address, width / 8, Access.Write);
    const at = guestAddress(Number(address));
    switch (width) {
      case 8:
        return this.memory.writeU8(at, Number(value));
      case 16:
        return this.memory.writeU16(at, Number(value));
      case 32:
        return this.memory.writeU32(at, Number(value));
      case 64:
        return this.memory.writeU64(at, value);
      case 128:
        this.memory.writeU64(at, value & 0xffff_ffff_ffff_ffffn);
        return this.memory.writeU64(guestAddress(at + 8), value >> 64n);
    }
  }

  loadBytes(address: bigint, length: number): Uint8Array {
    this.#check(address, length, Access.Read);
    const bytes = new Uint8Array(length);
    this.memory.read(guestAddress(Number(address)), bytes);
    return bytes;
  }

  storeBytes(address: bigint, bytes: Uint8Array): void {
    this.#check(address, bytes.length, Access.Write);
    this.memory.write(guestAddress(Number(address)), bytes);
  }

  probeBytes(address: bigint, length: number): void {
    this.#check(address, length, Access.Write);
  }

  // --- integers, beyond IntegerOps -----------------------------------------------------------------------------------
  divideWide(
    signed: 'signed' | 'unsigned',
    high: bigint,
    low: bigint,
    divisor: bigint,
  ): { quotient: bigint; remainder: bigint } {
    if (divisor === 0n) this.raise(Trap.DivideError);
    const cut = signed === 'signed' ? BigInt.asIntN : BigInt.asUintN;
    const dividend = cut(128, (high << 64n) | low);
    const by = cut(64, divisor);
    const quotient = dividend / by;
    if (cut(64, quotient) !== quotient) this.raise(Trap.DivideError);
    return { quotient: BigInt.asUintN(64, quotient), remainder: BigInt.asUintN(64, dividend % by) };
  }

  when(cond: bigint, then: () => void, otherwise?: () => void): void {
    if (cond) then();
    else otherwise?.();
  }

  whenNumber(isNumber: bigint, then: () => void, otherwise: () => void): void {
    this.when(isNumber, then, otherwise);
  }

  // --- flags ---------------------------------------------------------------------------------------------------------
  setFlags(update: FlagUpdate<bigint>): void {
    updateFlags(this.state, update);
  }

  flag(flag: number): bigint {
    return BigInt(readFlag(this.state, flag));
  }

  condition(code: number): bigint {
    return readCondition(this.state, code) ? 1n : 0n;
  }

  directionFlag(): bigint {
    return BigInt(this.state.view.getInt32(State.df, true));
  }

  setDirectionFlag(value: bigint): void {
    this.state.view.setInt32(State.df, Number(value), true);
  }

  rflags(): bigint {
    return BigInt(this.state.rflags);
  }

  setRflags(value: bigint): void {
    this.state.rflags = Number(value & 0xffff_ffffn);
  }

  stateWord(name: StateWord): bigint {
    return BigInt.asUintN(STATE_WORD_WIDTHS[name], this.state.view.getBigUint64(State[name], true));
  }

  stackIndex(operand: Operand): bigint {
    return BigInt((operand as RegisterOperand).index);
  }

  routine(routine: Routine): never {
    throw new Error(`${routine.name} is for compiled code: see preferHelper`);
  }

  routineResult(): never {
    throw new Error('no routine was called');
  }

  preferHelper(name: string, instruction: Instruction): true {
    this.helper(name, instruction);
    return true;
  }

  // --- vectors and floating point --------------------------------------------------------------------------------------
  simd(name: string, args: readonly bigint[], immediates: readonly number[] = []): bigint {
    return this.#floats.simd(name, args) ?? this.#simd.evaluate(name, args, immediates);
  }

  xmm(index: number): bigint {
    return this.#vector(State.xmm + YMM_BYTES * index);
  }

  setXmm(index: number, value: bigint): void {
    this.#setVector(State.xmm + YMM_BYTES * index, value);
  }

  ymmHigh(index: number): bigint {
    return this.#vector(State.xmm + YMM_BYTES * index + XMM_BYTES);
  }

  setYmmHigh(index: number, value: bigint): void {
    this.#setVector(State.xmm + YMM_BYTES * index + XMM_BYTES, value);
  }

  readHigh(operand: Operand): bigint {
    return this.ymmHigh((operand as RegisterOperand).index);
  }

  writeHigh(operand: Operand, value: bigint): void {
    this.setYmmHigh((operand as RegisterOperand).index, value);
  }

  #vector(at: number): bigint {
    const { view } = this.state;
    return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
  }

  #setVector(at: number, value: bigint): void {
    this.state.view.setBigUint64(at, value & 0xffff_ffff_ffff_ffffn, true);
    this.state.view.setBigUint64(at + 8, value >> 64n, true);
  }

  vectorConstant(low: bigint, high: bigint): bigint {
    return BigInt.asUintN(64, low) | (BigInt.asUintN(64, high) << 64n);
  }

  float(w: 32 | 64, name: string, args: readonly bigint[]): bigint {
    return this.#floats.float(w, name, args);
  }

  convert(name: string, a: bigint): bigint {
    return this.#floats.convert(name, a);
  }

  fma(
    w: 32 | 64,
    operands: readonly [bigint, bigint, bigint],
    signs: { readonly product: bigint; readonly addend: bigint },
  ): bigint {
    const [a, b, c] = operands.map((vector) => splitLanes(w, vector)) as [bigint[], bigint[], bigint[]];
    const [product, addend] = [splitLanes(w, signs.product), splitLanes(w, signs.addend)];
    return joinLanes(
      w,
      a.map((lane, i) => this.#floats.fma(w, [lane, b[i]!, c[i]!], product[i]!, addend[i]!)),
    );
  }

  toHalf(single: bigint, rounding: number | 'mxcsr'): bigint {
    return this.#floats.toHalf(single, rounding);
  }

  floatComparison(w: 32 | 64, shape: 'scalar' | 'packed', kind: 'quiet' | 'signalling', a: bigint, b: bigint): void {
    if (shape === 'scalar') return this.#floats.compare(w, kind, [[a, b]]);
    const second = splitLanes(w, b);
    this.#floats.compare(
      w,
      kind,
      splitLanes(w, a).map((lane, i) => [lane, second[i]!] as const),
    );
  }

  // --- control --------------------------------------------------------------------------------------------------------
  here(): bigint {
    return this.#here;
  }

  next(): bigint {
    return this.#next;
  }

  jump(target: bigint): void {
    this.#target = target;
  }

  branch(cond: bigint, target: bigint): void {
    if (cond) this.#target = target;
  }

  call(target: bigint): void {
    this.#target = target;
  }

  ret(target: bigint): void {
    this.#target = target;
  }

  trap(kind: number, rip: 'here' | 'after'): void {
    if (rip === 'here') this.raise(kind);
    this.#trapAfter = kind;
  }

  trapIf(cond: bigint, kind: number): void {
    if (cond) this.raise(kind);
  }

  evaluateIf(): void {}

  /** One iteration at a time. */
  bulk(): void {}

  helper(name: string, instruction: Instruction): void {
    helperOf(name)(this, instruction);
  }
}

function nanoseconds(): bigint {
  return BigInt(Math.floor(performance.now() * NANOSECONDS_PER_MILLISECOND));
}
