/**
 * The operation set of the interpreter: running an instruction's semantics over it writes the Wasm handler for that
 * instruction's shape. Operands are read from the record, so the handler serves every instruction of the shape.
 */
import { Trap } from '../engine.ts';
import { Exit } from '../exit.ts';
import type { Ops, Width } from '../semantics/ops.ts';
import type { Routine } from '../semantics/routine.ts';
import { writeStringIndex } from '../semantics/simd/string-index.ts';
import { State } from '../state-layout.ts';
import { Op, Type } from '../wasm/opcode.ts';
import type { OpName } from '../wasm/opcode.ts';
import { OperandKind, RegisterClass } from '../x86/instruction.ts';
import type { Instruction, MemoryOperand, Operand, RegisterOperand } from '../x86/instruction.ts';
import { FUEL, NotCompilable, PC, STATE } from './handler-writer.ts';
import type { HandlerWriter } from './handler-writer.ts';
import { typeOf } from './integer-ops.ts';
import { RecordField, registerField } from './record.ts';
import { AddressForm, addressForm } from './shape.ts';
import { StateOps } from './state-ops.ts';
import type { MemoryWidth } from './state-ops.ts';
import { HERE, NEXT, TARGET, localValue } from './value.ts';
import type { Value } from './value.ts';
import { VectorOps } from './vector-ops.ts';

/** Offset of a YMM register's upper half. */
const HIGH_HALF = 16;

/** Everything an instruction's operands need that is computed once, at the start of the handler. */
interface OperandPlace {
  readonly operand: Operand;
  /** Register: local with the address of its bytes. Memory: local with the effective address. */
  readonly local: number;
  /** Memory: local with the linear address. */
  readonly linear: number;
}

export class HandlerOps extends StateOps implements Ops<Value> {
  readonly #vectors: VectorOps;
  #places: OperandPlace[] = [];
  /** Local with the low half that a wide destination gets at the end: computing the upper half may still leave. */
  #pendingLow = -1;
  #ended = false;

  constructor(writer: HandlerWriter) {
    super(writer);
    this.#vectors = new VectorOps(writer);
  }

  /** Starts the handler of this instruction's shape. */
  begin(instruction: Instruction): void {
    this.writer.clear();
    this.beginState();
    this.#ended = false;
    this.#places = instruction.operands.map((operand, i) => this.#place(instruction, operand, i));
    this.#pendingLow = -1;
    const destination = instruction.operands[0];
    if (isWide(destination)) this.#pendingLow = this.read(destination).local;
  }

  /** Goes on to the next instruction, if the semantics have not said otherwise. */
  finish(): void {
    if (this.#pendingLow >= 0) {
      this.writer.code.localGet(this.#places[0]!.local);
      this.writer.code.localGet(this.#pendingLow);
      this.writer.code.memory(Op['v128.store']);
    }
    if (!this.#ended) this.writer.dispatchNext();
  }

  // --- operands -----------------------------------------------------------------------------------------------------
  #place(instruction: Instruction, operand: Operand, i: number): OperandPlace {
    if (operand.kind === OperandKind.Register) {
      if (operand.class === RegisterClass.St) return { operand, local: -1, linear: -1 };
      const local = this.#registerAt(registerField(i));
      return { operand, local, linear: local };
    }
    if (operand.kind !== OperandKind.Memory) return { operand, local: -1, linear: -1 };
    const form = addressForm(instruction, operand);
    if (form === undefined) throw new NotCompilable('address form');
    const local = this.#effective(form, operand);
    return { operand, local, linear: form === AddressForm.Segment ? this.#addSegment(local) : local };
  }

  /** Local with the address of the register whose state offset is at this place of the record. */
  #registerAt(field: number): number {
    this.#pushRegisterAt(field);
    return this.writer.take(Type.i32).local;
  }

  #pushRegisterAt(field: number): void {
    const { code } = this.writer;
    code.localGet(PC);
    code.memory(Op['i32.load16_u'], field);
    code.localGet(STATE);
    code.op(Op['i32.add']);
  }

  #pushAddressRegister(field: number): void {
    this.#pushRegisterAt(field);
    this.writer.code.memory(Op['i64.load'], State.gpr);
  }

