/**
 * x87, SSE and AVX state as signal frames carry it: an FXSAVE image, or on a processor with XSAVE an image of that, whose FXSAVE
 * part tells of its size and which is followed by a second magic number. A frame without both is taken for a plain FXSAVE image.
 * Source: arch/x86/kernel/fpu/signal.c, copy_fpstate_to_sigframe, check_xstate_in_sigframe; SDM vol. 1, 10.5.1, 13.
 */
import { guestAddress } from '../../cpu/address.ts';
import type { Cpu } from '../../cpu/engine.ts';
import type { Processor } from '../../cpu/processor.ts';
import { fxsaveImage, loadFxsaveImage, MXCSR_MASK } from '../../cpu/semantics/fxsave.ts';
import { avxImage, Component, componentsInUse, loadAvxImage, XCR0, XsaveArea } from '../../cpu/semantics/xsave.ts';
import { State } from '../../cpu/state-layout.ts';
import type { CpuState } from '../../cpu/state.ts';
import {
  FP_XSTATE_MAGIC1,
  FP_XSTATE_MAGIC2,
  FP_XSTATE_MAGIC2_SIZE,
  FPSTATE_SIZE,
  fpx_sw_bytes,
} from '../abi/signal.ts';
import { readBytes } from '../guest-string.ts';

const FCW_AT_RESET = 0x37f;
const MXCSR_AT_RESET = 0x1f80;

/** Bytes, magic numbers included. */
export function fpuImageSize({ hasAvx }: Processor): number {
  return hasAvx ? XsaveArea.size + FP_XSTATE_MAGIC2_SIZE : FPSTATE_SIZE;
}

export function saveFpu(state: CpuState, processor: Processor): Uint8Array {
  const image = new Uint8Array(fpuImageSize(processor));
  image.set(fxsaveImage(state, 64));
  if (!processor.hasAvx) return image;
  image.set(avxImage(state), XsaveArea.avx);
  const view = new DataView(image.buffer);
  view.setUint32(fpx_sw_bytes.magic1, FP_XSTATE_MAGIC1, true);
  view.setUint32(fpx_sw_bytes.extended_size, image.length, true);
  view.setUint32(fpx_sw_bytes.xfeatures, XCR0, true);
  view.setUint32(fpx_sw_bytes.xstate_size, XsaveArea.size, true);
  // The legacy components always count, as handlers of old look at no header.
  view.setUint32(XsaveArea.xstateBv, componentsInUse(state) | Component.X87 | Component.Sse, true);
  view.setUint32(XsaveArea.size, FP_XSTATE_MAGIC2, true);
  return image;
}

/** False: an image the processor would refuse. Throws GuestFault where it can't be read. */
export function restoreFpu(cpu: Cpu, processor: Processor, address: number): boolean {
  const { state } = cpu;
  const legacy = readBytes(cpu.memory, guestAddress(address), FPSTATE_SIZE);
  const view = new DataView(legacy.buffer, legacy.byteOffset, legacy.byteLength);
  if (!processor.hasAvx || !isExtended(cpu, view, address)) return loadLegacy(state, legacy, XCR0 & ~Component.Avx);
  const image = readBytes(cpu.memory, guestAddress(address), XsaveArea.size);
  const header = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const present = header.getBigUint64(XsaveArea.xstateBv, true);
  if ((present & ~BigInt(XCR0)) !== 0n || image.subarray(XsaveArea.xcompBv, XsaveArea.reserved + 8).some(Boolean))
    return false;
  // Of what the processor has, Linux restores what the frame says it holds.
  const loaded = Number(present) & view.getUint32(fpx_sw_bytes.xfeatures, true);
  if (!loadLegacy(state, legacy, loaded)) return false;
  if (loaded & Component.Avx) loadAvxImage(state, image.subarray(XsaveArea.avx));
  return true;
}

function isExtended(cpu: Cpu, view: DataView, address: number): boolean {
  const size = view.getUint32(fpx_sw_bytes.xstate_size, true);
  const extended = view.getUint32(fpx_sw_bytes.extended_size, true);
  if (view.getUint32(fpx_sw_bytes.magic1, true) !== FP_XSTATE_MAGIC1) return false;
  if (size < XsaveArea.headerEnd || size > XsaveArea.size || size > extended) return false;
  const end = readBytes(cpu.memory, guestAddress(address + size), FP_XSTATE_MAGIC2_SIZE);
  return new DataView(end.buffer, end.byteOffset).getUint32(0, true) === FP_XSTATE_MAGIC2;
}

/** Components that are not loaded are as after a reset, the upper halves always; MXCSR is loaded in any case. */
export function loadLegacy(state: CpuState, legacy: Uint8Array, loaded: number): boolean {
  const mxcsr = new DataView(legacy.buffer, legacy.byteOffset).getUint32(XsaveArea.mxcsr, true);
  if (mxcsr & ~MXCSR_MASK) return false;
  const image = legacy.slice();
  if (!(loaded & Component.X87)) {
    image.fill(0, 0, XsaveArea.mxcsr);
    image.fill(0, XsaveArea.mxcsr + 8, XsaveArea.xmm);
    new DataView(image.buffer).setUint16(0, FCW_AT_RESET, true);
  }
  if (!(loaded & Component.Sse)) image.fill(0, XsaveArea.xmm, XsaveArea.legacyEnd);
  resetFpu(state);
  loadFxsaveImage(state, image, 64);
  return true;
}

/** As a program (and a signal handler) starts. */
export function resetFpu(state: CpuState): void {
  state.bytes.fill(0, State.xmm, State.fdp + 8);
  state.view.setUint16(State.fcw, FCW_AT_RESET, true);
  state.view.setUint32(State.mxcsr, MXCSR_AT_RESET, true);
}
