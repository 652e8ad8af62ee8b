/** An operation set that hands everything on to another: what stands between the semantics and a back end overrides what it changes. */
import type { Instruction, Operand } from '../x86/instruction.ts';
import type { FlagUpdate, Ops, Width } from './ops.ts';
import type { Routine, StateWord } from './routine.ts';

export class ForwardingOps<V> implements Ops<V> {
  protected readonly ops: Ops<V>;

  constructor(ops: Ops<V>) {
    this.ops = ops;
  }

  read(operand: Operand): V {
    return this.ops.read(operand);
  }
  write(operand: Operand, value: V): void {
    this.ops.write(operand, value);
  }
  readForUpdate(operand: Operand): V {
    return this.ops.readForUpdate(operand);
  }
  readHigh(operand: Operand): V {
    return this.ops.readHigh(operand);
  }
  writeHigh(operand: Operand, value: V): void {
    this.ops.writeHigh(operand, value);
  }
  probeWrite(operand: Operand): void {
    this.ops.probeWrite(operand);
  }
  effectiveAddress(operand: Operand): V {
    return this.ops.effectiveAddress(operand);
  }
  linearAddress(operand: Operand): V {
    return this.ops.linearAddress(operand);
  }
  gpr(width: Width, index: number): V {
    return this.ops.gpr(width, index);
  }
  setGpr(width: Width, index: number, value: V): void {
    this.ops.setGpr(width, index, value);
  }
  load(width: Width | 128, address: V): V {
    return this.ops.load(width, address);
  }
  loadForUpdate(width: Width | 128, address: V): V {
    return this.ops.loadForUpdate(width, address);
  }
  store(width: Width | 128, address: V, value: V): void {
    this.ops.store(width, address, value);
  }
  constant(width: Width, value: bigint | number): V {
    return this.ops.constant(width, value);
  }
  known(value: V): bigint | undefined {
    return this.ops.known(value);
  }
  add(w: Width, a: V, b: V): V {
    return this.ops.add(w, a, b);
  }
  sub(w: Width, a: V, b: V): V {
    return this.ops.sub(w, a, b);
  }
  mul(w: Width, a: V, b: V): V {
    return this.ops.mul(w, a, b);
  }
  mulHighUnsigned(w: Width, a: V, b: V): V {
    return this.ops.mulHighUnsigned(w, a, b);
  }
  mulHighSigned(w: Width, a: V, b: V): V {
    return this.ops.mulHighSigned(w, a, b);
  }
  and(w: Width, a: V, b: V): V {
    return this.ops.and(w, a, b);
  }
  or(w: Width, a: V, b: V): V {
    return this.ops.or(w, a, b);
  }
  xor(w: Width, a: V, b: V): V {
    return this.ops.xor(w, a, b);
  }
  not(w: Width, a: V): V {
    return this.ops.not(w, a);
  }
  neg(w: Width, a: V): V {
    return this.ops.neg(w, a);
  }
  shl(w: Width, a: V, count: V): V {
    return this.ops.shl(w, a, count);
  }
  shr(w: Width, a: V, count: V): V {
    return this.ops.shr(w, a, count);
  }
  sar(w: Width, a: V, count: V): V {
    return this.ops.sar(w, a, count);
  }
  rotl(w: Width, a: V, count: V): V {
    return this.ops.rotl(w, a, count);
  }
  rotr(w: Width, a: V, count: V): V {
    return this.ops.rotr(w, a, count);
  }
  divUnsigned(w: Width, a: V, b: V): V {
    return this.ops.divUnsigned(w, a, b);
  }
  remUnsigned(w: Width, a: V, b: V): V {
    return this.ops.remUnsigned(w, a, b);
  }
  divSigned(w: Width, a: V, b: V): V {
    return this.ops.divSigned(w, a, b);
  }
  remSigned(w: Width, a: V, b: V): V {
    return this.ops.remSigned(w, a, b);
  }
  divideWide(signed: 'signed' | 'unsigned', high: V, low: V, divisor: V): { quotient: V; remainder: V } {
    return this.ops.divideWide(signed, high, low, divisor);
  }
  clz(w: Width, a: V): V {
    return this.ops.clz(w, a);
  }
  ctz(w: Width, a: V): V {
    return this.ops.ctz(w, a);
  }
  popcnt(w: Width, a: V): V {
    return this.ops.popcnt(w, a);
  }
  byteSwap(w: Width, a: V): V {
    return this.ops.byteSwap(w, a);
  }
  zeroExtend(from: Width, to: Width, a: V): V {
    return this.ops.zeroExtend(from, to, a);
  }
  signExtend(from: Width, to: Width, a: V): V {
    return this.ops.signExtend(from, to, a);
  }
  truncate(from: Width, to: Width, a: V): V {
    return this.ops.truncate(from, to, a);
  }
  eq(w: Width, a: V, b: V): V {
    return this.ops.eq(w, a, b);
  }
  ne(w: Width, a: V, b: V): V {
    return this.ops.ne(w, a, b);
  }
  ltUnsigned(w: Width, a: V, b: V): V {
    return this.ops.ltUnsigned(w, a, b);
  }
  ltSigned(w: Width, a: V, b: V): V {
    return this.ops.ltSigned(w, a, b);
  }
  select(w: Width | 128, cond: V, a: V, b: V): V {
    return this.ops.select(w, cond, a, b);
  }
  when(cond: V, then: () => void, otherwise?: () => void): void {
    this.ops.when(cond, then, otherwise);
  }

