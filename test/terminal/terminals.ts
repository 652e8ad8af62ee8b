/**
 * `npm run terminals [NAME…]`: plays every scenario natively and in k42 and prints a table: the same pictures, or where they first differ, and how long
 * each took to its first picture. As root, or where user namespaces may be made.
 */
import { spawnSync } from 'node:child_process';
import { compare } from './compare.ts';
import { explain } from './difference.ts';
import { Place } from './place.ts';
import { scenarios } from './scenarios/index.ts';
import type { Scenario } from './scenario.ts';

const NAME_WIDTH = 20;

async function main(names: readonly string[]): Promise<number> {
  const place = new Place();
  let differ = 0;
  try {
    for (const scenario of scenarios) {
      if (names.length > 0 && !names.some((name) => scenario.name.includes(name))) continue;
      differ += await play(scenario, place);
    }
  } finally {
    place.remove();
  }
  return differ === 0 ? 0 : 1;
}

/** 1 when it differs. */
async function play(scenario: Scenario, place: Place): Promise<number> {
  const name = scenario.name.padEnd(NAME_WIDTH);
  const missing = scenario.needs.filter((program) => spawnSync('which', [program]).status !== 0);
  if (missing.length > 0) {
    print(`${name} left out: the host has no ${missing.join(' ')}`);
    return 0;
  }
  const { difference, steps, nativeStartMs, k42StartMs } = await compare(scenario, place);
  const verdict = difference === undefined ? `same, ${steps} pictures` : `differs at step ${difference.step}`;
  print(`${name} ${verdict.padEnd(24)} first picture: native ${seconds(nativeStartMs)}, k42 ${seconds(k42StartMs)}`);
  if (difference === undefined) return 0;
  print(explain(difference));
  return 1;
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? 'never' : `${(ms / 1000).toFixed(2)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main(process.argv.slice(2));