  #effective(form: AddressForm, operand: MemoryOperand): number {
    const { code } = this.writer;
    if (form === AddressForm.String) return this.gpr(64, operand.base).local;
    code.localGet(PC);
    code.memory(form === AddressForm.Absolute ? Op['i64.load32_u'] : Op['i64.load32_s'], RecordField.displacement);
    if (form !== AddressForm.Absolute) {
      this.#pushAddressRegister(RecordField.base);
      code.op(Op['i64.add']);
    }
    if (form === AddressForm.Indexed || form === AddressForm.Segment) {
      this.#pushAddressRegister(RecordField.index);
      code.localGet(PC);
      code.memory(Op['i64.load8_u'], RecordField.scale);
      code.op(Op['i64.shl']);
      code.op(Op['i64.add']);
    }
    return this.writer.take(Type.i64).local;
  }

  #addSegment(effective: number): number {
    this.writer.code.localGet(effective);
    this.#pushAddressRegister(RecordField.segment);
    this.writer.code.op(Op['i64.add']);
    return this.writer.take(Type.i64).local;
  }

  #find(operand: Operand): OperandPlace {
    const place = this.#places.find((candidate) => candidate.operand === operand);
    if (place === undefined) throw new Error('not an operand of this instruction');
    return place;
  }

  read(operand: Operand): Value {
    const { writer } = this;
    switch (operand.kind) {
      case OperandKind.Register: {
        const { code } = writer;
        const width = registerWidth(operand);
        code.localGet(this.#find(operand).local);
        if (width === 8) code.memory(Op['i32.load8_u']);
        else if (width === 16) code.memory(Op['i32.load16_u']);
        else if (width === 32) code.memory(Op['i32.load']);
        else code.memory(width === 64 ? Op['i64.load'] : Op['v128.load']);
        return writer.take(width === 128 ? Type.v128 : typeOf(width));
      }
      case OperandKind.Memory:
        return this.load(memoryWidth(operand), this.linearAddress(operand));
      case OperandKind.Immediate: {
        writer.code.localGet(PC);
        const wide = operand.width === 64;
        writer.code.memory(wide ? Op['i64.load'] : Op['i32.load'], RecordField.immediate);
        return writer.take(wide ? Type.i64 : Type.i32);
      }
      case OperandKind.Relative:
        return TARGET;
    }
  }

  readForUpdate(operand: Operand): Value {
    if (operand.kind !== OperandKind.Memory) return this.read(operand);
    return this.loadForUpdate(memoryWidth(operand), this.linearAddress(operand));
  }

  write(operand: Operand, value: Value): void {
    if (operand.kind === OperandKind.Memory) {
      return this.store(memoryWidth(operand), this.linearAddress(operand), value);
    }
    if (operand.kind !== OperandKind.Register) throw new Error('write to an operand that is no place');
    const { code } = this.writer;
    const width = registerWidth(operand);
    if (this.#pendingLow >= 0 && operand === this.#places[0]!.operand) {
      this.writer.push(value);
      code.localSet(this.#pendingLow);
      return;
    }
    code.localGet(this.#find(operand).local);
    if (width === 32) this.writer.pushI64(value);
    else this.writer.push(value);
    if (width === 8) code.memory(Op['i32.store8']);
    else if (width === 16) code.memory(Op['i32.store16']);
    else code.memory(width === 128 ? Op['v128.store'] : Op['i64.store']);
  }

  probeWrite(operand: Operand): void {
    if (operand.kind === OperandKind.Memory) this.probe(operand.width, this.linearAddress(operand));
  }

  effectiveAddress(operand: Operand): Value {
    return localValue(Type.i64, this.#find(operand).local);
  }

  linearAddress(operand: Operand): Value {
    return localValue(Type.i64, this.#find(operand).linear);
  }

  readHigh(operand: Operand): Value {
    this.writer.code.localGet(this.#find(operand).local);
    this.writer.code.memory(Op['v128.load'], HIGH_HALF);
    return this.writer.take(Type.v128);
  }

  writeHigh(operand: Operand, value: Value): void {
    this.writer.code.localGet(this.#find(operand).local);
    this.writer.push(value);
    this.writer.code.memory(Op['v128.store'], HIGH_HALF);
  }

  setRflags(): void {
    throw new NotCompilable('rflags');
  }

  // --- wide division ------------------------------------------------------------------------------------------------
  divideWide(
    signed: 'signed' | 'unsigned',
    high: Value,
    low: Value,
    divisor: Value,
  ): { quotient: Value; remainder: Value } {
    const { code, runtime } = this.writer;
    const callee = signed === 'signed' ? runtime.divideSigned : runtime.divideUnsigned;
    return this.divide(callee, [high, low, divisor], () => {
      code.if();
      this.writer.setTrapKind(Trap.DivideError);
      this.writer.leaveTrap();
      code.end();
    });
  }

  // --- vectors and floating point -----------------------------------------------------------------------------------
  simd(name: string, args: readonly Value[], immediates: readonly number[] = []): Value {
    return this.#vectors.simd(name, args, immediates);
  }
  vectorConstant(low: bigint, high: bigint): Value {
    return this.#vectors.constant(low, high);
  }
  float(w: 32 | 64, name: string, args: readonly Value[]): Value {
    return this.#vectors.float(w, name, args);
  }
  fma(): undefined {}
  floatComparison(): void {}
  convert(name: string, a: Value): Value {
    return this.#vectors.convert(name as OpName, a);
  }

  // --- control ------------------------------------------------------------------------------------------------------
  here(): Value {
    return HERE;
  }
  next(): Value {
    return NEXT;
  }

  jump(target: Value): void {
    this.writer.jump(target);
    this.#end();
  }

  branch(cond: Value, target: Value): void {
    this.when(cond, () => this.writer.jump(target));
    this.writer.countPassed();
  }

  call(target: Value): void {
    this.jump(target);
  }

  ret(target: Value): void {
    this.jump(target);
  }

  trap(kind: number, rip: 'here' | 'after'): void {
    this.writer.setTrapKind(kind);
    if (rip === 'here') this.writer.leaveTrap();
    else {
      this.writer.finishState();
      this.writer.code.i32Const(Exit.Trap);
      this.writer.code.op(Op.return);
    }
    this.#end();
  }

  trapIf(cond: Value, kind: number): void {
    this.when(cond, () => {
      this.writer.setTrapKind(kind);
      this.writer.leaveTrap();
    });
  }

  evaluateIf(cond: Value): void {
    if (this.known(cond) === 1n) throw new NotCompilable('always evaluated');
    this.when(cond, () => this.writer.leaveSingle());
  }

  bulk(instruction: Instruction): void {
    const { code, runtime } = this.writer;
    code.localGet(STATE);
    code.i32Const(instruction.width / 8);
    code.localGet(FUEL);
    code.call(instruction.mnemonic === 'movs' ? runtime.bulkMove : runtime.bulkFill);
    code.localSet(FUEL);
    // The addresses computed at the start are the ones from before the bulk.
    this.#places = instruction.operands.map((operand, i) => this.#place(instruction, operand, i));
  }

  helper(name: string, instruction: Instruction): void {
    if (name === 'compareStrings' && writeStringIndex(this, instruction)) return;
    throw new NotCompilable(name);
  }

  preferHelper(): false {
    return false;
  }

  stackIndex(operand: Operand): Value {
    const i = this.#places.indexOf(this.#find(operand));
    this.writer.code.localGet(PC);
    this.writer.code.memory(Op['i32.load16_u'], registerField(i));
    return this.writer.take(Type.i32);
  }

  routine(routine: Routine, args: readonly Value[]): Value {
    const { code, runtime } = this.writer;
    code.localGet(STATE);
    for (const arg of args) this.writer.push(arg);
    code.call(runtime.routines.get(routine)!);
    return this.writer.take(Type.i32);
  }

  routineResult(): Value {
    return this.loadState(State.scratch, Op['i64.load'], Type.i64);
  }

  /** Nothing follows, unless this was inside a branch. */
  #end(): void {
    if (this.writer.code.depth === 0) this.#ended = true;
  }
}

function isWide(operand: Operand | undefined): operand is RegisterOperand {
  return operand?.kind === OperandKind.Register && operand.class === RegisterClass.Ymm;
}

function registerWidth(operand: Operand & { kind: typeof OperandKind.Register }): MemoryWidth {
  if (operand.class === RegisterClass.Xmm || operand.class === RegisterClass.Ymm) return 128;
  if (operand.class > RegisterClass.Gpr64) throw new NotCompilable('register class');
  return operand.width as Width;
}

function memoryWidth(operand: Operand): MemoryWidth {
  const { width } = operand as MemoryOperand;
  if (width === 0 || width === 80 || width > 128) throw new NotCompilable('memory width');
  return width as MemoryWidth;
}
