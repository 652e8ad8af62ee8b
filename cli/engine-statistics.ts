/**
 * `K42_ENGINE_STATS=1`: what the engine did in a run, on standard error at its end. For those who work on the engine: what was
 * kept off the fast path, and what making regions cost.
 */
import type { NativeEngine } from '../cpu/native-engine.ts';

const SHOWN_MNEMONICS = 20;

export function formatStatistics({ counts, modules }: NativeEngine): string {
  const { regions, instructions, wasmBytes, makingMs, archived } = modules;
  const evaluated = [...counts.evaluated].toSorted(([, a], [, b]) => b - a);
  const total = evaluated.reduce((sum, [, count]) => sum + count, 0);
  return [
    `regions made       ${regions}: ${instructions} instructions, ${wasmBytes} bytes of Wasm, ${makingMs.toFixed(1)} ms`,
    `regions reused     ${archived} of earlier starts`,
    `region entries     ${counts.regionEntries} from the run loop`,
    `decoded runs       ${counts.decodedRuns}`,
    `single steps       ${counts.steps}`,
    `evaluated          ${total}`,
    ...evaluated.slice(0, SHOWN_MNEMONICS).map(([mnemonic, count]) => `  ${mnemonic.padEnd(16)} ${count}`),
    '',
  ].join('\n');
}
