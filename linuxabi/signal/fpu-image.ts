/**
 * The FXSAVE image of a Cpu's x87 and SSE state, as signal frames carry it. Source: SDM vol. 1, 10.5.1; the abridged tag
 * word counts physical registers, the data area starts at the stack's top.
 */
import { State } from '../../cpu/state-layout.ts';
import type { CpuState } from '../../cpu/state.ts';
import { FPSTATE_SIZE } from '../abi/signal.ts';

const Image = { fcw: 0, fsw: 2, ftw: 4, fop: 6, fip: 8, fdp: 16, mxcsr: 24, mxcsrMask: 28, st: 32, xmm: 160 } as const;
const MXCSR_MASK = 0xffff;
const XMM_BYTES = 16;
const YMM_BYTES = 32;

export function saveFpu(state: CpuState): Uint8Array {
  const image = new Uint8Array(FPSTATE_SIZE);
  const view = new DataView(image.buffer);
  const { bytes } = state;
  const fsw = state.view.getUint16(State.fsw, true);
  view.setUint16(Image.fcw, state.view.getUint16(State.fcw, true), true);
  view.setUint16(Image.fsw, fsw, true);
  view.setUint8(Image.ftw, state.view.getUint8(State.ftw));
  view.setUint16(Image.fop, state.view.getUint16(State.fop, true), true);
  view.setBigUint64(Image.fip, state.view.getBigUint64(State.fip, true), true);
  view.setBigUint64(Image.fdp, state.view.getBigUint64(State.fdp, true), true);
  view.setUint32(Image.mxcsr, state.view.getUint32(State.mxcsr, true), true);
  view.setUint32(Image.mxcsrMask, MXCSR_MASK, true);
  const top = (fsw >> 11) & 7;
  for (let i = 0; i < 8; i++) {
    const from = State.st + ((top + i) & 7) * 16;
    image.set(bytes.subarray(from, from + 10), Image.st + i * 16);
  }
  for (let i = 0; i < 16; i++) {
    const from = State.xmm + i * YMM_BYTES;
    image.set(bytes.subarray(from, from + XMM_BYTES), Image.xmm + i * XMM_BYTES);
  }
  return image;
}

export function restoreFpu(state: CpuState, image: Uint8Array): void {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const { bytes } = state;
  const fsw = view.getUint16(Image.fsw, true);
  state.view.setUint16(State.fcw, view.getUint16(Image.fcw, true), true);
  state.view.setUint16(State.fsw, fsw, true);
  state.view.setUint8(State.ftw, view.getUint8(Image.ftw));
  state.view.setUint16(State.fop, view.getUint16(Image.fop, true), true);
  state.view.setBigUint64(State.fip, view.getBigUint64(Image.fip, true), true);
  state.view.setBigUint64(State.fdp, view.getBigUint64(Image.fdp, true), true);
  state.view.setUint32(State.mxcsr, view.getUint32(Image.mxcsr, true) & MXCSR_MASK, true);
  const top = (fsw >> 11) & 7;
  for (let i = 0; i < 8; i++) {
    const from = Image.st + i * 16;
    bytes.set(image.subarray(from, from + 10), State.st + ((top + i) & 7) * 16);
  }
  for (let i = 0; i < 16; i++) {
    const from = Image.xmm + i * XMM_BYTES;
    bytes.set(image.subarray(from, from + XMM_BYTES), State.xmm + i * YMM_BYTES);
  }
}

/** As a program (and a signal handler) starts. */
export function resetFpu(state: CpuState): void {
  state.bytes.fill(0, State.xmm, State.fdp + 8);
  state.view.setUint16(State.fcw, 0x37f, true);
  state.view.setUint32(State.mxcsr, 0x1f80, true);
}
