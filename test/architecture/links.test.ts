/** Links between the repository's own pages and files lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const LEFT_OUT = /(^|\/)(node_modules|dist|\.git)(\/|$)/;

function pages(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (LEFT_OUT.test(path.slice(root.length))) return [];
    if (entry.isDirectory()) return pages(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

test('links of every page', () => {
  const broken = pages().flatMap((page) => {
    const targets = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const own = targets.filter((target) => !/^([a-z]+:|#)/.test(target)).map((target) => target.split('#')[0]!);
    return own.filter((target) => !existsSync(resolve(dirname(page), target))).map((target) => `${page}: ${target}`);
  });
  expect(broken).toEqual([]);
});
