/** Every line of the command table gives the same bytes and status in k42 as natively. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultRootFolder, ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { commandTable, normalise } from './command-table.ts';
import { K42Runner } from './k42-runner.ts';
import { NativeRunner } from './native-runner.ts';

const ready =
  (await requirement('an x86-64 Linux host', () => {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(`this is ${process.platform} ${process.arch}`);
  })) && (await requirement('the default root', ensureDefaultRoot));

describe.runIf(ready)('command table', () => {
  let native: NativeRunner;
  let k42: K42Runner;

  beforeAll(async () => {
    const folder = await defaultRootFolder();
    native = new NativeRunner(join(folder, 'bin/bash-static'), join(folder, 'bin/busybox'));
    k42 = await K42Runner.open(await ensureDefaultRoot());
  });

  afterAll(() => native.close());

  for (const [index, { family, script }] of commandTable().entries()) {
    it(`${index} ${family}: ${script.split('\n')[0]!.slice(0, 80)}`, async () => {
      const expected = normalise(native.run(script));
      expect(normalise(await k42.run(script))).toEqual(expected);
    });
  }
});
