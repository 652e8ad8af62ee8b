/**
 * Builds the command line into one folder of ES modules: a bundle loads several times faster than some hundred source
 * files. Dynamic imports stay separate chunks, so that a plain run never reads Unicorn or node-pty.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as bundle } from 'esbuild';
import { repository } from './setup.mjs';

/** @param {string} output folder to write */
export async function build(output) {
  rmSync(output, { recursive: true, force: true });
  await bundle({
    entryPoints: {
      main: join(repository, 'cli', 'main.ts'),
      'make-interpreter': join(repository, 'cpu', 'interpret', 'make-interpreter.ts'),
    },
    outdir: output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: 'linked',
    external: ['koffi', 'node-pty', '@alexaltea/unicorn-js', 'iced-x86'],
    // Bundled CommonJS packages call require() for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const { makeInterpreter } = await import(pathToFileURL(join(output, 'make-interpreter.mjs')).href);
  writeFileSync(join(output, 'interpreter.wasm'), makeInterpreter());
}
