/** Which implementation serves an open file, and that swaps keep node and cursor. */
import { describe, expect, it } from 'vitest';
import { MemoryServer } from '../../rootfs/memfs/memory-server.ts';
import { FactoryRegistry } from '../factory.ts';
import { NodeKind, OpenAccess } from '../file-server.ts';
import type { FileNode } from '../file-server.ts';
import { Whence } from '../open-file.ts';
import { createTrace } from '../trace/trace.ts';
import { ExclusiveFile } from './exclusive-file.ts';
import { FileFactories } from './file-factories.ts';
import { SharedFile } from './shared-file.ts';
import { SmallReadOnlyFile } from './small-read-only-file.ts';

function setUp(text = 'some text') {
  const registry = new FactoryRegistry(createTrace({ sizeWords: 64, nowNs: () => 0, mask: 0 }));
  const server = new MemoryServer({ deviceId: 1 });
  const attributes = { kind: NodeKind.File, permissions: 0o644, owner: 0, group: 0 };
  const node = server.root.create('f', attributes) as FileNode;
  node.write(0, Buffer.from(text));
  return { registry, factories: new FileFactories(registry), node, server };
}

function read(file: { read(into: Uint8Array): number }, length: number): string {
  const into = Buffer.alloc(length);
  return into.toString('latin1', 0, Math.max(0, file.read(into)));
}

describe('FileFactories', () => {
  it('serves a small file that nobody writes from a copy, until someone may write it', () => {
    const { factories, node } = setUp();
    const reader = factories.open(node, OpenAccess.Read);
    expect(reader.target).toBeInstanceOf(SmallReadOnlyFile);
    expect(read(reader.target, 5)).toBe('some ');
    const writer = factories.open(node, OpenAccess.Write);
    expect(reader.target).toBeInstanceOf(ExclusiveFile);
    writer.target.write(Buffer.from('SOME TEXT and more'));
    expect(read(reader.target, 100)).toBe('TEXT and more');
    expect(factories.hasWriters(node)).toBe(true);
    writer.release();
    expect(factories.hasWriters(node)).toBe(false);
  });

  it('sees a truncation by path', () => {
    const { factories, node } = setUp();
    const reader = factories.open(node, OpenAccess.Read);
    factories.aboutToChange(node);
    node.setAttributes({ sizeBytes: 0 });
    expect(read(reader.target, 5)).toBe('');
  });

  it('shares the cursor from the second descriptor on', () => {
    const { factories, node } = setUp();
    const reference = factories.open(node, OpenAccess.ReadWrite);
    reference.target.seek(5, Whence.Start);
    factories.share(reference);
    expect(reference.target).toBeInstanceOf(SharedFile);
    expect(read(reference.target, 4)).toBe('text');
    reference.release();
    expect(factories.hasWriters(node)).toBe(false);
  });

  it('counts its live objects', () => {
    const { factories, node, registry } = setUp();
    const [a, b] = [factories.open(node, OpenAccess.Read), factories.open(node, OpenAccess.Write)];
    const live = (): number[] => registry.census().map((row) => row.live);
    expect(live()).toEqual([0, 2, 0]);
    a.release();
    b.release();
    expect(live()).toEqual([0, 0, 0]);
  });

  it('lets go of the storage of an unlinked file at the last close', () => {
    const { factories, node, server } = setUp();
    const reference = factories.open(node, OpenAccess.Read);
    server.root.unlink('f');
    expect(server.storage.usedBytes).toBeGreaterThan(0);
    reference.release();
    expect(server.storage.usedBytes).toBe(0);
  });
});
