/**
 * A FileServer is one file tree (memfs, host directory, archive, devices, /proc). It hands out FileNodes, one object per file, the
 * same object for the same file as long as anyone holds it. Servers know nothing of processes: the caller checks rights (search, write,
 * ownership) from `attributes()` before it asks for a change. Results: values, or a negative Status. Nothing waits inside.
 */
import type { ByteString } from './byte-string.ts';
import type { OpenFile } from './open-file.ts';
import type { Reference } from './reference.ts';
import { Status } from './status.ts';

export const NodeKind = {
  File: 0,
  Directory: 1,
  SymbolicLink: 2,
  CharacterDevice: 3,
  BlockDevice: 4,
  Fifo: 5,
  Socket: 6,
} as const;
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

export interface Attributes {
  readonly kind: NodeKind;
  /** Permission bits, 0o7777. */
  permissions: number;
  owner: number;
  group: number;
  links: number;
  sizeBytes: number;
  /** Storage used, in units of 512 bytes. */
  blocks512: number;
  /** Nanoseconds since the Unix epoch. */
  accessedNs: bigint;
  modifiedNs: bigint;
  changedNs: bigint;
  createdNs: bigint;
  /** Which device a device node stands for. */
  device: { major: number; minor: number };
}

/** Of something empty that nobody has a right to, with one name. */
export function bareAttributes(kind: NodeKind): Attributes {
  return {
    kind,
    permissions: 0,
    owner: 0,
    group: 0,
    links: 1,
    sizeBytes: 0,
    blocks512: 0,
    accessedNs: 0n,
    modifiedNs: 0n,
    changedNs: 0n,
    createdNs: 0n,
    device: { major: 0, minor: 0 },
  };
}

/** Members that are present are changed. A change of size truncates or extends with zeros. */
export type AttributeChange = Partial<
  Pick<Attributes, 'permissions' | 'owner' | 'group' | 'sizeBytes' | 'accessedNs' | 'modifiedNs' | 'changedNs'>
>;

export interface NewNode {
  readonly kind: NodeKind;
  readonly permissions: number;
  readonly owner: number;
  readonly group: number;
  readonly device?: { major: number; minor: number };
  /** Target of a symbolic link. */
  readonly target?: ByteString;
}

export interface DirectoryEntry {
  readonly name: ByteString;
  readonly kind: NodeKind;
  readonly nodeId: number;
  /** Where to go on after this entry: stable while entries come and go. */
  readonly cookie: number;
}

/** A name of a directory, its file and what is known of it at that moment. */
export interface Member {
  readonly name: ByteString;
  readonly node: FileNode;
  readonly attributes: Attributes;
}

export interface FileNode {
  readonly server: FileServer;
  /** Unique within its server for the life of the file (inode number). */
  readonly nodeId: number;
  readonly kind: NodeKind;

  attributes(): Attributes;
  setAttributes(change: AttributeChange): Status;

  /** Data of regular files. Count of bytes moved, 0 at the end. */
  read(position: number, into: Uint8Array): number;
  write(position: number, from: Uint8Array): number;

  /** Directories. `.` and `..` are the caller's business in `lookup`; `list` does not give them. */
  lookup(name: ByteString): FileNode | Status;
  create(name: ByteString, node: NewNode): FileNode | Status;
  link(name: ByteString, node: FileNode): Status;
  /** Removes a name: of an empty directory too. The node lives on while it is held. */
  unlink(name: ByteString): Status;
  /** Moves a name, replacing an existing target in one step where kinds allow. */
  rename(name: ByteString, toDirectory: FileNode, toName: ByteString): Status;
  /** Entries after `cookie` (0 = from the start), at most `limit`. */
  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status;

  readLink(): ByteString | Status;

  /** While the file is mapped shared: its pages, the truth for the bytes they hold. Read and write through `contentOf`. */
  mapped?: MappedContent | undefined;

