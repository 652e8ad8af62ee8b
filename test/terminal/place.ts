/**
 * The same files for both: a root whose /usr is the host's own, with the little of /etc that programs read. Natively it is entered by chroot, with a home
 * folder in memory; k42 keeps its changes in memory anyway. Programs that look at nothing but their own files can be run natively without chroot, as a
 * user who may not.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { k42Command } from '../e2e/person.ts';

const FOLDERS = ['etc', 'tmp', 'proc', 'sys', 'dev', 'root', 'usr', 'home-files', 'run', 'var/tmp'];
const LINKS = { bin: 'usr/bin', sbin: 'usr/sbin', lib: 'usr/lib', lib64: 'usr/lib64' };
/** Settings of programs. */
const SETTINGS = ['alternatives', 'vim', 'mc', 'nanorc', 'inputrc', 'terminfo', 'ld.so.cache', 'htoprc'];
const FILES_DATE = new Date('2024-03-01T12:00:00Z');

const ENVIRONMENT: Readonly<Record<string, string>> = {
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  TZ: 'UTC',
  SHELL: '/bin/sh',
  PS1: '% ',
};

/** Copies the files to where the program may change them, and becomes the program. */
const BEGIN = 'cp -a /home-files/. /root && cd /root && exec "$@"';
const ENTER = [
  'hostname k42',
  'mount --rbind /dev "$0/dev"',
  'mount -t proc proc "$0/proc"',
  'mount --bind /usr "$0/usr"',
  'for d in root tmp run var/tmp; do mount -t tmpfs -o mode=0755 none "$0/$d" || exit; done',
  'exec chroot "$0" "$@"',
].join(' && ');
const UNSHARE = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child'];

export class Place {
  readonly #root = mkdtempSync(join(tmpdir(), 'k42-terminals-'));
  #way: readonly string[] | undefined;

  constructor() {
    for (const folder of FOLDERS) mkdirSync(join(this.#root, folder), { recursive: true });
    for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(this.#root, name));
    for (const name of SETTINGS) {
      const path = join('/etc', name);
      if (existsSync(path)) cpSync(path, join(this.#root, path), { recursive: true, verbatimSymlinks: true });
    }
    writeFileSync(join(this.#root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    writeFileSync(join(this.#root, 'etc/group'), 'root:x:0:\ntty:x:5:\n');
    for (const [name, text] of Object.entries(homeFiles())) this.#addFile(name, text);
  }

  /** Throws where the host lets nobody enter another root. */
  findWay(): void {
    const ways = [UNSHARE, [...UNSHARE, '--user', '--map-root-user']];
    const works = (way: readonly string[]): boolean => {
      const [program = '', ...args] = this.#nativeWords(way, ['true']);
      return spawnSync(program, args, { env: { ...process.env, ...ENVIRONMENT } }).status === 0;
    };
    this.#way = ways.find((way) => works(way));
    if (this.#way === undefined) throw new Error('unshare and chroot are not allowed here');
  }

  native(command: readonly string[]): readonly string[] {
    if (this.#way === undefined) this.findWay();
    return this.#nativeWords(this.#way!, command);
  }

  /** In a home folder of its own among the host's files. */
  bare(command: readonly string[]): readonly string[] {
    const home = mkdtempSync(join(this.#root, 'bare-'));
    cpSync(join(this.#root, 'home-files'), home, { recursive: true, preserveTimestamps: true });
    return [
      'env',
      '-i',
      ...variables({ ...ENVIRONMENT, HOME: home }),
      '/bin/sh',
      '-c',
      'cd && exec "$@"',
      'sh',
      ...command,
    ];
  }

  k42(command: readonly string[]): readonly string[] {
    const settings = variables(ENVIRONMENT).flatMap((variable) => ['-e', variable]);
    const files = ['--rootfs', this.#root, '-v', '/usr:/usr:ro'];
    return [...k42Command, 'run', '-t', ...files, '--hostname', 'k42', ...settings, '/bin/sh', ...begin(command)];
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }

  #nativeWords(way: readonly string[], command: readonly string[]): readonly string[] {
    const clean = ['env', '-i', ...variables(ENVIRONMENT)];
    return [...way, 'sh', '-c', ENTER, this.#root, ...clean, '/bin/sh', ...begin(command)];
  }

  #addFile(name: string, text: string): void {
    const path = join(this.#root, 'home-files', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, 0o644);
    utimesSync(path, FILES_DATE, FILES_DATE);
    utimesSync(dirname(path), FILES_DATE, FILES_DATE);
  }
}

function variables(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`);
}

function begin(command: readonly string[]): readonly string[] {
  return ['-c', BEGIN, 'sh', ...command];
}

function homeFiles(): Readonly<Record<string, string>> {
  const line = (_value: unknown, index: number): string => `line ${index + 1} of the text, with words to find\n`;
  const long = Array.from({ length: 120 }, line);
  return {
    'long.txt': long.join(''),
    'short.txt': 'first line\nsecond line\nthird line\n',
    'utf8.txt': 'Grüße, naïve café\nΑθήνα 東京 🙂\n',
    'folder/inner.txt': 'inside\n',
    'folder/other.txt': 'beside\n',
    'target/there.txt': 'there already\n',
    // A test types faster than people do.
    '.tmux.conf': 'set -g assume-paste-time 0\n',
    'main.c':
      '#include <stdio.h>\n\nint main(void) {\n  /* Says it. */\n  printf("hello %d\\n", 42);\n  return 0;\n}\n',
  };
}
