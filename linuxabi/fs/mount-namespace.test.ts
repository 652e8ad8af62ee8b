/** Mounts: random making, binding, moving and removing in several namespaces leaves no mount astray. */
import { expect, test } from 'vitest';
import { NodeKind } from '../../kernel/file-server.ts';
import { MemoryServer } from '../../rootfs/memfs/memory-server.ts';
import { FileSystem } from './file-system.ts';
import type { MountNamespace } from './mount-namespace.ts';
import { mountedAt, pathOf } from './mount.ts';
import type { Location, Mount } from './mount.ts';

const FOLDERS = ['a', 'b', 'c'];
const tree = (): MemoryServer => {
  const server = new MemoryServer({ deviceId: 1 });
  for (const name of FOLDERS)
    server.root.create(name, { kind: NodeKind.Directory, permissions: 0o755, owner: 0, group: 0 });
  return server;
};

function check(namespaces: readonly MountNamespace[]): void {
  const seen = new Set<Mount>();
  for (const namespace of namespaces) {
    for (const mount of namespace.mounts) {
      seen.add(mount);
      expect(mount.namespace).toBe(namespace);
      expect(mount.superBlock.mounts.has(mount)).toBe(true);
      if (mount === namespace.root.mount) continue;
      expect(namespace.mounts).toContain(mount.at!.mount);
      expect(mount.at!.dentry.mounts!.get(mount.at!.mount)).toBe(mount);
      expect(pathOf({ mount, dentry: mount.root }, namespace.root)).toBeDefined();
    }
  }
  for (const { superBlock } of seen) for (const mount of superBlock.mounts) expect(seen).toContain(mount);
}

test.each([1, 2, 3])('random mounts, seed %i', (seed) => {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const system = new FileSystem({ server: tree(), source: 'root' }, () => 0n);
  const namespaces = [system.namespace];
  const placeIn = (namespace: MountNamespace): Location => {
    const mount = namespace.mounts[random(namespace.mounts.length)]!;
    const dentry = random(3) === 0 ? mount.root : mount.root.child(FOLDERS[random(3)]!);
    return { mount, dentry: typeof dentry === 'number' || dentry.node === undefined ? mount.root : dentry };
  };
  for (let i = 0; i < 300; i++) {
    const namespace = namespaces[random(namespaces.length)]!;
    const from = placeIn(namespace);
    const at = mountedAt(placeIn(namespace));
    switch (random(6)) {
      case 0:
        system.mount({ server: tree(), source: 'new' }, at);
        break;
      case 1:
        if (namespace.mounts.length < 40) namespace.bind(from, at, random(2) === 0 ? 'alone' : 'with-all-below');
        break;
      case 2:
        if (from.mount.at !== undefined && !at.mount.isWithin(from.mount)) namespace.move(from.mount, at);
        break;
      case 3:
      case 4:
        if (from.mount.at !== undefined) namespace.remove(from.mount);
        break;
      default:
        if (namespaces.length < 4) namespaces.push(namespace.copy().namespace);
        else namespaces.splice(1).forEach((each) => each.release());
    }
    check(namespaces);
  }
  for (const namespace of namespaces.splice(1)) namespace.release();
  check(namespaces);
});
