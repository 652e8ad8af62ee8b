/** The package as people get it: made by `npm pack`, and put into a project that is empty but for it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');
export const userProgram = readFileSync(join(import.meta.dirname, 'user-program.mjs'), 'utf8');

/** What the program prints. */
export const EXPECTED = `exec hello from Linux x86_64 3
fs apple pear
fs ENOENT
spawn <one> <two> 4
kill {"status":null,"signal":"SIGTERM"}
terminal 30 100 /dev/pts/0
command MADE
on 42
translated 39998
abort AbortError
`;

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  /** Nothing where all is well: a warning of Node's would be here. */
  readonly stderr: string;
}

/** Makes the package; answers the path of the archive in the folder. */
export function packPackage(folder: string): string {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: repository, stdio: 'pipe' });
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  );
}

export class EmptyProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'k42-project-'));

  constructor() {
    this.write('package.json', JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  }

  /** A file of the project; answers its path. */
  write(name: string, text: string): string {
    writeFileSync(join(this.folder, name), text);
    return join(this.folder, name);
  }

  /** The archive alone, where npm would put it: what the package needs is in it. */
  unpack(archive: string): void {
    const modules = join(this.folder, 'node_modules');
    mkdirSync(modules);
    execFileSync('tar', ['-xzf', archive, '-C', modules]);
    renameSync(join(modules, 'package'), join(modules, 'k42'));
  }

  /** With npm and the registry. Throws when that can't be reached. */
  install(...packages: readonly string[]): void {
    const options = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', '--fetch-retries=1'];
    execFileSync('npm', ['install', ...options, ...packages], { cwd: this.folder, stdio: 'pipe' });
  }

  /** A file of the project by this Node; files that it imports are found from the project. */
  run(node: string, file: string, args: readonly string[]): Run {
    return this.#spawn(node, node, [file, ...args]);
  }

  /** What `npx` finds in the project, on this Node. */
  npx(node: string, args: readonly string[]): Run {
    return this.#spawn(node, 'npx', ['--offline', ...args]);
  }

  #spawn(node: string, program: string, args: readonly string[]): Run {
    const path = `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`;
    const { NODE_OPTIONS: _, ...environment } = process.env;
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...environment, PATH: path },
      timeout: 240_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (error !== undefined) throw error;
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
