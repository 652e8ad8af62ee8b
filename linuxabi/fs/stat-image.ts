/** struct stat, statx and statfs images of a file's attributes. */
import type { Attributes, FileNode, ServerStatistics } from '../../kernel/file-server.ts';
import { bareAttributes, NodeKind } from '../../kernel/file-server.ts';
import {
  DEVPTS_SUPER_MAGIC,
  OVERLAYFS_SUPER_MAGIC,
  PIPEFS_MAGIC,
  MQUEUE_MAGIC,
  PROC_SUPER_MAGIC,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  S_IFSOCK,
  SOCKFS_MAGIC,
  SYSFS_MAGIC,
  ST_NOATIME,
  ST_NODEV,
  ST_NODIRATIME,
  ST_NOEXEC,
  ST_NOSUID,
  ST_NOSYMFOLLOW,
  ST_RDONLY,
  ST_RELATIME,
  ST_VALID,
  STATX_ATTR_AUTOMOUNT,
  STATX_ATTR_DAX,
  STATX_ATTR_MOUNT_ROOT,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_MNT_ID,
  statfsLayout,
  statLayout,
  statxLayout,
  TMPFS_MAGIC,
} from '../abi/stat.ts';
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RELATIME,
} from '../abi/mount.ts';
import type { Location, Mount } from './mount.ts';

const typeBits: Readonly<Record<NodeKind, number>> = {
  [NodeKind.File]: S_IFREG,
  [NodeKind.Directory]: S_IFDIR,
  [NodeKind.SymbolicLink]: S_IFLNK,
  [NodeKind.CharacterDevice]: S_IFCHR,
  [NodeKind.BlockDevice]: S_IFBLK,
  [NodeKind.Fifo]: S_IFIFO,
  [NodeKind.Socket]: S_IFSOCK,
};

const BLOCK_SIZE = 4096;
const NS = 1_000_000_000n;

export function modeOf(attributes: Attributes): number {
  return typeBits[attributes.kind] | attributes.permissions;
}

/** What fstat shows of an object without any node (eventfd, epoll): no type, mode 0600. */
export const objectAttributes: Attributes = { ...bareAttributes(NodeKind.File), permissions: 0o600 };

/** dev_t as user space sees it. Source: include/linux/kdev_t.h, new_encode_dev and huge_encode_dev. */
export function encodeDevice(device: { major: number; minor: number }): number {
  const { major, minor } = device;
  return ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}

export function decodeDevice(number: number): { major: number; minor: number } {
  return { major: (number >>> 8) & 0xfff, minor: (number & 0xff) | ((number >>> 12) & 0xfff00) };
}

class Image {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, true);
  }

  u32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** Unsigned, below 2^53. */
  u64(offset: number, value: number): void {
    this.#view.setUint32(offset, value % 2 ** 32, true);
    this.#view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
  }

  /** struct timespec, or statx_timestamp with its 32-bit nanoseconds. */
  time(offset: number, ns: bigint): void {
    const seconds = (ns - (((ns % NS) + NS) % NS)) / NS;
    this.#view.setBigInt64(offset, seconds, true);
    this.#view.setUint32(offset + 8, Number(ns - seconds * NS), true);
  }
}

export function statImage(attributes: Attributes, node: FileNode | undefined): Uint8Array {
  const image = new Image(statLayout.size);
  image.u64(statLayout.st_dev, node?.server.deviceId ?? 0);
  image.u64(statLayout.st_ino, node?.nodeId ?? 0);
  image.u64(statLayout.st_nlink, attributes.links);
  image.u32(statLayout.st_mode, node === undefined ? attributes.permissions : modeOf(attributes));
  image.u32(statLayout.st_uid, attributes.owner);
  image.u32(statLayout.st_gid, attributes.group);
  image.u64(statLayout.st_rdev, encodeDevice(attributes.device));
  image.u64(statLayout.st_size, attributes.sizeBytes);
  image.u64(statLayout.st_blksize, BLOCK_SIZE);
  image.u64(statLayout.st_blocks, attributes.blocks512);
  image.time(statLayout.st_atim, attributes.accessedNs);
  image.time(statLayout.st_mtim, attributes.modifiedNs);
  image.time(statLayout.st_ctim, attributes.changedNs);
  return image.bytes;
}

/** Attributes that this personality knows the answer to. Source: fs/stat.c, vfs_statx. */
const KNOWN_ATTRIBUTES = STATX_ATTR_AUTOMOUNT | STATX_ATTR_MOUNT_ROOT | STATX_ATTR_DAX;

