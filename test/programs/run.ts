/** Runs a program of the catalogue, natively or in k42, and visits it when it is a server. */
import { spawn, spawnSync } from 'node:child_process';
import { k42Command } from '../e2e/person.ts';
import type { Program } from './catalogue.ts';
import { VOLUMES } from './program-root.ts';

export interface Outcome {
  /** 128 + signal when one ended it. */
  readonly status: number;
  readonly lines: readonly string[];
  readonly complaints: string;
  /** Of processors, all processes together: steadier than elapsed time on a busy machine. */
  readonly cpuSeconds: number;
  readonly seconds: number;
}

interface Command {
  readonly words: readonly string[];
  /** Where a server's port can be reached; undefined: its first line on standard error says so. */
  readonly port: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/** test_subprocess starts 600 programs of python3. */
const TIMEOUT_MS = 60 * 60_000;
/** LISTEN is where servers should: in k42 ports are published from outside the machine's loopback. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
};

/** Everything but /tmp is as in the root; /dev and /proc are the host's, the name is k42's. Needs what root may do. */
const NATIVE = ['unshare', '--mount', '--uts', 'sh', '-c'];
const ENTER = [
  'hostname k42',
  // As many descriptors as in k42: test modules try to reach the limit.
  'ulimit -S -n 1024',
  'for tree in dev proc; do mount --rbind "/$tree" "$0/$tree"; done',
  'mount -t tmpfs none "$0/tmp"',
  ...Object.entries(VOLUMES).map(([place, folder]) => `mount --bind ${folder} "$0${place}"`),
  'exec chroot "$0" "$@"',
].join(' && ');

export function canRunNatively(root: string): boolean {
  const [program = '', ...args] = NATIVE;
  return spawnSync(program, [...args, ENTER, root, '/bin/true']).status === 0;
}

export function runNatively(root: string, program: Program): Promise<Outcome> {
  return run(program, {
    words: [...NATIVE, ENTER, root, ...script(program)],
    port: program.port,
    environment: { ...ENVIRONMENT, LISTEN: '127.0.0.1' },
  });
}

export function runInK42(root: string, program: Program): Promise<Outcome> {
  const volumes = Object.entries(VOLUMES).flatMap(([place, folder]) => ['-v', `${folder}:${place}:ro`]);
  const publish = program.port === undefined ? [] : ['-p', `0:${program.port}`];
  const inside = Object.entries({ ...ENVIRONMENT, LISTEN: '0.0.0.0' });
  const environment = inside.flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const options = ['--no-tty', '--rootfs', root, '-w', '/', ...environment, ...volumes, ...publish];
  return run(program, {
    words: [...k42Command, 'run', ...options, ...script(program)],
    port: undefined,
    environment: ENVIRONMENT,
  });
}

function script({ script: name, args = [] }: Program): string[] {
  return ['/bin/bash', `/mnt/scripts/${name}`, ...args];
}

/** What its children used goes to the fourth stream: two lines of minutes and seconds. Source: bash(1), times. */
const TIMED = '"$@" 3>&-; status=$?; times >&3; exit $status';

function run({ visit }: Program, { words, port, environment }: Command): Promise<Outcome> {
  const start = performance.now();
  const child = spawn('bash', ['-c', TIMED, 'bash', ...words], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, PATH: `${ENVIRONMENT.PATH}:${process.env['PATH'] ?? ''}` },
    // A group of its own, to be ended as one.
    detached: true,
  });
  const late = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), TIMEOUT_MS);
  let [output, complaints, seen, times] = ['', '', '', ''];
  child.stdio[3]!.on('data', (bytes: Buffer) => (times += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (complaints += bytes.toString()));
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    if (visit === undefined || seen !== '' || !output.includes('READY\n')) return;
    seen = 'visiting';
    const place = port ?? Number(/127\.0\.0\.1:(\d+)/.exec(complaints)?.[1]);
    void visit(place)
      .then(
        (answer) => (seen = answer),
        (failure: unknown) => (seen = String(failure)),
      )
      .finally(() => child.stdin.write('visited\n'));
  });
  if (visit === undefined) child.stdin.end();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      const lines = [...output.trimEnd().split('\n'), ...(seen === '' ? [] : [seen])];
      const seconds = (performance.now() - start) / 1000;
      resolve({ status: code ?? signalStatus(signal), lines, complaints, cpuSeconds: sumOfTimes(times), seconds });
    });
  });
}

function sumOfTimes(text: string): number {
  const parts = [...text.matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

function signalStatus(signal: NodeJS.Signals | null): number {
  return signal === 'SIGKILL' ? 137 : 128;
}
