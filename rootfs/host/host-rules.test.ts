import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeKind, type FileNode } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { HostRules } from './host-rules.ts';
import { HostServer } from './host-server.ts';

const newFile = {
  kind: NodeKind.File,
  permissions: 0o644,
  owner: process.getuid?.() ?? 0,
  group: process.getgid?.() ?? 0,
};
const text = new TextEncoder().encode('changed');

let share: string;
let server: HostServer;

beforeEach(() => {
  share = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'k42-rules-')));
  for (const folder of ['a/hidden', 'a/kept']) fs.mkdirSync(join(share, folder), { recursive: true });
  for (const file of ['a/hidden/f', 'a/kept/f', 'a/free', 'secret', 'fixed']) fs.writeFileSync(join(share, file), 'x');
  const rules = new HostRules({
    hidden: ['a/hidden', 'secret', 'to-come'].map((name) => join(share, name)),
    unchangeable: ['a/kept', 'fixed'].map((name) => join(share, name)),
  });
  server = new HostServer(share, { deviceId: 1, access: 'read-write', rules });
});

afterEach(() => {
  server.dispose();
  fs.rmSync(share, { recursive: true, force: true });
});

function find(path: string): FileNode {
  let node: FileNode | Status = server.root;
  for (const name of path.split('/')) {
    node = node.lookup(name);
    if (typeof node === 'number') throw new Error(`${path}: status ${node}`);
  }
  return node;
}

const names = (folder: FileNode): string[] => {
  const members = folder.members?.() ?? [];
  return typeof members === 'number' ? [] : members.map(({ name }) => name).toSorted();
};

describe('a hidden place', () => {
  it('is neither found nor listed', () => {
    expect(server.root.lookup('secret')).toBe(Status.AccessDenied);
    expect(find('a').lookup('hidden')).toBe(Status.AccessDenied);
    expect(names(server.root)).toEqual(['a', 'fixed']);
    expect(names(find('a'))).toEqual(['free', 'kept']);
    const listed = find('a').list(0, 10);
    expect(typeof listed === 'number' ? listed : listed.map(({ name }) => name).toSorted()).toEqual(['free', 'kept']);
  });

  it('can’t be made, removed, replaced or moved into sight', () => {
    const { root } = server;
    const a = find('a');
    expect(root.create('to-come', newFile)).toBe(Status.AccessDenied);
    expect(root.unlink('secret')).toBe(Status.AccessDenied);
    expect(root.rename('secret', a, 'seen')).toBe(Status.AccessDenied);
    expect(a.rename('free', root, 'secret')).toBe(Status.AccessDenied);
    expect(root.link('to-come', find('a/free'))).toBe(Status.AccessDenied);
    // With the folder above it, it would have another path.
    expect(root.rename('a', root, 'b')).toBe(Status.Busy);
  });

  it('is so by any other name that the host gives it', () => {
    fs.linkSync(join(share, 'secret'), join(share, 'twin'));
    fs.renameSync(join(share, 'a', 'hidden'), join(share, 'moved'));
    expect(server.root.lookup('twin')).toBe(Status.AccessDenied);
    expect(server.root.lookup('moved')).toBe(Status.AccessDenied);
  });

  it('is one of the whole host, too', () => {
    const place = join(share, 'a', 'to-come');
    const all = new HostServer('/', {
      deviceId: 3,
      access: 'read-write',
      rules: new HostRules({ hidden: [place, join(share, 'secret')], unchangeable: [] }),
    });
    let folder: FileNode | Status = all.root;
    for (const name of share.split(sep).slice(1)) folder = (folder as FileNode).lookup(name);
    const a = (folder as FileNode).lookup('a') as FileNode;
    expect((folder as FileNode).lookup('secret')).toBe(Status.AccessDenied);
    expect(a.create('to-come', newFile)).toBe(Status.AccessDenied);
    expect((folder as FileNode).rename('a', folder as FileNode, 'b')).toBe(Status.Busy);
    all.dispose();
  });

  it('hides a whole tree', () => {
    const rules = new HostRules({ hidden: [share], unchangeable: [] });
    const inner = new HostServer(join(share, 'a'), { deviceId: 2, access: 'read-only', rules });
    expect(inner.rules?.hidesRoot).toBe(true);
    inner.dispose();
  });
});

describe('a place that can’t be changed', () => {
  it('keeps its content, its attributes and its names', () => {
    const { root } = server;
    const fixed = find('fixed');
    const kept = find('a/kept');
    const inside = find('a/kept/f');
    const answers = [
      fixed.write(0, text),
      fixed.setAttributes({ permissions: 0o777 }),
      root.unlink('fixed'),
      root.rename('fixed', root, 'g'),
      root.rename('a', root, 'fixed'),
      root.link('twin', fixed),
      inside.write(0, text),
      kept.create('g', newFile),
      kept.unlink('f'),
      kept.rename('f', find('a'), 'f'),
      root.link('twin', inside),
      find('a').rename('free', kept, 'g'),
    ];
    expect(answers.filter((answer) => answer !== Status.ReadOnly && answer !== Status.Busy)).toEqual([]);
    expect(fs.readFileSync(join(share, 'a/kept/f'), 'utf8')).toBe('x');
  });

  it('leaves the rest as it is', () => {
    expect(find('a/free').write(0, text)).toBe(text.length);
    expect(find('a').unlink('free')).toBe(Status.Ok);
  });
});
