/** The program that takes somebody to a prompt of a served machine (cli/client.ts) is small because it has nothing of a machine in it. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
/** Data about Linux may be in it, and what a file of the kernel is, because its streams can be one. */
const OF_A_CLIENT =
  /^(cli\/|linuxabi\/abi\/|rootfs\/cache-folder\.ts$|kernel\/(open-file|status|unseekable-file|wait-queue)\.ts$)/;

test('a client of a served machine carries nothing of one', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/client.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    outdir: 'unused',
    logLevel: 'silent',
  });
  const files = Object.keys(metafile.inputs);
  expect(files).toContain('cli/serve/terminal-client.ts');
  expect(files.filter((path) => !OF_A_CLIENT.test(path))).toEqual([]);
});
