/** Runs one TypeScript file of the repository: bundles it first, because Node 20 can't. Usage: node .ci/run-ts.mjs FILE [ARG…] */
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensurePackages, repository } from '../cli/setup.cjs';

ensurePackages();
const require = createRequire(import.meta.url);
const { build } = await import('esbuild');

/** In a bundle every module would believe it lies where the bundle does. */
const ownPlaces = {
  name: 'own-places',
  setup(bundle) {
    // Their CommonJS has names that Node can't import, and a bundle can.
    bundle.onResolve({ filter: /^@xterm\// }, ({ path }) => ({ path: require.resolve(path) }));
    bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8')
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};

const [file, ...rest] = process.argv.slice(2);
const folder = mkdtempSync(join(repository, 'node_modules', '.k42-script-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await build({
  entryPoints: { script: resolve(file) },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  plugins: [ownPlaces],
  logLevel: 'warning',
});
process.argv = [process.argv[0], resolve(file), ...rest];
await import(pathToFileURL(join(folder, 'script.mjs')).href);
