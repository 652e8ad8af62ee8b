/**
 * The command table: scripts for `bash -c`, kept as data in commands/*.txt, one after each line `#:`. Each runs natively and in
 * k42, with the same static bash and busybox, in a fresh directory holding the same fixture files.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'commands');
const SEPARATOR = '#:\n';

export interface CommandCase {
  readonly family: string;
  readonly script: string;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status, or 128 + signal. */
  readonly status: number;
}

export function commandTable(): CommandCase[] {
  return readCommands(folder);
}

/** The cases of all .txt files of a folder. */
export function readCommands(from: string): CommandCase[] {
  return readdirSync(from)
    .filter((file) => file.endsWith('.txt'))
    .flatMap((file) =>
      readFileSync(join(from, file), 'utf8')
        .split(SEPARATOR)
        .slice(1)
        .map((script) => ({ family: file.replace('.txt', ''), script: script.trimEnd() })),
    );
}

/** Files that every case starts with. */
export const fixtures: Readonly<Record<string, Uint8Array>> = {
  'words.txt': bytes('apple\nbanana\ncherry\napple\ndate\nelderberry\nfig\ngrape\nbanana\nhoneydew\napple\nkiwi\n'),
  'numbers.txt': bytes(Array.from({ length: 100 }, (_, i) => `${(i * 37) % 101}\n`).join('')),
  'table.tsv': bytes('one\t10\t3\ntwo\t20\t1\nthree\t10\t2\nfour\t30\t9\nfive\t20\t5\n'),
  'poem.txt': bytes('The night is long,\nthe road is far;\nand over all\nthe evening star.\n'),
  'script.sh': bytes('echo "script $# args: $*"\nfor a in "$@"; do echo "- $a"; done\n(exit 3)\n'),
  'binary.dat': Uint8Array.from({ length: 256 }, (_, i) => (i * 7) & 0xff),
};

/** Environment of every case, without PATH. */
export const environment: Readonly<Record<string, string>> = {
  HOME: '/',
  LC_ALL: 'C',
  TERM: 'dumb',
  TZ: 'UTC',
  USER: 'root',
};

/** What differs between two runs of the same thing: process ids in the shell's messages. */
export function normalise(result: CommandResult): CommandResult {
  const stderr = result.stderr
    .replace(/(line \d+:) +\d+( +(?:Killed|Terminated|Segmentation fault|Hangup))/g, '$1 PID$2')
    .replace(/kill: \(\d+\)/g, 'kill: (PID)')
    .replace(/^\[(\d+)\] \d+$/gm, '[$1] PID');
  return { ...result, stderr };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
