/**
 * The registers as GDB numbers them, and how each is read from a stopped thread and written to it. The target description (target.ts) is made
 * from the same list. Source: GDB manual, "i386 Features"; gdb/i387-tdep.c for the tag word.
 */
import { MXCSR_MASK, fxsaveImage, loadFxsaveImage } from '../../../cpu/semantics/fxsave.ts';
import { avxImage, loadAvxImage } from '../../../cpu/semantics/xsave.ts';
import { user_regs_struct as regs } from '../../abi/ptrace.ts';
import { readRegister, writeRegister } from '../../ptrace/registers.ts';
import type { Tracee } from '../../ptrace/tracee.ts';

export type Feature = 'core' | 'sse' | 'linux' | 'segments' | 'avx';

export interface GdbRegister {
  readonly name: string;
  readonly feature: Feature;
  readonly sizeBytes: number;
  /** A type of the target description. */
  readonly type: string;
  readonly group?: string;
  read(tracee: Tracee): Uint8Array;
  /** False when the value is refused. */
  write(tracee: Tracee, value: Uint8Array): boolean;
}

type Access = Pick<GdbRegister, 'read' | 'write'>;

/** A word of struct user_regs_struct, as far as the register is wide. */
function word(offset: number, sizeBytes: number): Access {
  return {
    read(tracee) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, readRegister(tracee, offset), true);
      return bytes.subarray(0, sizeBytes);
    },
    write(tracee, value) {
      const bytes = new Uint8Array(8);
      bytes.set(value);
      return writeRegister(tracee, offset, new DataView(bytes.buffer).getBigUint64(0, true)) === 0;
    },
  };
}

/** Bytes of the FXSAVE image, with zeros after them. */
function inImage(offset: number, imageBytes: number, sizeBytes: number): Access {
  return {
    read({ thread }) {
      const bytes = new Uint8Array(sizeBytes);
      bytes.set(fxsaveImage(thread.cpu.state, 64).subarray(offset, offset + imageBytes));
      return bytes;
    },
    write: ({ thread }, value) =>
      changeImage(thread.cpu.state, (image) => image.set(value.subarray(0, imageBytes), offset)),
  };
}

const Fx = { fcw: 0, fsw: 2, ftw: 4, fop: 6, fip: 8, fdp: 16, mxcsr: 24, st: 32, xmm: 160 } as const;

function changeImage(state: Parameters<typeof fxsaveImage>[0], change: (image: Uint8Array) => void): boolean {
  const image = fxsaveImage(state, 64);
  change(image);
  if ((new DataView(image.buffer).getUint32(Fx.mxcsr, true) & ~MXCSR_MASK) !== 0) return false;
  loadFxsaveImage(state, image, 64);
  return true;
}

const Tag = { Valid: 0, Zero: 1, Special: 2, Empty: 3 } as const;

/** What kind of number a register holds. Source: SDM vol. 1, 8.1.7. */
function tagOf(register: Uint8Array): number {
  const view = new DataView(register.buffer, register.byteOffset, register.length);
  const exponent = view.getUint16(8, true) & 0x7fff;
  const significand = view.getBigUint64(0, true);
  if (exponent === 0) return significand === 0n ? Tag.Zero : Tag.Special;
  return exponent !== 0x7fff && significand >> 63n === 1n ? Tag.Valid : Tag.Special;
}

/** The tag word in full, two bits for each physical register; the processor keeps whether it is empty. */
const tagWord: Access = {
  read({ thread }) {
    const image = fxsaveImage(thread.cpu.state, 64);
    const view = new DataView(image.buffer);
    const top = (view.getUint16(Fx.fsw, true) >> 11) & 7;
    let tags = 0;
    for (let physical = 0; physical < 8; physical++) {
      const at = Fx.st + 16 * ((physical - top) & 7);
      const isEmpty = (image[Fx.ftw]! & (1 << physical)) === 0;
      tags |= (isEmpty ? Tag.Empty : tagOf(image.subarray(at, at + 10))) << (2 * physical);
    }
    return new Uint8Array([tags & 0xff, tags >> 8, 0, 0]);
  },
  write({ thread }, value) {
    const tags = value[0]! | (value[1]! << 8);
    let full = 0;
    for (let physical = 0; physical < 8; physical++)
      if (((tags >> (2 * physical)) & 3) !== Tag.Empty) full |= 1 << physical;
    return changeImage(thread.cpu.state, (image) => (image[Fx.ftw] = full));
  },
};

const UPPER_BYTES = 16;

function upperHalf(index: number): Access {
  const at = index * UPPER_BYTES;
  return {
    read: ({ thread }) => avxImage(thread.cpu.state).slice(at, at + UPPER_BYTES),
    write({ thread }, value) {
      const image = avxImage(thread.cpu.state);
      image.set(value, at);
      loadAvxImage(thread.cpu.state, image);
      return true;
    },
  };
}

const POINTERS: Readonly<Record<string, string>> = { rbp: 'data_ptr', rsp: 'data_ptr', rip: 'code_ptr' };
const WIDE = 'rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip'.split(' ');
const SEGMENTS = 'cs ss ds es fs gs'.split(' ');
type RegisterName = keyof typeof regs;

function general(name: string, sizeBytes: number, type: string, feature: Feature): GdbRegister {
  return { name, feature, sizeBytes, type, ...word(regs[name as RegisterName], sizeBytes) };
}

function floating(name: string, offset: number, imageBytes: number): GdbRegister {
  return { name, feature: 'core', sizeBytes: 4, type: 'int', group: 'float', ...inImage(offset, imageBytes, 4) };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const common: readonly GdbRegister[] = [
  ...WIDE.map((name) => general(name, 8, POINTERS[name] ?? 'int64', 'core')),
  general('eflags', 4, 'i386_eflags', 'core'),
  ...SEGMENTS.map((name) => general(name, 4, 'int32', 'core')),
  ...times(8, (i): GdbRegister => {
    const access = inImage(Fx.st + 16 * i, 10, 10);
    return { name: `st${i}`, feature: 'core', sizeBytes: 10, type: 'i387_ext', ...access };
  }),
  floating('fctrl', Fx.fcw, 2),
  floating('fstat', Fx.fsw, 2),
  { name: 'ftag', feature: 'core', sizeBytes: 4, type: 'int', group: 'float', ...tagWord },
  floating('fiseg', Fx.fip + 4, 2),
  floating('fioff', Fx.fip, 4),
  floating('foseg', Fx.fdp + 4, 2),
  floating('fooff', Fx.fdp, 4),
  floating('fop', Fx.fop, 2),
  ...times(16, (i): GdbRegister => {
    return { name: `xmm${i}`, feature: 'sse', sizeBytes: 16, type: 'vec128', ...inImage(Fx.xmm + 16 * i, 16, 16) };
  }),
  { ...floating('mxcsr', Fx.mxcsr, 4), feature: 'sse', type: 'i386_mxcsr', group: 'vector' },
  general('orig_rax', 8, 'int', 'linux'),
  general('fs_base', 8, 'int', 'segments'),
  general('gs_base', 8, 'int', 'segments'),
];

const upperHalves = times(16, (i): GdbRegister => {
  return { name: `ymm${i}h`, feature: 'avx', sizeBytes: UPPER_BYTES, type: 'uint128', ...upperHalf(i) };
});

/** In GDB's order: the place in the list is the register's number. */
export function registersOf(processor: { readonly hasAvx: boolean }): readonly GdbRegister[] {
  return processor.hasAvx ? [...common, ...upperHalves] : common;
}
