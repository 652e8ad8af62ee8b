/**
 * One file of a memory tree: a memfs inode and what memfs lacks of it (see core.ts). A node may have a base, the same file in a
 * read-only lower layer: its bytes are read through until the first write, a directory's names are taken over at the
 * first look into it. From then on this tree alone decides, so renames, links and removals need no whiteouts.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type {
  AttributeChange,
  Attributes,
  DirectoryEntry,
  FileNode,
  Member,
  NewNode,
} from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { Content } from './content.ts';
import type { CoreLink, CoreNode } from './core.ts';
import { DirectoryIndex } from './directory-index.ts';
import type { Change } from './journal.ts';
import type { MemoryServer } from './memory-server.ts';

/** A directory's size: tmpfs counts 20 for each name (mm/shmem.c, BOGO_DIRENT_SIZE), disk file systems whole blocks. */
const ENTRY_SIZE = 20;
const DIRECTORY_BLOCK = 4096;
/** Access times are written when older than this, as under the mount option relatime. Source: mount(8). */
const RELATIME_NS = 86_400_000_000_000n;

/** The same file in the lower layer, and what it was when it was taken over. */
export type Base = Pick<Member, 'node' | 'attributes'>;

export class MemoryNode implements FileNode {
  readonly server: MemoryServer;
  readonly kind: NodeKind;
  readonly core: CoreNode;
  /** Of a directory: its names in memfs. */
  readonly #directory: CoreLink | undefined;
  readonly #index: DirectoryIndex | undefined;
  readonly #content: Content | undefined;
  readonly #device: { readonly major: number; readonly minor: number };
  readonly #target: ByteString;
  #base: FileNode | undefined;
  #permissions: number;
  #owner: number;
  #group: number;
  #accessedNs: bigint;
  #modifiedNs: bigint;
  #changedNs: bigint;
  readonly #createdNs: bigint;
  #holders = 0;
  #attachments: Map<ByteString, Uint8Array> | undefined;

  constructor(server: MemoryServer, core: CoreNode, directory: CoreLink | undefined, node: NewNode, base?: Base) {
    this.server = server;
    this.kind = node.kind;
    this.core = core;
    this.#directory = directory;
    this.#index = directory && new DirectoryIndex();
    this.#base = base?.node;
    const attributes = base?.attributes;
    if (node.kind === NodeKind.File) {
      this.#content = new Content(core, server.storage, base?.node, attributes?.sizeBytes ?? 0);
    }
    this.#device = node.device ?? { major: 0, minor: 0 };
    this.#target = node.target ?? '';
    this.#permissions = node.permissions & 0o7777;
    this.#owner = node.owner;
    this.#group = node.group;
    const nowNs = attributes === undefined ? server.nowNs() : 0n;
    this.#accessedNs = attributes?.accessedNs ?? nowNs;
    this.#modifiedNs = attributes?.modifiedNs ?? nowNs;
    this.#changedNs = attributes?.changedNs ?? nowNs;
    this.#createdNs = attributes?.createdNs ?? nowNs;
  }

  get nodeId(): number {
    return this.core.ino;
  }