  whenNumber(isNumber: V, then: () => void, otherwise: () => void): void {
    this.ops.whenNumber(isNumber, then, otherwise);
  }
  setFlags(update: FlagUpdate<V>): void {
    this.ops.setFlags(update);
  }
  flag(flag: number): V {
    return this.ops.flag(flag);
  }
  condition(code: number): V {
    return this.ops.condition(code);
  }
  directionFlag(): V {
    return this.ops.directionFlag();
  }
  setDirectionFlag(value: V): void {
    this.ops.setDirectionFlag(value);
  }
  rflags(): V {
    return this.ops.rflags();
  }
  setRflags(value: V): void {
    this.ops.setRflags(value);
  }
  stateWord(name: StateWord): V {
    return this.ops.stateWord(name);
  }
  stackIndex(operand: Operand): V {
    return this.ops.stackIndex(operand);
  }
  routine(routine: Routine, args: readonly V[]): V {
    return this.ops.routine(routine, args);
  }
  routineResult(): V {
    return this.ops.routineResult();
  }
  preferHelper(name: string, instruction: Instruction): boolean {
    return this.ops.preferHelper(name, instruction);
  }
  simd(name: string, args: readonly V[], immediates: readonly number[] = []): V {
    return this.ops.simd(name, args, immediates);
  }
  xmm(index: number): V {
    return this.ops.xmm(index);
  }
  setXmm(index: number, value: V): void {
    this.ops.setXmm(index, value);
  }
  ymmHigh(index: number): V {
    return this.ops.ymmHigh(index);
  }
  setYmmHigh(index: number, value: V): void {
    this.ops.setYmmHigh(index, value);
  }
  vectorConstant(low: bigint, high: bigint): V {
    return this.ops.vectorConstant(low, high);
  }
  float(w: 32 | 64, name: string, args: readonly V[]): V {
    return this.ops.float(w, name, args);
  }
  convert(name: string, a: V): V {
    return this.ops.convert(name, a);
  }
  here(): V {
    return this.ops.here();
  }
  next(): V {
    return this.ops.next();
  }
  jump(target: V): void {
    this.ops.jump(target);
  }
  branch(cond: V, target: V): void {
    this.ops.branch(cond, target);
  }
  call(target: V): void {
    this.ops.call(target);
  }
  ret(target: V): void {
    this.ops.ret(target);
  }
  trap(kind: number, rip: 'here' | 'after'): void {
    this.ops.trap(kind, rip);
  }
  trapIf(cond: V, kind: number): void {
    this.ops.trapIf(cond, kind);
  }
  bulk(instruction: Instruction): void {
    this.ops.bulk(instruction);
  }
  helper(name: string, instruction: Instruction): void {
    this.ops.helper(name, instruction);
  }
  evaluateIf(cond: V): void {
    this.ops.evaluateIf(cond);
  }
  floatComparison(w: 32 | 64, shape: 'scalar' | 'packed', kind: 'quiet' | 'signalling', a: V, b: V): void {
    this.ops.floatComparison(w, shape, kind, a, b);
  }
  fma(
    w: 32 | 64,
    operands: readonly [a: V, b: V, c: V],
    signs: { readonly product: V; readonly addend: V },
  ): V | undefined {
    return this.ops.fma(w, operands, signs);
  }
}
