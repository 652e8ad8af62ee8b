/**
 * The package as `npm pack` makes it, in an empty project: it is unpacked where `npm install` would put it, and used with the running Node
 * (`npm run node-versions` installs it, and has the others). Nothing else is installed: what it needs is in it. Its declarations are read by the
 * compiler.
 */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmptyProject, EXPECTED, packPackage, userProgram } from '../node-versions/installed-package.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

const repository = resolve(import.meta.dirname, '../..');
const project = new EmptyProject();

/** It builds, and the compiler makes the declarations: both take a busy machine long. */
const PATIENCE_MS = 300_000;

beforeAll(() => project.unpack(packPackage(project.folder)), PATIENCE_MS);
afterAll(() => project.remove());

it(
  'does all it should on this Node, which says nothing to it and ends by itself',
  async () => {
    const main = project.write('main.mjs', userProgram);
    const run = project.run(process.execPath, main, [await ensureDefaultRoot()]);
    expect(run).toEqual({ status: 0, stdout: EXPECTED, stderr: '' });
  },
  PATIENCE_MS,
);

it('has a command', async () => {
  const command = join(project.folder, 'node_modules', 'k42', 'cli', 'k42.cjs');
  expect(project.run(process.execPath, command, ['--version']).stdout).toMatch(/^k42 \d/);
  const echo = ['run', '--rootfs', await ensureDefaultRoot(), 'busybox', 'echo', 'hi'];
  expect(project.run(process.execPath, command, echo)).toEqual({ status: 0, stdout: 'hi\n', stderr: '' });
});

it('has declarations that a strict compiler takes', () => {
  symlinkSync(join(repository, 'node_modules', '@types'), join(project.folder, 'node_modules', '@types'));
  project.write(
    'main.ts',
    `import { Machine, type ExecResult } from 'k42';
     await using machine = await Machine.create({ hostname: 'typed', cpu: 'x86-64-v3' });
     const text: ExecResult = await machine.exec('true');
     const bytes: Buffer = (await machine.exec(['true'], { encoding: 'buffer' })).stdout;
     const child = machine.spawn('cat', [], { terminal: { columns: 80, rows: 24 } });
     child.on('exit', (code: number | null, signal: string | null) => console.log(code, signal));
     using _hook = machine.on('syscall', '%file', ({ args }) => (args[0] === '/x' ? { errno: 'EIO' } : undefined));
     // @ts-expect-error there is no such engine
     await Machine.create({ engine: 'steam' });
     console.log(text.stdout, bytes.length, (await machine.fs.readFile('/etc/passwd', 'utf8')).length);`,
  );
  const options = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'esnext',
    '--types',
    'node',
  ];
  const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, ...options, 'main.ts'], { cwd: project.folder, stdio: 'pipe' });
});
