/** Options of `k42 run` and of the shell: what is said on the command line → what a session needs. */
import { debugOptionsOf, debugRules, type DebugOptions } from './debug-options.ts';
import { environmentOf, environmentRules } from './environment-options.ts';
import { limitRules, limitsOf, type LimitRequest } from './limit-options.ts';
import { mountRules, mountsOf, type MountRequests } from './mount-options.ts';
import { allowedPlaces, denialsOf, permissionRules, type Denials } from './permission-options.ts';
import { parseNetwork, type NetworkRequest } from './net/network-request.ts';
import { DEFAULT_LEVEL } from '../cpu/processor.ts';
import { ISA_LEVELS, type IsaLevel } from '../cpu/x86/isa-level.ts';
import { parseOptions, UsageError, type OptionGroup, type OptionRule, type ParsedOptions } from './options.ts';

const programRules: readonly OptionRule[] = [
  { long: 'interactive', short: 'i', help: 'keep standard input open (always so; accepted for habit)' },
  { long: 'tty', short: 't', help: 'give the program a terminal (the default when k42 has one)' },
  { long: 'no-tty', help: 'streams instead of a terminal, even when k42 has one' },
  { long: 'rm', help: 'nothing stays of a run (always so; accepted for habit)' },
  ...environmentRules,
  { long: 'workdir', short: 'w', value: 'DIR', help: 'working directory' },
  {
    long: 'user',
    short: 'u',
    value: 'UID[:GID]',
    help: 'user and group ids, or names of the root’s /etc/passwd (default 0:0)',
  },
  { long: 'entrypoint', value: 'PROG', help: 'instead of the image’s own entrypoint' },
  { long: 'hostname', value: 'NAME', help: 'host name inside (default k42)' },
  {
    long: 'console',
    value: 'stdio|pty',
    completes: ['stdio', 'pty'],
    help: 'pty: make a host pseudo-terminal, print its path, wait for someone to attach',
  },
  { long: 'quiet', short: 'q', help: 'no notes of unknown system calls and instructions' },
];

const fileRules: readonly OptionRule[] = [
  {
    long: 'rootfs',
    value: 'DIR|TAR',
    completes: 'path',
    help: 'root file system: folder, tar archive, OCI or docker-save image; changes stay in memory (default: Debian busybox and bash)',
  },
  ...mountRules,
];

const networkRules: readonly OptionRule[] = [
  {
    long: 'publish',
    short: 'p',
    value: '[ADDRESS:]HOST:GUEST',
    repeatable: true,
    help: 'a TCP port of the host (of 127.0.0.1 unless told; 0: any) leads to one inside',
  },
  {
    long: 'allow-net',
    value: 'HOST[:PORT],…',
    implied: '*',
    repeatable: true,
    help: 'programs may reach these hosts (10.0.2.2 is this one); alone: all; without it they reach nothing outside',
  },
  { long: 'deny-net', value: 'HOST[:PORT],…', repeatable: true, help: 'and these never' },
];

const processorRules: readonly OptionRule[] = [
  {
    long: 'engine',
    value: 'native|unicorn|both|checked',
    completes: ['native', 'unicorn', 'both', 'checked'],
    help: 'CPU engine; both and checked compare two ways of execution',
  },
  {
    long: 'cpu',
    value: 'x86-64-v1|v2|v3',
    completes: ISA_LEVELS,
    help: 'processor shown to programs: its CPUID, and which instructions there are (default x86-64-v2; v3 has AVX2)',
  },
];

const traceRules: readonly OptionRule[] = [
  { long: 'strace', help: 'show every system call on standard error, as strace -f does' },
  { long: 'strace-output', value: 'FILE', completes: 'path', help: 'the trace into a file (strace -o)' },
  {
    long: 'trace',
    value: 'SET',
    help: 'only these calls: names and %file %desc %process %signal %memory %network, ! for the rest',
  },
  { long: 'strace-times', help: 'the time spent in each call (strace -T)' },
  { long: 'strace-timestamps', help: 'seconds since 1970 before each line (strace -ttt)' },
  { long: 'strace-summary', help: 'a table of calls, errors and times instead of lines (strace -c)' },
  { long: 'profile', help: 'where the time went: by system call, by process, by function of the programs' },
  { long: 'profile-output', value: 'FILE', completes: 'path', help: 'the profile into a file' },
  ...debugRules,
];

export const runGroups: readonly OptionGroup[] = [
  { title: 'The program', rules: programRules },
  { title: 'Files', rules: fileRules },
  { title: 'Network', rules: networkRules },
  { title: 'Permissions', rules: permissionRules },
  { title: 'Limits', rules: limitRules },
  { title: 'Processor', rules: processorRules },
  { title: 'Looking into it', rules: traceRules },
];

export const runRules: readonly OptionRule[] = runGroups.flatMap(({ rules }) => rules);

export type EngineName = 'native' | 'unicorn' | 'both' | 'checked';

export interface StraceRequest {
  /** Host path; standard error when absent. */
  readonly output: string | undefined;
  readonly set: string | undefined;
  readonly times: 'on' | 'off';
  readonly timestamps: 'on' | 'off';
  readonly mode: 'lines' | 'summary';
}

