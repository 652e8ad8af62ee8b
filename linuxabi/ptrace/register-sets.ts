/** Whole sets of registers, as core files have them: PTRACE_GETREGSET and its elder forms. Source: arch/x86/kernel/ptrace.c, user_x86_regsets. */
import { EINVAL, EFAULT } from '../abi/errno.ts';
import { NT_PRFPREG, NT_PRSTATUS, NT_X86_XSTATE, user_regs_struct } from '../abi/ptrace.ts';
import { FPSTATE_SIZE, fpx_sw_bytes } from '../abi/signal.ts';
import { MXCSR_MASK, fxsaveImage, loadFxsaveImage } from '../../cpu/semantics/fxsave.ts';
import { Component, XCR0, XsaveArea, avxImage, componentsInUse, loadAvxImage } from '../../cpu/semantics/xsave.ts';
import { loadLegacy } from '../signal/fpu-image.ts';
import { readRegister, writeRegister } from './registers.ts';
import type { RegisterHolder } from './registers.ts';
import type { Tracee } from './tracee.ts';

export interface RegisterSet {
  readonly sizeBytes: number;
  get(holder: RegisterHolder): Uint8Array;
  /** `bytes` may be a part from the start, in whole words. 0 or −errno. */
  set(tracee: Tracee, bytes: Uint8Array): number;
}

const WORD = 8;

export const generalSet: RegisterSet = {
  sizeBytes: user_regs_struct.size,
  get(holder) {
    const bytes = new Uint8Array(user_regs_struct.size);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += WORD) view.setBigUint64(at, readRegister(holder, at), true);
    return bytes;
  },
  set(tracee, bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += WORD) {
      const refused = writeRegister(tracee, at, view.getBigUint64(at, true));
      if (refused !== 0) return refused;
    }
    return 0;
  },
};

const processorOf = ({ thread }: Tracee) => thread.machine.engine.processor;

/** The FXSAVE image. */
export const floatingPointSet: RegisterSet = {
  sizeBytes: FPSTATE_SIZE,
  get: (tracee) => padded(fxsaveImage(tracee.thread.cpu.state, 64), FPSTATE_SIZE),
  set(tracee, bytes) {
    const image = this.get(tracee);
    image.set(bytes);
    if (new DataView(image.buffer).getUint32(XsaveArea.mxcsr, true) & ~MXCSR_MASK) return -EINVAL;
    loadFxsaveImage(tracee.thread.cpu.state, image, 64);
    return 0;
  },
};

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

/** The XSAVE image; its software part tells which components the processor has. */
const extendedSet: RegisterSet = {
  sizeBytes: XsaveArea.size,
  get({ thread: { cpu } }) {
    const image = padded(fxsaveImage(cpu.state, 64), XsaveArea.size);
    const view = new DataView(image.buffer);
    view.setBigUint64(fpx_sw_bytes.magic1, BigInt(XCR0), true);
    view.setBigUint64(XsaveArea.xstateBv, BigInt(componentsInUse(cpu.state)), true);
    image.set(avxImage(cpu.state), XsaveArea.avx);
    return image;
  },
  set({ thread: { cpu } }, bytes) {
    if (bytes.length !== XsaveArea.size) return -EFAULT;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const present = view.getBigUint64(XsaveArea.xstateBv, true);
    if ((present & ~BigInt(XCR0)) !== 0n || view.getBigUint64(XsaveArea.xcompBv, true) !== 0n) return -EINVAL;
    const components = Number(present);
    if (!loadLegacy(cpu.state, new Uint32Array(bytes.slice(0, FPSTATE_SIZE).buffer), components)) return -EINVAL;
    if (components & Component.Avx) loadAvxImage(cpu.state, bytes.subarray(XsaveArea.avx));
    return 0;
  },
};

/** By note type; the last only where the processor has it. */
export function registerSetOf(tracee: Tracee, type: number): RegisterSet | undefined {
  switch (type) {
    case NT_PRSTATUS:
      return generalSet;
    case NT_PRFPREG:
      return floatingPointSet;
    case NT_X86_XSTATE:
      return processorOf(tracee).hasAvx ? extendedSet : undefined;
    default:
      return undefined;
  }
}