  /** While the file is mapped at all: takes the pages beyond its new end away from those who map it. */
  shortened?: ((sizeBytes: number) => void) | undefined;
  /** While the file is mapped at all: told before a range of it is written. */
  changing?: ((position: number, length: number) => void) | undefined;

  // --- only where a tree has more to offer ----------------------------------------------------------------------------
  /** All that a directory holds, where that costs less than asking for name after name. */
  members?(): readonly Member[] | Status;
  /** Swaps two names in one step. */
  exchange?(name: ByteString, toDirectory: FileNode, toName: ByteString): Status;
  /** An open description or a mapping uses the file from now on, or no more: its storage must outlive its last name so long. */
  hold?(): void;
  drop?(): void;
  /** Small named values kept with the file; the map is the truth and may be changed, unless the tree is read-only. */
  readonly attachments?: Map<ByteString, Uint8Array> | undefined;
  /** Storage for a range of a regular file from now on; the size stays. */
  reserve?(position: number, length: number): Status;
  /** A range of a regular file reads as zeros and its storage goes; the size stays. */
  punch?(position: number, length: number): Status;
  /** First byte of data (or of a hole) from `position` on, which lies inside the file; the size when there is none. */
  nextData?(position: number): number;
  nextHole?(position: number): number;
  /** Makes sure that what was written outlives the host. */
  flush?(): Status;
  /** An open description of the tree's own making (text made when opened, control files); regular files do without. */
  open?(access: OpenAccess): Reference<OpenFile> | Status;
}

/** The bytes of a file, wherever they are now. */
export interface FileContent {
  read(position: number, into: Uint8Array): number;
  write(position: number, from: Uint8Array): number;
}

export interface MappedContent extends FileContent {
  /** The file's size has been set. */
  truncated(sizeBytes: number): void;
  /** The range has become zeros. */
  zeroed(position: number, length: number): void;
}

/** Where to read a file's bytes, so that those who mapped it shared and those who call agree. */
export function contentOf(node: FileNode): Pick<FileContent, 'read'> {
  return node.mapped ?? node;
}

/** Writes a file's bytes, for all who map it as well. */
export function writeContent(node: FileNode, position: number, from: Uint8Array): number {
  node.changing?.(position, from.length);
  return (node.mapped ?? node).write(position, from);
}

/** Sets a file's size; for mappers the rest of the last page is zeros, and the pages beyond it are gone. */
export function setSize(node: FileNode, sizeBytes: number): Status {
  // What mappers wrote behind the old end must not appear in the file.
  const kept = node.mapped === undefined ? 0 : Math.min(sizeBytes, node.attributes().sizeBytes);
  node.changing?.(sizeBytes, 1);
  const status = node.setAttributes({ sizeBytes });
  if (status !== Status.Ok) return status;
  node.mapped?.truncated(kept);
  node.shortened?.(sizeBytes);
  return status;
}

/** Takes a range out of a file that can have holes; mappers see zeros. */
export function punchHole(node: FileNode, position: number, length: number): Status {
  node.changing?.(position, length);
  const status = node.punch?.(position, length) ?? Status.NotSupported;
  if (status === Status.Ok) node.mapped?.zeroed(position, length);
  return status;
}

/** What an opener wants to do; both bits for reading and writing. */
export const OpenAccess = { Read: 1, Write: 2, ReadWrite: 3 } as const;
export type OpenAccess = (typeof OpenAccess)[keyof typeof OpenAccess];

export interface ServerStatistics {
  readonly blockSizeBytes: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly nodes: number;
  readonly nodesFree: number;
  readonly nameLimit: number;
}

export interface FileServer {
  /** Kind of tree, as shown in a mount table: 'memfs', 'host', 'tar', 'dev', … */
  readonly type: string;
  readonly deviceId: number;
  readonly readOnly: boolean;
  readonly root: FileNode;
  /** Names may come and go without a call to this server (a host directory, /proc): never answer a look-up from a cache. */
  readonly namesAreVolatile?: boolean;
  statistics(): ServerStatistics;
  /** The machine has stopped: gives back what the host keeps for it. */
  dispose?(): void;
}
