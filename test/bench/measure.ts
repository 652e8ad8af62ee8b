/**
 * Paired timing of whole processes: the variants of a row run in turn (A B C A B C …), so that a machine whose speed drifts treats
 * them alike, and the median of each is compared.
 */
import { spawnSync } from 'node:child_process';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Timing {
  readonly medianMs: number;
  readonly minimumMs: number;
  readonly maximumMs: number;
}

const TIMEOUT_MS = 300_000;

/** One run in milliseconds from start to end; throws when the command fails. */
export function timeOnce(command: Command): number {
  const start = performance.now();
  const result = spawnSync(command.program, command.args, {
    input: command.stdin ?? '',
    // Input is a socket here: by that a bash of the first level takes itself for one of rshd's, and reads ~/.bashrc.
    env: { ...process.env, SHLVL: '2', ...command.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 2 ** 30,
    timeout: TIMEOUT_MS,
  });
  const elapsed = performance.now() - start;
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    const words = [command.program, ...command.args].join(' ');
    throw new Error(`${words}: status ${result.status ?? result.signal}: ${result.stderr.toString().slice(0, 400)}`);
  }
  return elapsed;
}

/** Times every variant `runs` times, in turn, after one uncounted round. An undefined variant stays undefined. */
export function timePaired<K extends string>(
  variants: Readonly<Record<K, Command | undefined>>,
  runs: number,
): Record<K, Timing | undefined> {
  const keys = Object.keys(variants) as K[];
  const times = new Map<K, number[]>(keys.map((key) => [key, []]));
  for (let round = -1; round < runs; round++) {
    for (const key of keys) {
      const command = variants[key];
      if (command === undefined) continue;
      const elapsed = timeOnce(command);
      if (round >= 0) times.get(key)!.push(elapsed);
    }
  }
  const result = {} as Record<K, Timing | undefined>;
  for (const key of keys) result[key] = summarise(times.get(key)!);
  return result;
}

function summarise(times: readonly number[]): Timing | undefined {
  if (times.length === 0) return undefined;
  const sorted = [...times].toSorted((a, b) => a - b);
  return { medianMs: sorted[sorted.length >> 1]!, minimumMs: sorted[0]!, maximumMs: sorted.at(-1)! };
}

/** A markdown table with columns padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(header), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}

export function milliseconds(timing: Timing | undefined): string {
  if (timing === undefined) return '–';
  return timing.medianMs < 10 ? timing.medianMs.toFixed(1) : timing.medianMs.toFixed(0);
}

export function ratio(a: Timing | undefined, b: Timing | undefined): string {
  return a === undefined || b === undefined ? '–' : (a.medianMs / b.medianMs).toFixed(2);
}
