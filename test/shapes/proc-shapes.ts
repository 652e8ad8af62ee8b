/**
 * `npm run proc-shapes [-- PATTERN]`: every file of /proc (of the caller, of the system, of /proc/sys), natively and in k42; prints where their shapes differ, and
 * what only one has. PATTERN: a regular expression that paths must match. Natively in network and IPC namespaces of its own, when that is
 * allowed. What belongs to the hardware, the version or the configuration of the host's kernel differs.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { k42Command } from '../e2e/person.ts';
import { GuestPrograms } from '../support/guest-machine.ts';
import { compareFiles, parseDump } from './shapes.ts';

const TREES = ['/proc', '/proc/self/.'];
const SHOWN_LINES = 10;
const SHOWN_CHARACTERS = 160;
const LARGEST = 64 * 2 ** 20;

function main(): void {
  const pattern = new RegExp(process.argv[2] ?? '.');
  const programs = new GuestPrograms();
  const root = mkdtempSync(join(tmpdir(), 'k42-shapes-'));
  try {
    const program = programs.compile(join(import.meta.dirname, 'dump.c'));
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    cpSync(program, join(root, 'usr/bin/dump'));
    const native = parseDump(runNatively(program));
    const guest = parseDump(
      output([...k42Command, 'run', '--no-tty', '--rootfs', root, '-w', '/', '/usr/bin/dump', ...TREES]),
    );
    for (const [path, file] of native) {
      const other = guest.get(path);
      const differences = other && pattern.test(path) ? compareFiles(file, other) : undefined;
      if (differences !== undefined) print(path, differences);
    }
    const missing = [...native.keys()].filter((path) => pattern.test(path) && !guest.has(path));
    const more = [...guest.keys()].filter((path) => pattern.test(path) && !native.has(path));
    print(`only natively: ${missing.length}`, missing);
    print(`only in k42: ${more.length}`, more);
  } finally {
    programs.remove();
    rmSync(root, { recursive: true });
  }
}

function runNatively(program: string): string {
  const separate = ['unshare', '--net', '--ipc', program, ...TREES];
  return output(spawnSync('unshare', ['--net', '--ipc', 'true']).status === 0 ? separate : [program, ...TREES]);
}

function output([command = '', ...args]: readonly string[]): string {
  const { stdout, status, stderr } = spawnSync(command, args, { encoding: 'latin1', maxBuffer: LARGEST });
  if (status !== 0) throw new Error(`${command}: status ${status}: ${stderr}`);
  return stdout;
}

function print(title: string, lines: readonly string[]): void {
  process.stdout.write(`${title}\n`);
  for (const line of lines.slice(0, SHOWN_LINES)) process.stdout.write(`    ${line.slice(0, SHOWN_CHARACTERS)}\n`);
  if (lines.length > SHOWN_LINES) process.stdout.write(`    … ${lines.length - SHOWN_LINES} more\n`);
}

main();
