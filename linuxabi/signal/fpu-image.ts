/**
 * x87, SSE and AVX state as signal frames carry it: an FXSAVE image, or on a processor with XSAVE an image of that, whose FXSAVE
 * part tells of its size and which is followed by a second magic number. A frame without both is taken for a plain FXSAVE image.
 * Source: arch/x86/kernel/fpu/signal.c, copy_fpstate_to_sigframe, check_xstate_in_sigframe; SDM vol. 1, 10.5.1, 13.
 */
import { guestAddress } from '../../cpu/address.ts';
import type { Cpu } from '../../cpu/engine.ts';
import type { Processor } from '../../cpu/processor.ts';
import { loadFxsaveWords, MXCSR_MASK, storeFxsaveWords } from '../../cpu/semantics/fxsave.ts';
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

/** Fills fpuImageSize() bytes from word `at` on; what it leaves out is zero already. */
export function saveFpu(state: CpuState, processor: Processor, image: Uint32Array, at: number): void {
  storeFxsaveWords(state, image, at);
  if (!processor.hasAvx) return;
  const word = (offset: number, value: number): void => {
    image[at + offset / 4] = value;
  };
  word(fpx_sw_bytes.magic1, FP_XSTATE_MAGIC1);
  word(fpx_sw_bytes.extended_size, fpuImageSize(processor));
  word(fpx_sw_bytes.xfeatures, XCR0);
  word(fpx_sw_bytes.xstate_size, XsaveArea.size);
  // The legacy components always count, as handlers of old look at no header.
  word(XsaveArea.xstateBv, componentsInUse(state) | Component.X87 | Component.Sse);
  word(XsaveArea.size, FP_XSTATE_MAGIC2);
  new Uint8Array(image.buffer).set(avxImage(state), image.byteOffset + at * 4 + XsaveArea.avx);
}

/** False: an image that can't be read, or that the processor would refuse. `legacy` is room for the FXSAVE part. May throw GuestFault. */
export function restoreFpu(cpu: Cpu, processor: Processor, address: number, legacy: Uint8Array): boolean {
  const { state } = cpu;
  if (cpu.memory.read(guestAddress(address), legacy) < FPSTATE_SIZE) return false;
  const words = new Uint32Array(legacy.buffer);
  if (!processor.hasAvx || !isExtended(cpu, words, address)) return loadLegacy(state, words, XCR0 & ~Component.Avx);
  const image = readBytes(cpu.memory, guestAddress(address), XsaveArea.size);
  const header = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const present = header.getBigUint64(XsaveArea.xstateBv, true);
  if ((present & ~BigInt(XCR0)) !== 0n || image.subarray(XsaveArea.xcompBv, XsaveArea.reserved + 8).some(Boolean))
    return false;
  // Of what the processor has, Linux restores what the frame says it holds.
  const loaded = Number(present) & words[fpx_sw_bytes.xfeatures / 4]!;
  if (!loadLegacy(state, words, loaded)) return false;
  if (loaded & Component.Avx) loadAvxImage(state, image.subarray(XsaveArea.avx));
  return true;
}

function isExtended(cpu: Cpu, words: Uint32Array, address: number): boolean {
  const size = words[fpx_sw_bytes.xstate_size / 4]!;
  const extended = words[fpx_sw_bytes.extended_size / 4]!;
  if (words[fpx_sw_bytes.magic1 / 4] !== FP_XSTATE_MAGIC1) return false;
  if (size < XsaveArea.headerEnd || size > XsaveArea.size || size > extended) return false;
  const end = readBytes(cpu.memory, guestAddress(address + size), FP_XSTATE_MAGIC2_SIZE);
  return new DataView(end.buffer, end.byteOffset).getUint32(0, true) === FP_XSTATE_MAGIC2;
}

/**
 * Components that are not loaded are as after a reset, the upper halves always; MXCSR is loaded in any case. Changes the image: what is not
 * loaded is reset in it.
 */
export function loadLegacy(state: CpuState, image: Uint32Array, loaded: number): boolean {
  if (image[XsaveArea.mxcsr / 4]! & ~MXCSR_MASK) return false;
  if (!(loaded & Component.X87)) {
    image.fill(0, 0, XsaveArea.mxcsr / 4);
    image.fill(0, XsaveArea.mxcsr / 4 + 2, XsaveArea.xmm / 4);
    image[0] = FCW_AT_RESET;
  }
  if (!(loaded & Component.Sse)) image.fill(0, XsaveArea.xmm / 4, XsaveArea.legacyEnd / 4);
  resetFpu(state);
  loadFxsaveWords(state, image, 0);
  return true;
}

/** As a program (and a signal handler) starts. */
export function resetFpu({ words }: CpuState): void {
  words.fill(0, State.xmm / 4, State.fdp / 4 + 2);
  words[State.fcw / 4] = FCW_AT_RESET;
  words[State.mxcsr / 4] = MXCSR_AT_RESET;
}
