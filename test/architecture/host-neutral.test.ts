/**
 * The core runs on any host, in a browser too: what it is made of asks for nothing of Node. The linter forbids it file by file; here the whole
 * is bundled as for a browser, and whoever imports a module of Node's is named. Two packages do, for functions of theirs that the
 * core does not use: the browser's build gives them stand-ins.
 */
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const CORE = ['cli/assemble-on-host.ts', 'cli/program.ts', 'cpu/native-engine.ts', 'rootfs/tar/archive-server.ts'];
const PACKAGES = /^node_modules\/(elfinfo|@jsonjoy\.com)\//;

test('the core imports nothing of Node', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: CORE,
    bundle: true,
    write: false,
    metafile: true,
    // Node's modules stay imports, to be seen below.
    platform: 'node',
    format: 'esm',
    outdir: 'unused',
    logLevel: 'silent',
  });
  const files = Object.entries(metafile.inputs).map(([path, { imports }]) => ({
    path: path.slice(Math.max(path.lastIndexOf('node_modules/'), 0)),
    foreign: imports.filter(({ external }) => external === true).map(({ path: name }) => name),
  }));
  expect(files.filter(({ path }) => path.startsWith('linuxabi/')).length).toBeGreaterThan(200);
  const guilty = files.filter(({ path, foreign }) => foreign.length > 0 && !PACKAGES.test(path));
  expect(guilty).toEqual([]);
});
