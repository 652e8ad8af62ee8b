/** Runs k42 with limits and measures what its process took of the host. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { k42Command } from '../person.ts';

export interface LimitedRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Largest resident set of the k42 process. */
  readonly peakBytes: number;
  /** Processor time of the k42 process. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

const TIMEOUT_MS = 240_000;
const [node, script] = k42Command;

/** `folder`: for what the run leaves behind. What is written to standard output is read unless `reader` is 'none'. */
export async function runLimited(
  folder: string,
  words: readonly string[],
  reader: 'all' | 'none' = 'all',
  onStart: (kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<LimitedRun> {
  const report = join(folder, 'usage.json');
  const hook = join(folder, 'report-usage.cjs');
  writeFileSync(
    hook,
    `if (process.argv[1]?.endsWith('k42.cjs')) process.on('exit', () =>
       require('fs').writeFileSync(${JSON.stringify(report)}, JSON.stringify(process.resourceUsage())));`,
  );
  rmSync(report, { force: true });
  const started = performance.now();
  const env = { ...process.env, NODE_OPTIONS: `--require=${hook}` };
  const child = spawn(node, [script, ...words], { env, timeout: TIMEOUT_MS, stdio: ['ignore', 'pipe', 'pipe'] });
  onStart((signal) => child.kill(signal));
  const texts = { stdout: '', stderr: '' };
  if (reader === 'all') child.stdout.on('data', (bytes: Buffer) => (texts.stdout += bytes.toString('latin1')));
  child.stderr.on('data', (bytes: Buffer) => (texts.stderr += bytes.toString('latin1')));
  let peakBytes = 0;
  const sampler = setInterval(() => (peakBytes = Math.max(peakBytes, peakOf(child.pid!))), 100);
  const status = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  const wallMs = performance.now() - started;
  child.stdout.destroy();
  clearInterval(sampler);
  const text = existsSync(report) ? readFileSync(report, 'utf8') : '{}';
  const usage = JSON.parse(text) as Partial<NodeJS.ResourceUsage>;
  const cpuMs = ((usage.userCPUTime ?? 0) + (usage.systemCPUTime ?? 0)) / 1000;
  return { status, ...texts, peakBytes: Math.max(peakBytes, (usage.maxRSS ?? 0) * 1024), cpuMs, wallMs };
}

/** Of a process that may end before it can report; 0 where there is no /proc. */
function peakOf(pid: number): number {
  const path = `/proc/${pid}/status`;
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}
