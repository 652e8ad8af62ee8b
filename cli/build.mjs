/**
 * Builds the command line into one CommonJS file: one file loads several times faster than some hundred, and V8's code cache covers it whole
 * (load-cached.cjs). What is imported dynamically is in it too, and runs only when asked for. The commands for a served machine are a second, small file.
 */
import { randomUUID } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as bundle } from 'esbuild';
import { repository } from './setup.cjs';

const shared = { bundle: true, platform: 'node', target: 'node20.19', logLevel: 'warning' };

/** What is not in the bundle is imported by a function that load-cached.cjs hands in: code from V8's cache can't import. */
const DYNAMIC_IMPORT = /(?<=await |return |=>)import\(/g;

/** The program is a function, as load-cached.cjs calls it: there, two and a half megabytes would have to be copied once more. */
const PROGRAM_HEAD = '(function (exports, require, module, __filename, __dirname, importModule) {';
const PROGRAM_TAIL = '\n})\n';

const external = ['esbuild', 'koffi', 'node-pty', '@alexaltea/unicorn-js', 'iced-x86'];
/** Packages in the bundle that are CommonJS ask for Node's modules with `require`. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** @param {string} output folder to write */
export async function build(output) {
  // What a program keeps beside it bears this name: one that still runs when the build is replaced must not leave anything for the next.
  const buildId = `const __buildId='${randomUUID()}';`;
  await bundle({
    ...shared,
    entryPoints: { k42: join(repository, 'cli', 'main.ts'), 'k42-client': join(repository, 'cli', 'client.ts') },
    outdir: output,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    // Read as Latin-1, which is quicker.
    charset: 'ascii',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    external,
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: `${buildId}const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;` },
  });
  for (const name of ['k42.cjs', 'k42-client.cjs']) {
    const program = join(output, name);
    const bundled = readFileSync(program, 'latin1').replaceAll(DYNAMIC_IMPORT, 'importModule(');
    writeFileSync(program, `${PROGRAM_HEAD}${bundled}${PROGRAM_TAIL}`, 'latin1');
  }
  // What people import. The command does not load it.
  await bundle({
    ...shared,
    entryPoints: { 'k42-library': join(repository, 'cli', 'library', 'index.ts') },
    outdir: output,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    charset: 'ascii',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    external,
    banner: { js: `${REQUIRE} ${buildId}` },
  });
  await buildPage(join(output, 'web'));
  await buildBrowserMachine(join(output, 'browser'));
  const maker = join(output, 'make-interpreter.mjs');
  await bundle({
    ...shared,
    entryPoints: [join(repository, 'cpu', 'interpret', 'make-interpreter.ts')],
    outfile: maker,
    format: 'esm',
  });
  const { INTERPRETER_LEVELS, makeInterpreter } = await import(pathToFileURL(maker).href);
  for (const level of INTERPRETER_LEVELS) {
    writeFileSync(join(output, `interpreter-${level}.wasm`), makeInterpreter(level));
  }
  rmSync(maker);
}

/** For browsers of the last two years. */
const forBrowsers = {
  bundle: true,
  platform: 'browser',
  target: ['chrome123', 'firefox128', 'safari17.5'],
  logLevel: 'warning',
  format: 'esm',
  minify: true,
};

/** The page of the web terminal. @param {string} output folder to write */
async function buildPage(output) {
  const page = join(repository, 'cli', 'web', 'page');
  await bundle({
    ...forBrowsers,
    entryPoints: { app: join(page, 'main.ts'), 'app-style': join(page, 'styles', 'app.css') },
    outdir: output,
  });
  renameSync(join(output, 'app-style.css'), join(output, 'app.css'));
  for (const file of ['index.html', 'icon.svg']) copyFileSync(join(page, file), join(output, file));
}

/** The page that has a machine of its own, and its worker. @param {string} output folder to write */
async function buildBrowserMachine(output) {
  const source = join(repository, 'cli', 'browser');
  const standIn = (name) => join(source, 'stand-ins', `${name}.ts`);
  await bundle({
    ...forBrowsers,
    entryPoints: { page: join(source, 'page', 'main.ts'), 'page-style': join(source, 'page', 'page.css') },
    outdir: output,
  });
  renameSync(join(output, 'page-style.css'), join(output, 'page.css'));
  await bundle({
    ...forBrowsers,
    entryPoints: { worker: join(source, 'worker', 'main.ts') },
    outdir: output,
    // What two packages of the core name of Node's: see test/architecture/host-neutral.test.ts.
    alias: {
      'node:buffer': standIn('buffer'),
      'node:path': standIn('path'),
      path: standIn('path'),
      fs: standIn('fs'),
      'fs/promises': standIn('fs'),
    },
  });
  copyFileSync(join(source, 'page', 'index.html'), join(output, 'index.html'));
  copyFileSync(join(repository, 'cli', 'web', 'page', 'icon.svg'), join(output, 'icon.svg'));
}
