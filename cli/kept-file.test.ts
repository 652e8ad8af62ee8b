import { mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { garbageCollector } from './garbage-collector.ts';
import { KeptFile } from './kept-file.ts';

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
});

it('stays what it was when another takes its place', () => {
  const file = KeptFile.open(path)!;
  writeFileSync(`${path}.new`, 'other, longer words');
  renameSync(`${path}.new`, path);
  expect(text(file.read(0, 100))).toBe('first words');
  expect(text(KeptFile.open(path)!.read(0, 5))).toBe('other');
});

it('need not be there', () => {
  expect(KeptFile.open(join(folder, 'none'))).toBeUndefined();
});

it.runIf(process.platform === 'linux')('is closed when nobody has it any more', async () => {
  const descriptors = (): number =>
    readdirSync('/proc/self/fd').filter((name) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`) === path;
      } catch {
        return false;
      }
    }).length;
  for (let i = 0; i < 50; i++) KeptFile.open(path);
  const collect = garbageCollector();
  for (let i = 0; i < 100 && descriptors() > 5; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(descriptors()).toBeLessThanOrEqual(5);
});
