import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeKind, type FileNode } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { HostServer } from './host-server.ts';

let base: string;
let server: HostServer;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const newFile = {
  kind: NodeKind.File,
  permissions: 0o640,
  owner: process.getuid?.() ?? 0,
  group: process.getgid?.() ?? 0,
};
const newFolder = { ...newFile, kind: NodeKind.Directory, permissions: 0o755 };

function node(result: FileNode | Status): FileNode {
  if (typeof result === 'number') throw new Error(`status ${result}`);
  return result;
}

function content(file: FileNode): string | number {
  const into = new Uint8Array(100);
  const count = file.read(0, into);
  return count < 0 ? count : new TextDecoder().decode(into.subarray(0, count));
}

beforeEach(() => {
  base = fs.mkdtempSync(join(tmpdir(), 'k42-host-'));
  fs.mkdirSync(join(base, 'share'));
  fs.mkdirSync(join(base, 'secret'));
  fs.writeFileSync(join(base, 'secret', 'b'), 'secret');
  server = new HostServer(join(base, 'share'), { deviceId: 1, access: 'read-write' });
});

afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

describe('a host folder', () => {
  it('creates, writes, reads, renames and removes', () => {
    const file = node(server.root.create('f', newFile));
    expect(file.write(0, text('hello'))).toBe(5);
    expect(fs.readFileSync(join(base, 'share', 'f'), 'utf8')).toBe('hello');
    expect(file.attributes()).toMatchObject({ permissions: 0o640, sizeBytes: 5, links: 1 });
    expect(server.root.rename('f', server.root, 'g')).toBe(Status.Ok);
    expect(content(node(server.root.lookup('g')))).toBe('hello');
    expect(server.root.unlink('g')).toBe(Status.Ok);
    expect(server.root.lookup('g')).toBe(Status.NotFound);
    expect(content(file)).toBe('hello');
    expect(server.root.unlink('g')).toBe(Status.NotFound);
  });

  it('tells all that a folder holds at once, as asking for each name does', () => {
    node(server.root.create('f', newFile)).write(0, text('hello'));
    const folder = node(server.root.create('d', newFolder));
    node(folder.create('inner', newFile));
    fs.symlinkSync('f', join(base, 'share', 'link'));
    const members = server.root.members();
    if (typeof members === 'number') throw new Error(`status ${members}`);
    expect(members.map(({ name }) => name).toSorted()).toEqual(['d', 'f', 'link']);
    for (const { name, node: member, attributes } of members) {
      expect(server.root.lookup(name)).toBe(member);
      expect(attributes).toEqual(member.attributes());
    }
    expect(folder.members?.()).toMatchObject([{ name: 'inner' }]);
    expect(node(server.root.lookup('f')).members?.()).toBe(Status.NotDirectory);
    // A folder that became a link to elsewhere is not followed.
    fs.rmSync(join(base, 'share', 'd'), { recursive: true });
    fs.symlinkSync('../secret', join(base, 'share', 'd'));
    expect(folder.members?.()).toBeLessThan(0);
  });

  it('is one node however many names lead to it', () => {
    const file = node(server.root.create('f', newFile));
    expect(server.root.link('twin', file)).toBe(Status.Ok);
    expect(server.root.lookup('twin')).toBe(file);
    expect(file.attributes().links).toBe(2);
  });

  it('lists with cookies that survive changes', () => {
    for (const name of ['a', 'b', 'c']) server.root.create(name, newFile);
    const all = server.root.list(0, 100);
    if (typeof all === 'number') throw new Error('list failed');
    server.root.unlink(all[0]!.name);
    server.root.create('d', newFile);
    const rest = server.root.list(all[1]!.cookie, 100);
    expect(typeof rest === 'number' ? rest : rest.map((entry) => entry.name)).toEqual([all[2]!.name, 'd']);
  });

  it('refuses every change when read-only', () => {
    fs.writeFileSync(join(base, 'share', 'f'), 'x');
    const locked = new HostServer(join(base, 'share'), { deviceId: 2, access: 'read-only' });
    const file = node(locked.root.lookup('f'));
    const answers = [
      locked.root.create('g', newFile),
      locked.root.unlink('f'),
      locked.root.rename('f', locked.root, 'g'),
      locked.root.link('g', file),
      file.write(0, text('y')),
      file.setAttributes({ permissions: 0o777 }),
      file.setAttributes({ sizeBytes: 0 }),
    ];
    expect(new Set(answers)).toEqual(new Set([Status.ReadOnly]));
    expect(content(file)).toBe('x');
  });

  it('keeps names that are not UTF-8', () => {
    server.root.create('\xff\xfe', newFile);
    const entries = server.root.list(0, 10);
    expect(typeof entries === 'number' ? entries : entries[0]!.name).toBe('\xff\xfe');
  });
});

describe('containment', () => {
  it('shows links and never follows them', () => {
    fs.symlinkSync(join(base, 'secret'), join(base, 'share', 'link'));
    const link = node(server.root.lookup('link'));
    expect(link.kind).toBe(NodeKind.SymbolicLink);
    expect(link.lookup('b')).toBe(Status.NotDirectory);
    expect(content(link)).toBe(Status.NotSupported);
  });

  it.each(['..', '.', '', 'a/b', '../secret', 'a\0b'])('has no file named %j', (name) => {
    expect(server.root.lookup(name)).toBe(Status.NotFound);
    expect(server.root.create(name, newFile)).toBe(Status.Invalid);
  });

  it('does not follow a folder that was swapped for a link under a held node', () => {
    const folder = node(server.root.create('a', newFolder));
    const held = node(folder.create('b', newFile));
    held.write(0, text('mine'));
    server.files.close(held);
    fs.renameSync(join(base, 'share', 'a'), join(base, 'share', 'moved'));
    fs.symlinkSync(join(base, 'secret'), join(base, 'share', 'a'));
    expect(content(held)).not.toBe('secret');
    expect(held.write(0, text('overwritten'))).toBeLessThan(0);
    expect(folder.lookup('b')).toBeTypeOf('number');
    expect(folder.unlink('b')).toBeLessThan(0);
    expect(fs.readFileSync(join(base, 'secret', 'b'), 'utf8')).toBe('secret');
  });

  it('follows its own renames', () => {
    const folder = node(server.root.create('a', newFolder));
    const file = node(folder.create('f', newFile));
    file.write(0, text('x'));
    server.files.close(file);
    server.root.rename('a', server.root, 'z');
    expect(content(file)).toBe('x');
  });
});
