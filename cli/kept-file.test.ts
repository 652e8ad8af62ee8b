import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptFile, readKept } from './kept-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-kept-'));
  path = join(folder, 'kept');
  writeFileSync(path, 'first words');
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

it('is read piece by piece, to its end', () => {
  const file = KeptFile.open(path)!;
  expect(file.sizeBytes).toBe(11);
  expect([file.read(6, 3), file.read(6, 100), file.read(11, 4), file.read(50, 4)].map(text)).toEqual([
    'wor',
    'words',
    '',
    '',
  ]);
  file.close();
});

it('stays what it was when another takes its place', () => {
  const file = KeptFile.open(path)!;
  writeFileSync(`${path}.new`, 'other, longer words');
  renameSync(`${path}.new`, path);
  expect(text(file.read(0, 100))).toBe('first words');
  file.close();
  expect(text(readKept(path)!.read(0, 5))).toBe('other');
});

it('need not be there', () => {
  expect([KeptFile.open(join(folder, 'none')), readKept(join(folder, 'none'))]).toEqual([undefined, undefined]);
});
