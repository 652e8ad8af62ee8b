/**
 * Builds the command line into one folder of ES modules: a bundle loads several times faster than some hundred source
 * files. Dynamic imports stay separate chunks, so that a plain run never reads Unicorn or node-pty.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { repository } from './setup.mjs';

/** @param {string} output folder to write */
export async function build(output) {
  rmSync(output, { recursive: true, force: true });
  await bundle({
    entryPoints: { main: join(repository, 'cli', 'main.ts') },
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
}
