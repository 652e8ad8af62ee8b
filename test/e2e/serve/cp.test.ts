/** `k42 cp` both ways: what is there afterwards is what was there before. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../../support/default-root.ts';
import { requirement } from '../../support/requirements.ts';
import { Room } from './room.ts';

const ready = (await requirement('the default root', ensureDefaultRoot)) && process.platform !== 'win32';
const TIME = 1_234_567_890;

describe.runIf(ready)('k42 cp', () => {
  const room = new Room();
  const place = (...names: string[]): string => join(room.folder, ...names);
  const cp = (...words: string[]) => room.k42(['cp', ...words]);
  const inside = async (line: string): Promise<string> => (await room.k42(['exec', 'm', 'sh', '-c', line])).stdout;

  beforeAll(async () => {
    await room.k42(['serve', '-d', '--name', 'm']);
    mkdirSync(place('tree', 'sub', 'empty'), { recursive: true });
    writeFileSync(place('tree', 'run'), '#!/bin/sh\necho ran\n');
    writeFileSync(place('tree', 'sub', 'big'), Buffer.alloc(3_000_000, 'data '));
    writeFileSync(place('tree', 'sub', 'ünïcode name'), '');
    symlinkSync('sub/big', place('tree', 'link'));
    chmodSync(place('tree', 'run'), 0o751);
    chmodSync(place('tree', 'sub'), 0o500);
    for (const name of ['run', 'sub', '.']) utimesSync(place('tree', name), TIME, TIME);
  });
  afterAll(async () => {
    for (const name of ['tree', 'back/tree', 'back2'])
      if (existsSync(place(name, 'sub'))) chmodSync(place(name, 'sub'), 0o700);
    await room.close();
  });

  it('brings a folder in, with modes, times and links, and out again', async () => {
    expect(await cp(place('tree'), 'm:/srv')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(
      await inside(
        'cd /srv/tree; ./run; stat -c "%a %Y %F" run sub link; readlink link; wc -c < sub/big; cd sub; echo *; cd ..; stat -c %u:%g run',
      ),
    ).toBe(
      `ran\n751 ${TIME} regular file\n500 ${TIME} directory\n777 ${(await inside('stat -c %Y /srv/tree/link')).trim()} symbolic link\n` +
        'sub/big\n3000000\nbig empty ünïcode name\n0:0\n',
    );
    mkdirSync(place('back'));
    expect((await cp('m:/srv/tree', place('back'))).stderr).toBe('');
    expect(statSync(place('back', 'tree', 'run')).mode & 0o7777).toBe(0o751);
    expect(statSync(place('back', 'tree', 'run')).mtimeMs).toBe(TIME * 1000);
    expect(statSync(place('back', 'tree', 'sub')).mode & 0o7777).toBe(0o500);
    expect(statSync(place('back', 'tree', 'sub')).mtimeMs).toBe(TIME * 1000);
    expect(readlinkSync(place('back', 'tree', 'link'))).toBe('sub/big');
    expect(readFileSync(place('back', 'tree', 'sub', 'big')).equals(readFileSync(place('tree', 'sub', 'big')))).toBe(
      true,
    );
    expect(statSync(place('back', 'tree', 'sub', 'empty')).isDirectory()).toBe(true);
  });

  it('brings a file to a name, into a folder, over a file', async () => {
    writeFileSync(place('file'), 'one');
    await cp(place('file'), 'm:/tmp/named');
    await cp(place('file'), 'm:/tmp');
    writeFileSync(place('file'), 'two');
    await cp(place('file'), 'm:tmp/named');
    expect(await inside('cat /tmp/file /tmp/named')).toBe('onetwo');
    await cp('m:/tmp/named', place('out'));
    expect(readFileSync(place('out'), 'utf8')).toBe('two');
  });

  it('takes what a folder has with /., and follows a link with -L', async () => {
    await inside('mkdir -p /data/d /into; echo x > /data/d/x; ln -s d /data/l');
    await cp('m:/data/d/.', place('.'));
    expect(readFileSync(place('x'), 'utf8')).toBe('x\n');
    await cp('m:/data/l', place('l1'));
    expect(lstatSync(place('l1')).isSymbolicLink()).toBe(true);
    await cp('-L', 'm:/data/l', place('l2'));
    expect(readFileSync(place('l2', 'x'), 'utf8')).toBe('x\n');
  });

  it('replaces links below the folder it makes, and writes through none', async () => {
    writeFileSync(place('outside'), 'untouched');
    mkdirSync(place('dst', 'd'), { recursive: true });
    symlinkSync(place('outside'), place('dst', 'd', 'x'));
    expect((await cp('m:/data/d', place('dst'))).stderr).toBe('');
    expect(readFileSync(place('outside'), 'utf8')).toBe('untouched');
    expect(lstatSync(place('dst', 'd', 'x')).isFile()).toBe(true);
  });

  it('leaves devices out and says so', async () => {
    const { status, stderr } = await cp('m:/dev', place('devices'));
    expect(status).toBe(0);
    expect(stderr).toContain('/dev/null is left out');
  });

  it('says what can’t be done', async () => {
    for (const [words, text] of [
      [['m:/none', place('y')], 'm:/none is not there'],
      [[place('none'), 'm:/y'], `${place('none')} is not there`],
      [[place('file'), 'm:/none/y'], 'ENOENT'],
      [[place('tree'), 'm:/tmp/file'], '/tmp/file is a file'],
      [['m:/tmp/file', 'm:/tmp/other'], 'usage: k42 cp'],
      [['file', 'other'], 'usage: k42 cp'],
      [['nobody:/tmp/file', place('y')], 'no machine nobody is running'],
    ] as const) {
      const { status, stderr } = await cp(...words);
      expect(status, words.join(' ')).toBe(125);
      expect(stderr).toContain(text);
    }
  });
});
