// Bundles night.ts and runs it: node test/differential/night.mjs ENGINE CASES [SEED] [MNEMONIC…]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
// Inside the repository's node_modules, so that the bundle finds koffi; the C runner lies beside its source.
const directory = mkdtempSync(join(here, '../../node_modules/.k42-night-'));
try {
  const outfile = join(directory, 'night.mjs');
  await build({
    entryPoints: [join(here, 'night.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'warning',
    external: ['koffi'],
    define: { 'import.meta.url': JSON.stringify(new URL('night.ts', import.meta.url).href) },
  });
  const child = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (child.signal !== null) console.error(`night run died of ${child.signal}`);
  process.exitCode = child.status ?? 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
