/** Modules for upgrades come from files outside the repository. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadUpgradeModule } from './upgrade-module.ts';

const folder = mkdtempSync(join(tmpdir(), 'k42-upgrade-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('loadUpgradeModule', () => {
  it('reads JavaScript', async () => {
    const module = await loadUpgradeModule(
      file('ring.mjs', `export const implementation = 'ring'; export const upgrade = () => ({ version: 2 });`),
    );
    expect(module.implementation).toBe('ring');
    expect(module.upgrade({ type: 'stream', implementation: 'ring', version: 1, construct: () => ({}) })).toEqual({
      version: 2,
    });
  });

  it('reads TypeScript, with what it imports', async () => {
    file('names.ts', `export const name: string = 'packet';`);
    const path = file('packet.ts', `import { name } from './names.ts'; export const implementation: string = name;`);
    expect((await loadUpgradeModule(path)).implementation).toBe('packet');
  });

  it.each([
    ['is not there', () => join(folder, 'nowhere.mjs'), /can't load .*nowhere.mjs: ENOENT/],
    ['does not parse', () => file('broken.mjs', 'export const = 1;'), /can't load .*broken.mjs/],
    ['does not parse as TypeScript', () => file('broken.ts', 'export const = 1;'), /can't load .*broken.ts/],
    ['throws when run', () => file('throws.mjs', `throw new Error('not today');`), /throws.mjs: not today/],
  ])('says why, when the file %s', async (_what, path, reason) => {
    await expect(loadUpgradeModule(path())).rejects.toThrow(reason);
  });

  it('reads a file again when it has been changed', async () => {
    const path = file('again.mjs', `throw new Error('first');`);
    await expect(loadUpgradeModule(path)).rejects.toThrow('first');
    await new Promise((resolve) => setTimeout(resolve, 20));
    file('again.mjs', `export const implementation = 'second';`);
    expect((await loadUpgradeModule(path)).implementation).toBe('second');
  });
});
