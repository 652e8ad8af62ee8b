/**
 * XSAVE, XSAVEOPT, XSAVEC, XRSTOR and XGETBV: x87, SSE and AVX state by component. The AVX component comes right after the header in
 * the standard and in the compacted format alike. Source: SDM vol. 1, chapter 13; vol. 2.
 */
import { Trap } from '../engine.ts';
import { Gpr, State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import type { Instruction } from '../x86/instruction.ts';
import { operand } from './definition.ts';
import { fxsaveImage, loadFxsaveImage, MXCSR_MASK } from './fxsave.ts';
import type { HelperMachine } from './helpers.ts';

/** State components, as in XCR0. */
export const Component = { X87: 1, Sse: 2, Avx: 4 } as const;
export const XCR0 = Component.X87 | Component.Sse | Component.Avx;

export const XsaveArea = {
  mxcsr: 24,
  xmm: 160,
  /** End of the legacy registers; what follows up to the header is software's. */
  legacyEnd: 416,
  xstateBv: 512,
  xcompBv: 520,
  reserved: 528,
  headerEnd: 576,
  avx: 576,
  size: 832,
} as const;

const ALIGNMENT = 63n;
const COMPACTED = 1n << 63n;
const MXCSR_AT_RESET = 0x1f80;
const XMM_BYTES = 16;
const YMM_BYTES = 32;

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Components that are not as after a reset. Source: SDM vol. 1, 13.6. */
export function componentsInUse(state: CpuState): number {
  const { bytes, view } = state;
  let used = 0;
  const x87 = bytes.subarray(State.st, State.fcw);
  const control = bytes.subarray(State.fsw, State.fdp + 8);
  if (view.getUint16(State.fcw, true) !== 0x37f || !isZero(x87) || !isZero(control)) used |= Component.X87;
  for (let index = 0; index < 16; index++) {
    const at = State.xmm + YMM_BYTES * index;
    if (!isZero(bytes.subarray(at, at + XMM_BYTES))) used |= Component.Sse;
    if (!isZero(bytes.subarray(at + XMM_BYTES, at + YMM_BYTES))) used |= Component.Avx;
  }
  return used;
}

/** The upper halves of the YMM registers, as the AVX component has them. */
export function avxImage(state: CpuState): Uint8Array {
  const image = new Uint8Array(XsaveArea.size - XsaveArea.avx);
  for (let index = 0; index < 16; index++) {
    const at = State.xmm + YMM_BYTES * index + XMM_BYTES;
    image.set(state.bytes.subarray(at, at + XMM_BYTES), XMM_BYTES * index);
  }
  return image;
}

export function loadAvxImage(state: CpuState, image: Uint8Array): void {
  for (let index = 0; index < 16; index++) {
    const part = image.subarray(XMM_BYTES * index, XMM_BYTES * (index + 1));
    state.bytes.set(part, State.xmm + YMM_BYTES * index + XMM_BYTES);
  }
}

/** XCR0 and edx:eax. */
function requested(state: CpuState): number {
  return state.low32(Gpr.rax) & XCR0;
}

function areaAddress(machine: HelperMachine, instruction: Instruction): bigint {
  const address = machine.linearAddress(operand(instruction, 0));
  if (address & ALIGNMENT) machine.raise(Trap.GeneralProtection);
  return address;
}

function pointerWidth(instruction: Instruction): 32 | 64 {
  return instruction.width === 64 ? 64 : 32;
}

/** Legacy image, by component: where the parts of it lie. MXCSR is a part of its own. */
const LEGACY_PARTS: readonly (readonly [component: number, from: number, to: number])[] = [
  [Component.X87, 0, XsaveArea.mxcsr],
  [Component.Sse | Component.Avx, XsaveArea.mxcsr, XsaveArea.mxcsr + 8],
  [Component.X87, XsaveArea.mxcsr + 8, XsaveArea.xmm],
  [Component.Sse, XsaveArea.xmm, XsaveArea.legacyEnd],
];

/** xsave and xsaveopt write the standard format and keep the header bits of components not asked for. */
export function xsave(machine: HelperMachine, instruction: Instruction): void {
  const { state } = machine;
  const address = areaAddress(machine, instruction);
  const wanted = requested(state);
  const used = componentsInUse(state);
  const isOptimized = instruction.mnemonic === 'xsaveopt';
  const area = machine.loadBytes(address, wanted & Component.Avx ? XsaveArea.size : XsaveArea.headerEnd);
  const written = isOptimized ? wanted & used : wanted;
  putComponents(state, area, wanted, written, pointerWidth(instruction));
  area[XsaveArea.xstateBv] = (area[XsaveArea.xstateBv]! & ~wanted) | (wanted & used);
  machine.storeBytes(address, area);
}

/** The compacted format; components as after a reset are left out, and the header is written whole. */
export function xsavec(machine: HelperMachine, instruction: Instruction): void {
  const { state } = machine;
  const address = areaAddress(machine, instruction);
  const wanted = requested(state);
  const written = wanted & componentsInUse(state);
  const area = machine.loadBytes(address, wanted & Component.Avx ? XsaveArea.size : XsaveArea.headerEnd);
  putComponents(state, area, written & Component.Sse, written, pointerWidth(instruction));
  area.fill(0, XsaveArea.xstateBv, XsaveArea.headerEnd);
  const view = new DataView(area.buffer, area.byteOffset);
  view.setBigUint64(XsaveArea.xstateBv, BigInt(written), true);
  view.setBigUint64(XsaveArea.xcompBv, BigInt(wanted) | COMPACTED, true);
  machine.storeBytes(address, area);
}

/** `control`: components whose part of the legacy image beside registers (MXCSR) is written. */
function putComponents(state: CpuState, area: Uint8Array, control: number, written: number, pointers: 32 | 64): void {
  const legacy = fxsaveImage(state, pointers);
  for (const [component, from, to] of LEGACY_PARTS) {
    const isControl = from === XsaveArea.mxcsr;
    if ((isControl ? control : written) & component) area.set(legacy.subarray(from, to), from);
  }
  if (written & Component.Avx) area.set(avxImage(state), XsaveArea.avx);
}

export function xrstor(machine: HelperMachine, instruction: Instruction): void {
  const { state } = machine;
  const address = areaAddress(machine, instruction);
  const wanted = requested(state);
  const header = machine.loadBytes(address, XsaveArea.headerEnd);
  const view = new DataView(header.buffer, header.byteOffset);
  const present = view.getBigUint64(XsaveArea.xstateBv, true);
  const compaction = view.getBigUint64(XsaveArea.xcompBv, true);
  const isCompacted = (compaction & COMPACTED) !== 0n;
  refuseHeader(machine, header, present, compaction, isCompacted);
  const loaded = wanted & Number(present);
  const hasMxcsr = isCompacted ? (loaded & Component.Sse) !== 0 : (wanted & (Component.Sse | Component.Avx)) !== 0;
  const mxcsr = view.getUint32(XsaveArea.mxcsr, true);
  if (hasMxcsr && mxcsr & ~MXCSR_MASK) machine.raise(Trap.GeneralProtection);
  const avx = loaded & Component.Avx ? machine.loadBytes(address + BigInt(XsaveArea.avx), 256) : new Uint8Array(256);
  const legacy = restoredLegacy(state, header, wanted, loaded, pointerWidth(instruction));
  const kept = wanted & Component.Sse ? MXCSR_AT_RESET : state.view.getUint32(State.mxcsr, true);
  new DataView(legacy.buffer).setUint32(XsaveArea.mxcsr, hasMxcsr ? mxcsr : kept, true);
  loadFxsaveImage(state, legacy, 64);
  if (wanted & Component.Avx) loadAvxImage(state, avx);
}

/** #GP for a header that this processor could not have written. Source: SDM vol. 1, 13.8.1, 13.8.2. */
function refuseHeader(
  machine: HelperMachine,
  header: Uint8Array,
  present: bigint,
  compaction: bigint,
  isCompacted: boolean,
): void {
  const known = isCompacted ? compaction & ~COMPACTED : BigInt(XCR0);
  const bad =
    (present & ~known) !== 0n ||
    (isCompacted && (known & ~BigInt(XCR0)) !== 0n) ||
    (!isCompacted && compaction !== 0n) ||
    !isZero(header.subarray(XsaveArea.reserved, isCompacted ? XsaveArea.headerEnd : XsaveArea.reserved + 8));
  if (bad) machine.raise(Trap.GeneralProtection);
}

/** The present legacy image with the components asked for replaced: from memory, or as after a reset. Pointers of 64 bits. */
function restoredLegacy(
  state: CpuState,
  area: Uint8Array,
  wanted: number,
  loaded: number,
  pointers: 32 | 64,
): Uint8Array {
  const image = fxsaveImage(state, 64);
  for (const [component, from, to] of LEGACY_PARTS) {
    if (from === XsaveArea.mxcsr || !(wanted & component)) continue;
    if (loaded & component) image.set(area.subarray(from, to), from);
    else image.fill(0, from, to);
  }
  if (!(wanted & Component.X87)) return image;
  if (!(loaded & Component.X87)) new DataView(image.buffer).setUint16(0, 0x37f, true);
  // Of 32-bit pointers the upper halves are selectors.
  if (pointers === 32) for (const at of [12, 20]) image.fill(0, at, at + 4);
  return image;
}

/** ecx = 0: XCR0; ecx = 1: of it, what is in use. */
export function xgetbv(machine: HelperMachine): void {
  const { state } = machine;
  const index = state.low32(Gpr.rcx);
  if (index > 1) machine.raise(Trap.GeneralProtection);
  state.setNumber(Gpr.rax, index === 0 ? XCR0 : componentsInUse(state) & XCR0);
  state.setNumber(Gpr.rdx, 0);
}
