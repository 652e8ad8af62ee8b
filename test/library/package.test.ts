/**
 * The package as `npm pack` makes it, in an empty project: it is unpacked where `npm install` would put it, and is imported by the running Node.
 * Nothing else is installed: what it needs is in it. Its declarations are read by the compiler.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';

const repository = resolve(import.meta.dirname, '../..');
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'k42-package-'));
  const modules = join(project, 'node_modules');
  mkdirSync(modules);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: repository, stdio: 'pipe' });
  const [archive] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', join(project, archive!), '-C', modules]);
  renameSync(join(modules, 'package'), join(modules, 'k42'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', type: 'module' }));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

it('runs, and Node ends by itself when the machine is closed', async () => {
  const main = join(project, 'main.mjs');
  writeFileSync(
    main,
    `import { Machine } from 'k42';
     const machine = await Machine.create({ root: process.argv[2] });
     const { stdout } = await machine.exec(['uname', '-m']);
     process.stdout.write(stdout);
     await machine.close();`,
  );
  const output = execFileSync(process.execPath, [main, await ensureDefaultRoot()], { cwd: project, encoding: 'utf8' });
  expect(output).toBe('x86_64\n');
});

it('has a command', () => {
  const command = join(project, 'node_modules', 'k42', 'cli', 'k42.cjs');
  expect(execFileSync(process.execPath, [command, '--version'], { encoding: 'utf8' })).toMatch(/^k42 \d/);
});

it('has declarations that a strict compiler takes', () => {
  symlinkSync(join(repository, 'node_modules', '@types'), join(project, 'node_modules', '@types'));
  writeFileSync(
    join(project, 'main.ts'),
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
  execFileSync(process.execPath, [tsc, ...options, 'main.ts'], { cwd: project, stdio: 'pipe' });
});
