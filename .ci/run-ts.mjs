/** Runs one TypeScript file of the repository: bundles it first, because Node 20 can't. Usage: node .ci/run-ts.mjs FILE [ARG…] */
import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensurePackages, repository } from '../cli/setup.mjs';

ensurePackages();
const { build } = await import('esbuild');
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
  define: { 'import.meta.dirname': JSON.stringify(resolve(file, '..')) },
  logLevel: 'warning',
});
process.argv = [process.argv[0], resolve(file), ...rest];
await import(pathToFileURL(join(folder, 'script.mjs')).href);
