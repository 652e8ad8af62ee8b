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

/** In words: FCW to FOP, FIP and FDP lie in the image as in the state. */
const CONTROL_WORDS = 6;
const MXCSR_AT = 6;
const ST_AT = 8;
const XMM_AT = 40;
/** Words of an x87 register's place, and of the register itself: two and a half. */
const ST_WORDS = 4;
const ST_LAST_MASK = 0xffff;
const XMM_WORDS = 4;
const YMM_WORDS = 8;
/** FIP and FDP, upper halves: selectors in the form with pointers of 32 bits. */
const UPPER_POINTERS = [3, 5] as const;
const ABRIDGED_MASK = 0x07ff_00ff;

/** Stores the image, with pointers of 64 bits, from word `at` on: a word at a time is many times as quick as pieces of byte arrays. */
export function storeFxsaveWords(state: CpuState, image: Uint32Array, at: number): void {
  const { words } = state;
  for (let i = 0; i < CONTROL_WORDS; i++) image[at + i] = words[State.fcw / 4 + i]!;
  image[at + MXCSR_AT] = words[State.mxcsr / 4]!;
  image[at + MXCSR_AT + 1] = MXCSR_MASK;
  const top = topOf(state);
  for (let i = 0; i < 8; i++) {
    const from = State.st / 4 + ST_WORDS * ((top + i) & 7);
    const to = at + ST_AT + ST_WORDS * i;
    image[to] = words[from]!;
    image[to + 1] = words[from + 1]!;
    image[to + 2] = words[from + 2]! & ST_LAST_MASK;
    image[to + 3] = 0;
  }
  for (let i = 0; i < 16; i++) {
    const from = State.xmm / 4 + YMM_WORDS * i;
    const to = at + XMM_AT + XMM_WORDS * i;
    for (let word = 0; word < XMM_WORDS; word++) image[to + word] = words[from + word]!;
  }
}

/** The inverse; the caller has checked MXCSR. */
export function loadFxsaveWords(state: CpuState, image: Uint32Array, at: number): void {
  const { words } = state;
  for (let i = 0; i < CONTROL_WORDS; i++) words[State.fcw / 4 + i] = image[at + i]!;
  words[State.fcw / 4 + 1]! &= ABRIDGED_MASK;
  words[State.mxcsr / 4] = image[at + MXCSR_AT]!;
  const top = topOf(state);
  for (let i = 0; i < 8; i++) {
    const from = at + ST_AT + ST_WORDS * i;
    const to = State.st / 4 + ST_WORDS * ((top + i) & 7);
    words[to] = image[from]!;
    words[to + 1] = image[from + 1]!;
    words[to + 2] = image[from + 2]! & ST_LAST_MASK;
  }
  for (let i = 0; i < 16; i++) {
    const from = at + XMM_AT + XMM_WORDS * i;
    const to = State.xmm / 4 + YMM_WORDS * i;
    for (let word = 0; word < XMM_WORDS; word++) words[to + word] = image[from + word]!;
  }
}

/** The image with FIP and FDP of 64 bits (REX.W), or of 32 bits with selectors of 0. */
export function fxsaveImage(state: CpuState, pointers: 32 | 64): Uint8Array {
  const image = new Uint32Array(IMAGE_BYTES / 4);
  storeFxsaveWords(state, image, 0);
  if (pointers === 32) for (const word of UPPER_POINTERS) image[word] = 0;
  return new Uint8Array(image.buffer);
}

/** The inverse; the caller has checked MXCSR. */
export function loadFxsaveImage(state: CpuState, image: Uint8Array, pointers: 32 | 64): void {
  const words = new Uint32Array(image.slice(0, IMAGE_BYTES).buffer);
  if (pointers === 32) for (const word of UPPER_POINTERS) words[word] = 0;
  loadFxsaveWords(state, words, 0);
}

function topOf(state: CpuState): number {
  return (state.words[State.fsw >> 2]! >>> 27) & 7;
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
