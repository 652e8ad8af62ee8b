import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { UsageError } from './options.ts';
import { parseRun, type SessionOptions } from './run-options.ts';

const parse = (...words: string[]): SessionOptions => parseRun(['--no-tty', ...words]).session;

let folder: string;

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'k42-options-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

describe('mounts', () => {
  it('are volumes, folders and trees in memory', () => {
    const words = [
      '-v',
      '/a:/b:ro',
      '--mount',
      'type=bind,src=/c,dst=/d',
      '--mount=type=bind,source=/e,target=/f,readonly',
    ];
    expect(parse(...words).mounts.volumes).toEqual([
      { source: '/a', target: '/b', access: 'read-only' },
      { source: '/c', target: '/d', access: 'read-write' },
      { source: '/e', target: '/f', access: 'read-only' },
    ]);
    const flags = ['nosuid', 'nodev', 'noexec'];
    expect(
      parse('--tmpfs', '/t', '--tmpfs=/u:size=1m,exec,mode=700', '--mount', 'type=tmpfs,target=/w,tmpfs-size=9,ro')
        .mounts.tmpfs,
    ).toEqual([
      { target: '/t', options: '', flags },
      { target: '/u', options: 'size=1m,mode=700', flags: ['nosuid', 'nodev', 'exec'] },
      { target: '/w', options: 'size=9', flags: [...flags, 'ro'] },
    ]);
    expect(parse('--read-only').mounts.rootAccess).toBe('read-only');
  });

  it('are what is allowed, at its own place; what may be written only once', () => {
    const { mounts, denied } = parse(
      '--allow-read=/a,/b',
      '--allow-write=/b',
      '--deny-read=/a/x',
      '--deny-write',
      '/b/y',
    );
    expect(mounts.volumes).toEqual([
      { source: '/a', target: '/a', access: 'read-only' },
      { source: '/b', target: '/b', access: 'read-write' },
    ]);
    expect(denied).toEqual({ read: ['/a/x'], write: ['/b/y'] });
    expect(parse('--allow-read').mounts.volumes).toMatchObject([{ source: process.cwd() }]);
  });

  it.each([
    [['--mount', 'type=bind,target=/x'], '--mount type=bind,target=/x: source=SRC is missing'],
    [['--mount', 'type=nfs,target=/x'], '--mount type=nfs,target=/x: expected type=bind or type=tmpfs'],
    [
      ['--mount', 'type=tmpfs,target=/x,size=1'],
      "--mount type=tmpfs,target=/x,size=1: there is no 'size' for type=tmpfs",
    ],
    [['--tmpfs', 'x'], "--tmpfs x: 'x' is not an absolute path"],
    [['-v', 'x'], '-v x: expected SRC:DST or SRC:DST:ro'],
  ])('%j is refused', (words, message) => {
    expect(() => parse(...words)).toThrow(new UsageError(message));
  });
});

describe('the environment', () => {
  it('is what is said, in files and in words, and nothing of the host’s', () => {
    const file = join(folder, 'env');
    writeFileSync(file, '# a comment\n\nA=1\nB=two words = 2\nFROM_HOST\nABSENT\n');
    vi.stubEnv('FROM_HOST', 'yes');
    expect(parse('--env-file', file, '-e', 'A=3').environment).toEqual({
      A: '3',
      B: 'two words = 2',
      FROM_HOST: 'yes',
    });
  });

  it('is passed on where it is allowed and not denied', () => {
    vi.stubEnv('K42_ONE', '1');
    vi.stubEnv('K42_TWO', '2');
    expect(parse('--allow-env=K42_ONE,K42_TWO,ABSENT', '--deny-env=K42_TWO', '-e', 'K42_TWO').environment).toEqual({
      K42_ONE: '1',
    });
    const all = parse('--allow-env', '--deny-env=K42_ONE').environment;
    expect(all).toHaveProperty('K42_TWO');
    expect(all).not.toHaveProperty('K42_ONE');
  });

  it('can’t be read from a file that is not there, or that has no name in a line', () => {
    const file = join(folder, 'bad');
    writeFileSync(file, 'A=1\n=2\n');
    expect(() => parse('--env-file', file)).toThrow(`--env-file ${file}, line 2: no name before '='`);
    expect(() => parse('--env-file', '/nowhere')).toThrow(/--env-file \/nowhere: there is no such file/);
  });
});
