/**
 * What the sandbox can't enforce at run time, checked from the adapters' sources: every loop goes over something finite that is
 * there already or that pays as it goes, so that a call always comes to an end.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const UNBOUNDED = /\bwhile\s*\(|\bdo\s*\{|\bfor\s*\([^)]*;/;
const FOREIGN_STATE = /\b(?:globalThis|process\.|require\(|eval\(|import\()/;

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
}

function code(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '');
}

describe('adapters', () => {
  for (const file of [...sources('procfs'), ...sources('sysv')]) {
    it(file, () => {
      expect(code(file)).not.toMatch(UNBOUNDED);
      expect(code(file)).not.toMatch(FOREIGN_STATE);
    });
  }
});
