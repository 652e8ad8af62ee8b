/** The command line from outside: streams, statuses, bad programs, options. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { command, requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const rootReady = await requirement('the default root', ensureDefaultRoot);
const gccReady = await requirement('gcc', command('gcc'));

const [node, script] = k42Command;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-cli-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function k42(
  args: readonly string[],
  input: string | Uint8Array = '',
  environment: NodeJS.ProcessEnv = {},
  cwd = folder,
) {
  const { status, stdout, stderr } = spawnSync(node, [script, ...args], {
    cwd,
    input,
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 30,
    timeout: 50_000,
  });
  return { status, stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1') };
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.runIf(rootReady)('streams', () => {
  it('pass every byte, megabytes of them', () => {
    const bytes = randomBytes(8_000_000);
    const { stdout } = spawnSync(node, [script, 'run', 'cat'], { input: bytes, maxBuffer: 2 ** 30 });
    expect(hash(stdout)).toBe(hash(bytes));
  });

  it('keep standard error apart', () => {
    expect(k42(['run', 'sh', '-c', 'echo out; echo err >&2'])).toEqual({ status: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('deliver a line before the input ends', async () => {
    const child = spawn(node, [script, 'run', 'sh', '-c', 'while read -r line; do echo "got $line"; done'], {
      cwd: folder,
    });
    const answer = new Promise<string>((resolve) =>
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    child.stdin.write('one\n');
    expect(await answer).toBe('got one\n');
    child.stdin.end();
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
  });

  it('end a writer whose reader went away', () => {
    const pipeline = `'${node}' '${script}' run yes | head -n 1; echo "\${PIPESTATUS[0]}"`;
    expect(spawnSync('bash', ['-c', pipeline]).stdout.toString()).toBe('y\n141\n');
  });

  it('carry 64 MB through a pipeline inside', () => {
    const words = ['run', 'sh', '-c', 'head -c 67108864 /dev/zero | cat | cat | tail -c 1 | od -An -tx1'];
    expect(k42(words).stdout).toBe(' 00\n');
  });

  it('survive a guest that sleeps for ever, until told to end', async () => {
    const child = spawn(node, [script, 'run', 'sh', '-c', 'echo ready; mkfifo /tmp/p; cat /tmp/p'], { cwd: folder });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(143);
  });
});

describe.runIf(rootReady)('statuses', () => {
  it.each([
    [['run', 'sh', '-c', 'exit 7'], 7, ''],
    [['run', 'sh', '-c', 'kill -9 $$'], 137, ''],
    [['run', 'no-such-program'], 127, 'k42: no-such-program: not found\n'],
    [['run', '/etc/passwd'], 126, 'k42: /etc/passwd: permission denied\n'],
    [['run', '/tmp'], 126, 'k42: /tmp: permission denied\n'],
    [['run', '--bogus'], 125, "k42: unknown option --bogus\nTry 'k42 run --help'.\n"],
    [
      ['run', '-w', 'relative', 'true'],
      125,
      "k42: the working directory 'relative' is not absolute\nTry 'k42 run --help'.\n",
    ],
    [['run', '-v', 'nowhere', 'true'], 125, "k42: -v nowhere: expected SRC:DST or SRC:DST:ro\nTry 'k42 run --help'.\n"],
    [
      ['run', '-u', 'nobody-knows', 'true'],
      125,
      "k42: -u nobody-knows: no user 'nobody-knows' in the root's /etc/passwd\nTry 'k42 run --help'.\n",
    ],
    [
      ['frobnicate'],
      125,
      "k42: unknown command 'frobnicate'; 'k42 run frobnicate' runs a program of that name\nTry 'k42 help'.\n",
    ],
  ])('%j', (words, status, stderr) => {
    expect(k42(words)).toEqual({ status, stdout: '', stderr });
  });
});

describe.runIf(rootReady)('options', () => {
  it('set environment, folder, user and host name', () => {
    const words = [
      'run',
      '-e',
      'A=1',
      '-w',
      '/tmp',
      '-u',
      'user',
      '--hostname',
      'box',
      'sh',
      '-c',
      'echo $A $PWD $HOME; id -u; hostname',
    ];
    expect(k42(words).stdout).toBe('1 /tmp /home/user\n1000\nbox\n');
  });

  it('show host folders and files, and keep read-only ones so', () => {
    mkdirSync(join(folder, 'shared'), { recursive: true });
    writeFileSync(join(folder, 'shared', 'a'), 'from the host\n');
    writeFileSync(join(folder, 'single'), 'one file\n');
    const volumes = ['-v', `${folder}/shared:/s`, '-v', `${folder}/shared:/r:ro`, '-v', `${folder}/single:/etc/single`];
    const result = k42([
      'run',
      ...volumes,
      'sh',
      '-c',
      'cat /s/a /etc/single; echo back > /s/b; echo no > /r/c; ls /r',
    ]);
    expect(result.stdout).toBe('from the host\none file\na\nb\n');
    expect(result.stderr).toContain('Read-only file system');
    expect(readFileSync(join(folder, 'shared', 'b'), 'utf8')).toBe('back\n');
  });

  it('take another root, a folder or an archive, and leave it as it is', () => {
    const root = join(folder, 'root');
    mkdirSync(join(root, 'etc'), { recursive: true });
    writeFileSync(join(root, 'etc', 'motd'), 'mine\n');
    spawnSync('tar', ['-cf', 'root.tar', '-C', root, '.'], { cwd: folder });
    expect(k42(['run', '--rootfs', root, '/bin/true'])).toMatchObject({ status: 127 });
    expect(k42(['run', '--rootfs', 'root.tar', '/etc/motd'])).toMatchObject({ status: 126 });
    expect(k42(['run', '--rootfs', 'missing', 'true'])).toMatchObject({
      status: 125,
      stderr: "k42: --rootfs missing: there is no such folder or archive\nTry 'k42 run --help'.\n",
    });
  });
});

describe.runIf(rootReady)('container images', () => {
  it('are run as their configuration says, and as the command line says otherwise', async () => {
    const image = join(folder, 'image');
    mkdirSync(image);
    copyFileSync(await ensureDefaultRoot(), join(image, 'layer.tar'));
    const config = { Entrypoint: ['sh', '-c'], Cmd: ['id -un; pwd; echo $A $0'], User: 'user', WorkingDir: '/srv/app' };
    writeFileSync(join(image, 'config.json'), JSON.stringify({ config: { ...config, Env: ['A=image'] } }));
    writeFileSync(join(image, 'manifest.json'), JSON.stringify([{ Config: 'config.json', Layers: ['layer.tar'] }]));
    spawnSync('tar', ['-czf', 'image.tar.gz', '-C', image, '.'], { cwd: folder });
    const K42_CACHE = join(folder, 'cache');
    const run = (...args: string[]) => k42(['run', ...args], '', { K42_CACHE });
    expect(run('image.tar.gz').stdout).toBe('user\n/srv/app\nimage sh\n');
    expect(run('image').stdout).toBe('user\n/srv/app\nimage sh\n');
    const changed = [
      '-u',
      'root',
      '-w',
      '/new',
      '-e',
      'A=mine',
      '--rootfs',
      'image',
      'id -un; pwd; echo $A $0',
      'zero',
    ];
    expect(run(...changed).stdout).toBe('root\n/new\nmine zero\n');
    expect(run('--entrypoint', 'echo', 'image', 'a', 'b').stdout).toBe('a b\n');
  });
});

describe.runIf(rootReady && gccReady)('programs of the host', () => {
  const program = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    chmodSync(join(folder, name), 0o755);
    return `./${name}`;
  };
  let image: Uint8Array;

  beforeAll(() => {
    const source = `#include <stdio.h>
      #include <stdlib.h>
      #include <sys/mman.h>
      #include <unistd.h>
      int main(int argc, char **argv) {
        switch (argc > 1 ? argv[1][0] : 0) {
          case 's': *(volatile int *)8 = 1;
          case 'i': __asm__ volatile("ud2");
          case 'f': { volatile int z = 0; printf("%d", (int)(getpid() / z)); }
          case 'b': {
            FILE *f = tmpfile();
            volatile char *p = mmap(0, 4096, PROT_READ, MAP_SHARED, fileno(f), 0);
            return p[0];
          }
        }
        printf("%s %d\\n", argv[0], argc);
        return 3;
      }`;
    writeFileSync(join(folder, 'program.c'), source);
    const built = spawnSync('gcc', ['-static', '-O1', '-w', '-o', 'program', 'program.c'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(built.stderr).toBe('');
    image = readFileSync(join(folder, 'program'));
  });

  it('run like under qemu-user', () => {
    expect(k42(['./program', 'x', 'y'])).toEqual({ status: 3, stdout: './program 3\n', stderr: '' });
  });

  it.each([
    ['s', 139],
    ['i', 132],
    ['f', 136],
    ['b', 135],
  ])('end alone by their fault %s', (fault, status) => {
    expect(k42(['./program', fault]).status).toBe(status);
  });

  it.each([4, 16, 40, 63, 64, 70, 120, 600])('cut after %i bytes are refused', (length) => {
    const result = k42([program('cut', image.subarray(0, length))]);
    expect(result).toMatchObject({ status: 126, stdout: '' });
    expect(result.stderr).toBe('k42: ./cut: not an executable this machine can run\n');
  });

  // Linux looks at neither class nor byte order: the host's kernel says what is to happen.
  it.each<[what: string, offset: number, value: number]>([
    ['32-bit class', 4, 1],
    ['big-endian', 5, 2],
    ['another machine', 18, 40],
    ['no program type', 16, 1],
  ])('with %s do as on the host', (_what, offset, value) => {
    const spoilt = Uint8Array.from(image);
    spoilt[offset] = value;
    const path = program('spoilt', spoilt);
    const native = spawnSync(path, { cwd: folder, encoding: 'latin1' });
    const refusal = { status: 126, stdout: '', stderr: `k42: ${path}: not an executable this machine can run\n` };
    const ran = { status: native.status, stdout: native.stdout, stderr: native.stderr };
    // What the kernel refuses, execvp gives to the shell: then the program's own status is not seen.
    expect(k42([path])).toEqual(native.status === 3 ? ran : refusal);
  });

  it("leave the guest's root as it is", () => {
    expect(k42([join(folder, 'program')], '', {}, '/')).toEqual({
      status: 3,
      stdout: `${join(folder, 'program')} 1\n`,
      stderr: '',
    });
    expect(k42(['/usr'])).toMatchObject({ status: 126, stderr: 'k42: /usr: permission denied\n' });
  });

  it('say what is missing', () => {
    expect(k42([program('script', Buffer.from('#!/no/such/shell\n'))])).toMatchObject({
      status: 127,
      stderr: 'k42: ./script: its interpreter is not in the root\n',
    });
    expect(k42(['./absent'])).toMatchObject({ status: 127, stderr: 'k42: ./absent: not found\n' });
  });
});
