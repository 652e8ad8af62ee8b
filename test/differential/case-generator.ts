/** Batches of random cases from the decoder's own tables, a row at a time, so that coverage is counted by encoding. */
import { allEncodings } from '../../cpu/x86/lookup.ts';
import { OperandPlace } from '../../cpu/x86/operand-code.ts';
import type { Row } from '../../cpu/x86/row.ts';
import { aim } from './aim.ts';
import { CaseBatch, CODE, CODE_MAX, CODE_PAGES } from './machine-record.ts';
import { encodeRow } from './row-encoder.ts';
import { randomState } from './state-generator.ts';
import type { Random } from './random.ts';

/** What can't be judged by running it in a process of the host, and why. */
const EXCLUDED: readonly (readonly [reason: string, mnemonics: readonly string[]])[] = [
  ['enters the kernel', ['syscall', 'sysenter']],
  ['differs by processor or moment', ['cpuid', 'rdtsc', 'rdtscp', 'xgetbv', 'rdpmc', 'rdrand', 'rdseed', 'rdpid']],
  [
    'depends on the host kernel’s descriptor tables or UMIP',
    ['sldt', 'str', 'smsw', 'sgdt', 'sidt', 'verr', 'verw', 'lar', 'lsl'],
  ],
  ['reads or writes segment bases that the runner needs', ['rdfsbase', 'rdgsbase', 'wrfsbase', 'wrgsbase']],
  ['loads segments the runner needs', ['lss', 'lfs', 'lgs', 'retf', 'iret', 'callf', 'jmpf', 'far call', 'far jmp']],
  [
    'image with reserved fields; has tests of its own',
    ['fxsave', 'fxrstor', 'fxsave64', 'fxrstor64', 'xsave', 'xsaveopt', 'xsavec', 'xrstor'],
  ],
];
const EXCLUDED_MNEMONICS = new Set(EXCLUDED.flatMap(([, mnemonics]) => mnemonics));

/** What kills the library: QEMU 5 indexes with |EAX| in PCMPESTRx, which is negative for 80000000h. */
const UNICORN_CRASHES = /^pcmpestr/;

/** Rows that can be judged with this engine. */
export function judgedRows(engineName: string): Row[] {
  return allEncodings().filter(
    (row) =>
      !EXCLUDED_MNEMONICS.has(row.mnemonic) &&
      !(engineName === 'unicorn' && UNICORN_CRASHES.test(row.mnemonic)) &&
      !row.operands.some(
        (code) =>
          code.place === OperandPlace.Segment || code.text === 'FS' || code.text === 'GS' || code.text.endsWith('p'),
      ),
  );
}

export function isX87(row: Row): boolean {
  return row.map === 0 && row.opcode >= 0xd8 && row.opcode <= 0xdf;
}

function usesMmx(row: Row): boolean {
  return (
    row.operands.some((code) => code.place === OperandPlace.RmMmx || code.place === OperandPlace.RegMmx) ||
    row.mnemonic === 'emms'
  );
}

export const MAX_CASES = (CODE_PAGES * 4096) / CODE_MAX;

export class GeneratedBatch extends CaseBatch {
  /** The row of each case. */
  readonly rows: Row[] = [];
}

/** `count` cases over these rows in turn, starting at row `first`. */
export function generateCases(
  rows: readonly Row[],
  first: number,
  count: number,
  random: Random,
  mxcsr: 'default' | 'varied' = 'default',
): GeneratedBatch {
  const batch = new GeneratedBatch(Math.min(count, MAX_CASES));
  for (const [index, target] of batch.cases.entries()) {
    const row = rows[(first + index) % rows.length]!;
    const usesStack = isX87(row) || usesMmx(row);
    randomState(random, target, {
      x87Control: random.oneIn(3) ? 'varied' : 'default',
      mxcsr: random.oneIn(3) ? mxcsr : 'default',
      x87: usesStack ? 'used' : 'empty',
    });
    aim(row, encodeRow(row, random), target, CODE + index * CODE_MAX, random);
    batch.rows.push(row);
  }
  return batch;
}
