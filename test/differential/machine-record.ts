/**
 * Cases and results as bytes, laid out like `struct test_case` and `struct result` in host-runner.c. Every judge answers in
 * this form, so that two judges are compared field by field.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';

/** Data pages A and B are writable, C is read-only; their neighbours are unmapped. */
export const DATA = 0x10000000;
export const DATA_PAGES = 3;
/** Code pages; bytes that belong to no case are INT3. */
export const CODE = 0x20000000;
export const CODE_PAGES = 1024;
export const CODE_MAX = 64;
/** Windows on the data: around the border of pages A and B, and of B and C. */
export const WINDOW1 = DATA + PAGE_SIZE - 128;
export const WINDOW1_SIZE = 256;
export const WINDOW2 = DATA + 2 * PAGE_SIZE - 64;
export const WINDOW2_SIZE = 128;
/** The FXSAVE image up to the last XMM register. Source: SDM vol. 1, table 10-2. */
export const FX_SIZE = 416;
export const Fx = { fcw: 0, fsw: 2, ftw: 4, mxcsr: 24, st: 32, xmm: 160 } as const;

/** Upper halves of the YMM registers. */
export const YMM_SIZE = 256;

export const Case = {
  code: 0,
  codeLength: 64,
  codeAddress: 72,
  gpr: 80,
  rflags: 208,
  fx: 224,
  window1: 640,
  window2: 896,
  ymm: 1024,
} as const;
export const CASE_SIZE = 1280;

export const Result = {
  signal: 0,
  trapNumber: 4,
  address: 8,
  rip: 16,
  rflags: 24,
  gpr: 32,
  fx: 160,
  window1: 576,
  window2: 832,
  strayWrite: 960,
  ymm: 968,
} as const;
export const RESULT_SIZE = 1224;

/** Trap numbers as in the hardware's signal frame. Source: SDM vol. 3, table 6-1. */
export const Vector = {
  Divide: 0,
  Debug: 1,
  Breakpoint: 3,
  InvalidOpcode: 6,
  Stack: 12,
  Protection: 13,
  Page: 14,
  X87: 16,
  Alignment: 17,
  Simd: 19,
} as const;

/** Linux signal numbers of those traps, and of a case that does not come to its end. */
export const Signal = { ILL: 4, TRAP: 5, BUS: 7, FPE: 8, SEGV: 11, VTALRM: 26 } as const;

/** The fixed pattern outside the windows; the same generator as fill_background in host-runner.c. */
export function dataBackground(): Uint8Array {
  const bytes = new Uint8Array(DATA_PAGES * PAGE_SIZE);
  let seed = 0x2545f491;
  for (let index = 0; index < bytes.length; index++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    bytes[index] = seed >>> 24;
  }
  return bytes;
}

/** A typed view on one case in a batch. */
export class MachineCase {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly gpr: BigUint64Array;

  constructor(buffer: ArrayBuffer, index: number) {
    this.bytes = new Uint8Array(buffer, index * CASE_SIZE, CASE_SIZE);
    this.view = new DataView(buffer, index * CASE_SIZE, CASE_SIZE);
    this.gpr = new BigUint64Array(buffer, index * CASE_SIZE + Case.gpr, 16);
  }

  get codeLength(): number {
    return this.view.getUint32(Case.codeLength, true);
  }
  get code(): Uint8Array {
    return this.bytes.subarray(Case.code, Case.code + this.codeLength);
  }
  set code(code: ArrayLike<number>) {
    this.bytes.set(code, Case.code);
    this.view.setUint32(Case.codeLength, code.length, true);
  }
  get codeAddress(): number {
    return Number(this.view.getBigUint64(Case.codeAddress, true));
  }
  set codeAddress(address: number) {
    this.view.setBigUint64(Case.codeAddress, BigInt(address), true);
  }
  get rflags(): number {
    return this.view.getUint32(Case.rflags, true);
  }
  set rflags(flags: number) {
    this.view.setUint32(Case.rflags, flags, true);
  }
  get fx(): Uint8Array {
    return this.bytes.subarray(Case.fx, Case.fx + FX_SIZE);
  }
  get ymm(): Uint8Array {
    return this.bytes.subarray(Case.ymm, Case.ymm + YMM_SIZE);
  }
  get window1(): Uint8Array {
    return this.bytes.subarray(Case.window1, Case.window1 + WINDOW1_SIZE);
  }
  get window2(): Uint8Array {
    return this.bytes.subarray(Case.window2, Case.window2 + WINDOW2_SIZE);
  }
}

/** A typed view on one result in a batch. */
export class MachineResult {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly gpr: BigUint64Array;

  constructor(buffer: ArrayBuffer, index: number) {
    this.bytes = new Uint8Array(buffer, index * RESULT_SIZE, RESULT_SIZE);
    this.view = new DataView(buffer, index * RESULT_SIZE, RESULT_SIZE);
    this.gpr = new BigUint64Array(buffer, index * RESULT_SIZE + Result.gpr, 16);
  }

  get signal(): number {
    return this.view.getInt32(Result.signal, true);
  }
  get trapNumber(): number {
    return this.view.getInt32(Result.trapNumber, true);
  }
  get address(): bigint {
    return this.view.getBigUint64(Result.address, true);
  }
  get rip(): bigint {
    return this.view.getBigUint64(Result.rip, true);
  }
  get rflags(): number {
    return this.view.getUint32(Result.rflags, true);
  }
  get fx(): Uint8Array {
    return this.bytes.subarray(Result.fx, Result.fx + FX_SIZE);
  }
  get ymm(): Uint8Array {
    return this.bytes.subarray(Result.ymm, Result.ymm + YMM_SIZE);
  }
  get window1(): Uint8Array {
    return this.bytes.subarray(Result.window1, Result.window1 + WINDOW1_SIZE);
  }
  get window2(): Uint8Array {
    return this.bytes.subarray(Result.window2, Result.window2 + WINDOW2_SIZE);
  }
  get strayWrite(): number {
    return this.view.getInt32(Result.strayWrite, true);
  }
}

/** Cases under construction: one buffer, so that a batch goes to the runner as it is. */
export class CaseBatch {
  readonly buffer: ArrayBuffer;
  readonly cases: readonly MachineCase[];

  constructor(count: number) {
    this.buffer = new ArrayBuffer(count * CASE_SIZE);
    this.cases = Array.from({ length: count }, (_, index) => new MachineCase(this.buffer, index));
  }
}

export class ResultBatch {
  readonly results: readonly MachineResult[];

  constructor(buffer: ArrayBuffer) {
    const count = buffer.byteLength / RESULT_SIZE;
    this.results = Array.from({ length: count }, (_, index) => new MachineResult(buffer, index));
  }
}
