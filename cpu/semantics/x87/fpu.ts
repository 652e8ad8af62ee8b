/**
 * The x87 unit of a CPU state: register stack, tags, control and status word, and what exceptions do to them.
 * Source: SDM vol. 1, 8.1 and 8.4–8.5.
 *
 * Protocol of an instruction: read memory operands; look at the stack; compute; if the result is delivered (`delivers`) store it to
 * memory, which may fault; only then settle flags and change registers.
 */
import { State } from '../../state-layout.ts';
import type { CpuState } from '../../state.ts';
import { INDEFINITE, decode, encode, kindOf, Kind, type Float80 } from './float80.ts';
import { X, type Control, type Result } from './rounding.ts';

/** Status word bits beyond the exception flags. */
export const Status = {
  StackFault: 0x40,
  Summary: 0x80,
  C0: 0x100,
  C1: 0x200,
  C2: 0x400,
  C3: 0x4000,
  Busy: 0x8000,
} as const;
const EXCEPTIONS = 0x3f;
/** Masks of the control word. */
export const ALL_MASKED = EXCEPTIONS;
/** What clearing exceptions clears. */
export const EXCEPTION_STATUS = EXCEPTIONS | Status.StackFault | Status.Summary | Status.Busy;
const TOP_SHIFT = 11;
const TOP_MASK = 7 << TOP_SHIFT;
/** Exceptions found before an operation is done; unmasked, they prevent it. */
const BEFORE = X.Invalid | X.Denormal | X.ZeroDivide;
export const INITIAL_CONTROL = 0x37f;
/** Bits of the control word that exist, and the one that always reads as 1. */
export const CONTROL_BITS = 0x1f3f;
export const CONTROL_FIXED = 0x40;
/** Significand bits by PC field; the reserved value counts as extended. */
const PRECISIONS: readonly number[] = [24, 64, 53, 64];

export class Fpu {
  readonly state: CpuState;

  constructor(state: CpuState) {
    this.state = state;
  }

  // --- words ---------------------------------------------------------------------------------------------------------
  get fcw(): number {
    return this.state.view.getUint16(State.fcw, true);
  }
  set fcw(value: number) {
    this.state.view.setUint16(State.fcw, (value & CONTROL_BITS) | CONTROL_FIXED, true);
    this.#summarize();
  }

  get fsw(): number {
    return this.state.view.getUint16(State.fsw, true);
  }
  set fsw(value: number) {
    this.state.view.setUint16(State.fsw, value, true);
  }

  /** Sets the status word as loaded from memory; ES and B follow from flags and masks. */
  loadStatus(value: number): void {
    this.fsw = value;
    this.#summarize();
  }

  get control(): Control {
    const fcw = this.fcw;
    return { rounding: (fcw >> 10) & 3, precision: PRECISIONS[(fcw >> 8) & 3]!, masks: fcw & EXCEPTIONS };
  }

  /** Whether a waiting instruction must report an unmasked exception. */
  get pending(): boolean {
    return (this.fsw & Status.Summary) !== 0;
  }

