/**
 * What every part of the handler generator writes with: the code of the function being made, its locals, values, and the
 * ways a handler can end. A handler is a Wasm function (state, pc, fuel) → Exit code: `pc` is the instruction's record,
 * `fuel` the instructions left. It ends by tail-calling the next record's handler, or one of the runtime functions.
 */
import type { Routine } from '../semantics/routine.ts';
import { State } from '../state-layout.ts';
import { CodeWriter } from '../wasm/code-writer.ts';
import { Op, Type } from '../wasm/opcode.ts';
import { RECORD_SIZE, RecordField } from './record.ts';
import { HERE, NEXT, TARGET, ValueKind, constantValue, localValue } from './value.ts';
import type { Value } from './value.ts';

/** Function, type and table indices of the module the handlers go into: see runtime.ts. */
export interface Runtime {
  readonly handlerType: number;
  readonly slowLoad: number;
  readonly slowStore: number;
  readonly slowProbe: number;
  /** (state, pc, fuel): leave with Exit.Trap at this instruction. */
  readonly leaveTrap: number;
  /** (state, pc, fuel): leave with Exit.Single at this instruction. */
  readonly evaluate: number;
  /** (state, pc, fuel): go on at the target of the instruction's relative operand. */
  readonly follow: number;
  /** (state, pc, fuel): this record again, if there is fuel. */
  readonly again: number;
  /** (state, rip, fuel): go on at an address. */
  readonly goTo: number;
  readonly mulHigh: number;
  readonly divideUnsigned: number;
  readonly divideSigned: number;
  readonly bulkMove: number;
  readonly bulkFill: number;
  readonly routines: ReadonlyMap<Routine, number>;
}

export const STATE = 0;
export const PC = 1;
export const FUEL = 2;
const HANDLER_PARAMETERS = 3;

/** Thrown while a handler is generated for an instruction that only the evaluator executes. */
export class NotCompilable extends Error {
  override name = 'NotCompilable';
}

export class HandlerWriter {
  readonly code = new CodeWriter(4096);
  readonly locals: Type[] = [];
  readonly runtime: Runtime;
  #parameters = HANDLER_PARAMETERS;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Starts a function with so many parameters. */
  clear(parameters: number = HANDLER_PARAMETERS): void {
    this.#parameters = parameters;
    this.code.clear();
    this.locals.length = 0;
  }

  newLocal(type: Type): number {
    this.locals.push(type);
    return this.#parameters + this.locals.length - 1;
  }

  /** Takes the value on the Wasm stack. */
  take(type: Type): Value {
    const local = this.newLocal(type);
    this.code.localSet(local);
    return localValue(type, local);
  }

  push(value: Value): void {
    const { code } = this;
    switch (value.kind) {
      case ValueKind.Local:
        return code.localGet(value.local);
      case ValueKind.Constant:
        if (value.type === Type.i64) code.i64Const(value.constant);
        else code.i32Const(Number(BigInt.asIntN(32, value.constant)));
        return;
      case ValueKind.Here:
        code.localGet(PC);
        return code.memory(Op['i64.load32_u'], RecordField.rip);
      case ValueKind.Next:
        this.push(HERE);
        code.localGet(PC);
        code.memory(Op['i64.load8_u'], RecordField.length);
        return code.op(Op['i64.add']);
      case ValueKind.Target:
        code.localGet(PC);
        return code.memory(Op['i64.load'], RecordField.immediate);
    }
  }

  /** The value in a local, for code that needs it more than once. */
  inLocal(value: Value): number {
    if (value.kind === ValueKind.Local) return value.local;
    this.push(value);
    return this.take(value.type).local;
  }

  /** Pushes a value of width ≤ 64 as i32 (its low half). */
  pushI32(value: Value): void {
    this.push(value);
    if (value.type === Type.i64) this.code.op(Op['i32.wrap_i64']);
  }

  pushI64(value: Value): void {
    this.push(value);
    if (value.type === Type.i32) this.code.op(Op['i64.extend_i32_u']);
  }

  constant(type: Type, value: bigint): Value {
    return constantValue(type, value);
  }

  // --- ways to go on ------------------------------------------------------------------------------------------------
  #pushFuelLess(): void {
    this.code.localGet(FUEL);
    this.code.i32Const(1);
    this.code.op(Op['i32.sub']);
  }

  /** On to the record that follows. */
  dispatchNext(): void {
    const { code } = this;
    code.localGet(STATE);
    code.localGet(PC);
    code.i32Const(RECORD_SIZE);
    code.op(Op['i32.add']);
    this.#pushFuelLess();
    code.localGet(PC);
    code.memory(Op['i32.load'], RECORD_SIZE + RecordField.handler);
    code.returnCallIndirect(this.runtime.handlerType, 0);
  }

  jump(target: Value): void {
    if (target === NEXT) return this.dispatchNext();
    this.code.localGet(STATE);
    if (target === HERE || target === TARGET) this.code.localGet(PC);
    else this.pushI64(target);
    this.#pushFuelLess();
    const { again, follow, goTo } = this.runtime;
    this.code.returnCall(target === HERE ? again : target === TARGET ? follow : goTo);
  }

  /** Counts that a branch was not taken: see CodeCache.isPassed. */
  countPassed(): void {
    const { code } = this;
    code.localGet(PC);
    code.localGet(PC);
    code.memory(Op['i32.load16_u'], RecordField.passed);
    code.i32Const(1);
    code.op(Op['i32.add']);
    code.memory(Op['i32.store16'], RecordField.passed);
  }

  /** Leaves with a trap; the trap fields are set. The instruction has not happened. */
  leaveTrap(): void {
    for (const local of [STATE, PC, FUEL]) this.code.localGet(local);
    this.code.returnCall(this.runtime.leaveTrap);
  }

  /** Leaves the instruction to the evaluator: it has not happened. */
  leaveSingle(): void {
    for (const local of [STATE, PC, FUEL]) this.code.localGet(local);
    this.code.returnCall(this.runtime.evaluate);
  }

  setTrapKind(kind: number): void {
    this.code.localGet(STATE);
    this.code.i32Const(kind);
    this.code.memory(Op['i32.store'], State.trapKind);
  }

  /** Stores the address of the next instruction and the fuel, for leaving after this one. */
  finishState(): void {
    const { code } = this;
    code.localGet(STATE);
    this.push(NEXT);
    code.memory(Op['i64.store'], State.rip);
    code.localGet(STATE);
    this.#pushFuelLess();
    code.memory(Op['i32.store'], State.fuel);
  }
}
