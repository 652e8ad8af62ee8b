/** The files of a session: the root, /dev, /dev/pts, and the host folders of -v. */
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { toByteString, type ByteString } from '../kernel/byte-string.ts';
import { NodeKind, type FileNode, type FileServer } from '../kernel/file-server.ts';
import { createProc, createSys } from '../linuxabi/adapters/kernel-trees.ts';
import { FileSystem } from '../linuxabi/fs/file-system.ts';
import { mountedAt, nodeAt, type Location } from '../linuxabi/fs/mount.ts';
import { Last, walk } from '../linuxabi/fs/path-walk.ts';
import type { Machine } from '../linuxabi/machine.ts';
import { credentialsOf } from '../linuxabi/process/credentials.ts';
import { hostRealTime } from '../rootfs/clock.ts';
import { ensureDefaultRoot } from '../rootfs/default-root/default-root.ts';
import { createDeviceTree } from '../rootfs/dev/device-tree.ts';
import { HostServer } from '../rootfs/host/host-server.ts';
import type { ImageConfig } from '../rootfs/image/image.ts';
import { openRootTree, type RootTree } from '../rootfs/image/open-root.ts';
import { SwappableServer } from '../rootfs/swap/swappable-server.ts';
import { MemoryServer } from '../rootfs/memfs/memory-server.ts';
import { UsageError } from './options.ts';
import type { Volume } from './run-options.ts';

/** Device numbers of the session's trees, as fstat shows them. */
export const DeviceId = {
  root: 0x801,
  lower: 0x802,
  dev: 0x5,
  proc: 0x15,
  pts: 0x16,
  sys: 0x17,
  firstVolume: 0x900,
} as const;

export interface Root {
  readonly system: FileSystem;
  /** How a container image wants to be run. */
  readonly config: ImageConfig | undefined;
}

/** The root of `--rootfs`, or the default root, as the lower layer of a machine's files. */
export async function openRoot(rootfs: string | undefined, note: (text: string) => void): Promise<Root> {
  const { server, config } = await openLower(rootfs ?? (await ensureDefaultRoot(note)));
  return { system: createFiles(server, rootfs ?? 'k42-default-root'), config };
}

/** A machine's files: a lower layer that stays as it is, what the guest changes in memory above it, and /dev. */
export function createFiles(lower: FileServer, source: string): FileSystem {
  const upper = new MemoryServer({ deviceId: DeviceId.root, type: 'overlay', base: lower.root, nowNs: hostRealTime });
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

async function openLower(path: string): Promise<RootTree> {
  if (!existsSync(path)) throw new UsageError(`--rootfs ${path}: there is no such folder or archive`);
  try {
    return await openRootTree(path, DeviceId.lower);
  } catch (failure) {
    throw new UsageError(`--rootfs ${path}: ${(failure as Error).message}`, { cause: failure });
  }
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
function placeAt(system: FileSystem, path: string, kind: NodeKind): Location {
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

/** Host folders and files of -v. As Docker does, a folder that is not there yet is made, unless it is only to be read. */
export function mountVolumes(system: FileSystem, volumes: readonly Volume[]): void {
  for (const [index, { source, target, access }] of volumes.entries()) {
    if (!existsSync(source)) {
      if (access === 'read-only') throw new UsageError(`-v ${source}: there is no such folder or file`);
      mkdirSync(source, { recursive: true });
    }
    mountTree(system, target, openVolume(source, DeviceId.firstVolume + index, access), toByteString(source));
  }
}

/** A file is shown as a tree that is only its root: nothing of the folder it lies in. */
function openVolume(source: string, deviceId: number, access: Volume['access']): FileServer {
  if (statSync(source).isDirectory()) return new HostServer(source, { deviceId, access });
  const real = realpathSync(source);
  const folder = new HostServer(dirname(real), { deviceId, access });
  const root = folder.root.lookup(toByteString(basename(real)));
  if (typeof root === 'number' || root.kind !== NodeKind.File)
    throw new UsageError(`-v ${source}: neither a folder nor a file`);
  return { type: folder.type, deviceId, readOnly: folder.readOnly, root, statistics: () => folder.statistics() };
}
