/** Runs a script natively in a root: with chroot, as root or as the root of a user namespace. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { environment, fixtures, type CommandResult } from './command-table.ts';

const TIMEOUT_MS = 30_000;
/** For the programs that lead in, and inside. */
const PATH = '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin';

const ENTER_WITH_NULL = 'mount --bind /dev/null "$0/dev/null" && exec chroot "$0" "$@"';

export class ChrootRunner {
  readonly #root: string;
  readonly #command: readonly string[];

  /** Throws where neither way is open. */
  constructor(root: string) {
    this.#root = root;
    makeNull(join(root, 'dev/null'));
    const ways = [
      ['chroot', root],
      ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', ENTER_WITH_NULL, root],
    ];
    const way = ways.find(([program = '', ...args]) => spawnSync(program, [...args, '/bin/true']).status === 0);
    if (way === undefined) throw new Error('chroot is not allowed, nor are user namespaces');
    this.#command = way;
  }

  /** In a folder of its own with the fixtures, as each case of the command table. */
  run(script: string): CommandResult {
    const work = mkdtempSync(join(this.#root, 'tmp', 'work-'));
    try {
      for (const [name, content] of Object.entries(fixtures)) writeFileSync(join(work, name), content);
      const [program = '', ...args] = this.#command;
      const enter = 'cd "$1" && exec bash -c "$2"';
      const words = [...args, '/bin/bash', '-c', enter, 'bash', `/tmp/${basename(work)}`, script];
      const result = spawnSync(program, words, {
        env: { ...environment, PATH },
        encoding: 'latin1',
        input: '',
        timeout: TIMEOUT_MS,
      });
      if (result.status === null) throw new Error(`no status: ${result.signal}`);
      return { stdout: result.stdout, stderr: result.stderr, status: result.status };
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
}

/** The only device that programs in a bare root can't do without. Who may not make it gets a file, to mount the device on. */
function makeNull(path: string): void {
  if (existsSync(path) && statSync(path).isCharacterDevice()) return;
  rmSync(path, { force: true });
  if (spawnSync('mknod', ['-m', '666', path, 'c', '1', '3']).status !== 0) writeFileSync(path, '');
}
