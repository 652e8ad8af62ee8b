/** The report of a lock-step run that found a difference. */
import { GPR_NAMES, State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import { format } from '../x86/format.ts';
import type { Instruction } from '../x86/instruction.ts';

/** Ends a run of engine `both`. The message is the whole report. */
export class LockstepDifference extends Error {
  override name = 'LockstepDifference';
}

export function describeDifference(
  what: string,
  before: CpuState,
  leader: CpuState,
  follower: CpuState,
  code: readonly Instruction[],
): string {
  const lines = [`engines differ: ${what}`, `code from 0x${before.rip.toString(16)}:`];
  for (const instruction of code) lines.push(`  0x${instruction.address.toString(16)}  ${format(instruction)}`);
  lines.push(`${''.padEnd(8)}${'before'.padEnd(36)}${'native'.padEnd(36)}unicorn`);
  for (const [name, value] of registers()) {
    const [was, here, there] = [value(before), value(leader), value(follower)];
    lines.push(`${here === there ? ' ' : '*'} ${name.padEnd(6)}${was.padEnd(36)}${here.padEnd(36)}${there}`);
  }
  return lines.join('\n');
}

type Reader = (state: CpuState) => string;

function* registers(): Generator<readonly [name: string, value: Reader]> {
  const word =
    (offset: number): Reader =>
    (state) =>
      state.gpr[offset / 8]!.toString(16);
  yield ['rip', word(State.rip)];
  for (const [index, name] of GPR_NAMES.entries()) yield [name, word(State.gpr + 8 * index)];
  yield ['rflags', (state) => state.rflags.toString(16)];
  yield ['fs', word(State.fsBase)];
  yield ['gs', word(State.gsBase)];
  for (let index = 0; index < 16; index++) yield [`xmm${index}`, hexBytes(State.xmm + 32 * index, 16)];
  for (let index = 0; index < 8; index++) yield [`R${index}`, hexBytes(State.st + 16 * index, 10)];
  yield ['fcw', hexBytes(State.fcw, 2)];
  yield ['fsw', hexBytes(State.fsw, 2)];
  yield ['ftw', hexBytes(State.ftw, 1)];
  yield ['mxcsr', hexBytes(State.mxcsr, 4)];
}

/** Little endian bytes as one number. */
function hexBytes(offset: number, length: number): Reader {
  return (state) =>
    Array.from(state.bytes.subarray(offset, offset + length), (byte) => byte.toString(16).padStart(2, '0'))
      .reverse()
      .join('');
}
