/** What an instruction has changed of the registers, as text: `rax=0x2a eflags=[ZF PF]`. RIP is left out: it always changes. */
import { GPR_NAMES, Rflags, State } from './state-layout.ts';
import type { CpuState } from './state.ts';

const FLAG_NAMES = ['CF', 'PF', 'AF', 'ZF', 'SF', 'TF', 'DF', 'OF', 'AC', 'ID'] as const;
const YMM_BYTES = 32;
const XMM_BYTES = 16;
const ST_BYTES = 10;
const ST_PLACE_BYTES = 16;

export function stateChanges(before: CpuState, after: CpuState): string[] {
  return [
    ...GPR_NAMES.flatMap((name, i) => ifChanged(name, before.gpr[i]!, after.gpr[i]!)),
    ...ifChanged('fs_base', before.gpr[State.fsBase / 8]!, after.gpr[State.fsBase / 8]!),
    ...ifChanged('gs_base', before.gpr[State.gsBase / 8]!, after.gpr[State.gsBase / 8]!),
    ...flagChanges(before.rflags, after.rflags),
    ...vectorChanges(before, after),
    ...floatChanges(before, after),
  ];
}

function ifChanged(name: string, before: bigint, after: bigint): string[] {
  return before === after ? [] : [`${name}=0x${after.toString(16)}`];
}

function flagChanges(before: number, after: number): string[] {
  if (before === after) return [];
  return [`eflags=[${FLAG_NAMES.filter((name) => (after & Rflags[name]) !== 0).join(' ')}]`];
}

function vectorChanges(before: CpuState, after: CpuState): string[] {
  return Array.from({ length: 16 }, (_, i) => i).flatMap((i) => {
    const at = State.xmm + i * YMM_BYTES;
    if (isSame(before, after, at, YMM_BYTES)) return [];
    const isWide = !isSame(before, after, at + XMM_BYTES, XMM_BYTES);
    return [`${isWide ? 'ymm' : 'xmm'}${i}=0x${bigEndian(after, at, isWide ? YMM_BYTES : XMM_BYTES)}`];
  });
}

/** x87 registers by their place on the stack, and the control words. */
function floatChanges(before: CpuState, after: CpuState): string[] {
  const words = [
    ['mxcsr', State.mxcsr, 4],
    ['fcw', State.fcw, 2],
    ['fsw', State.fsw, 2],
    ['ftw', State.ftw, 1],
  ] as const;
  const changed = words
    .filter(([, at, bytes]) => !isSame(before, after, at, bytes))
    .map(([name, at, bytes]) => `${name}=0x${bigEndian(after, at, bytes)}`);
  const top = (after.view.getUint16(State.fsw, true) >> 11) & 7;
  for (let i = 0; i < 8; i++) {
    const at = State.st + ST_PLACE_BYTES * ((top + i) & 7);
    if (!isSame(before, after, at, ST_BYTES)) changed.push(`st${i}=0x${bigEndian(after, at, ST_BYTES)}`);
  }
  return changed;
}

function isSame(before: CpuState, after: CpuState, at: number, bytes: number): boolean {
  for (let i = at; i < at + bytes; i++) if (before.bytes[i] !== after.bytes[i]) return false;
  return true;
}

function bigEndian({ bytes }: CpuState, at: number, count: number): string {
  return Array.from(bytes.slice(at, at + count).toReversed(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
