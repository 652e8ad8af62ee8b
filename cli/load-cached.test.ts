/** Loading with V8's code cache: what is kept, and that packages can be imported from cached code too. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const loader = join(import.meta.dirname, 'load-cached.cjs');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-load-'));
  writeFileSync(
    join(folder, 'program.cjs'),
    `(function (exports, require, module, __filename, __dirname, importModule) {
       const __buildId='one'; exports.answer = () => 42;
       exports.folder = __dirname;
       exports.imported = async () => typeof (await importModule('node:os')).cpus;
     })`,
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

/** What a process prints that loads the program and does this with it. */
function run(body: string): string {
  const text = `const { program, keepCode } = require(${JSON.stringify(loader)}).loadCached(${JSON.stringify(join(folder, 'program.cjs'))});
    (async () => { ${body} })();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', text], { encoding: 'utf8' });
  return stdout + stderr;
}

const caches = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.cache'));

it('keeps code only when told to', () => {
  expect(run('console.log(program.answer())')).toBe('42\n');
  expect(caches()).toEqual([]);
  expect(run('console.log(program.answer()); keepCode();')).toBe('42\n');
  expect(caches()).toEqual([`program.cjs.one.${process.arch}-${process.version}.cache`]);
});

it('runs the same from the cache, imports included', () => {
  const body = 'console.log(program.answer(), program.folder, await program.imported()); keepCode();';
  const first = run(body);
  expect(first).toBe(`42 ${folder} function\n`);
  expect(run(body)).toBe(first);
});

it('keeps code anew when something else has been kept since', () => {
  const written = (): number => statSync(join(folder, caches()[0]!)).mtimeMs;
  run('keepCode()');
  const first = written();
  run('keepCode()');
  expect(written()).toBe(first);
  const kept = join(folder, 'pages.one.bin');
  writeFileSync(kept, '');
  utimesSync(kept, first / 1000 + 1, first / 1000 + 1);
  run('keepCode()');
  expect(written()).toBeGreaterThan(first);
});

it('does not mind a spoilt cache', () => {
  run('keepCode()');
  writeFileSync(join(folder, caches()[0]!), 'nonsense');
  expect(run('console.log(program.answer()); keepCode();')).toBe('42\n');
  expect(run('console.log(program.answer())')).toBe('42\n');
});
