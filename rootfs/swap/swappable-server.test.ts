/** A mount whose tree is swapped again and again shows what a plain tree would. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Census } from '../../kernel/census.ts';
import { FactoryRegistry } from '../../kernel/factory.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { DirectoryEntry, FileNode } from '../../kernel/file-server.ts';
import { SwapPhase } from '../../kernel/hot-swap.ts';
import { Replacement } from '../../kernel/replacement.ts';
import { Status } from '../../kernel/status.ts';
import { TimerQueue } from '../../kernel/timer.ts';
import { createTrace } from '../../kernel/trace/trace.ts';
import { MemoryServer } from '../memfs/memory-server.ts';
import { defineHostCopies } from '../host/host-copy-tree.ts';
import { SwappableServer } from './swappable-server.ts';
import type { LoggedTree } from './trees.ts';

function setUp() {
  let nowNs = 1_000_000_000_000n;
  const clock = (): bigint => (nowNs += 1_000_000_000n);
  const registry = new FactoryRegistry(createTrace({ sizeWords: 64, nowNs: () => 0 }));
  const context = { factories: registry, timers: new TimerQueue(), nowNs: () => 0 };
  const replacement = new Replacement(context, new Census(registry));
  const server = new SwappableServer(new MemoryServer({ deviceId: 1, nowNs: clock }));
  server.join(registry);
  defineHostCopies(registry);
  const swap = (implementation: string) => replacement.swap(server.reference!, implementation);
  return { server, swap, plain: new MemoryServer({ deviceId: 1, nowNs: clock }) };
}

const folder = { kind: NodeKind.Directory, permissions: 0o755, owner: 0, group: 0 } as const;
const file = { kind: NodeKind.File, permissions: 0o640, owner: 0, group: 0 } as const;
const copies = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(`k42-tree-${process.pid}-`));
/** Only root can give a copied file its owner. */
const isRoot = process.getuid?.() === 0;

function make(directory: FileNode, name: string, node = file as Parameters<FileNode['create']>[1]): FileNode {
  const made = directory.create(name, node);
  if (typeof made === 'number') throw new Error(`${name}: ${made}`);
  return made;
}

function text(node: FileNode): string {
  const bytes = Buffer.alloc(node.attributes().sizeBytes);
  node.read(0, bytes);
  return bytes.toString('latin1');
}

