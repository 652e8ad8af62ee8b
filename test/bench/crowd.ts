/** `ps aux` among 500 sleeping processes, natively and in k42: the host's own ps. The first run in a machine translates its code, later ones find it. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { GuestPrograms } from '../support/guest-machine.ts';
import { HostTools } from '../support/host-tools.ts';
import { bestRows, k42 } from './guest-rows.ts';
import { table } from './measure.ts';

const PROCESSES = '500';
const RUNS_IN_A_MACHINE = '5';
const NS_PER_MS = 1e6;

/** The runs alternate; the best of each is shown. */
export function printCrowd(runs: number): void {
  const programs = new GuestPrograms();
  const host = new HostTools(['ps']);
  try {
    const crowd = programs.compile(join(import.meta.dirname, 'crowd.c'));
    const words = [PROCESSES, RUNS_IN_A_MACHINE];
    cpSync(crowd, join(host.bin, 'crowd'));
    const machine = ['run', '--no-tty', '--rootfs', host.folder, '-w', '/'];
    const native = [crowd, ...words, join(host.bin, 'ps'), 'aux'];
    const guest = [process.execPath, k42, ...machine, '/usr/bin/crowd', ...words, '/usr/bin/ps', 'aux'];
    const rows = bestRows(runs, native, guest).map(({ name, own, inside }) => [
      `ps aux, ${PROCESSES} processes, ${name}`,
      ...[own, inside, inside - own].map((ns) => (ns / NS_PER_MS).toFixed(0)),
    ]);
    process.stdout.write(`${table(['', 'native ms', 'k42 ms', 'over native ms'], rows)}\n`);
  } finally {
    programs.remove();
    host.remove();
  }
}
