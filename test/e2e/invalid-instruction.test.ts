/** An instruction that the processor does not have ends the program with SIGILL, and the log names its bytes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { command, requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const hasGcc = await requirement('gcc', command('gcc'));
const [node, script] = k42Command;
const folder = mkdtempSync(join(tmpdir(), 'k42-invalid-'));
afterAll(() => rmSync(folder, { recursive: true }));

const INSTRUCTIONS = [
  ['vaddps zmm0, zmm1, zmm2', 'x86-64-v3', '62 f1 74 48 58 c2'],
  ['vaddps ymm0, ymm1, ymm2', 'x86-64-v2', 'c5 f4 58 c2'],
  ['pshufb xmm0, xmm1', 'x86-64-v1', '66 0f 38 00 c1'],
] as const;

it.runIf(hasGcc && process.arch === 'x64').each(INSTRUCTIONS)('%s on %s', (_text, level, bytes) => {
  const program = join(folder, 'invalid');
  const code = bytes.replaceAll(/\w\w/g, '0x$&').replaceAll(' ', ',');
  writeFileSync(`${program}.c`, `int main(void) { __asm__ volatile(".byte ${code}"); return 0; }`);
  execFileSync('gcc', ['-static', '-o', program, `${program}.c`]);
  const { status, stderr } = spawnSync(node, [script, 'exec', '--cpu', level, program], { encoding: 'utf8' });
  expect(stderr).toMatch(new RegExp(`^k42: invalid: invalid instruction at 0x[0-9a-f]+: ${bytes} `));
  const SIGILL = 4;
  expect(status).toBe(128 + SIGILL);
});
