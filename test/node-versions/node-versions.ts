/**
 * The package on every Node that it promises to run on: `npm run node-versions [VERSION…]`. Each is the npm package `node` of that version,
 * installed into a temporary folder together with k42; where the registry can't be reached, it says so and does nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { EmptyProject, EXPECTED, packPackage, userProgram, type Run } from './installed-package.ts';

const VERSIONS = ['20', '22', '24', '26'];
/** The first with `await using`. */
const FIRST_WITH_USING = 24;

const platform = process.platform === 'win32' ? 'win' : process.platform;
/** The npm package `node` is a script that fetches this one. */
const binaries = `node-${platform}-${process.arch}`;

/** What is wrong with a run; undefined when nothing is. */
function complaint(what: string, { status, stdout, stderr }: Run, expected: string): string | undefined {
  if (status === 0 && stdout === expected && stderr === '') return undefined;
  return `${what}: status ${status}\n--- stdout\n${stdout}--- stderr\n${stderr}`;
}

const USING = `import { Machine } from 'k42';
await using machine = await Machine.create({ root: process.argv[2] });
await using child = machine.spawn('sleep', ['1000']);
process.stdout.write((await machine.exec('uname')).stdout);
`;

/** What is not well on this version; empty when all is. */
function problemsOf(node: string, project: EmptyProject, root: string, hasUsing: boolean): string[] {
  const k42 = ['k42', 'run', '--rootfs', root, 'busybox'];
  const main = project.write('main.mjs', userProgram);
  return [
    complaint('the library', project.run(node, main, [root]), EXPECTED),
    complaint('npx k42 run', project.npx(node, [...k42, 'true']), ''),
    // With what the first one has kept.
    complaint('npx k42 run, once more', project.npx(node, [...k42, 'echo', 'hi']), 'hi\n'),
    hasUsing
      ? complaint('await using', project.run(node, project.write('using.mjs', USING), [root]), 'Linux\n')
      : undefined,
  ].filter((problem) => problem !== undefined);
}

/** Whether all is well. */
function tryVersion(version: string, archive: string, root: string): boolean {
  const project = new EmptyProject();
  try {
    project.install(archive, `${binaries}@${version}`);
    const program = process.platform === 'win32' ? 'node.exe' : 'node';
    const node = join(project.folder, 'node_modules', binaries, 'bin', program);
    const found = project.run(node, '--version', []).stdout.trim();
    const problems = problemsOf(node, project, root, Number.parseInt(version) >= FIRST_WITH_USING);
    process.stdout.write(`${found}: ${problems.length === 0 ? 'all well' : problems.join('\n')}\n`);
    return problems.length === 0;
  } finally {
    project.remove();
  }
}

/** Throws with the reason when the registry gives nothing. */
function askRegistry(): void {
  const { status, stderr } = spawnSync('npm', ['view', binaries, 'name', '--fetch-retries=1'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.trim().split('\n')[0] ?? `npm view: status ${status}`);
}

if (!(await requirement('the npm registry', askRegistry))) process.exit(0);
const root = await ensureDefaultRoot();
const folder = mkdtempSync(join(tmpdir(), 'k42-package-'));
try {
  const archive = packPackage(folder);
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : VERSIONS;
  const areWell = wanted.map((version) => tryVersion(version, archive, root));
  process.exitCode = areWell.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
