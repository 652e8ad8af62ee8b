/** Guest state in the handler generator: registers, flags, guest memory with its in-place check and slow path. */
import { Access } from '../memory/guest-memory.ts';
import { pagePermission } from '../memory/page-check.ts';
import { SlowResult } from '../memory/paged-memory.ts';
import { Flag } from '../semantics/ops.ts';
import type { FlagUpdate, Width } from '../semantics/ops.ts';
import { STATE_WORD_WIDTHS, type StateWord } from '../semantics/routine.ts';
import { State } from '../state-layout.ts';
import { Op, Type } from '../wasm/opcode.ts';
import { STATE } from './handler-writer.ts';
import type { HandlerWriter } from './handler-writer.ts';
import { IntegerOps, typeOf } from './integer-ops.ts';
import type { Value } from './value.ts';

const LOADS = {
  8: Op['i32.load8_u'],
  16: Op['i32.load16_u'],
  32: Op['i32.load'],
  64: Op['i64.load'],
  128: Op['v128.load'],
} as const;
export const STORES = {
  8: Op['i32.store8'],
  16: Op['i32.store16'],
  32: Op['i32.store'],
  64: Op['i64.store'],
  128: Op['v128.store'],
} as const;

export type MemoryWidth = Width | 128;

function memoryType(width: MemoryWidth): Type {
  return width === 128 ? Type.v128 : typeOf(width);
}

export class StateOps extends IntegerOps {
  /** Local of an address that was checked for update → local that is 1 when it is in place. */
  readonly #updates = new Map<number, number>();
  /** Local that holds "in place?" for the check just made. */
  #checked = -1;

  constructor(writer: HandlerWriter) {
    super(writer);
  }

  protected beginState(): void {
    this.#updates.clear();
    this.#checked = -1;
  }

  // --- state fields -------------------------------------------------------------------------------------------------
  protected loadState(offset: number, code: number, type: Type): Value {
    this.writer.code.localGet(STATE);
    this.writer.code.memory(code, offset);
    return this.writer.take(type);
  }

  protected storeState(offset: number, code: number, push: () => void): void {
    this.writer.code.localGet(STATE);
    push();
    this.writer.code.memory(code, offset);
  }

  gpr(width: Width, index: number): Value {
    return this.loadState(State.gpr + 8 * index, LOADS[width], typeOf(width));
  }

  setGpr(width: Width, index: number, value: Value): void {
    const offset = State.gpr + 8 * index;
    if (width === 32) this.storeState(offset, STORES[64], () => this.writer.pushI64(value));
    else this.storeState(offset, STORES[width], () => this.writer.push(value));
  }

  xmm(index: number): Value {
    return this.loadState(State.xmm + 32 * index, Op['v128.load'], Type.v128);
  }

  ymmHigh(index: number): Value {
    return this.loadState(State.xmm + 32 * index + 16, Op['v128.load'], Type.v128);
  }

  setYmmHigh(index: number, value: Value): void {
    this.storeState(State.xmm + 32 * index + 16, Op['v128.store'], () => this.writer.push(value));
  }

  setXmm(index: number, value: Value): void {
    this.storeState(State.xmm + 32 * index, Op['v128.store'], () => this.writer.push(value));
  }

  /** Calls a division of 128 by 64 bits; `failing` takes what it says of a quotient that does not fit. */
  protected divide(
    callee: number,
    operands: readonly Value[],
    failing: () => void,
  ): { quotient: Value; remainder: Value } {
    const { code } = this.writer;
    code.localGet(STATE);
    for (const value of operands) this.writer.push(value);
    code.call(callee);
    failing();
    const quotient = this.loadState(State.scratch, Op['i64.load'], Type.i64);
    return { quotient, remainder: this.loadState(State.scratch + 8, Op['i64.load'], Type.i64) };
  }

  // --- flags --------------------------------------------------------------------------------------------------------
  setFlags(update: FlagUpdate<Value>): void {
    const { result, z, s, p, c, o, a } = update;
    const bits = [
      [c?.(), State.cf],
      [o?.(), State.of],
      [a?.(), State.af],
    ] as const;
    const explicit = [z?.(), s?.(), p?.()] as const;
    if (result !== undefined) this.#setResult(result.width, result.value);
    for (const [value, offset] of bits) {
      if (value !== undefined) this.storeState(offset, Op['i32.store'], () => this.writer.push(value));
    }
    this.#setExplicit(explicit);
  }

