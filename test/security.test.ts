/** Each promise of SECURITY.md names a test that there is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '..');
const text = readFileSync(join(repository, 'SECURITY.md'), 'utf8');
const rows = text.split('\n').filter((line) => /^\| (?!test|a guest \||who else \|)/.test(line));

describe('SECURITY.md', () => {
  it('makes promises', () => expect(rows.length).toBeGreaterThan(15));

  it.each(rows)('%s', (row) => {
    const named = /\| `([^`]+)`: (?:`([^`]+)`|`` (.+) ``) \|$/.exec(row);
    const [, path = '', plain, quoted] = named ?? [];
    expect(existsSync(join(repository, path))).toBe(path !== '');
    expect(path).not.toBe('');
    const source = readFileSync(join(repository, path), 'utf8');
    expect(source).toContain(`'${plain ?? quoted}', `);
  });
});
