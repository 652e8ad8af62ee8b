/** Guests that try what no honest program does: the machine goes on, and the host does not notice. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { command, requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const rootReady = await requirement('the default root', ensureDefaultRoot);
const gccReady = await requirement('gcc', command('gcc'));
const [node, script] = k42Command;

let base: string;
let share: string;

beforeAll(() => {
  base = fs.mkdtempSync(join(tmpdir(), 'k42-hostile-'));
  share = join(base, 'share');
  fs.mkdirSync(share);
  const source = join(import.meta.dirname, 'hostile', 'hostile.c');
  const { status, stderr } = spawnSync('gcc', ['-O1', '-static', '-o', join(base, 'hostile'), source]);
  if (status !== 0) throw new Error(stderr.toString());
});

afterAll(() => fs.rmSync(base, { recursive: true, force: true }));

/** What a script shows on standard output; /h: the program, /s: the shared folder. */
function inside(words: string): { readonly status: number | null; readonly stdout: string } {
  const mounts = ['-v', `${join(base, 'hostile')}:/h:ro`, '-v', `${share}:/s`];
  const { status, stdout } = spawnSync(node, [script, 'run', '-q', '-m', '128m', ...mounts, 'sh', '-c', words], {
    encoding: 'latin1',
    timeout: 240_000,
  });
  return { status, stdout };
}

describe.runIf(rootReady && gccReady)('a machine goes on', { timeout: 300_000 }, () => {
  it('after sockets in the queues of sockets, 3,000 deep', () => {
    expect(inside('/h nested 3000; echo "alive $?"')).toEqual({ status: 0, stdout: 'nested: done\nalive 0\n' });
  });

  it('after folders 20,000 deep', () => {
    const words = 'getcwd: ERANGE\nrename: EINVAL\ndeep: 0\nalive\n';
    expect(inside('/h deep 20000; echo alive')).toEqual({ status: 0, stdout: words });
  });

  it('after programs whose headers make no sense', () => {
    expect(inside('/h elf 300 2>/dev/null; echo alive')).toEqual({ status: 0, stdout: 'elf: done\nalive\n' });
  });

  it('after ioctl requests of all kinds on files of all kinds', () => {
    expect(inside('/h requests 50000; echo alive')).toEqual({ status: 0, stdout: 'requests: done\nalive\n' });
  });

  it('after rubbish in every file of /proc and /sys that can be written', () => {
    const words = `
      find /proc/sys /proc/self /sys -type f -perm -200 2>/dev/null | grep -v -E '/mem$|/task/' | while read -r file; do
        for word in '' x -1 99999999999999999999 '1 2 3 4 5 6 7 8 9'; do (printf %s "$word" >"$file") 2>/dev/null; done
        (head -c 70000 /dev/urandom >"$file") 2>/dev/null
      done
      echo alive`;
    expect(inside(words)).toEqual({ status: 0, stdout: 'alive\n' });
  });

  it('after mounts that double with each one more', () => {
    const words = 'mount --make-rshared /; mkdir /b; while mount -o rbind / /b 2>/dev/null; do :; done; echo alive';
    expect(inside(words)).toEqual({ status: 0, stdout: 'alive\n' });
  });

  it('after paths of a megabyte', () => {
    const refused = ['open', 'stat', 'symlink', 'mkdir'].map((call) => `${call}: ENAMETOOLONG\n`).join('');
    expect(inside('/h path 1000000; echo alive')).toEqual({ status: 0, stdout: `${refused}alive\n` });
  });
});

describe.runIf(rootReady && gccReady)('in a host folder', { timeout: 300_000 }, () => {
  it('names may have any byte but NUL and the slash', () => {
    const words = `cd /s; for name in "$(printf 'a\\nb')" "$(printf '\\377\\001')" '\\' '*' ' '; do echo x >"$name"; cat "$name"; done`;
    expect(inside(words).stdout).toBe('x\nx\nx\nx\nx\n');
    const names = fs.readdirSync(share, 'latin1').toSorted();
    expect(names).toEqual([' ', '*', '\\', 'a\nb', '\xff\x01'].toSorted());
  });

  it('a socket of the host is shown, and can’t be opened', async () => {
    const path = join(share, 'socket');
    let connections = 0;
    const server = createServer(() => connections++).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    expect(inside('/h touch /s/socket; ls -l /s/socket | cut -c1').stdout).toBe('ENXIO\ns\n');
    server.close();
    expect(connections).toBe(0);
  });
});
