/** Overlays: random changes are seen as on a plain tree, and an overlay mounted again over the same layers shows the same. */
import { expect, test } from 'vitest';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { MemoryServer } from '../memfs/memory-server.ts';
import { OverlayServer } from './overlay-server.ts';

const NAMES = ['a', 'b', 'c', 'd'];

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const plain = (kind: NodeKind) => ({ kind, permissions: 0o755, owner: 0, group: 0 });

function folder(parent: FileNode, name: string): FileNode {
  return parent.create(name, plain(NodeKind.Directory)) as FileNode;
}

/** Names, kinds and contents, recursively. */
function contents(directory: FileNode): string {
  const entries = directory.list(0, 100) as readonly { name: string }[];
  const parts = entries.map(({ name }) => {
    const node = directory.lookup(name) as FileNode;
    if (node.kind === NodeKind.Directory) return `${name}/(${contents(node)})`;
    const bytes = new Uint8Array(8);
    return `${name}=${bytes.subarray(0, node.read(0, bytes)).join('')}`;
  });
  return parts.toSorted().join(' ');
}

/** The same random step on a tree: its status, 0 for success. */
function step(root: FileNode, choose: (below: number) => number): number {
  const [action, deep, value] = [choose(6), choose(2), choose(10)];
  const [name, other] = [NAMES[choose(4)]!, NAMES[choose(4)]!];
  const found = root.lookup(NAMES[value % 4]!);
  const directory = deep === 1 && typeof found !== 'number' && found.kind === NodeKind.Directory ? found : root;
  const node = directory.lookup(name);
  const status = (result: FileNode | number): number => (typeof result === 'number' ? Math.min(result, 0) : 0);
  switch (action) {
    case 0:
      return status(directory.create(name, plain(NodeKind.File)));
    case 1:
      return directory === root ? status(directory.create(name, plain(NodeKind.Directory))) : 0;
    case 2:
    case 3:
      return typeof node !== 'number' && node.kind === NodeKind.File
        ? status(node.write(value % 3, Uint8Array.of(value)))
        : 0;
    case 4:
      return directory.unlink(name);
    default:
      // Directories that show something from below may not be moved: only files are.
      return typeof node !== 'number' && node.kind === NodeKind.File && typeof root.lookup(other) === 'number'
        ? directory.rename(name, root, other)
        : 0;
  }
}

test.each([1, 2, 3, 4, 5, 6])('random changes, seed %i', (seed) => {
  const lower = new MemoryServer({ deviceId: 1 });
  const model = new MemoryServer({ deviceId: 2 });
  for (const { root } of [lower, model]) {
    const choose = random(seed * 77);
    for (let i = 0; i < 20; i++) step(root, choose);
  }
  expect(contents(lower.root)).toBe(contents(model.root));
  const before = contents(lower.root);
  const top = new MemoryServer({ deviceId: 3 });
  const layers = { upper: folder(top.root, 'up'), work: folder(top.root, 'work'), lowers: [lower.root] };
  const overlay = new OverlayServer(4, layers);
  const [mine, theirs] = [random(seed), random(seed)];
  for (let i = 0; i < 400; i++) {
    const [got, expected] = [step(overlay.root, mine), step(model.root, theirs)];
    expect([i, got, contents(overlay.root)]).toEqual([i, expected, contents(model.root)]);
  }
  expect(contents(new OverlayServer(5, layers).root)).toBe(contents(model.root));
  expect(contents(lower.root)).toBe(before);
});