  #summarize(): void {
    const fsw = this.fsw;
    const unmasked = fsw & ~this.fcw & EXCEPTIONS;
    const summary = Status.Summary | Status.Busy;
    this.fsw = unmasked ? fsw | summary : fsw & ~summary;
  }

  /** C3 C2 C1 C0 as given, all at once. */
  setConditions(bits: number): void {
    const all = Status.C0 | Status.C1 | Status.C2 | Status.C3;
    this.fsw = (this.fsw & ~all) | bits;
  }

  clearExceptions(): void {
    this.fsw &= ~EXCEPTION_STATUS;
  }

  initialize(): void {
    const { view, bytes } = this.state;
    view.setUint16(State.fcw, INITIAL_CONTROL, true);
    view.setUint16(State.fsw, 0, true);
    bytes[State.ftw] = 0;
    view.setUint16(State.fop, 0, true);
    bytes.fill(0, State.fip, State.fdp + 8);
  }

  // --- stack ---------------------------------------------------------------------------------------------------------
  get top(): number {
    return (this.fsw >> TOP_SHIFT) & 7;
  }
  set top(value: number) {
    this.fsw = (this.fsw & ~TOP_MASK) | ((value & 7) << TOP_SHIFT);
  }

  get tags(): number {
    return this.state.bytes[State.ftw]!;
  }
  set tags(value: number) {
    this.state.bytes[State.ftw] = value;
  }

  isEmpty(index: number): boolean {
    return ((this.tags >> ((this.top + index) & 7)) & 1) === 0;
  }

  #offset(index: number): number {
    return State.st + 16 * ((this.top + index) & 7);
  }

  get(index: number): Float80 {
    const at = this.#offset(index);
    return decode(this.state.bytes.subarray(at, at + 10));
  }

  set(index: number, value: Float80): void {
    this.state.bytes.set(encode(value), this.#offset(index));
    this.tags |= 1 << ((this.top + index) & 7);
  }

  free(index: number): void {
    this.tags &= ~(1 << ((this.top + index) & 7));
  }

  push(value: Float80): void {
    this.top -= 1;
    this.set(0, value);
  }

  pop(): void {
    this.free(0);
    this.top += 1;
  }

  /** Two-bit tags, physical register 0 lowest: valid, zero, special, empty. */
  fullTags(): number {
    let tags = 0;
    for (let register = 0; register < 8; register++) tags |= this.#fullTag((register - this.top) & 7) << (2 * register);
    return tags;
  }

  #fullTag(index: number): number {
    if (this.isEmpty(index)) return 3;
    const kind = kindOf(this.get(index));
    return kind === Kind.Normal ? 0 : kind === Kind.Zero ? 1 : 2;
  }

  loadFullTags(tags: number): void {
    let abridged = 0;
    for (let register = 0; register < 8; register++) {
      if (((tags >> (2 * register)) & 3) !== 3) abridged |= 1 << register;
    }
    this.tags = abridged;
  }

  // --- exceptions ------------------------------------------------------------------------------------------------------
  /** Whether a result with these flags reaches a register. */
  delivers(flags: number): boolean {
    return (flags & BEFORE & ~this.fcw) === 0;
  }

  /** Whether it reaches memory: overflow and underflow must be masked too. */
  deliversToMemory(flags: number): boolean {
    return (flags & (BEFORE | X.Overflow | X.Underflow) & ~this.fcw) === 0;
  }

  /** Records flags and C1, the other condition codes unchanged. */
  settle(flags: number, roundedUp: boolean): void {
    const c1 = roundedUp && this.#reported(flags) & X.Precision ? Status.C1 : 0;
    this.fsw = (this.fsw & ~Status.C1) | c1;
    this.record(flags);
  }

  /** Records flags only. */
  record(flags: number): void {
    this.fsw |= this.#reported(flags);
    this.#summarize();
  }

  /** An unmasked exception found before the operation leaves no room for those of its result. */
  #reported(flags: number): number {
    return this.delivers(flags) ? flags : flags & BEFORE;
  }

  /** Settles a computation and, if it is delivered, writes it to a register; whether it was. */
  deliver(index: number, result: Result): boolean {
    const delivered = this.delivers(result.flags);
    this.settle(result.flags, result.roundedUp);
    if (delivered) this.set(index, result.value);
    return delivered;
  }

  /** An empty register was read: invalid with SF. Whether the exception is masked. */
  stackUnderflow(): boolean {
    return this.#stackFault(0);
  }

  /** A push onto a full stack; the register under it is then overwritten with the indefinite. */
  stackOverflow(): boolean {
    return this.#stackFault(Status.C1);
  }

  #stackFault(c1: number): boolean {
    this.fsw = (this.fsw & ~Status.C1) | X.Invalid | Status.StackFault | c1;
    this.#summarize();
    return (this.fcw & X.Invalid) !== 0;
  }

  /** Pushes a value unless the stack is full. */
  pushChecked(result: Result): void {
    if (!this.isEmpty(-1)) {
      if (this.stackOverflow()) this.push(INDEFINITE);
      return;
    }
    const delivered = this.delivers(result.flags);
    this.settle(result.flags, result.roundedUp);
    if (delivered) this.push(result.value);
  }
}
