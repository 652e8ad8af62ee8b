/** What a guest can try by itself to get from a host folder to the rest of the host. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const rootReady = await requirement('the default root', ensureDefaultRoot);
const [node, script] = k42Command;

let base: string;
let share: string;

beforeEach(() => {
  base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'k42-mounts-')));
  share = join(base, 'share');
  fs.mkdirSync(share);
  fs.writeFileSync(join(base, 'secret'), 'secret\n');
});

afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

/** Standard output of a script with the folder at /s, and errors where its words say so. */
function inside(words: string, options: readonly string[] = []): string {
  const command = [script, 'run', '-q', '-v', `${share}:/s`, ...options, 'sh', '-c', words];
  return spawnSync(node, command, { timeout: 50_000, encoding: 'utf8' }).stdout;
}

describe.runIf(rootReady)('from a host folder', () => {
  it('`..` leads to the guest’s own root', () => {
    const words = `cd /s; pwd; cat ../secret 2>&1; ls -d ../etc /s/../../etc; cd ..; pwd`;
    expect(inside(words)).toBe("/s\ncat: can't open '../secret': No such file or directory\n../etc\n/s/../../etc\n/\n");
  });

  it.each([
    ['absolute', (target: string) => target],
    ['relative', () => '../secret'],
    ['through /proc', (target: string) => `/proc/self/root${target}`],
  ])('links that are %s are the guest’s to resolve', (_how, target) => {
    const path = join(base, 'secret');
    fs.symlinkSync(target(path), join(share, 'of-the-host'));
    const words = `ln -s '${target(path)}' /s/of-the-guest; cat /s/of-the-host /s/of-the-guest; echo x >/s/of-the-host`;
    expect(inside(words)).not.toContain('secret');
    expect(fs.readFileSync(path, 'utf8')).toBe('secret\n');
    expect(fs.readlinkSync(join(share, 'of-the-guest'))).toBe(target(path));
  });

  it('descriptors and their names in /proc lead nowhere else', () => {
    const words = `
      exec 5</s; cd /proc/self/fd/5 && pwd -P; cat /proc/self/fd/5/../secret || echo no
      cat /proc/self/cwd/../secret || echo no; cat /proc/1/root/..${base}/secret || echo no`;
    expect(inside(`${words} 2>/dev/null`)).toBe('/s\nno\nno\nno\n');
  });

  it('names can’t be linked or moved across its edge', () => {
    const words = `
      echo mine >/s/f; ln /s/f /tmp/f 2>&1 | sed 's/.*: //'; touch /tmp/g; ln /tmp/g /s/g 2>&1 | sed 's/.*: //'
      mkdir /s/d; mv /s/d /tmp/d && echo moved; ls -A /s`;
    expect(inside(words)).toBe('Invalid cross-device link\nInvalid cross-device link\nmoved\nf\n');
    expect(fs.readdirSync(share)).toEqual(['f']);
  });

  it('a FIFO of the host is a pipe of the guest’s own', () => {
    spawnSync('mkfifo', [join(share, 'pipe')]);
    expect(inside('(echo through >/s/pipe) & cat /s/pipe')).toBe('through\n');
  });

  it('no device, socket or FIFO comes to be on the host', () => {
    const words = `mknod /s/zero c 1 5 2>&1 | sed 's/.*: //'; mkfifo /s/p 2>&1 | sed 's/.*: //'; ls -A /s`;
    expect(inside(words)).toBe('Operation not permitted\nOperation not permitted\n');
  });

  it('nothing is changed where it is read-only', () => {
    fs.writeFileSync(join(share, 'f'), 'as it was');
    const words = `
      cd /r; for try in 'echo x >f' 'rm f' 'mv f g' 'mkdir d' 'ln f g' 'ln -s f g' 'chmod 777 f' 'touch -d @0 f' 'truncate -s 0 f'
      do sh -c "$try" 2>/dev/null && echo "$try"; done; mount -o remount,rw /r 2>/dev/null; echo x 2>/dev/null >f; cat f`;
    expect(inside(words, ['-v', `${share}:/r:ro`])).toBe('as it was');
    expect(fs.readdirSync(share)).toEqual(['f']);
  });
});

describe.runIf(rootReady)('what the command line denies', () => {
  it('is hidden or unchangeable for root inside, too', () => {
    fs.mkdirSync(join(share, 'hidden'));
    fs.writeFileSync(join(share, 'hidden', 'f'), 'secret');
    fs.writeFileSync(join(share, 'fixed'), 'as it was');
    const words = `cd /s; ls -A; cat hidden/f fixed; mount --bind /s /tmp; cat /tmp/hidden/f; echo x >/tmp/fixed; umount /s/hidden`;
    const options = [`--deny-read=${join(share, 'hidden')}`, `--deny-write=${join(share, 'fixed')}`];
    expect(inside(`(${words}) 2>/dev/null`, options)).toBe('fixed\nas it was');
  });

  it('--allow-read shows a place where it is on the host', () => {
    expect(
      inside(`cat ${base}/secret; echo x 2>/dev/null >${base}/secret; ls -A ${base}`, [`--allow-read=${base}`]),
    ).toBe('secret\nsecret\nshare\n');
  });
});

describe.runIf(rootReady)('a root that is read-only', () => {
  it('can’t be changed, and what is mounted on it can', () => {
    const words = `
      touch /x || echo "root: no"; mount -o remount,rw / || echo "remount: no"; touch /x || echo "still no"
      echo data >/tmp/f && cat /tmp/f; touch /s/f && echo "volume: yes"; dd if=/dev/zero of=/tmp/big bs=64k count=100 || echo full`;
    const options = ['--read-only', '--tmpfs', '/tmp:size=1m'];
    expect(inside(`(${words}) 2>/dev/null`, options)).toBe(
      'root: no\nremount: no\nstill no\ndata\nvolume: yes\nfull\n',
    );
  });
});
