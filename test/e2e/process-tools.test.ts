/**
 * procps, psmisc, lsof and util-linux print in k42 what they print natively: the host's own programs and libraries run in both.
 * The scripts of tools/*.txt keep to what is determined: numbers of processes, sizes of the machine and times are left out.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostTools } from '../support/host-tools.ts';
import { command, requirement } from '../support/requirements.ts';
import { normalise, readCommands } from './command-table.ts';
import { K42Runner } from './k42-runner.ts';
import { NativeRunner } from './native-runner.ts';

const tools = {
  shells: 'bash sh',
  coreutils: 'cat cp cut head nice sleep sort tail tr uniq wc',
  procps: 'free pgrep pidof pkill pmap ps pwdx sysctl top uptime vmstat w',
  psmisc: 'fuser killall pstree',
  lsof: 'lsof',
  'util-linux':
    'choom chrt findmnt flock ionice ipcmk ipcrm ipcs lsblk lscpu lsipc lslocks lsns prlimit renice taskset',
  text: 'awk grep sed',
} as const;

/**
 * `asleep -p PID NAME`, `asleep --ppid PID NAME COUNT`: waits until the processes have become NAME and sleep. Before that they are
 * still the shell, or their program is being loaded, and what one tool sees of them need not be what the next one sees.
 */
const asleep = 'asleep() { until [ "$(ps -o s=,comm= $1 $2 | grep -cx "S $3")" = "${4:-1}" ]; do :; done; }';

const ready =
  (await requirement('an x86-64 Linux host', () => {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(`this is ${process.platform} ${process.arch}`);
  })) &&
  (await requirement('procps', command('ps', ['-V']))) &&
  (await requirement('psmisc', command('pstree', ['-V']))) &&
  (await requirement('lsof', command('lsof', ['-v'])));

describe.runIf(ready)('tools that read /proc', () => {
  let host: HostTools;
  let native: NativeRunner;
  let k42: K42Runner;

  beforeAll(async () => {
    host = new HostTools(Object.values(tools).flatMap((names) => names.split(' ')));
    native = new NativeRunner(join(host.bin, 'bash'), host.bin);
    k42 = await K42Runner.openFolder(host.folder);
  });
  afterAll(() => {
    native.close();
    host.remove();
  });

  for (const [index, { script }] of readCommands(join(import.meta.dirname, 'tools')).entries()) {
    it(`${index}: ${script.slice(0, 100).replaceAll('\n', '; ')}`, async () => {
      const expected = normalise(native.run(`${asleep}\n${script}`));
      expect(normalise(await k42.run(`${asleep}\n${script}`))).toEqual(expected);
    });
  }
});
