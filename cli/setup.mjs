/**
 * Set-up shared by `npm start`, `npx k42` and `npm test`: Node version, npm packages, built output. Plain JavaScript, Node's own modules only:
 * it runs on a fresh clone. Everything it says goes to stderr, so that a guest's stdout stays clean.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const repository = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where Node may keep the compiled form of the built modules. */
export const compileCacheFolder = join(repository, 'node_modules', '.cache', 'k42');

const NODE_MINIMUM = [20, 19];
const SOURCE_FOLDERS = ['cpu', 'kernel', 'linuxabi', 'rootfs', 'procfs', 'sysv', 'cli'];

export function ensureNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1])) return;
  fail(`needs Node.js ${NODE_MINIMUM.join('.')} or newer, this is ${process.versions.node}`);
}

/** Runs `npm ci` when the installed packages are not those of the lock file. */
export function ensurePackages() {
  const lock = join(repository, 'package-lock.json');
  // An installed package (npm install k42) has its dependencies beside it and carries no lock file.
  if (!existsSync(lock)) return;
  const stamp = join(repository, 'node_modules', '.k42-installed');
  const wanted = readFileSync(lock, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  note('installing npm packages …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund'], {
    cwd: repository,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) fail('npm ci failed; its messages are above');
  writeFileSync(stamp, wanted);
}

/** Builds when any source is newer than the build; answers the URL of the built entry. */
export async function ensureBuild() {
  const output = join(repository, 'dist');
  const entry = join(output, 'main.mjs');
  const builtAt = existsSync(entry) ? statSync(entry).mtimeMs : 0;
  const sources = join(repository, 'cli', 'main.ts');
  if (existsSync(sources) && newestChange() > builtAt) {
    const { build } = await import('./build.mjs');
    mkdirSync(output, { recursive: true });
    await build(output);
  }
  return pathToFileURL(entry).href;
}

function newestChange() {
  let newest = 0;
  const visit = (path) => {
    for (const item of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, item.name);
      if (item.isDirectory()) visit(child);
      else if (/\.(ts|mjs|json|c|S)$/.test(item.name) && !item.name.endsWith('.test.ts')) {
        newest = Math.max(newest, statSync(child).mtimeMs);
      }
    }
  };
  for (const folder of SOURCE_FOLDERS) if (existsSync(join(repository, folder))) visit(join(repository, folder));
  return Math.max(newest, statSync(join(repository, 'package-lock.json')).mtimeMs);
}

export function note(text) {
  process.stderr.write(`k42: ${text}\n`);
}

export function fail(text) {
  note(text);
  process.exit(125);
}
