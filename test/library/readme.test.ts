/** The examples of cli/library/README.md: each runs as it stands, and prints what stands below it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';

const repository = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(repository, 'cli', 'library', 'README.md'), 'utf8');
const examples = [...text.matchAll(/```js\n(.*?)```\n\n?```text\n(.*?)```/gs)].map(([, code = '', output = '']) => ({
  name: code.split('\n').find((line) => line !== '' && !line.startsWith('import')) ?? '',
  code,
  output,
}));
let project: string;

beforeAll(async () => {
  execFileSync(process.execPath, [join(repository, 'cli', 'k42.cjs'), '--version'], { stdio: 'pipe' });
  await ensureDefaultRoot();
  project = mkdtempSync(join(tmpdir(), 'k42-readme-'));
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(repository, join(project, 'node_modules', 'k42'), 'junction');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

it('there are some, and none without its output', () => {
  expect(examples.length).toBeGreaterThan(4);
  expect(examples.length).toBe(text.split('```js').length - 1);
});

it.each(examples)('$name', ({ code, output }) => {
  const file = join(project, 'example.mjs');
  // `await using` is older than this Node.
  writeFileSync(file, transformSync(code, { target: 'node20' }).code);
  expect(execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8' })).toBe(output);
});
