/**
 * `node .ci/run-ts.mjs test/bench/kernel-calls.ts [RUNS]`: what a call through a reference costs over a direct one. Both loops are run in turn over
 * the same objects; the medians of the runs are compared.
 */
import { FactoryRegistry } from '../../kernel/factory.ts';
import { deref } from '../../kernel/reference.ts';
import type { Reference } from '../../kernel/reference.ts';
import { createTrace } from '../../kernel/trace/trace.ts';

const CALLS = 20_000_000;
const OBJECTS = 64;

class Counter {
  value = 0;
  add(amount: number): number {
    return (this.value = (this.value + amount) | 0);
  }
}

function direct(objects: readonly Counter[]): number {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) sum = (sum + objects[i & (OBJECTS - 1)]!.add(i)) | 0;
  return sum;
}

function throughReference(references: readonly Reference<Counter>[]): number {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) sum = (sum + deref(references[i & (OBJECTS - 1)]!).add(i)) | 0;
  return sum;
}

function nanoseconds(action: () => number): number {
  const start = performance.now();
  action();
  return ((performance.now() - start) * 1e6) / CALLS;
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;

function main(): void {
  const runs = Number(process.argv[2] ?? 9);
  const factory = new FactoryRegistry(createTrace({ sizeWords: 64, nowNs: () => 0 })).define({
    type: 'counter',
    implementation: 'plain',
    version: 1,
    construct: () => new Counter(),
  });
  const references = Array.from({ length: OBJECTS }, () => factory.create());
  const objects = references.map((reference) => deref(reference));
  const times = { direct: [] as number[], reference: [] as number[] };
  for (let run = -1; run < runs; run++) {
    const a = nanoseconds(() => direct(objects));
    const b = nanoseconds(() => throughReference(references));
    if (run < 0) continue;
    times.direct.push(a);
    times.reference.push(b);
  }
  const [a, b] = [median(times.direct), median(times.reference)];
  process.stdout.write(
    `direct ${a.toFixed(2)} ns, through a reference ${b.toFixed(2)} ns: +${(b - a).toFixed(2)} ns\n`,
  );
}

main();
