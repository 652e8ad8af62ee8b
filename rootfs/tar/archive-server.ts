/** A tar archive as a read-only file tree. Contents stay where they are in the archive: nothing is copied to open it. */
import type { ByteString } from '../../kernel/byte-string.ts';
import {
  NodeKind,
  type Attributes,
  type DirectoryEntry,
  type FileNode,
  type FileServer,
  type ServerStatistics,
} from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import type { TarEntry, TarKind } from './tar-format.ts';
import { readTar, TarError } from './tar-reader.ts';

const KINDS: Readonly<Record<Exclude<TarKind, 'hardlink'>, NodeKind>> = {
  file: NodeKind.File,
  directory: NodeKind.Directory,
  symlink: NodeKind.SymbolicLink,
  character: NodeKind.CharacterDevice,
  block: NodeKind.BlockDevice,
  fifo: NodeKind.Fifo,
};

const BLOCK_SIZE = 4096;

export interface ArchiveServerOptions {
  readonly deviceId: number;
}

export class ArchiveServer implements FileServer {
  readonly type = 'tar';
  readonly readOnly = true;
  readonly deviceId: number;
  readonly root: ArchiveNode;
  readonly #sizeBytes: number;
  #lastId = 0;

  /** Throws TarError when the archive is broken. */
  constructor(archive: Uint8Array, options: ArchiveServerOptions) {
    this.deviceId = options.deviceId;
    this.#sizeBytes = archive.length;
    this.root = this.#directory(undefined);
    for (const entry of readTar(archive)) this.#add(entry);
  }

  statistics(): ServerStatistics {
    const blocks = Math.ceil(this.#sizeBytes / BLOCK_SIZE);
    return { blockSizeBytes: BLOCK_SIZE, blocks, blocksFree: 0, nodes: this.#lastId, nodesFree: 0, nameLimit: 255 };
  }

  #add(entry: TarEntry): void {
    if (entry.path === '') {
      this.root.describe(entry);
      return;
    }
    const parts = entry.path.split('/');
    const name = parts.pop()!;
    const parent = this.#parentOf(parts, entry);
    const before = parent.children.get(name);
    if (entry.kind === 'directory' && before?.kind === NodeKind.Directory) {
      before.describe(entry);
      return;
    }
    parent.children.set(name, entry.kind === 'hardlink' ? this.#twin(entry) : this.#node(KINDS[entry.kind], entry));
  }

  /** Directories that the archive does not mention are made on the way. */
  #parentOf(parts: readonly string[], entry: TarEntry): ArchiveNode {
    let parent = this.root;
    for (const part of parts) {
      const next = parent.children.get(part) ?? this.#directory(undefined);
      if (next.kind !== NodeKind.Directory)
        throw new TarError(`member '${entry.path}' lies below something that is no directory`);
      parent.children.set(part, next);
      parent = next;
    }
    return parent;
  }

  #twin(entry: TarEntry): ArchiveNode {
    let node: ArchiveNode | undefined = this.root;
    for (const part of entry.target.split('/')) node = node?.children.get(part);
    if (node === undefined || node.kind === NodeKind.Directory) {
      throw new TarError(`'${entry.path}' is a hard link to '${entry.target}', which is not in front of it`);
    }
    node.addName();
    return node;
  }

  #directory(entry: TarEntry | undefined): ArchiveNode {
    return this.#node(NodeKind.Directory, entry);
  }

  #node(kind: NodeKind, entry: TarEntry | undefined): ArchiveNode {
    return new ArchiveNode(this, ++this.#lastId, kind, entry);
  }
}

export class ArchiveNode implements FileNode {
  readonly server: ArchiveServer;
  readonly nodeId: number;
  readonly kind: NodeKind;
  readonly children = new Map<ByteString, ArchiveNode>();
  readonly #content: Uint8Array;
  readonly #target: ByteString;
  #attributes: Attributes;

  constructor(server: ArchiveServer, nodeId: number, kind: NodeKind, entry: TarEntry | undefined) {
    this.server = server;
    this.nodeId = nodeId;
    this.kind = kind;
    this.#content = entry?.content ?? new Uint8Array(0);
    this.#target = entry?.target ?? '';
    this.#attributes = attributesOf(kind, entry, this.#content.length + this.#target.length);
  }

  /** Takes attributes from a later mention of the same directory. */
  describe(entry: TarEntry): void {
    this.#attributes = attributesOf(this.kind, entry, 0);
  }

  addName(): void {
    this.#attributes.links++;
  }

  attributes(): Attributes {
    return this.#attributes;
  }

  lookup(name: ByteString): FileNode | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    return this.children.get(name) ?? Status.NotFound;
  }

  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    return [...this.children].slice(cookie, cookie + limit).map(([name, node], i) => ({
      name,
      kind: node.kind,
      nodeId: node.nodeId,
      cookie: cookie + i + 1,
    }));
  }

  read(position: number, into: Uint8Array): number {
    if (this.kind === NodeKind.Directory) return Status.IsDirectory;
    const part = this.#content.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  readLink(): ByteString | Status {
    return this.kind === NodeKind.SymbolicLink ? this.#target : Status.Invalid;
  }

  write(): number {
    return Status.ReadOnly;
  }

  setAttributes(): Status {
    return Status.ReadOnly;
  }

  create(): Status {
    return Status.ReadOnly;
  }

  link(): Status {
    return Status.ReadOnly;
  }

  unlink(): Status {
    return Status.ReadOnly;
  }

  rename(): Status {
    return Status.ReadOnly;
  }
}

function attributesOf(kind: NodeKind, entry: TarEntry | undefined, sizeBytes: number): Attributes {
  const timeNs = entry?.modifiedNs ?? 0n;
  return {
    kind,
    permissions: entry?.permissions ?? 0o755,
    owner: entry?.owner ?? 0,
    group: entry?.group ?? 0,
    links: kind === NodeKind.Directory ? 2 : 1,
    sizeBytes,
    blocks512: Math.ceil(sizeBytes / BLOCK_SIZE) * (BLOCK_SIZE / 512),
    accessedNs: timeNs,
    modifiedNs: timeNs,
    changedNs: timeNs,
    createdNs: timeNs,
    device: { ...(entry?.device ?? { major: 0, minor: 0 }) },
  };
}
