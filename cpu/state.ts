/** A typed view on one CPU state block (layout: state-layout.ts). The kernel and the engines read registers through it. */
import type { GuestAddress } from './address.ts';
import { Control, Rflags, STATE_SIZE, State } from './state-layout.ts';

const TWO_32 = 2 ** 32;

export class CpuState {
  /** Byte offset of the block in its buffer: the Wasm address engine code gets. */
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The 16 general registers and, after them, zero, fsBase, gsBase, rip. */
  readonly gpr: BigUint64Array;
  /** All of it in words. */
  readonly words: Uint32Array;

  constructor(buffer: ArrayBufferLike, base: number) {
    this.base = base;
    this.bytes = new Uint8Array(buffer, base, STATE_SIZE);
    this.view = new DataView(buffer, base, STATE_SIZE);
    this.gpr = new BigUint64Array(buffer, base, 20);
    this.words = new Uint32Array(buffer, base, STATE_SIZE / 4);
  }

  /** Power-on state as Linux starts a program: see Engine.createCpu. */
  reset(): void {
    this.bytes.fill(0);
    this.view.setUint16(State.fcw, 0x37f, true);
    this.view.setUint32(State.mxcsr, 0x1f80, true);
    this.rflags = 0x202;
  }

  copyFrom(other: CpuState): void {
    this.bytes.set(other.bytes);
  }

  /** A 64-bit register as a number: exact below 2^53, else rounded (still out of every valid range). */
  number(index: number): number {
    return this.words[index * 2]! + this.words[index * 2 + 1]! * TWO_32;
  }

  /** Low 32 bits, unsigned. */
  low32(index: number): number {
    return this.words[index * 2]!;
  }

  /** High 32 bits, unsigned. */
  high32(index: number): number {
    return this.words[index * 2 + 1]!;
  }

  /** Low 32 bits, signed: a C `int` argument. */
  int32(index: number): number {
    return this.words[index * 2]! | 0;
  }

  /** A C `long` argument as a number: exact within ±2^53. */
  long(index: number): number {
    return this.words[index * 2]! + (this.words[index * 2 + 1]! | 0) * TWO_32;
  }

  /** Stores an integer within ±2^53, sign-extended to 64 bits. */
  setNumber(index: number, value: number): void {
    this.words[index * 2] = value;
    this.words[index * 2 + 1] = Math.floor(value / TWO_32);
  }

  get rip(): GuestAddress {
    return this.number(State.rip / 8) as GuestAddress;
  }
  set rip(value: number) {
    this.setNumber(State.rip / 8, value);
  }

  /** RDTSC and RDTSCP raise #GP (CR4.TSD). */
  get hidesTimeStamp(): boolean {
    return (this.view.getUint32(State.controls, true) & Control.hidesTimeStamp) !== 0;
  }
  set hidesTimeStamp(hidden: boolean) {
    const others = this.view.getUint32(State.controls, true) & ~Control.hidesTimeStamp;
    this.view.setUint32(State.controls, others | (hidden ? Control.hidesTimeStamp : 0), true);
  }

  /** From now on all generated code keeps to MXCSR: see Control.watchesExceptions. */
  watchExceptions(): void {
    const others = this.view.getUint32(State.controls, true);
    this.view.setUint32(State.controls, others | Control.watchesExceptions, true);
  }

  get fsBase(): number {
    return this.number(State.fsBase / 8);
  }
  set fsBase(value: number) {
    this.setNumber(State.fsBase / 8, value);
  }

  get gsBase(): number {
    return this.number(State.gsBase / 8);
  }
  set gsBase(value: number) {
    this.setNumber(State.gsBase / 8, value);
  }

  get trapAddress(): GuestAddress {
    return this.number(State.trapAddress / 8) as GuestAddress;
  }
  set trapAddress(value: number) {
    this.setNumber(State.trapAddress / 8, value);
  }

  get trapAccess(): number {
    return this.words[State.trapAccess / 4]!;
  }
  set trapAccess(value: number) {
    this.words[State.trapAccess / 4] = value;
  }

  get trapReason(): number {
    return this.words[State.trapReason / 4]!;
  }
  set trapReason(value: number) {
    this.words[State.trapReason / 4] = value;
  }

  /** RFLAGS as the architecture shows them, packed from the unpacked arithmetic flags. */
  get rflags(): number {
    const u32 = this.words;
    let flags = u32[State.otherFlags / 4]! | Rflags.FIXED;
    if (u32[State.cf / 4]) flags |= Rflags.CF;
    if (parityEven(u32[State.pr / 4]!)) flags |= Rflags.PF;
    if (u32[State.af / 4]) flags |= Rflags.AF;
    if (u32[State.zr / 4] === 0 && u32[State.zr / 4 + 1] === 0) flags |= Rflags.ZF;
    if ((u32[State.sr / 4 + 1]! | 0) < 0) flags |= Rflags.SF;
    if (u32[State.df / 4]) flags |= Rflags.DF;
    if (u32[State.of / 4]) flags |= Rflags.OF;
    return flags >>> 0;
  }
  set rflags(value: number) {
    const u32 = this.words;
    const arithmetic = Rflags.CF | Rflags.PF | Rflags.AF | Rflags.ZF | Rflags.SF | Rflags.DF | Rflags.OF;
    u32[State.otherFlags / 4] = (value & ~arithmetic) | Rflags.FIXED;
    u32[State.cf / 4] = value & Rflags.CF ? 1 : 0;
    u32[State.pr / 4] = value & Rflags.PF ? 0 : 1;
    u32[State.pr / 4 + 1] = 0;
    u32[State.af / 4] = value & Rflags.AF ? 1 : 0;
    u32[State.zr / 4] = value & Rflags.ZF ? 0 : 1;
    u32[State.zr / 4 + 1] = 0;
    u32[State.sr / 4] = 0;
    u32[State.sr / 4 + 1] = value & Rflags.SF ? 0x80000000 : 0;
    u32[State.df / 4] = value & Rflags.DF ? 1 : 0;
    u32[State.of / 4] = value & Rflags.OF ? 1 : 0;
  }
}

function parityEven(value: number): boolean {
  let byte = value & 0xff;
  byte ^= byte >> 4;
  return ((0x6996 >> (byte & 15)) & 1) === 0;
}
