import { expect, test } from 'vitest';
import { NativeEngine } from '../cpu/native-engine.ts';
import { formatStatistics } from './engine-statistics.ts';

test('what the engine did, the most often evaluated instruction first', () => {
  const engine = new NativeEngine();
  engine.counts.evaluated.set('fxch', 2).set('fdiv', 40);
  engine.counts.steps = 42;
  const lines = formatStatistics(engine).split('\n');
  expect(lines).toContain('regions made       0: 0 instructions, 0 bytes of Wasm, 0.0 ms');
  expect(lines).toContain('single steps       42');
  expect(lines.slice(lines.indexOf('evaluated          42') + 1, -1)).toEqual([
    '  fdiv             40',
    '  fxch             2',
  ]);
});
