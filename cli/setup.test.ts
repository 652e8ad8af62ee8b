import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const { replaceFolder } = createRequire(import.meta.url)('./setup.cjs') as {
  replaceFolder: (target: string, made: string) => void;
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (name: string, file: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, file), '');
  return path;
};

it('puts a build in the place of another, and leaves nothing else', () => {
  const target = make('dist', 'old');
  replaceFolder(target, make('work', 'new'));
  expect(readdirSync(folder)).toEqual(['dist']);
  expect(readdirSync(target)).toEqual(['new']);
});

it('puts a build where none is', () => {
  replaceFolder(join(folder, 'dist'), make('work', 'new'));
  expect(readdirSync(join(folder, 'dist'))).toEqual(['new']);
});

it('says what is wrong when there is nothing to put there', () => {
  expect(() => replaceFolder(join(folder, 'dist'), join(folder, 'work'))).toThrow('ENOENT');
});
