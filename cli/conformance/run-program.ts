/** Compiling a conformance program, and running it on the host's Linux and in a machine of k42. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../rootfs/cache-folder.ts';
import { runGuest } from '../bare-machine.ts';
import type { GuestResult } from '../bare-machine.ts';
import { splitLines } from './expectation.ts';
import type { KernelVersion } from './expectation.ts';
import { runOnHost } from './host-process.ts';
import type { ConformanceProgram } from './program.ts';

const TIMEOUT_MS = 30_000;
const NATIVE_TIMEOUT_MS = 20_000;
const FLAGS = ['-O1', '-static', '-w', '-pthread'];
const HEADERS = ['conform.h', 'check.h'];

export interface Answer {
  readonly lines: readonly string[];
  /** Exit status, or 128 + signal. */
  readonly status: number;
}

/** The compiled program, kept in the cache as long as its source stays as it is. */
export async function compileProgram({ family, name, source }: ConformanceProgram): Promise<string> {
  const include = dirname(dirname(source));
  const hash = createHash('sha256');
  for (const path of [source, ...HEADERS.map((header) => join(include, header))]) hash.update(readFileSync(path));
  const folder = join(cacheFolder(), 'conformance');
  const stem = `${family}-${name}-`;
  const program = join(folder, `${stem}${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const partial = `${program}.${process.pid}`;
  await promisify(execFile)('gcc', [...FLAGS, '-I', include, '-o', partial, source, '-lm']);
  for (const old of readdirSync(folder)) {
    if (old.startsWith(stem) && join(folder, old) !== partial) rmSync(join(folder, old), { force: true });
  }
  renameSync(partial, program);
  return program;
}

/** On the host; `user` runs it as that uid and gid (root may). Errors: those of `runOnHost`. */
export async function runNative(program: string, args: readonly string[], user?: number): Promise<Answer> {
  const cwd = mkdtempSync(join(tmpdir(), 'k42-conformance-'));
  try {
    // Another user can't reach the cache.
    const copy = join(cwd, 'program');
    copyFileSync(program, copy);
    if (user !== undefined) chownSync(cwd, user, user);
    const { stdout, stderr, status } = await runOnHost(copy, args, { cwd, timeoutMs: NATIVE_TIMEOUT_MS, user });
    return { lines: splitLines(stdout + stderr), status };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

export async function runInGuest(
  program: string,
  args: readonly string[],
): Promise<Answer & Pick<GuestResult, 'machine'>> {
  const { output, status, machine } = await runGuest('native', program, { args, timeoutMs: TIMEOUT_MS });
  return { lines: splitLines(output), status, machine };
}

export function hostKernel(): KernelVersion {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return [major, minor];
}

/** Linux's capability numbers go up to 40; a container's root often lacks some. CAP_SYS_RESOURCE (24) is not needed. */
const NEEDED_CAPABILITIES = (1n << 41n) - 1n - (1n << 24n);

/**
 * Why this host's answers can't be compared with recorded ones, undefined when they can: a program that needs root wants all its
 * capabilities, and a system call filter answers in the kernel's place.
 */
export function nativeObstacle(user: 'any user' | 'root' | undefined): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `the host is ${process.platform} ${process.arch}`;
  const status = readFileSync('/proc/self/status', 'latin1');
  if (/^Seccomp:\s*2/m.test(status)) return 'a system call filter is in force here';
  if (user === 'any user') return undefined;
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  if (process.getuid?.() !== 0) return 'it needs root';
  return (capabilities & NEEDED_CAPABILITIES) === NEEDED_CAPABILITIES
    ? undefined
    : 'root lacks capabilities here (a container?)';
}
