/**
 * `npm run stress [-- SECONDS [SEED]]`: shells, pipes and file writers, again and again, while kernel objects are swapped and upgraded at random; each
 * output must be byte for byte that of an undisturbed run. Prints what was replaced; exits 1 at the first difference.
 */
import { K42Runner } from '../e2e/k42-runner.ts';
import type { CommandResult } from '../e2e/command-table.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { Disturbance, type Tally } from './disturbance.ts';
import { scripts } from './scripts.ts';

const DEFAULT_SECONDS = 60;
/** From a strike at nearly every call to rare ones. */
const PACES = [3, 15, 60, 250];

async function main(): Promise<number> {
  const [seconds = DEFAULT_SECONDS, seed = Date.now() % 100_000] = process.argv.slice(2).map(Number);
  process.stdout.write(`seed ${seed}\n`);
  const runner = await K42Runner.open(await ensureDefaultRoot());
  const calm = new Map<string, CommandResult>();
  for (const [name, script] of Object.entries(scripts)) calm.set(name, await runner.run(script));
  const total = new Map<string, Tally>();
  const end = Date.now() + seconds * 1000;
  let runs = 0;
  while (Date.now() < end) {
    for (const [name, script] of Object.entries(scripts)) {
      const pace = PACES[runs % PACES.length]!;
      const disturbance = new Disturbance(seed + runs++, pace);
      const result = await runner.run(script, { tracer: disturbance });
      add(total, disturbance.tallies);
      if (JSON.stringify(result) === JSON.stringify(calm.get(name))) continue;
      process.stdout.write(`run ${runs - 1} (${name}, a strike every ${pace} calls) differs:\n`);
      process.stdout.write(`${JSON.stringify(calm.get(name))}\n${JSON.stringify(result)}\n`);
      return 1;
    }
  }
  process.stdout.write(`${runs} runs, all outputs equal\n`);
  for (const [type, { swapped, aborted, upgraded, refused }] of [...total].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    process.stdout.write(
      `${type}: ${swapped} swapped, ${aborted} aborted, ${upgraded} upgraded, ${refused} upgrades refused\n`,
    );
  }
  return 0;
}

function add(total: Map<string, Tally>, more: ReadonlyMap<string, Tally>): void {
  for (const [type, tally] of more) {
    const sum = total.get(type) ?? { swapped: 0, aborted: 0, upgraded: 0, refused: 0 };
    for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += tally[key];
    total.set(type, sum);
  }
}

process.exitCode = await main();
