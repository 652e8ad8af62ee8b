/**
 * Dynamically linked programs of Debian, on a small Debian root: every script of dynamic/*.txt gives the same bytes and status in k42 as natively
 * in the same files.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureDebianTestRoot } from '../support/debian-test-root.ts';
import { requirement } from '../support/requirements.ts';
import { ChrootRunner } from './chroot-runner.ts';
import { normalise, readCommands } from './command-table.ts';
import { K42Runner } from './k42-runner.ts';

let root = '';
let native: ChrootRunner;
const ready =
  (await requirement('an x86-64 Linux host', () => {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(`this is ${process.platform} ${process.arch}`);
  })) &&
  (await requirement('a Debian root', async () => void (root = await ensureDebianTestRoot()))) &&
  (await requirement('chroot', () => void (native = new ChrootRunner(root))));

describe.runIf(ready)('dynamic programs', () => {
  let k42: K42Runner;

  beforeAll(async () => {
    k42 = await K42Runner.openFolder(root);
  });

  for (const [index, { family, script }] of readCommands(join(import.meta.dirname, 'dynamic')).entries()) {
    it(`${index} ${family}: ${script.split('\n')[0]!.slice(0, 80)}`, async () => {
      expect(normalise(await k42.run(script))).toEqual(normalise(native.run(script)));
    });
  }
});
