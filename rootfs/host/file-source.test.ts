import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileSource } from './file-source.ts';

const SIZE = 10_000_001; // more than the windows that are kept, and no multiple of one

it('a host file reads the same in any order and size, windows or not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k42-source-'));
  const bytes = Uint8Array.from({ length: SIZE }, (_, i) => (i * 31 + (i >>> 13)) & 0xff);
  writeFileSync(join(folder, 'file'), bytes);
  const source = new FileSource(join(folder, 'file'));
  expect(source.sizeBytes).toBe(SIZE);
  let random = 12345;
  const next = (limit: number): number => (random = (Math.imul(random, 1103515245) + 12345) >>> 0) % limit;
  for (let i = 0; i < 600; i++) {
    const position = next(SIZE + 1000);
    const into = new Uint8Array(i % 7 === 0 ? next(300_000) : next(9000));
    const count = source.read(position, into);
    const wanted = bytes.subarray(position, position + into.length);
    expect(count).toBe(wanted.length);
    expect(Buffer.compare(into.subarray(0, count), wanted)).toBe(0);
  }
  source.close();
  rmSync(folder, { recursive: true });
});
