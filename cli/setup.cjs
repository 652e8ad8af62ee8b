/**
 * Set-up shared by `npm start`, `npx k42` and `npm test`: Node version, npm packages, built output. Plain JavaScript, Node's own modules only:
 * it runs on a fresh clone. CommonJS, because Node starts it some milliseconds sooner. Everything it says goes to stderr, so that a
 * guest's stdout stays clean.
 */
'use strict';
const { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const repository = dirname(__dirname);
const output = join(repository, 'dist');

const NODE_MINIMUM = [20, 19];
const SOURCE_FOLDERS = ['cpu', 'kernel', 'linuxabi', 'rootfs', 'procfs', 'sysv', 'cli'];
/** What the build was made from: every folder and source file. */
const SOURCE_LIST = 'sources.txt';

function ensureNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1])) return;
  fail(`needs Node.js ${NODE_MINIMUM.join('.')} or newer, this is ${process.versions.node}`);
}

/** Runs `npm ci` when the installed packages are not those of the lock file. */
function ensurePackages() {
  const lock = join(repository, 'package-lock.json');
  // An installed package (npm install k42) has its dependencies beside it and carries no lock file.
  if (!existsSync(lock)) return;
  const stamp = join(repository, 'node_modules', '.k42-installed');
  const wanted = readFileSync(lock, 'latin1');
  if (existsSync(stamp) && readFileSync(stamp, 'latin1') === wanted) return;
  note('installing npm packages …');
  const { spawnSync } = require('node:child_process');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund'], {
    cwd: repository,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) fail('npm ci failed; its messages are above');
  writeFileSync(stamp, wanted, 'latin1');
}

/** Builds when any source is newer than the build, or gone; answers the paths of the whole built program, and of the small one for served machines (client.ts). */
async function ensureBuild() {
  const whole = join(output, 'k42.cjs');
  const isCheckout = existsSync(join(repository, 'cli', 'main.ts'));
  if (isCheckout && isStale(whole)) {
    const { build } = await import('./build.mjs');
    const work = join(repository, 'node_modules', `.k42-build-${process.pid}`);
    await build(work);
    writeFileSync(join(work, SOURCE_LIST), sources().join('\n'));
    replaceFolder(output, work);
  }
  return { whole, client: join(output, 'k42-client.cjs') };
}

/** Of two that build at once, either's result will do. The old folder is moved away whole: programs that run may still be writing into it. */
function replaceFolder(target, made) {
  const old = `${made}-old`;
  try {
    renameSync(target, old);
  } catch {
    // There is none, or another process has just moved it.
  }
  try {
    renameSync(made, target);
  } catch (failure) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(target)) throw failure;
  }
  rmSync(old, { recursive: true, force: true, maxRetries: 3 });
}

/** A folder changes when a name in it comes or goes: looking at known places is enough, and quicker than listing them anew. */
function isStale(program) {
  const built = statSync(program, { throwIfNoEntry: false });
  const list = join(output, SOURCE_LIST);
  if (built === undefined || !existsSync(list)) return true;
  const ifThere = { throwIfNoEntry: false };
  // Some thousand places: `join` alone would take half of the time.
  return readFileSync(list, 'utf8')
    .split('\n')
    .some((path) => !((statSync(`${repository}/${path}`, ifThere)?.mtimeMs ?? Infinity) <= built.mtimeMs));
}

/** Every source folder and file of the build, relative to the repository. */
function sources() {
  const found = ['package.json', 'package-lock.json'];
  const visit = (folder) => {
    found.push(folder);
    for (const item of readdirSync(join(repository, folder), { withFileTypes: true })) {
      const path = `${folder}/${item.name}`;
      if (item.isDirectory()) visit(path);
      else if (/\.(ts|cjs|mjs|json|c|S|html|css|svg)$/.test(item.name) && !item.name.endsWith('.test.ts'))
        found.push(path);
    }
  };
  for (const folder of SOURCE_FOLDERS) if (existsSync(join(repository, folder))) visit(folder);
  return found;
}

function note(text) {
  process.stderr.write(`k42: ${text}\n`);
}

function fail(text) {
  note(text);
  process.exit(125);
}

module.exports = { repository, ensureNodeVersion, ensurePackages, ensureBuild, replaceFolder, note, fail };
