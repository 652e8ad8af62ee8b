/** `k42 shell`, `k42 run` and `k42 ./prog`. */
import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { UsageError } from './options.ts';
import { parseRun, type SessionOptions } from './run-options.ts';
import { Session } from './session.ts';

const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export async function shell(words: readonly string[]): Promise<number> {
  const { session, program } = parseRun(words);
  if (program.length > 0) throw new UsageError(`k42 shell takes no program; use: k42 run ${program.join(' ')}`);
  return start(session, ['bash'], ['-bash']);
}

export async function run(words: readonly string[]): Promise<number> {
  const { session, program } = parseRun(words);
  return program.length === 0 ? start(session, ['bash'], ['-bash']) : start(session, program);
}

/** Like qemu-user: the host's current folder and the program's own are visible at their own paths. */
export async function execHostProgram(words: readonly string[]): Promise<number> {
  const { session, program } = parseRun(words);
  const [first = '', ...args] = program;
  const path = resolve(first);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    process.stderr.write(`k42: ${first}: not found\n`);
    return 127;
  }
  const here = process.cwd();
  const volumes = [
    ...session.volumes,
    { source: here, target: here, access: 'read-write' as const },
    ...(dirname(path) === here ? [] : [{ source: dirname(path), target: dirname(path), access: 'read-only' as const }]),
  ];
  return start({ ...session, volumes, workdir: session.workdir ?? here }, [path, ...args], [first, ...args]);
}

async function start(options: SessionOptions, program: readonly string[], argv = program): Promise<number> {
  const session = await Session.open(options);
  const [name = ''] = program;
  return session.run({
    paths: name.includes('/') ? [name] : searchPath(options, name),
    argv,
    environment: {
      PATH: SEARCH_PATH,
      HOSTNAME: options.hostname,
      ...(options.terminal !== 'none' && { TERM: process.env['TERM'] ?? 'xterm' }),
      ...options.environment,
    },
  });
}

function searchPath(options: SessionOptions, name: string): string[] {
  const path = options.environment['PATH'] ?? SEARCH_PATH;
  return path.split(':').map((folder) => `${folder === '' ? '.' : folder}/${basename(name)}`);
}