describe.skipIf(!isRoot)('SwappableServer', () => {
  it('keeps names, links, contents, attributes and numbers through every kind of tree', () => {
    const { server, swap } = setUp();
    const folderNode = make(server.root, 'folder', folder);
    const one = make(folderNode, 'one');
    one.write(0, Buffer.from('some text'));
    one.setAttributes({ permissions: 0o604, modifiedNs: 5_000_000_000n });
    expect(one.attachments).toBeDefined();
    folderNode.link('same', one);
    make(server.root, 'link', { ...file, kind: NodeKind.SymbolicLink, target: 'folder/one' });
    const before = [server.root, folderNode, one].map((node) => node.nodeId);
    for (const implementation of ['host-copy', 'memfs', 'logged-memfs', 'host-copy', 'logged-memfs', 'memfs']) {
      expect(swap(implementation)).toMatchObject({ phase: SwapPhase.Complete, reason: '' });
      expect(server.root.lookup('folder')).toBe(folderNode);
      expect(folderNode.lookup('same')).toBe(one);
      expect(text(one)).toBe('some text');
      expect(one.attributes()).toMatchObject({ permissions: 0o604, links: 2, modifiedNs: 5_000_000_000n });
      expect((server.root.lookup('link') as FileNode).readLink()).toBe('folder/one');
      expect([server.root, folderNode, one].map((node) => node.nodeId)).toEqual(before);
      const listed = folderNode.list(0, 10);
      expect((listed as readonly DirectoryEntry[]).map(({ nodeId }) => nodeId)).toEqual([one.nodeId, one.nodeId]);
    }
  });

  it('keeps a file that is open and has lost its name, in trees that can', () => {
    const { server, swap } = setUp();
    const open = make(server.root, 'gone');
    open.hold?.();
    open.write(0, Buffer.from('still here'));
    server.root.unlink('gone');
    expect(swap('host-copy')).toMatchObject({ phase: SwapPhase.Aborted, reason: 'a file without a name is in use' });
    expect(swap('logged-memfs').phase).toBe(SwapPhase.Complete);
    expect(text(open)).toBe('still here');
    open.drop?.();
    expect(server.statistics().nodesFree).toBe(server.statistics().nodes - 0);
    expect(swap('host-copy').phase).toBe(SwapPhase.Complete);
    expect(server.root.list(0, 10)).toEqual([]);
    swap('memfs');
    expect(copies()).toEqual([]);
  });

  it('does not disturb who reads a directory', () => {
    const { server, swap } = setUp();
    for (let i = 0; i < 20; i++) make(server.root, `f${i}`);
    const seen: string[] = [];
    for (let cookie = 0; ;) {
      const entries = server.root.list(cookie, 3);
      if (typeof entries === 'number' || entries.length === 0) break;
      seen.push(...entries.map(({ name }) => name));
      cookie = entries.at(-1)!.cookie;
      expect(swap(seen.length % 2 === 0 ? 'memfs' : 'host-copy').phase).toBe(SwapPhase.Complete);
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `f${i}`));
    swap('memfs');
  });

  it('keeps the tree when the host can not show a file', () => {
    const { server, swap } = setUp();
    const device = { major: 1, minor: 3 };
    make(server.root, 'null', { ...file, kind: NodeKind.CharacterDevice, device });
    const { phase, reason } = swap('host-copy');
    expect([phase, reason]).toEqual([SwapPhase.Aborted, expect.stringMatching(/null can't be made/)]);
    expect((server.root.lookup('null') as FileNode).attributes().device).toEqual(device);
    expect(copies()).toEqual([]);
  });

  it('has a journal while the tree is a logged one', () => {
    const { server, swap } = setUp();
    swap('logged-memfs');
    const tree = server.reference!.target as LoggedTree;
    const made = make(server.root, 'a');
    made.write(0, Buffer.from('abc'));
    server.root.rename('a', server.root, 'b');
    const changes = tree.journal.latest().map(({ change, name, count }) => [change, name ?? count]);
    expect(changes).toEqual([
      ['create', 'a'],
      ['write', 3],
      ['rename', 'a'],
    ]);
    swap('memfs');
    make(server.root, 'c');
    expect(tree.journal.total).toBe(3);
  });

  it('agrees with a plain tree over a random walk', () => {
    const { server, swap, plain } = setUp();
    let seed = 5;
    const random = (limit: number): number => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % limit;
    const directories: (readonly [FileNode, FileNode])[] = [[server.root, plain.root]];
    let swaps = 0;
    for (let step = 0; step < 2500; step++) {
      if (random(40) === 0) {
        swaps += swap(['memfs', 'logged-memfs', 'host-copy'][random(3)]!).phase === SwapPhase.Complete ? 1 : 0;
      }
      const [ours, theirs] = directories[random(directories.length)]!;
      const [toOurs, toTheirs] = directories[random(directories.length)]!;
      const [name, other] = [`n${random(6)}`, `n${random(6)}`];
      const [a, b] = [ours.lookup(name), theirs.lookup(name)];
      expect(typeof a, `step ${step}`).toBe(typeof b);
      switch (random(6)) {
        case 0:
          expect(typeof ours.create(name, file)).toBe(typeof theirs.create(name, file));
          break;
        case 1: {
          if (directories.length > 5) break;
          const [made, twin] = [ours.create(name, folder), theirs.create(name, folder)];
          if (typeof made !== 'number' && typeof twin !== 'number') directories.push([made, twin]);
          break;
        }
        case 2:
          if (typeof a === 'number' || typeof b === 'number' || a.kind !== NodeKind.File) break;
          for (const node of [a, b]) node.write(step % 50, Buffer.from(`step ${step}`));
          break;
        case 3:
          if (typeof a === 'number' || typeof b === 'number' || a.kind !== NodeKind.File) break;
          expect(toOurs.link(other, a)).toBe(toTheirs.link(other, b));
          break;
        case 4:
          if (typeof a !== 'number' && a.kind === NodeKind.Directory) break;
          expect(ours.unlink(name)).toBe(theirs.unlink(name));
          break;
        default: {
          if (typeof a === 'number' || a.kind !== NodeKind.File) break;
          const target = toOurs.lookup(other);
          if (typeof target !== 'number' && target.kind !== NodeKind.File) break;
          expect(ours.rename(name, toOurs, other)).toBe(theirs.rename(name, toTheirs, other));
        }
      }
      expect(shownIn(ours)).toEqual(shownIn(theirs));
    }
    swap('memfs');
    expect(swaps).toBeGreaterThan(40);
    expect(copies()).toEqual([]);
  });
});

function shownIn(directory: FileNode): unknown {
  const entries = directory.list(0, 100);
  if (typeof entries === 'number') return entries;
  return entries
    .map(({ name, kind }) => {
      const node = directory.lookup(name);
      if (node === Status.NotFound || typeof node === 'number') return [name, node];
      return [name, kind, kind === NodeKind.File ? [node.attributes().links, text(node)] : ''];
    })
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
