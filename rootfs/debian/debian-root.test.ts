import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf } from '../byte-source.ts';
import { makeEntry } from '../default-root/base-files.ts';
import { unpackTree } from '../host/unpack-tree.ts';
import { MemoryServer } from '../memfs/memory-server.ts';
import { ArchiveServer } from '../tar/archive-server.ts';
import type { TarEntry } from '../tar/tar-format.ts';
import { treeEntries } from '../tar/tree-entries.ts';
import { parseControl } from './control-file.ts';
import { rootEntries } from './debian-root.ts';
import type { PackageContents } from './package-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'k42-debian-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = (entry: TarEntry | undefined): string =>
  entry === undefined ? 'absent' : Buffer.from(bytesOf(entry.content)).toString();

/** A package as Debian shipped them before /usr was merged. */
const libx: PackageContents = {
  control: [
    makeEntry('directory', ''),
    makeEntry('file', 'control', {
      content: 'Package: libx\nArchitecture: amd64\nMulti-Arch: same\nDescription: one\n two\n .\n three\n',
    }),
    makeEntry('file', 'postinst', { content: '#!/bin/sh\n', permissions: 0o755 }),
    makeEntry('file', 'conffiles', { content: '/etc/x.conf\n' }),
  ],
  data: [
    makeEntry('directory', ''),
    makeEntry('directory', 'lib'),
    makeEntry('file', 'lib/libx.so.1', { content: 'library' }),
    makeEntry('hardlink', 'lib/libx.so', { target: 'lib/libx.so.1' }),
    makeEntry('directory', 'etc'),
    makeEntry('file', 'etc/x.conf', { content: 'x' }),
  ],
};

describe('a Debian root', () => {
  const entries = rootEntries([libx]);
  const named = (path: string): TarEntry | undefined => entries.findLast((entry) => entry.path === path);

  it('has /usr merged', () => {
    expect(named('lib')).toMatchObject({ kind: 'symlink', target: 'usr/lib' });
    expect(text(named('usr/lib/libx.so.1'))).toBe('library');
    expect(named('usr/lib/libx.so')).toMatchObject({ kind: 'hardlink', target: 'usr/lib/libx.so.1' });
    expect(named('lib/libx.so.1')).toBeUndefined();
  });

  it('has an awk before packages are configured', () => {
    const mawk: PackageContents = { control: libx.control, data: [makeEntry('file', 'usr/bin/mawk')] };
    expect(rootEntries([libx, mawk]).findLast(({ path }) => path === 'usr/bin/awk')?.target).toBe('mawk');
    expect(named('usr/bin/awk')).toBeUndefined();
  });

  it('has the package in dpkg’s database, unpacked', () => {
    // The digest is that of "x". Source: deb-conffiles(5), dpkg's status file.
    expect(text(named('var/lib/dpkg/status'))).toBe(
      'Package: libx\nArchitecture: amd64\nMulti-Arch: same\nDescription: one\n two\n .\n three\n' +
        'Status: install ok unpacked\nConffiles:\n /etc/x.conf 9dd4e461268c8034f5c8564e155c67a6\n\n',
    );
    expect(text(named('var/lib/dpkg/info/libx:amd64.list'))).toBe(
      '/.\n/lib\n/lib/libx.so.1\n/lib/libx.so\n/etc\n/etc/x.conf\n',
    );
    expect(named('var/lib/dpkg/info/libx:amd64.postinst')?.permissions).toBe(0o755);
    expect(named('var/lib/dpkg/info/libx:amd64.control')).toBeUndefined();
  });

  it('survives the way through a writable tree into an archive', () => {
    const { root } = new MemoryServer({ deviceId: 1, base: new ArchiveServer([entries], { deviceId: 2 }).root });
    const written = [...treeEntries(root)];
    const twins = written.filter(({ path }) => path.startsWith('usr/lib/libx'));
    expect(twins.map(({ path, kind, target }) => [path, kind, target])).toEqual([
      ['usr/lib/libx.so', 'file', ''],
      ['usr/lib/libx.so.1', 'hardlink', 'usr/lib/libx.so'],
    ]);
    expect(written.find(({ path }) => path === 'tmp')?.permissions).toBe(0o1777);
  });

  it('is unpacked into a host folder', () => {
    const target = join(folder, 'root');
    unpackTree([...treeEntries(new ArchiveServer([entries], { deviceId: 1 }).root)], target);
    expect(readFileSync(join(target, 'lib/libx.so'), 'utf8')).toBe('library');
    expect(statSync(join(target, 'usr/lib/libx.so.1')).nlink).toBe(2);
    expect(statSync(join(target, 'tmp')).mode & 0o7777).toBe(0o1777);
    expect(statSync(join(target, 'etc')).mtimeMs).toBe(1_700_000_000_000);
  });
});

describe('control files', () => {
  it('have fields of several lines, in any case', () => {
    const control = parseControl('Package: a\nDescription: one\n two\nX-Y:z\n');
    expect(control.field('package')).toBe('a');
    expect(control.field('Description')).toBe('one\n two');
    expect(control.field('X-Y')).toBe('z');
    expect(control.field('Missing')).toBe('');
  });
});