  attributes(): Attributes {
    if (this.#base !== undefined) this.#takeOverNames();
    return {
      kind: this.kind,
      permissions: this.#permissions,
      owner: this.#owner,
      group: this.#group,
      links: this.core.nlink,
      sizeBytes: this.#sizeBytes(),
      blocks512:
        this.#content?.blocks512 ??
        (this.#index === undefined || this.server.countsEntries ? 0 : DIRECTORY_BLOCK / 512),
      accessedNs: this.#accessedNs,
      modifiedNs: this.#modifiedNs,
      changedNs: this.#changedNs,
      createdNs: this.#createdNs,
      device: this.#device,
    };
  }

  setAttributes(change: AttributeChange): Status {
    if (change.sizeBytes !== undefined) {
      if (this.#content === undefined) return this.kind === NodeKind.Directory ? Status.IsDirectory : Status.Invalid;
      const status = this.#content.resize(change.sizeBytes);
      if (status !== Status.Ok) return status;
      this.#contentChanged();
    }
    if (change.permissions !== undefined) this.#permissions = change.permissions & 0o7777;
    if (change.owner !== undefined) this.#owner = change.owner;
    if (change.group !== undefined) this.#group = change.group;
    if (change.accessedNs !== undefined) this.#accessedNs = change.accessedNs;
    if (change.modifiedNs !== undefined) this.#modifiedNs = change.modifiedNs;
    this.#changedNs = change.changedNs ?? this.server.nowNs();
    this.server.journal?.note({ change: 'attributes', nodeId: this.nodeId });
    return Status.Ok;
  }

  read(position: number, into: Uint8Array): number {
    if (this.#content === undefined) return this.kind === NodeKind.Directory ? Status.IsDirectory : Status.Invalid;
    if (into.length > 0) this.#accessed();
    return this.#content.read(position, into);
  }

  write(position: number, from: Uint8Array): number {
    if (this.#content === undefined) return this.kind === NodeKind.Directory ? Status.IsDirectory : Status.Invalid;
    const written = this.#content.write(position, from);
    if (written > 0) {
      this.#contentChanged();
      this.server.journal?.note({ change: 'write', nodeId: this.nodeId, position, count: written });
    }
    return written;
  }

  reserve(position: number, length: number): Status {
    return this.#content?.reserve(position, length) ?? Status.Invalid;
  }

  punch(position: number, length: number): Status {
    const status = this.#content?.punch(position, length) ?? Status.Invalid;
    if (status === Status.Ok) this.#contentChanged();
    return status;
  }

  nextData(position: number): number {
    return this.#content?.nextData(position) ?? position;
  }

  nextHole(position: number): number {
    return this.#content?.nextHole(position) ?? position;
  }

  get attachments(): Map<ByteString, Uint8Array> {
    this.#attachments ??= new Map(this.#base?.attachments);
    return this.#attachments;
  }

  lookup(name: ByteString): MemoryNode | Status {
    if (this.#directory === undefined) return Status.NotDirectory;
    if (this.#base !== undefined) this.#takeOverNames();
    const link = this.#index!.has(name) ? this.#directory.children.get(name) : undefined;
    return link === undefined ? Status.NotFound : this.server.nodeOf(link.getNode());
  }

  create(name: ByteString, node: NewNode): MemoryNode | Status {
    const refused = this.#refuseName(name);
    if (refused !== Status.Ok) return refused;
    const made = this.server.makeNode(this.#directory!, name, node);
    if (typeof made === 'number') return made;
    this.#index!.add(name);
    this.#namesChanged('create', name);
    return made;
  }

  link(name: ByteString, node: FileNode): Status {
    const refused = this.#refuseName(name);
    if (refused !== Status.Ok) return refused;
    if (!(node instanceof MemoryNode) || node.server !== this.server) return Status.CrossServer;
    if (node.kind === NodeKind.Directory) return Status.NotPermitted;
    this.#directory!.createChild(name, node.core);
    node.core.nlink++;
    this.#index!.add(name);
    this.#namesChanged('link', name);
    node.changed();
    return Status.Ok;
  }

  unlink(name: ByteString): Status {
    const node = this.lookup(name);
    if (typeof node === 'number') return node;
    if (node.kind === NodeKind.Directory && node.countNames() > 0) return Status.NotEmpty;
    this.#removeName(name);
    node.lostName();
    this.#namesChanged('unlink', name);
    return Status.Ok;
  }

  rename(name: ByteString, toDirectory: FileNode, toName: ByteString): Status {
    if (!(toDirectory instanceof MemoryNode) || toDirectory.server !== this.server) return Status.CrossServer;
    const node = this.lookup(name);
    if (typeof node === 'number') return node;
    const replaced = toDirectory.lookup(toName);
    if (replaced === node) return Status.Ok;
    const refused = this.#refuseReplacing(node, toDirectory, toName);
    if (refused !== Status.Ok) return refused;
    if (typeof replaced !== 'number') {
      toDirectory.#removeName(toName);
      replaced.lostName();
    }
    const link = this.#removeName(name);
    toDirectory.#addLink(toName, link);
    this.#namesChanged('rename', name);
    if (toDirectory !== this) toDirectory.#contentChanged();
    node.changed();
    return Status.Ok;
  }

  /** Swaps two names in one step. */
  exchange(name: ByteString, toDirectory: FileNode, toName: ByteString): Status {
    if (!(toDirectory instanceof MemoryNode) || toDirectory.server !== this.server) return Status.CrossServer;
    const one = this.lookup(name);
    if (typeof one === 'number') return one;
    const other = toDirectory.lookup(toName);
    if (typeof other === 'number') return other;
    if (one === other) return Status.Ok;
    if (one.contains(toDirectory) || other.contains(this)) return Status.Invalid;
    const link = this.#removeName(name);
    const otherLink = toDirectory.#removeName(toName);
    this.#addLink(name, otherLink);
    toDirectory.#addLink(toName, link);
    this.#namesChanged('exchange', name);
    if (toDirectory !== this) toDirectory.#contentChanged();
    one.changed();
    other.changed();
    return Status.Ok;
  }

  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    if (this.#directory === undefined) return Status.NotDirectory;
    if (this.#base !== undefined) this.#takeOverNames();
    this.#accessed();
    return this.#index!.after(cookie, limit).map((slot) => {
      const core = this.#directory!.children.get(slot.name)!.getNode();
      return { name: slot.name, kind: this.server.nodeOf(core).kind, nodeId: core.ino, cookie: slot.cookie };
    });
  }

  readLink(): ByteString | Status {
    if (this.kind !== NodeKind.SymbolicLink) return Status.Invalid;
    this.#accessed();
    return this.#target;
  }

  hold(): void {
    this.#holders++;
  }

  drop(): void {
    this.#holders--;
    this.#endIfUnused();
  }

  countNames(): number {
    if (this.#base !== undefined) this.#takeOverNames();
    return this.#index?.size ?? 0;
  }

  /** This directory is the other or lies above it. */
  contains(directory: MemoryNode): boolean {
    if (this.#directory === undefined) return false;
    for (let link: CoreLink | undefined = directory.#directory; link !== undefined; link = link.parent) {
      if (link === this.#directory) return true;
      if (link.parent === link) return false;
    }
    return false;
  }

  changed(): void {
    this.#changedNs = this.server.nowNs();
  }

  /** One of its names has been removed. */
  lostName(): void {
    this.core.nlink = this.kind === NodeKind.Directory ? 0 : this.core.nlink - 1;
    this.changed();
    this.#endIfUnused();
  }

  #sizeBytes(): number {
    if (this.#content !== undefined) return this.#content.sizeBytes;
    if (this.#index === undefined) return this.#target.length;
    return this.server.countsEntries ? this.#index.size * ENTRY_SIZE : DIRECTORY_BLOCK;
  }

  #endIfUnused(): void {
    if (this.core.nlink > 0 || this.#holders > 0) return;
    this.#content?.returnStorage();
    this.server.nodeEnded(this);
  }

  #contentChanged(): void {
    this.#modifiedNs = this.#changedNs = this.server.nowNs();
  }

  #namesChanged(change: Change['change'], name: ByteString): void {
    this.#contentChanged();
    this.server.journal?.note({ change, nodeId: this.nodeId, name });
  }

  #accessed(): void {
    if (this.#accessedNs > this.#modifiedNs && this.#accessedNs > this.#changedNs) {
      if (this.server.nowNs() - this.#accessedNs < RELATIME_NS) return;
    }
    this.#accessedNs = this.server.nowNs();
  }

  #refuseName(name: ByteString): Status {
    if (this.#directory === undefined) return Status.NotDirectory;
    if (typeof this.lookup(name) !== 'number') return Status.Exists;
    if (name.length > this.server.nameLimit) return Status.NameTooLong;
    if (this.core.nlink === 0) return Status.NotFound;
    return Status.Ok;
  }

  #refuseReplacing(node: MemoryNode, toDirectory: MemoryNode, toName: ByteString): Status {
    if (toName.length > this.server.nameLimit) return Status.NameTooLong;
    if (toDirectory.kind !== NodeKind.Directory) return Status.NotDirectory;
    if (toDirectory.core.nlink === 0) return Status.NotFound;
    if (node.contains(toDirectory)) return Status.Invalid;
    const replaced = toDirectory.lookup(toName);
    if (typeof replaced === 'number') return Status.Ok;
    if (replaced.contains(this)) return Status.NotEmpty;
    if (node.kind === NodeKind.Directory && replaced.kind !== NodeKind.Directory) return Status.NotDirectory;
    if (node.kind !== NodeKind.Directory && replaced.kind === NodeKind.Directory) return Status.IsDirectory;
    return replaced.countNames() > 0 ? Status.NotEmpty : Status.Ok;
  }

  #removeName(name: ByteString): CoreLink {
    const link = this.#directory!.children.get(name)!;
    this.#directory!.deleteChild(link);
    this.#index!.remove(name);
    return link;
  }

  #addLink(name: ByteString, link: CoreLink): void {
    link.name = name;
    this.#directory!.setChild(name, link);
    link.syncSteps();
    this.#index!.add(name);
  }

  /** A directory's names come up from the lower layer all at once, at the first look. */
  #takeOverNames(): void {
    const base = this.#base!;
    if (this.#directory === undefined) {
      // Bytes of files are read through by Content; nothing to take over.
      return;
    }
    this.#attachments ??= new Map(base.attachments);
    this.#base = undefined;
    for (const member of membersOf(base)) {
      if (this.#index!.has(member.name)) continue;
      this.server.takeOver(this.#directory, member);
      this.#index!.add(member.name);
    }
  }
}

const LISTED_AT_ONCE = 1024;

function* membersOf(directory: FileNode): Iterable<Member> {
  const members = directory.members?.();
  if (typeof members === 'object') {
    yield* members;
    return;
  }
  for (let cookie = 0; ;) {
    const entries = directory.list(cookie, LISTED_AT_ONCE);
    if (typeof entries === 'number' || entries.length === 0) return;
    for (const { name, cookie: after } of entries) {
      cookie = after;
      const node = directory.lookup(name);
      if (typeof node !== 'number') yield { name, node, attributes: node.attributes() };
    }
  }
}
