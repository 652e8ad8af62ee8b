/** Composition before inheritance: no class stands more than two steps below one that extends nothing of ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDERS = ['cpu', 'kernel', 'linuxabi', 'procfs', 'sysv', 'rootfs', 'cli'];
const MAX_DEPTH = 2;
const root = join(import.meta.dirname, '..', '..');

/** By class: what it extends. */
function parents(): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue;
      const text = readFileSync(join(root, folder, path), 'utf8');
      for (const [, name, parent] of text.matchAll(/\bclass (\w+)(?:<[^{]*?>)? extends (\w+)/g))
        found.set(name!, parent!);
    }
  }
  return found;
}

test('classes are at most two deep', () => {
  const all = parents();
  const depthOf = (name: string): number => {
    const parent = all.get(name);
    return parent === undefined ? 0 : 1 + depthOf(parent);
  };
  expect(all.size).toBeGreaterThan(20);
  expect([...all.keys()].filter((name) => depthOf(name) > MAX_DEPTH)).toEqual([]);
});
