/** `k42 shell`, `k42 run` and `k42 ./prog`. */
import { statSync } from 'node:fs';
import { dirname, parse, resolve } from 'node:path';
import { imageProgram, takeRootWord, withImageSettings } from './image-run.ts';
import { loginShell, type NamedProgram } from './login-shell.ts';
import { UsageError } from './options.ts';
import { SEARCH_PATH } from './program.ts';
import type { Volume } from './mount-options.ts';
import { parseRun, type SessionOptions } from './run-options.ts';
import { openRoot } from './host-trees.ts';
import { note } from './note.ts';
import { progressBar } from './progress-bar.ts';
import { Session } from './session.ts';

/** Options before a program of the host are that program's, as with qemu-user: `k42 --profile ./prog`. */
export async function shell(words: readonly string[]): Promise<number> {
  const { session, program } = parseRun(words);
  if (program[0]?.includes('/') === true) return execHostProgram(words);
  if (program.length > 0) throw new UsageError(`k42 shell takes no program; use: k42 run ${program.join(' ')}`);
  const { system, config } = await openRoot(session.rootfs, note, session.limits.storage, progressBar());
  return start(await Session.open(withImageSettings(session, config), system), loginShell(system));
}

/** Without a program: what the image wants to run, else a shell. */
export async function run(words: readonly string[]): Promise<number> {
  const { session: request, program } = takeRootWord(parseRun(words));
  const { system, config } = await openRoot(request.rootfs, note, request.limits.storage, progressBar());
  const options = withImageSettings(request, config);
  const argv = imageProgram(program, options, config);
  const [name] = argv;
  return start(await Session.open(options, system), name === undefined ? loginShell(system) : { name, argv });
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
  const volumes = [...session.mounts.volumes, ...ownPlaces(here, path)];
  const mounts = { ...session.mounts, volumes };
  const options: SessionOptions = { ...session, mounts, workdir: session.workdir ?? here };
  const { system } = await openRoot(session.rootfs, note, session.limits.storage, progressBar());
  return start(await Session.open(options, system), { name: path, argv: [first, ...args] });
}

/** The host's root folder is never shown: it would hide the guest's. */
function ownPlaces(here: string, program: string): Volume[] {
  const { root } = parse(program);
  const folder = dirname(program);
  const volumes: Volume[] = here === root ? [] : [{ source: here, target: here, access: 'read-write' }];
  if (folder === here && here !== root) return volumes;
  const shown = folder === root ? program : folder;
  return [...volumes, { source: shown, target: shown, access: 'read-only' }];
}

async function start(session: Session, { name, argv }: NamedProgram): Promise<number> {
  const { options } = session;
  return session.run({
    name,
    argv,
    environment: {
      PATH: SEARCH_PATH,
      HOSTNAME: options.hostname,
      ...(options.terminal !== 'none' && { TERM: process.env['TERM'] ?? 'xterm' }),
      ...options.environment,
    },
  });
}