export interface SessionOptions {
  readonly terminal: 'host' | 'pty' | 'none';
  readonly environment: Readonly<Record<string, string>>;
  readonly workdir: string | undefined;
  readonly user: string | undefined;
  readonly mounts: MountRequests;
  /** Places of the host that are not seen, or not changed. */
  readonly denied: Denials;
  readonly rootfs: string | undefined;
  /** Instead of an image's own. */
  readonly entrypoint: string | undefined;
  readonly hostname: string;
  readonly limits: LimitRequest;
  /** Undefined: the machine's own loopback is all there is. */
  readonly network: NetworkRequest | undefined;
  readonly engine: EngineName;
  readonly cpu: IsaLevel;
  /** Undefined: no trace of system calls. */
  readonly strace: StraceRequest | undefined;
  /** Undefined: no profile. */
  readonly profile: { readonly output: string | undefined } | undefined;
  readonly debug: DebugOptions;
  readonly log: 'stderr' | 'none';
}

/** What `parseRun` found: the session, and the program with its arguments (empty: the shell). */
export interface RunRequest {
  readonly session: SessionOptions;
  readonly program: readonly string[];
}

/** `more`: options of a command that has those of a run and others; they are in `more` of the answer. */
export function parseRun(
  words: readonly string[],
  more: readonly OptionRule[] = [],
): RunRequest & { readonly more: ParsedOptions } {
  const parsed = parseOptions([...runRules, ...more], words);
  const mounts = mountsOf(parsed);
  return {
    program: parsed.rest,
    more: parsed,
    session: {
      terminal: terminalOf(parsed),
      environment: environmentOf(parsed),
      workdir: absolute(parsed.value('workdir')),
      user: parsed.value('user'),
      mounts: { ...mounts, volumes: [...mounts.volumes, ...allowedPlaces(parsed)] },
      denied: denialsOf(parsed),
      rootfs: parsed.value('rootfs'),
      entrypoint: parsed.value('entrypoint'),
      hostname: parsed.value('hostname') ?? 'k42',
      limits: limitsOf(parsed),
      network: parseNetwork(parsed.values('publish'), parsed.values('allow-net'), parsed.values('deny-net')),
      engine: engineOf(parsed.value('engine')),
      cpu: cpuOf(parsed.value('cpu')),
      strace: straceOf(parsed),
      profile: profileOf(parsed),
      debug: debugOptionsOf(parsed, engineOf(parsed.value('engine'))),
      log: parsed.has('quiet') ? 'none' : 'stderr',
    },
  };
}

function terminalOf(parsed: ParsedOptions): SessionOptions['terminal'] {
  const console = parsed.value('console') ?? 'stdio';
  if (console !== 'stdio' && console !== 'pty') throw new UsageError(`--console takes stdio or pty, not '${console}'`);
  if (parsed.has('tty') && parsed.has('no-tty')) throw new UsageError('--tty and --no-tty exclude each other');
  if (console === 'pty') return 'pty';
  const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (parsed.has('tty') && !hasTerminal) {
    throw new UsageError('-t needs a terminal on standard input and output; leave it out for pipes');
  }
  return hasTerminal && !parsed.has('no-tty') ? 'host' : 'none';
}

function profileOf(parsed: ParsedOptions): SessionOptions['profile'] {
  const output = parsed.value('profile-output');
  if (!parsed.has('profile') && output === undefined) return undefined;
  if (straceOf(parsed) !== undefined) throw new UsageError('--profile and --strace exclude each other');
  return { output };
}

/** Each of the options asks for a trace, --strace alone too. */
function straceOf(parsed: ParsedOptions): StraceRequest | undefined {
  const switches = ['strace', 'strace-times', 'strace-timestamps', 'strace-summary'];
  const output = parsed.value('strace-output');
  const set = parsed.value('trace');
  if (!switches.some((name) => parsed.has(name)) && output === undefined && set === undefined) return undefined;
  return {
    output,
    set,
    times: parsed.has('strace-times') ? 'on' : 'off',
    timestamps: parsed.has('strace-timestamps') ? 'on' : 'off',
    mode: parsed.has('strace-summary') ? 'summary' : 'lines',
  };
}

/** `v3` alone will do. */
function cpuOf(name: string = DEFAULT_LEVEL): IsaLevel {
  const level = ISA_LEVELS.find((known) => known === name || known === `x86-64-${name}`);
  if (level === undefined) throw new UsageError(`--cpu takes x86-64-v1, x86-64-v2 or x86-64-v3, not '${name}'`);
  return level;
}

function engineOf(name = 'native'): EngineName {
  if (name === 'native' || name === 'unicorn' || name === 'both' || name === 'checked') return name;
  throw new UsageError(`--engine takes native, unicorn, both or checked, not '${name}'`);
}

function absolute(path: string | undefined): string | undefined {
  if (path !== undefined && !path.startsWith('/'))
    throw new UsageError(`the working directory '${path}' is not absolute`);
  return path;
}
