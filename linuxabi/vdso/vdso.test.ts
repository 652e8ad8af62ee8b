/** The vDSO as libcs read it: found by both hash tables, with its version; and readelf agrees. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command, requirement } from '../../test/support/requirements.ts';
import { vdsoFunctions } from './vdso-code.ts';
import { buildVdsoImage, gnuHash, sysvHash } from './vdso-image.ts';

const image = buildVdsoImage();
const view = new DataView(image.buffer);
const u16 = (at: number): number => view.getUint16(at, true);
const u32 = (at: number): number => view.getUint32(at, true);
const u64 = (at: number): number => Number(view.getBigUint64(at, true));

function textAt(at: number): string {
  return Buffer.from(image.subarray(at, image.indexOf(0, at))).toString('latin1');
}

/** The dynamic section, as a libc finds it: through the program headers. */
function dynamic(): Map<number, number> {
  const headers = u64(32);
  const found = new Map<number, number>();
  for (let i = 0; i < u16(56); i++) {
    const header = headers + i * 56;
    if (u32(header) !== 2) continue;
    for (let at = u64(header + 16); u64(at) !== 0; at += 16) found.set(u64(at), u64(at + 8));
  }
  return found;
}

const tags = dynamic();
const symbols = tags.get(6)!;
const strings = tags.get(5)!;

function symbolMatches(index: number, name: string): boolean {
  return textAt(strings + u32(symbols + index * 24)) === name;
}

/** Source: the generic ABI, "Hash Table". */
function findBySysvHash(name: string): number | undefined {
  const table = tags.get(4)!;
  const buckets = u32(table);
  for (let i = u32(table + 8 + (sysvHash(name) % buckets) * 4); i !== 0; i = u32(table + 8 + (buckets + i) * 4)) {
    if (symbolMatches(i, name)) return i;
  }
  return undefined;
}

/** As glibc's do_lookup_x walks it. */
function findByGnuHash(name: string): number | undefined {
  const table = tags.get(0x6ffffef5)!;
  const [buckets, first, words, shift] = [0, 4, 8, 12].map((at) => u32(table + at)) as [number, number, number, number];
  const hash = gnuHash(name);
  const word = view.getBigUint64(table + 16 + ((hash >>> 6) % words) * 8, true);
  const wanted = (1n << BigInt(hash % 64)) | (1n << BigInt((hash >>> shift) % 64));
  if ((word & wanted) !== wanted) return undefined;
  const chains = table + 16 + words * 8 + buckets * 4;
  const start = u32(table + 16 + words * 8 + (hash % buckets) * 4);
  if (start < first) return undefined;
  for (let i = start; ; i++) {
    const entry = u32(chains + (i - first) * 4);
    if ((entry | 1) >>> 0 === (hash | 1) >>> 0 && symbolMatches(i, name)) return i;
    if (entry & 1) return undefined;
  }
}

describe('the vDSO', () => {
  it.each(vdsoFunctions)('has $name, by either hash table, in version LINUX_2.6', ({ name, alias, code }) => {
    for (const symbol of [name, alias]) {
      const index = findByGnuHash(symbol);
      expect(index).toBeDefined();
      expect(findBySysvHash(symbol)).toBe(index);
      const value = u64(symbols + index! * 24 + 8);
      expect([...image.subarray(value, value + code.length)]).toEqual([...code]);
      const version = u16(tags.get(0x6ffffff0)! + index! * 2);
      expect(versionName(version)).toBe('LINUX_2.6');
    }
  });

  it('does not have other names', () => {
    expect(findByGnuHash('__vdso_nothing')).toBeUndefined();
    expect(findBySysvHash('__vdso_nothing')).toBeUndefined();
  });

  it('hashes as the tools do', () => {
    // What glibc has built in for this version.
    expect(sysvHash('LINUX_2.6')).toBe(0x3ae75f6);
    expect(gnuHash('printf')).toBe(0x156b2bb8);
  });
});

function versionName(index: number): string | undefined {
  for (let at = tags.get(0x6ffffffc)!; ;) {
    if (u16(at + 4) === index) return textAt(strings + u32(at + u32(at + 12)));
    const next = u32(at + 16);
    if (next === 0) return undefined;
    at += next;
  }
}

const hasReadelf = await requirement('readelf', command('readelf'));

describe.skipIf(!hasReadelf)('readelf', () => {
  it('lists the functions and finds nothing wrong', () => {
    const folder = mkdtempSync(join(tmpdir(), 'k42-vdso-'));
    try {
      const path = join(folder, 'vdso.so');
      writeFileSync(path, image);
      // Warnings come on the error channel: both into one text.
      const text = execFileSync('sh', ['-c', `LC_ALL=C readelf -aW ${path} 2>&1`], { encoding: 'latin1' });
      expect(text).not.toMatch(/warning|error|corrupt/i);
      for (const { name, alias } of vdsoFunctions) {
        expect(text).toMatch(new RegExp(`GLOBAL DEFAULT +\\d+ ${name}@@LINUX_2\\.6`));
        expect(text).toMatch(new RegExp(`WEAK +DEFAULT +\\d+ ${alias}@@LINUX_2\\.6`));
      }
      expect(text).toContain('[linux-vdso.so.1]');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