  #setResult(width: Width, value: Value): void {
    const extended = this.signExtend(width, 64, value);
    for (const offset of [State.zr, State.sr, State.pr]) {
      this.storeState(offset, Op['i64.store'], () => this.writer.push(extended));
    }
  }

  /** ZF = (zr == 0), SF = (sr < 0), PF = even parity of pr. */
  #setExplicit([z, s, p]: readonly (Value | undefined)[]): void {
    const not = (value: Value): Value => this.zeroExtend(32, 64, this.xor(32, value, this.constant(32, 1)));
    if (z !== undefined) {
      const zr = not(z);
      this.storeState(State.zr, Op['i64.store'], () => this.writer.push(zr));
    }
    if (s !== undefined) {
      const sr = this.neg(64, this.zeroExtend(32, 64, s));
      this.storeState(State.sr, Op['i64.store'], () => this.writer.push(sr));
    }
    if (p !== undefined) {
      const pr = not(p);
      this.storeState(State.pr, Op['i64.store'], () => this.writer.push(pr));
    }
  }

  flag(flag: number): Value {
    const { code } = this.writer;
    switch (flag) {
      case Flag.C:
        return this.loadState(State.cf, Op['i32.load'], Type.i32);
      case Flag.O:
        return this.loadState(State.of, Op['i32.load'], Type.i32);
      case Flag.A:
        return this.loadState(State.af, Op['i32.load'], Type.i32);
      case Flag.Z:
        code.localGet(STATE);
        code.memory(Op['i64.load'], State.zr);
        code.op(Op['i64.eqz']);
        return this.writer.take(Type.i32);
      case Flag.S:
        code.localGet(STATE);
        code.memory(Op['i32.load'], State.sr + 4);
        code.i32Const(31);
        code.op(Op['i32.shr_u']);
        return this.writer.take(Type.i32);
      default: {
        const ones = this.popcnt(32, this.loadState(State.pr, Op['i32.load8_u'], Type.i32));
        return this.and(32, this.not(32, ones), this.constant(32, 1));
      }
    }
  }

  /** Source: SDM vol. 1, appendix B.1. */
  condition(code: number): Value {
    const value = this.#positiveCondition(code >> 1);
    return code & 1 ? this.xor(32, value, this.constant(32, 1)) : value;
  }

  #positiveCondition(code: number): Value {
    const { C, P, Z, S, O } = Flag;
    switch (code) {
      case 3:
        return this.or(32, this.flag(C), this.flag(Z));
      case 6:
        return this.xor(32, this.flag(S), this.flag(O));
      case 7:
        return this.or(32, this.flag(Z), this.xor(32, this.flag(S), this.flag(O)));
      default:
        return this.flag({ 0: O, 1: C, 2: Z, 4: S, 5: P }[code]!);
    }
  }

  /** RFLAGS as the architecture shows them, packed from the unpacked flags. */
  rflags(): Value {
    let packed = this.loadState(State.otherFlags, Op['i32.load'], Type.i32);
    const flags = [
      [this.flag(Flag.C), 0],
      [this.flag(Flag.P), 2],
      [this.flag(Flag.A), 4],
      [this.flag(Flag.Z), 6],
      [this.flag(Flag.S), 7],
      [this.directionFlag(), 10],
      [this.flag(Flag.O), 11],
    ] as const;
    for (const [flag, bit] of flags) packed = this.or(32, packed, this.shl(32, flag, this.constant(32, bit)));
    return this.zeroExtend(32, 64, packed);
  }

  directionFlag(): Value {
    return this.loadState(State.df, Op['i32.load'], Type.i32);
  }

  setDirectionFlag(value: Value): void {
    this.storeState(State.df, Op['i32.store'], () => this.writer.push(value));
  }

  stateWord(name: StateWord): Value {
    const width = STATE_WORD_WIDTHS[name];
    return this.loadState(State[name], LOADS[width], typeOf(width));
  }

  // --- memory -------------------------------------------------------------------------------------------------------
  load(width: MemoryWidth, address: Value): Value {
    return this.#load(width, address, Access.Read);
  }

  loadForUpdate(width: MemoryWidth, address: Value): Value {
    const value = this.#load(width, address, Access.Write);
    this.#updates.set(this.writer.inLocal(address), this.#checked);
    return value;
  }

  /** Pushes whether the page of this i32 address allows the access in place, as a bit of the permission byte. */
  #pushPermission(low: number, displacement: number): void {
    const { code } = this.writer;
    code.localGet(low);
    if (displacement > 0) {
      code.i32Const(displacement);
      code.op(Op['i32.add']);
    }
    pagePermission(code);
  }

  /** Pushes nonzero when the whole access may go in place: high half 0, and its first and last page allow it. */
  #pushInPlace(address: number, low: number, bytes: number, access: Access): void {
    const { code } = this.writer;
    this.#pushPermission(low, 0);
    if (bytes > 1) {
      this.#pushPermission(low, bytes - 1);
      code.op(Op['i32.and']);
    }
    code.i32Const(access);
    code.op(Op['i32.and']);
    code.i32Const(0);
    code.localGet(address);
    code.i64Const(32);
    code.op(Op['i64.shr_u']);
    code.op(Op['i64.eqz']);
    code.op(Op.select);
  }

  #low(address: number): number {
    this.writer.code.localGet(address);
    this.writer.code.op(Op['i32.wrap_i64']);
    return this.writer.take(Type.i32).local;
  }

  /** Calls a slow-path function; leaves with the trap when there is one. */
  #slow(callee: number, address: number, low: number, bytes: number): void {
    const { code } = this.writer;
    code.localGet(STATE);
    code.localGet(low);
    code.localGet(address);
    code.i64Const(32);
    code.op(Op['i64.shr_u']);
    code.op(Op['i32.wrap_i64']);
    code.i32Const(bytes);
    code.call(callee);
    code.i32Const(SlowResult.Trap);
    code.op(Op['i32.eq']);
    code.if();
    this.writer.leaveTrap();
    code.end();
  }

  #load(width: MemoryWidth, address: Value, access: Access): Value {
    const { code, runtime } = this.writer;
    const bytes = width / 8;
    const at = this.writer.inLocal(address);
    const low = this.#low(at);
    const result = this.writer.newLocal(memoryType(width));
    this.#pushInPlace(at, low, bytes, access);
    this.#checked = this.writer.newLocal(Type.i32);
    code.localTee(this.#checked);
    code.if();
    code.localGet(low);
    code.memory(LOADS[width]);
    code.localSet(result);
    code.else();
    if (access === Access.Write) this.#slow(runtime.slowProbe, at, low, bytes);
    this.#slow(runtime.slowLoad, at, low, bytes);
    code.localGet(STATE);
    code.memory(LOADS[width], State.scratch);
    code.localSet(result);
    code.end();
    code.localGet(result);
    return this.writer.take(memoryType(width));
  }

  /** Makes sure that a store there can't fault. */
  protected probe(width: number, address: Value): void {
    const at = this.writer.inLocal(address);
    const low = this.#low(at);
    this.#pushInPlace(at, low, width / 8, Access.Write);
    this.writer.code.op(Op['i32.eqz']);
    this.writer.code.if();
    this.#slow(this.writer.runtime.slowProbe, at, low, width / 8);
    this.writer.code.end();
  }

  store(width: MemoryWidth, address: Value, value: Value): void {
    const { code, runtime } = this.writer;
    const bytes = width / 8;
    const at = this.writer.inLocal(address);
    const low = this.#low(at);
    const updated = this.#updates.get(at);
    if (updated === undefined) this.#pushInPlace(at, low, bytes, Access.Write);
    else code.localGet(updated);
    code.if();
    code.localGet(low);
    this.writer.push(value);
    code.memory(STORES[width]);
    code.else();
    code.localGet(STATE);
    this.writer.push(value);
    code.memory(STORES[width], State.scratch);
    this.#slow(runtime.slowStore, at, low, bytes);
    code.end();
  }
}
