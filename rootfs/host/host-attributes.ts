/** What the host's stat(2) says of a file, in the kernel's words. */
import type { BigIntStats } from 'node:fs';
import { bareAttributes, NodeKind, type Attributes } from '../../kernel/file-server.ts';

/** Linux's dev_t as stat gives it. Source: makedev(3). */
const majorOf = (rdev: number): number => (rdev >>> 8) & 0xfff;
const minorOf = (rdev: number): number => (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);

export function kindOf(stats: BigIntStats): NodeKind {
  if (stats.isFile()) return NodeKind.File;
  if (stats.isDirectory()) return NodeKind.Directory;
  if (stats.isSymbolicLink()) return NodeKind.SymbolicLink;
  if (stats.isCharacterDevice()) return NodeKind.CharacterDevice;
  if (stats.isBlockDevice()) return NodeKind.BlockDevice;
  return stats.isFIFO() ? NodeKind.Fifo : NodeKind.Socket;
}

export function attributesOf(kind: NodeKind, stats: BigIntStats): Attributes {
  const rdev = Number(stats.rdev);
  return {
    kind,
    permissions: Number(stats.mode) & 0o7777,
    owner: Number(stats.uid),
    group: Number(stats.gid),
    links: Number(stats.nlink),
    sizeBytes: Number(stats.size),
    blocks512: Number(stats.blocks ?? 0n),
    accessedNs: stats.atimeNs,
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
    createdNs: stats.birthtimeNs,
    device: { major: majorOf(rdev), minor: minorOf(rdev) },
  };
}

/** For a file that vanished from the host behind the guest's back. */
export function goneAttributes(kind: NodeKind): Attributes {
  return { ...bareAttributes(kind), links: 0 };
}
