/** The files of a session: the root, /dev, /dev/pts, and the host folders of -v. */
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { toByteString, type ByteString } from '../kernel/byte-string.ts';
import { NodeKind, type FileNode, type FileServer } from '../kernel/file-server.ts';
import { FileSystem } from '../linuxabi/fs/file-system.ts';
import { mountedAt, nodeAt, type Location } from '../linuxabi/fs/mount.ts';
import { SelfProcServer } from '../linuxabi/fs/self-proc.ts';
import { hostRealTime } from '../rootfs/clock.ts';
import { ensureDefaultRoot } from '../rootfs/default-root/default-root.ts';
import { createDeviceTree } from '../rootfs/dev/device-tree.ts';
import { HostServer } from '../rootfs/host/host-server.ts';
import { MemoryServer } from '../rootfs/memfs/memory-server.ts';
import { ArchiveServer } from '../rootfs/tar/archive-server.ts';
import { UsageError } from './options.ts';
import type { Volume } from './run-options.ts';

/** Device numbers of the session's trees, as fstat shows them. */
export const DeviceId = { root: 0x801, lower: 0x802, dev: 0x5, proc: 0x15, pts: 0x16, firstVolume: 0x900 } as const;

const GZIP_MAGIC = 0x8b1f;

/** The root of `--rootfs`, or the default root, as the lower layer of a machine's files. */
export async function openRoot(rootfs: string | undefined, note: (text: string) => void): Promise<FileSystem> {
  const lower = openLower(rootfs ?? (await ensureDefaultRoot(note)));
  return createFiles(lower, rootfs ?? 'k42-default-root');
}

/** A machine's files: a lower layer that stays as it is, what the guest changes in memory above it, /proc and /dev. */
export function createFiles(lower: FileServer, source: string): FileSystem {
  const server = new MemoryServer({ deviceId: DeviceId.root, type: 'overlay', base: lower.root, nowNs: hostRealTime });
  const system = new FileSystem({ server, source: toByteString(source) }, hostRealTime);
  mountTree(system, '/proc', new SelfProcServer(system, DeviceId.proc, hostRealTime), 'proc');
  mountTree(system, '/dev', createDeviceTree(DeviceId.dev, hostRealTime), 'devtmpfs');
  return system;
}

function openLower(path: string): FileServer {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`--rootfs ${path}: there is no such folder or archive`);
  if (stats.isDirectory()) return new HostServer(path, { deviceId: DeviceId.lower, access: 'read-only' });
  const bytes = readFileSync(path);
  const isGzip = bytes.length > 2 && bytes.readUInt16LE(0) === GZIP_MAGIC;
  try {
    return new ArchiveServer(isGzip ? gunzipSync(bytes) : bytes, { deviceId: DeviceId.lower });
  } catch (failure) {
    throw new UsageError(`--rootfs ${path}: ${(failure as Error).message}`, { cause: failure });
  }
}

/** Shows a tree at an absolute path; missing folders on the way are made in the tree above. */
export function mountTree(system: FileSystem, path: string, server: FileServer, source: ByteString): void {
  system.mount({ server, source }, placeAt(system, path, server.root.kind));
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
