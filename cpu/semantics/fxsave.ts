/** FXSAVE and FXRSTOR: x87, MMX and SSE state in a 512-byte image. Source: SDM vol. 2, FXSAVE, table 3-44 to 3-46. */
import { Trap } from '../engine.ts';
import { State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import type { Instruction } from '../x86/instruction.ts';
import { operand } from './definition.ts';
import type { HelperMachine } from './helpers.ts';

/** Bytes of the image that FXSAVE writes; the rest up to 512 is left to software. */
const IMAGE_BYTES = 416;
export const MXCSR_MASK = 0xffff;
const ST_AT = 32;
const XMM_AT = 160;
const XMM_STRIDE = 32;

/** The image with FIP and FDP of 64 bits (REX.W), or of 32 bits with selectors of 0. */
export function fxsaveImage(state: CpuState, pointers: 32 | 64): Uint8Array {
  const image = new Uint8Array(IMAGE_BYTES);
  const view = new DataView(image.buffer);
  const { bytes } = state;
  image.set(bytes.subarray(State.fcw, State.ftw + 1));
  view.setUint16(6, state.view.getUint16(State.fop, true), true);
  image.set(bytes.subarray(State.fip, State.fip + pointers / 8), 8);
  image.set(bytes.subarray(State.fdp, State.fdp + pointers / 8), 16);
  view.setUint32(24, state.view.getUint32(State.mxcsr, true), true);
  view.setUint32(28, MXCSR_MASK, true);
  const top = topOf(state);
  for (let i = 0; i < 8; i++) {
    const from = State.st + 16 * ((top + i) & 7);
    image.set(bytes.subarray(from, from + 10), ST_AT + 16 * i);
  }
  for (let i = 0; i < 16; i++) {
    const from = State.xmm + XMM_STRIDE * i;
    image.set(bytes.subarray(from, from + 16), XMM_AT + 16 * i);
  }
  return image;
}

/** The inverse; the caller has checked MXCSR. */
export function loadFxsaveImage(state: CpuState, image: Uint8Array, pointers: 32 | 64): void {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const { bytes } = state;
  bytes.set(image.subarray(0, 5), State.fcw);
  state.view.setUint16(State.fop, view.getUint16(6, true) & 0x7ff, true);
  bytes.fill(0, State.fip, State.fdp + 8);
  bytes.set(image.subarray(8, 8 + pointers / 8), State.fip);
  bytes.set(image.subarray(16, 16 + pointers / 8), State.fdp);
  state.view.setUint32(State.mxcsr, view.getUint32(24, true), true);
  const top = topOf(state);
  for (let i = 0; i < 8; i++) {
    bytes.set(image.subarray(ST_AT + 16 * i, ST_AT + 16 * i + 10), State.st + 16 * ((top + i) & 7));
  }
  for (let i = 0; i < 16; i++) {
    bytes.set(image.subarray(XMM_AT + 16 * i, XMM_AT + 16 * i + 16), State.xmm + XMM_STRIDE * i);
  }
}

function topOf(state: CpuState): number {
  return (state.view.getUint16(State.fsw, true) >> 11) & 7;
}

function imageAddress(machine: HelperMachine, instruction: Instruction): bigint {
  const address = machine.linearAddress(operand(instruction, 0));
  if (address & 15n) machine.raise(Trap.GeneralProtection);
  return address;
}

function pointerWidth(instruction: Instruction): 32 | 64 {
  return instruction.width === 64 ? 64 : 32;
}

export function fxsave(machine: HelperMachine, instruction: Instruction): void {
  const address = imageAddress(machine, instruction);
  machine.storeBytes(address, fxsaveImage(machine.state, pointerWidth(instruction)));
}

export function fxrstor(machine: HelperMachine, instruction: Instruction): void {
  const image = machine.loadBytes(imageAddress(machine, instruction), IMAGE_BYTES);
  const mxcsr = new DataView(image.buffer, image.byteOffset).getUint32(24, true);
  if (mxcsr & ~MXCSR_MASK) machine.raise(Trap.GeneralProtection);
  loadFxsaveImage(machine.state, image, pointerWidth(instruction));
}
