/**
 * The flag data of cpu/semantics (flagsRead, flagsWritten, flagsMaybeWritten) against what the semantics do: liveness in the translator
 * rests on it. Each random case runs twice on the evaluator, the second time with every flag inverted that is said not to be read.
 */
import { expect, test } from 'vitest';
import { EvaluatorEngine } from '../../cpu/evaluate/evaluator-engine.ts';
import { ArenaPool } from '../../cpu/memory/arena.ts';
import { PagedMemory } from '../../cpu/memory/paged-memory.ts';
import { Processor } from '../../cpu/processor.ts';
import { ALL_FLAGS, flagSet } from '../../cpu/semantics/definition.ts';
import { Flag } from '../../cpu/semantics/ops.ts';
import { semanticsOf } from '../../cpu/semantics/table.ts';
import { Rflags } from '../../cpu/state-layout.ts';
import { generateCases, judgedRows } from './case-generator.ts';
import { describeCase, instructionOf } from './compare.ts';
import { EngineJudge } from './engine-judge.ts';
import { CaseBatch, Result, Vector } from './machine-record.ts';
import type { MachineCase, MachineResult } from './machine-record.ts';
import { Random } from './random.ts';

const CASES = 6000;

const BITS = [
  [Flag.C, Rflags.CF],
  [Flag.P, Rflags.PF],
  [Flag.A, Rflags.AF],
  [Flag.Z, Rflags.ZF],
  [Flag.S, Rflags.SF],
  [Flag.O, Rflags.OF],
] as const;

function rflagsMask(flags: number): number {
  return BITS.reduce((mask, [flag, bit]) => (flags & flag ? mask | bit : mask), 0);
}

interface FlagData {
  readonly read: number;
  readonly written: number;
  readonly maybe: number;
}

function flagData(machineCase: MachineCase): FlagData | undefined {
  const instruction = instructionOf(machineCase);
  const definition = instruction && semanticsOf(instruction.mnemonic);
  if (!instruction || !definition) return undefined;
  const mask = (set: typeof definition.flagsRead) => rflagsMask(flagSet(set, instruction));
  return {
    read: mask(definition.flagsRead),
    written: mask(definition.flagsWritten),
    maybe: mask(definition.flagsMaybeWritten),
  };
}

/** What the data gets wrong about one case; empty if nothing. */
function contradictions(
  data: FlagData,
  before: readonly [number, number],
  results: readonly [MachineResult, MachineResult],
): string[] {
  const wrong: string[] = [];
  const [first, second] = results;
  if (withoutFlags(first) !== withoutFlags(second)) wrong.push('a flag not in flagsRead matters');
  if (first.trapNumber !== Vector.Breakpoint) return wrong;
  if ((first.rflags ^ second.rflags) & data.written) wrong.push('flagsWritten depend on old flags');
  const kept = rflagsMask(ALL_FLAGS) & ~(data.written | data.maybe);
  const changed = ((before[0] ^ first.rflags) | (before[1] ^ second.rflags)) & kept;
  if (changed) wrong.push(`changes flags ${changed.toString(16)} that it is not said to write`);
  if (data.written & data.maybe) wrong.push('flagsWritten and flagsMaybeWritten overlap');
  return wrong;
}

function withoutFlags(result: MachineResult): string {
  const bytes = result.bytes.slice();
  bytes.fill(0, Result.rflags, Result.rflags + 8);
  return Buffer.from(bytes).toString('latin1');
}

test('flag data agrees with the semantics', () => {
  const pool = new ArenaPool();
  const judge = new EngineJudge(new EvaluatorEngine(() => new PagedMemory(pool), new Processor('x86-64-v3')));
  const rows = judgedRows('evaluator').filter((row) => semanticsOf(row.mnemonic) !== undefined);
  const batch = generateCases(rows, 0, CASES, new Random(7), 'default');
  const inverted = new CaseBatch(batch.cases.length);
  new Uint8Array(inverted.buffer).set(new Uint8Array(batch.buffer));
  const data = batch.cases.map(flagData);
  for (const [i, machineCase] of inverted.cases.entries()) {
    machineCase.rflags ^= rflagsMask(ALL_FLAGS) & ~(data[i]?.read ?? rflagsMask(ALL_FLAGS));
  }
  const first = judge.run(batch).results;
  const second = judge.run(inverted).results;
  const wrong = new Map<string, string>();
  for (const [i, machineCase] of batch.cases.entries()) {
    if (data[i] === undefined) continue;
    const before = [machineCase.rflags, inverted.cases[i]!.rflags] as const;
    const found = contradictions(data[i], before, [first[i]!, second[i]!]);
    const { text } = batch.rows[i]!;
    if (found.length > 0 && !wrong.has(text)) wrong.set(text, `${found.join('; ')}: ${describeCase(machineCase)}`);
  }
  judge.close();
  expect([...wrong].map(([text, why]) => `${text}: ${why}`)).toEqual([]);
});
