/** What a mistaken command line is told: what is wrong, where, and what would do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from './commands.ts';
import { UsageError } from './options.ts';

const before = process.env;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-wrong-'));
  // No machine of anybody's is running in here.
  process.env = { ...before, XDG_RUNTIME_DIR: folder };
});

afterAll(() => {
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

const SIZE = 'expected a size as 512m or 2g';
const LINES: readonly (readonly [line: string, message: string])[] = [
  ['run --enviroment A=1 ls', 'unknown option --enviroment; did you mean --env?'],
  ['run --memroy 1g ls', 'unknown option --memroy; did you mean --memory?'],
  ['run -iz ls', 'unknown option -z in -iz'],
  ['run -q=3 ls', 'option -q takes no value'],
  ['run --rm=yes ls', 'option --rm takes no value'],
  ['run -e', 'option -e needs a value: -e K=V'],
  ['run -e =x ls', "-e =x: no name before '='"],
  ['run --env-file nowhere ls', '--env-file nowhere: there is no such file or folder'],
  ['run --hostname a --hostname b ls', 'option --hostname given twice'],
  ['run -m lots ls', `--memory lots: ${SIZE}`],
  ['run -m 5 ls', '--memory 5: a machine needs at least 6m'],
  ['run --cpus none ls', '--cpus none: expected a number from 0.01 on, as 0.5'],
  ['run --pids-limit many ls', '--pids-limit many: expected a whole number from 1 on'],
  ['run --ulimit nofile=9:3 ls', '--ulimit nofile=9:3: the soft limit is above the hard one'],
  ['run --storage-opt foo=1 ls', '--storage-opt foo=1: expected size=SIZE or inodes=N'],
  ['run --timeout soon ls', '--timeout soon: expected a time as 10s, 2.5m or 1h'],
  ['run --stop-timeout 3 ls', '--stop-timeout is for --timeout'],
  ['run -v here ls', '-v here: expected SRC:DST or SRC:DST:ro'],
  ['run -v /tmp:x ls', "-v /tmp:x: 'x' is not an absolute path"],
  ['run --mount type=volume,target=/x ls', '--mount type=volume,target=/x: expected type=bind or type=tmpfs'],
  ['run --mount type=bind,target=/x ls', '--mount type=bind,target=/x: source=SRC is missing'],
  ['run --mount type=tmpfs,target=/x,a=1 ls', "--mount type=tmpfs,target=/x,a=1: there is no 'a' for type=tmpfs"],
  ['run --tmpfs tmp ls', "--tmpfs tmp: 'tmp' is not an absolute path"],
  ['run -p 80 ls', '-p 80: expected [ADDRESS:]HOST:GUEST, ports of TCP'],
  ['run --allow-net=http://x ls', '--allow-net=http://x: expected HOST, HOST:PORT or *'],
  ['run --engine fast ls', "--engine takes native, unicorn, both or checked, not 'fast'"],
  ['run --cpu v9 ls', "--cpu takes x86-64-v1, x86-64-v2 or x86-64-v3, not 'v9'"],
  ['run --rootfs /nowhere ls', '--rootfs /nowhere: there is no such folder or archive'],
  [
    'run --rootfs package.json ls',
    '--rootfs package.json: not a tar archive: the header at offset 0 has a wrong checksum',
  ],
  ['shell ls', 'k42 shell takes no program; use: k42 run ls'],
  ['serve --name 9x', '--name 9x: a name begins with a letter and has at most 32 letters, digits, _ . -'],
  ['attach', 'no served machine is running; k42 serve starts one'],
  ['attach nobody', 'no machine nobody is running; k42 ps names those that are'],
  ['kill -s FOO x 1', '-s FOO: there is no such signal'],
  ['stop -t x y', '-t x: expected seconds'],
  ['cp a b', 'usage: k42 cp [-L] SRC DST, one of them NAME:PATH'],
  ['disasm nowhere', 'nowhere: there is no such file or folder'],
  ['disasm package.json', 'package.json: not an ELF file for x86-64'],
  ['rootfs build debian', 'say where to make it: -o DIR or -o NAME.tar'],
  ['help serv', "there is no command 'serv'; did you mean serve?"],
  ['completion tcsh', "k42 completion takes bash, zsh or fish, not 'tcsh'"],
  ['version 2', "k42 version takes no '2'"],
];

describe('a mistaken line', () => {
  it.each(LINES)('k42 %s', async (line, message) => {
    const [name = '', ...words] = line.split(' ');
    const failure: unknown = await commands[name]!.run(words).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toBe(message);
  });
});