export function statxImage(
  attributes: Attributes,
  node: FileNode | undefined,
  location: Location | undefined,
): Uint8Array {
  const image = new Image(statxLayout.size);
  const device = decodeDevice(node?.server.deviceId ?? 0);
  image.u32(statxLayout.stx_mask, STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID);
  image.u32(statxLayout.stx_blksize, BLOCK_SIZE);
  image.u32(statxLayout.stx_nlink, attributes.links);
  image.u32(statxLayout.stx_uid, attributes.owner);
  image.u32(statxLayout.stx_gid, attributes.group);
  image.u16(statxLayout.stx_mode, node === undefined ? attributes.permissions : modeOf(attributes));
  image.u64(statxLayout.stx_ino, node?.nodeId ?? 0);
  image.u64(statxLayout.stx_size, attributes.sizeBytes);
  image.u64(statxLayout.stx_blocks, attributes.blocks512);
  image.time(statxLayout.stx_atime, attributes.accessedNs);
  image.time(statxLayout.stx_btime, attributes.createdNs);
  image.time(statxLayout.stx_ctime, attributes.changedNs);
  image.time(statxLayout.stx_mtime, attributes.modifiedNs);
  image.u32(statxLayout.stx_rdev_major, attributes.device.major);
  image.u32(statxLayout.stx_rdev_minor, attributes.device.minor);
  image.u32(statxLayout.stx_dev_major, device.major);
  image.u32(statxLayout.stx_dev_minor, device.minor);
  image.u64(statxLayout.stx_mnt_id, location?.mount.id ?? 0);
  const isMountRoot = location !== undefined && location.mount.root === location.dentry;
  image.u64(statxLayout.stx_attributes, isMountRoot ? STATX_ATTR_MOUNT_ROOT : 0);
  image.u64(statxLayout.stx_attributes_mask, KNOWN_ATTRIBUTES);
  return image.bytes;
}

const magicByType: Readonly<Record<string, number>> = {
  tmpfs: TMPFS_MAGIC,
  sysfs: SYSFS_MAGIC,
  devtmpfs: TMPFS_MAGIC,
  overlay: OVERLAYFS_SUPER_MAGIC,
  proc: PROC_SUPER_MAGIC,
  devpts: DEVPTS_SUPER_MAGIC,
  pipefs: PIPEFS_MAGIC,
  sockfs: SOCKFS_MAGIC,
  mqueue: MQUEUE_MAGIC,
};
/** Shown for a host directory: the host's own kind of file system is no business of the guest. 9P's number fits best. */
const V9FS_MAGIC = 0x01021997;

/** Flags of statfs have other numbers than those of mount. Source: fs/statfs.c, flags_by_mnt. */
const shownFlags: readonly (readonly [mount: number, statfs: number])[] = [
  [MS_NOSUID, ST_NOSUID],
  [MS_NODEV, ST_NODEV],
  [MS_NOEXEC, ST_NOEXEC],
  [MS_NOATIME, ST_NOATIME],
  [MS_NODIRATIME, ST_NODIRATIME],
  [MS_RELATIME, ST_RELATIME],
  [MS_NOSYMFOLLOW, ST_NOSYMFOLLOW],
];

function statfsFlags(mount: Mount): number {
  let shown = mount.readOnly ? ST_RDONLY : 0;
  for (const [flag, bit] of shownFlags) if (mount.has(flag)) shown |= bit;
  return shown;
}

export function statfsImage(statistics: ServerStatistics, mount: Mount): Uint8Array {
  const image = new Image(statfsLayout.size);
  image.u64(statfsLayout.f_type, magicByType[mount.server.type] ?? V9FS_MAGIC);
  image.u64(statfsLayout.f_bsize, statistics.blockSizeBytes);
  image.u64(statfsLayout.f_blocks, statistics.blocks);
  image.u64(statfsLayout.f_bfree, statistics.blocksFree);
  image.u64(statfsLayout.f_bavail, statistics.blocksFree);
  image.u64(statfsLayout.f_files, statistics.nodes);
  image.u64(statfsLayout.f_ffree, statistics.nodesFree);
  image.u64(statfsLayout.f_fsid, mount.server.deviceId);
  image.u64(statfsLayout.f_namelen, statistics.nameLimit);
  image.u64(statfsLayout.f_frsize, statistics.blockSizeBytes);
  image.u64(statfsLayout.f_flags, ST_VALID | statfsFlags(mount));
  return image.bytes;
}
