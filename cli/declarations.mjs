/**
 * Type declarations of the library into dist/types: before `npm pack`, not at every build, because it takes the compiler some seconds. Of what it
 * emits only the files are kept that index.d.ts leads to.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ensureBuild, fail, repository } from './setup.cjs';

const IMPORT = /(?:from|import\()\s*['"](\.[^'"]+)['"]/g;

await ensureBuild();
const work = mkdtempSync(join(repository, 'node_modules', '.k42-types-'));
const target = join(repository, 'dist', 'types');
try {
  emit(work);
  rmSync(target, { recursive: true, force: true });
  for (const file of reachable(join(work, 'cli', 'library', 'index.d.ts'))) {
    const copy = join(target, relative(work, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function emit(folder) {
  const options = [
    '--noEmit',
    'false',
    '--declaration',
    '--emitDeclarationOnly',
    '--stripInternal',
    '--outDir',
    folder,
  ];
  const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', repository, ...options], { stdio: ['ignore', 2, 2] });
  if (result.status !== 0) fail('the declarations could not be made; the compiler’s messages are above');
}

/** The file and all that it imports, directly or not. */
function reachable(first) {
  const found = new Set([first]);
  for (const file of found) {
    for (const [, path] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      found.add(resolve(dirname(file), path.replace(/\.(ts|js)$/, '.d.ts')));
    }
  }
  return found;
}
