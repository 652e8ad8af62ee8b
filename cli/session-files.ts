/** The files of a machine: a root, /dev, /dev/pts, /proc and /sys. What comes from the host is in host-trees.ts; nothing here is Node's. */
import { toByteString, type ByteString } from '../kernel/byte-string.ts';
import { NodeKind, type FileNode, type FileServer } from '../kernel/file-server.ts';
import { createProc, createSys } from '../linuxabi/adapters/kernel-trees.ts';
import { FileSystem } from '../linuxabi/fs/file-system.ts';
import { mountedAt, nodeAt, type Location } from '../linuxabi/fs/mount.ts';
import { Last, walk } from '../linuxabi/fs/path-walk.ts';
import type { Machine } from '../linuxabi/machine.ts';
import { credentialsOf } from '../linuxabi/process/credentials.ts';
import { hostRealTime } from '../rootfs/clock.ts';
import { createDeviceTree } from '../rootfs/dev/device-tree.ts';
import { SwappableServer } from '../rootfs/swap/swappable-server.ts';
import { MemoryServer } from '../rootfs/memfs/memory-server.ts';
import type { StorageLimits } from './limit-options.ts';
import { UsageError } from './options.ts';

/** Device numbers of the session's trees, as fstat shows them. */
export const DeviceId = {
  root: 0x801,
  lower: 0x802,
  dev: 0x5,
  proc: 0x15,
  pts: 0x16,
  sys: 0x17,
} as const;

/** A machine's files: a lower layer that stays as it is, what the guest changes in memory above it, and /dev. */
export function createFiles(lower: FileServer, source: string, storage: StorageLimits = {}): FileSystem {
  const layer = { deviceId: DeviceId.root, type: 'overlay', base: lower.root, nowNs: hostRealTime };
  const upper = new MemoryServer({ ...layer, ...storage });
  const server = new SwappableServer(upper);
  const system = new FileSystem({ server, source: toByteString(source) }, hostRealTime);
  mountTree(system, '/dev', createDeviceTree(DeviceId.dev, hostRealTime), 'devtmpfs');
  return system;
}

/** What the machine tells of itself: /proc and /sys. */
export function mountKernelTrees(machine: Machine): void {
  const { system } = machine.fs;
  const proc = createProc({ machine, deviceId: DeviceId.proc });
  proc.mountedAs(mountTree(system, '/proc', proc, 'proc'));
  mountTree(system, '/dev/mqueue', machine.ipc.server, 'mqueue');
  mountTree(system, '/sys', createSys({ machine, deviceId: DeviceId.sys }), 'sysfs');
}

/** Shows a tree at an absolute path; missing folders on the way are made in the tree above. */
export function mountTree(system: FileSystem, path: string, server: FileServer, source: ByteString): Location {
  return system.mount({ server, source }, placeAt(system, path, server.root.kind));
}

/** Whether an absolute path leads to a file, through links. */
export function existsIn(system: FileSystem, path: string): boolean {
  const { root } = system;
  const walker = { root, start: root, credentials: credentialsOf(0, 0), magicTarget: () => undefined };
  return typeof walk(walker, toByteString(path), Last.Follow) !== 'number';
}

/** As Docker does, the working directory is made when it is not there. */
export function ensureFolder(system: FileSystem, path: string): void {
  if (!existsIn(system, path)) placeAt(system, path, NodeKind.Directory);
}

/** The place of an absolute path, made when it is not there: a folder, or an empty file at the end. */
export function placeAt(system: FileSystem, path: string, kind: NodeKind): Location {
  const names = toByteString(path)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  let here = system.root;
  for (const [index, name] of names.entries()) {
    here = mountedAt(here);
    const wanted = index === names.length - 1 ? kind : NodeKind.Directory;
    const dentry = here.dentry.child(name);
    if (typeof dentry === 'number') throw new UsageError(`can't mount on ${path}: status ${dentry}`);
    const node = dentry.node ?? makeNode(nodeAt(here), name, wanted, path);
    if ((node.kind === NodeKind.Directory) !== (wanted === NodeKind.Directory)) {
      throw new UsageError(`can't mount on ${path}: one side is a folder, the other a file`);
    }
    here = { mount: here.mount, dentry: dentry.node === undefined ? here.dentry.put(name, node) : dentry };
  }
  return here;
}

/** A small file with this content in place of what was there. */
export function writeFile(system: FileSystem, path: string, content: string): void {
  const node = nodeAt(placeAt(system, path, NodeKind.File));
  const bytes = new TextEncoder().encode(content);
  node.setAttributes({ sizeBytes: bytes.length });
  const written = node.write(0, bytes);
  if (written !== bytes.length) throw new UsageError(`can't write ${path} inside: status ${written}`);
}

function makeNode(parent: FileNode, name: ByteString, kind: NodeKind, path: string): FileNode {
  const permissions = kind === NodeKind.Directory ? 0o755 : 0o644;
  const made = parent.create(name, { kind, permissions, owner: 0, group: 0 });
  if (typeof made === 'number') throw new UsageError(`can't make '${name}' of ${path} inside: status ${made}`);
  return made;
}
