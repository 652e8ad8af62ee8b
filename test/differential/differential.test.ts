/** A bounded run of the judge (judge.ts) with a fixed seed; the night run (night.ts) does the same without end. */
import { afterAll, expect, test } from 'vitest';
import { semanticsOf } from '../../cpu/semantics/table.ts';
import { judgedRows } from './case-generator.ts';
import { openJudge } from './engines.ts';
import { HostProcessor } from './host-processor.ts';
import { describeFinding, judge, summarize, type JudgeReport } from './judge.ts';

const host = HostProcessor.open();
const missing = typeof host === 'string' ? host : undefined;
afterAll(() => {
  if (typeof host !== 'string') host.close();
});

/** Integer instructions in which Unicorn 2.0.1 and processors agree. Not in page faults: its stores over a page border happen by bytes. */
const UNICORN_EXACT = new Set([
  ...[
    'add',
    'or',
    'adc',
    'and',
    'sub',
    'xor',
    'cmp',
    'inc',
    'dec',
    'push',
    'pop',
    'lea',
    'movsx',
    'movzx',
    'movsxd',
    'xchg',
    'mul',
    'div',
  ],
  ...[
    'jcc',
    'setcc',
    'cmovcc',
    'cbw',
    'cwde',
    'cdqe',
    'cwd',
    'cdq',
    'cqo',
    'stc',
    'clc',
    'cmc',
    'cld',
    'std',
    'leave',
    'hlt',
    'ud',
    'popcnt',
  ],
]);

async function run(
  engineName: string,
  cases: number,
  pageFaults: 'compare' | 'ignore',
  wanted: (mnemonic: string) => boolean,
): Promise<void> {
  const subject = await openJudge(engineName);
  const reason = missing ?? (typeof subject === 'string' ? subject : undefined);
  if (reason !== undefined || typeof host === 'string' || typeof subject === 'string') {
    if (process.env['CI'] === 'true') throw new Error(`differential test cannot run: ${reason}`);
    console.warn(`skipped: ${reason}`);
    return;
  }
  const rows = judgedRows(engineName).filter((row) => semanticsOf(row.mnemonic) !== undefined && wanted(row.mnemonic));
  const report = judge(host, subject, {
    rows,
    cases,
    seed: 42,
    mxcsrFlags: 'ignore',
    mxcsr: 'default',
    pageFaults,
    ymm: engineName === 'unicorn' ? 'ignore' : 'compare',
    stackFaults: engineName === 'unicorn' ? 'ignore' : 'compare',
  });
  subject.close();
  expectNone(report, { reference: host.name, subject: subject.name }, cases);
}

function expectNone(report: JudgeReport, names: { reference: string; subject: string }, cases: number): void {
  const found = report.failing.map((row) => describeFinding(row.first!, names));
  expect(found, `${summarize(report)}\n\n${found[0] ?? ''}`).toEqual([]);
  expect(report.cases).toBe(cases);
}

/** Under random MXCSR, by the evaluator: how processors of other makers order exceptions need not be known here. */
async function runWithMxcsr(engineName: string, cases: number): Promise<void> {
  const [reference, subject] = [await openJudge('evaluator'), await openJudge(engineName)];
  if (typeof reference === 'string' || typeof subject === 'string') throw new Error('our own engines are always there');
  const rows = judgedRows(engineName).filter(
    (row) => semanticsOf(row.mnemonic) !== undefined && onFloats(row.mnemonic),
  );
  const options = {
    mxcsrFlags: 'compare',
    mxcsr: 'varied',
    pageFaults: 'compare',
    ymm: 'compare',
    stackFaults: 'compare',
  } as const;
  const report = judge(reference, subject, { rows, cases, seed: 43, ...options });
  expectNone(report, { reference: reference.name, subject: subject.name }, cases);
  reference.close();
  subject.close();
}

/** Whatever works on floats of SSE and AVX, among others. */
function onFloats(mnemonic: string): boolean {
  return /[sp][sd]|mxcsr/.test(mnemonic) && !mnemonic.startsWith('f');
}

test('the evaluator does what the processor does', { timeout: 60_000 }, () =>
  run('evaluator', 12_000, 'compare', () => true),
);

test('the interpreter does what the processor does', { timeout: 60_000 }, () =>
  run('native', 12_000, 'compare', () => true),
);

test('the translator does what the processor does', { timeout: 60_000 }, () =>
  run('translated', 4_000, 'compare', () => true),
);

test('the interpreter keeps to MXCSR', { timeout: 60_000 }, () => runWithMxcsr('native', 8_000));

test('regions that watch exceptions keep to MXCSR', { timeout: 60_000 }, () => runWithMxcsr('watchful', 3_000));

test('Unicorn is wired up right', { timeout: 60_000 }, () =>
  run('unicorn', 6_000, 'ignore', (mnemonic) => UNICORN_EXACT.has(mnemonic)),
);
