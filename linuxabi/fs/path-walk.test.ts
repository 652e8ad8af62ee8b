/** The path walk on a memory tree: errors as Linux gives them, links, mounts, rights. */
import { describe, expect, it } from 'vitest';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { MemoryServer } from '../../rootfs/memfs/memory-server.ts';
import { EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR } from '../abi/errno.ts';
import { credentialsOf } from '../process/credentials.ts';
import { FileSystem } from './file-system.ts';
import { nodeAt, pathOf } from './mount.ts';
import { Last, walk, walkToName } from './path-walk.ts';
import type { Walker } from './path-walk.ts';

const nowNs = (): bigint => 0n;

function make(parent: FileNode, name: string, kind: NodeKind, target = '', permissions = 0o755): FileNode {
  return parent.create(name, { kind, permissions, owner: 0, group: 0, target }) as FileNode;
}

function setUp() {
  const server = new MemoryServer({ deviceId: 1 });
  const system = new FileSystem({ server, source: 'root' }, nowNs);
  const d = make(server.root, 'd', NodeKind.Directory);
  const e = make(d, 'e', NodeKind.Directory);
  make(e, 'file', NodeKind.File);
  make(server.root, 'up', NodeKind.SymbolicLink, 'd/e/../e');
  make(server.root, 'loop', NodeKind.SymbolicLink, 'loop');
  make(server.root, 'nowhere', NodeKind.SymbolicLink, 'absent');
  make(e, 'root', NodeKind.SymbolicLink, '/d');
  make(server.root, 'secret', NodeKind.Directory, '', 0o700);
  const walker: Walker = {
    root: system.root,
    start: system.root,
    credentials: credentialsOf(0, 0),
    magicTarget: () => undefined,
  };
  const path = (name: string, last: Last = Last.Follow, by: Walker = walker): string | number | undefined => {
    const found = walk(by, name, last);
    return typeof found === 'number' ? found : pathOf(found, by.root);
  };
  return { server, system, walker, path };
}

describe('walk', () => {
  it.each([
    ['/', '/'],
    ['d/./e//file', '/d/e/file'],
    ['../../d', '/d'],
    ['up/file', '/d/e/file'],
    ['up/root/e', '/d/e'],
    ['d/e/', '/d/e'],
    ['up/', '/d/e'],
    ['', -ENOENT],
    ['absent', -ENOENT],
    ['absent/x', -ENOENT],
    ['d/e/file/', -ENOTDIR],
    ['d/e/file/x', -ENOTDIR],
    ['d/e/file/..', -ENOTDIR],
    ['loop', -ELOOP],
    ['nowhere', -ENOENT],
    ['n'.repeat(256), -ENAMETOOLONG],
  ])('%s → %s', (name, expected) => {
    expect(setUp().path(name)).toBe(expected);
  });

  it('stops at a symbolic link when asked to, but not before a slash', () => {
    const { path } = setUp();
    expect(path('up', Last.NoFollow)).toBe('/up');
    expect(path('up/', Last.NoFollow)).toBe('/d/e');
    expect(path('nowhere', Last.NoFollow)).toBe('/nowhere');
  });

  it('follows 40 links and not 41', () => {
    const { server, path } = setUp();
    for (let i = 1; i <= 41; i++) make(server.root, `l${i}`, NodeKind.SymbolicLink, i === 1 ? 'd' : `l${i - 1}`);
    expect(path('l40')).toBe('/d');
    expect(path('l41')).toBe(-ELOOP);
  });

  it('needs the right to search, except for root', () => {
    const { walker, path } = setUp();
    expect(path('secret/absent')).toBe(-ENOENT);
    expect(path('secret/absent', Last.Follow, { ...walker, credentials: credentialsOf(1000, 1000) })).toBe(-EACCES);
  });

  it('crosses mounts both ways', () => {
    const { system, walker, path } = setUp();
    const other = new MemoryServer({ deviceId: 2 });
    make(other.root, 'inside', NodeKind.Directory);
    const at = walk(walker, 'd/e', Last.Follow);
    if (typeof at === 'number') throw new Error('no d/e');
    system.mount({ server: other, source: 'other' }, at);
    expect(path('d/e/inside')).toBe('/d/e/inside');
    expect(path('d/e/file')).toBe(-ENOENT);
    expect(path('d/e/inside/../..')).toBe('/d');
  });

  it('can not leave a changed root', () => {
    const { walker, path } = setUp();
    const root = walk(walker, 'd', Last.Follow);
    if (typeof root === 'number') throw new Error('no d');
    const jailed = { ...walker, root, start: root };
    expect(path('../../..', Last.Follow, jailed)).toBe('/');
    expect(path('e/root', Last.Follow, jailed)).toBe(-ENOENT);
  });

  it('knows a name that was created, removed and moved since it was looked up', () => {
    const { server, walker, path } = setUp();
    expect(path('new')).toBe(-ENOENT);
    const place = walkToName(walker, 'new');
    if (typeof place === 'number') throw new Error('no place');
    place.directory.dentry.put('new', make(server.root, 'new', NodeKind.File));
    expect(path('new')).toBe('/new');
    server.root.unlink('new');
    place.directory.dentry.drop('new');
    expect(path('new')).toBe(-ENOENT);
  });
});

describe('walkToName', () => {
  it('says what a path ends in', () => {
    const { walker } = setUp();
    const special = (path: string): unknown => {
      const place = walkToName(walker, path);
      return typeof place === 'number' ? place : `${place.special}|${place.name}|${place.asDirectory}`;
    };
    expect(special('/')).toBe('/|/|1');
    expect(special('d/.')).toBe('.|.|0');
    expect(special('d/../')).toBe('..|..|1');
    expect(special('d/new/')).toBe('|new|1');
    expect(special('up/new')).toBe('|new|0');
    expect(special('up')).toBe('|up|0');
    expect(special('absent/new')).toBe(-ENOENT);
    expect(special('d/e/file/new')).toBe(-ENOTDIR);
  });

  it('finds the file under the name', () => {
    const { walker } = setUp();
    const place = walkToName(walker, 'd/e');
    expect(typeof place !== 'number' && nodeAt({ ...place.directory, dentry: place.dentry }).kind).toBe(
      NodeKind.Directory,
    );
  });
});
