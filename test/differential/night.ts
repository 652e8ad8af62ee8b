/**
 * Night run: npm run judge -- ENGINE CASES [SEED] [MNEMONIC…]
 * --mxcsr: with random rounding and flush modes of SSE, and its exception flags compared.
 * Judges an engine by the host's processor on that many random cases and prints a table of what differs.
 */
import { semanticsOf } from '../../cpu/semantics/table.ts';
import { openJudge } from './engines.ts';
import { judgedRows } from './case-generator.ts';
import { HostProcessor } from './host-processor.ts';
import { describeFinding, judge, summarize } from './judge.ts';

const mxcsr = process.argv.includes('--mxcsr');
const [engineName = 'native', cases = '1000000', seed = '1', ...mnemonics] = process.argv
  .slice(2)
  .filter((argument) => argument !== '--mxcsr');
const subject = await openJudge(engineName);
const host = HostProcessor.open();
if (typeof host === 'string' || typeof subject === 'string')
  throw new Error(`cannot run: ${[host, subject].filter((part) => typeof part === 'string').join(', ')}`);
const wanted = judgedRows(engineName).filter((row) => mnemonics.length === 0 || mnemonics.includes(row.mnemonic));
const rows = wanted.filter((row) => semanticsOf(row.mnemonic) !== undefined);
const without = new Set(wanted.filter((row) => semanticsOf(row.mnemonic) === undefined).map((row) => row.mnemonic));
if (without.size > 0) console.log(`without semantics: ${[...without].join(' ')}\n`);
const started = performance.now();
const report = judge(host, subject, {
  rows,
  cases: Number(cases),
  seed: Number(seed),
  mxcsrFlags: mxcsr ? 'compare' : 'ignore',
  ymm: engineName.includes('unicorn') ? 'ignore' : 'compare',
  stackFaults: engineName.includes('unicorn') ? 'ignore' : 'compare',
  mxcsr: mxcsr ? 'varied' : 'default',
  pageFaults: 'compare',
});
const seconds = (performance.now() - started) / 1000;
for (const row of report.failing)
  console.log(`${describeFinding(row.first!, { reference: host.name, subject: subject.name })}\n`);
console.log(summarize(report));
console.log(`${seconds.toFixed(1)} s, seed ${seed}`);
host.close();
subject.close();
process.exitCode = report.failing.length > 0 ? 1 : 0;
