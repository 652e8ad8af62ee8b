import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync, linkSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesOf, EMPTY_SOURCE, MemorySource, type ByteSource } from '../byte-source.ts';
import { FileSource } from '../host/file-source.ts';
import type { TarEntry } from './tar-format.ts';
import { readTar, TarError } from './tar-reader.ts';
import { writeTar } from './tar-writer.ts';

function entry(change: Partial<TarEntry> & Pick<TarEntry, 'path' | 'kind'>): TarEntry {
  return {
    permissions: 0o644,
    owner: 0,
    group: 0,
    modifiedNs: 1_700_000_000_000_000_000n,
    target: '',
    device: { major: 0, minor: 0 },
    content: EMPTY_SOURCE,
    ...change,
  };
}

function textSource(text: string): ByteSource {
  return new MemorySource(new TextEncoder().encode(text));
}

/** Entries with their contents read, to be compared. */
function read(entries: Iterable<TarEntry>): unknown[] {
  return Array.from(entries, (member) => ({
    ...member,
    content: Buffer.from(bytesOf(member.content)).toString('latin1'),
  }));
}

const sample: TarEntry[] = [
  entry({ path: 'a', kind: 'directory', permissions: 0o1777 }),
  entry({ path: 'a/file', kind: 'file', content: textSource('hello\n'), owner: 5, group: 7 }),
  entry({ path: `a/${'long'.repeat(40)}`, kind: 'file', content: new MemorySource(new Uint8Array(1024).fill(9)) }),
  entry({ path: 'a/soft', kind: 'symlink', target: '../x'.repeat(50) }),
  entry({ path: 'a/hard', kind: 'hardlink', target: 'a/file' }),
  entry({ path: 'dev', kind: 'character', device: { major: 1, minor: 3 } }),
  entry({ path: 'pipe', kind: 'fifo' }),
  entry({
    path: 'big-owner',
    kind: 'file',
    owner: 3_000_000_000,
    group: 2 ** 31,
    modifiedNs: 1_700_000_000_250_000_001n,
  }),
];

describe('tar', () => {
  it('reads what it writes', () => {
    expect(read(readTar(new MemorySource(writeTar(sample))))).toEqual(read(sample));
  });

  it.each(['ustar', 'pax', 'gnu', 'v7'])('reads what tar writes as %s', (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'k42-tar-'));
    try {
      mkdirSync(join(folder, 'd'));
      writeFileSync(join(folder, 'd', 'file'), 'content');
      chmodSync(join(folder, 'd', 'file'), 0o750);
      symlinkSync('file', join(folder, 'd', 'soft'));
      linkSync(join(folder, 'd', 'file'), join(folder, 'd', 'twin'));
      if (format === 'pax' || format === 'gnu') writeFileSync(join(folder, 'd', 'n'.repeat(200)), 'x');
      execFileSync('tar', [`--format=${format}`, '--sort=name', '-cf', 'out.tar', 'd'], { cwd: folder });
      const entries = [...readTar(new FileSource(join(folder, 'out.tar')))];
      const names = entries.map((member) => [member.path.slice(0, 8), member.kind, member.target]);
      const long = format === 'pax' || format === 'gnu' ? [['d/nnnnnn', 'file', '']] : [];
      const rest = [
        ['d', 'directory', ''],
        ['d/file', 'file', ''],
        ...long,
        ['d/soft', 'symlink', 'file'],
        ['d/twin', 'hardlink', 'd/file'],
      ];
      expect(names).toEqual(rest);
      expect(entries[1]!.permissions).toBe(0o750);
      expect(new TextDecoder().decode(bytesOf(entries[1]!.content))).toBe('content');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each([
    ['a cut archive', writeTar(sample).subarray(0, 2100), /ends inside/],
    ['something else', new Uint8Array(1024).fill(65), /not an octal|not a tar/],
    ['a member that leads out', writeTar([entry({ path: '../x', kind: 'file' })]), /leads out/],
  ])('refuses %s', (_what, archive, message) => {
    expect(() => [...readTar(new MemorySource(archive))]).toThrow(TarError);
    expect(() => [...readTar(new MemorySource(archive))]).toThrow(message);
  });
});
